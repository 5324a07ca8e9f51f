// The place that a search led to, until something else is looked at.

import { tick } from 'svelte';
import type { MessageId } from '../host/types';
import { mark } from './highlights';
import { textRanges } from './text-ranges';

/** What brings a place in the log into sight, once the conversation stands. */
export interface Reveal {
  reveal(place: Range | Element): void;
  readonly entered: Promise<void>;
}

export class Sought {
  #message = $state.raw<MessageId | null>(null);
  #words: readonly string[] = [];

  /** The message that is still to be shown. */
  readonly message = $derived(this.#message);

  seek(message: MessageId, words: readonly string[]): void {
    this.#words = words;
    this.#message = message;
  }

  forget(): void {
    this.#message = null;
    mark('hit', []);
  }

  /** Shows the message, which stands in `log`, and marks in it what was searched for. */
  async show(log: Element, scroll: Reveal): Promise<void> {
    const message = this.#message;
    if (message === null) return;
    this.#message = null;
    await tick();
    await scroll.entered;
    const article = log.querySelector(`[data-message="${CSS.escape(message)}"]`);
    if (!article) return;
    const places = textRanges(article, this.#words);
    scroll.reveal(places[0] ?? article);
    // Without marks the whole message lights up for a moment.
    if (!mark('hit', places) || places.length === 0) flash(article);
  }
}

function flash(article: Element): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  article.animate?.([{ background: 'var(--ember-soft)' }, { background: 'transparent' }], {
    duration: 1_600,
    easing: 'ease-out',
  });
}
