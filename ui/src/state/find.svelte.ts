// Find in the conversation that is open: where the words stand, and which of these places is looked at.

import { tick } from 'svelte';
import { mark } from './highlights';
import { MOST_RANGES, textRanges } from './text-ranges';

/** How long the places may lag behind an answer that grows. */
const LAG_MS = 150;

/** What brings a place in the log into sight. */
export interface Sight {
  reveal(place: Range): void;
}

export class Find {
  readonly #sight: Sight;
  #open = $state(false);
  #query = $state('');
  #count = $state(0);
  #at = $state(-1);
  #places: Range[] = [];
  #log: Element | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the wishes to type into the bar. */
  #calls = $state(0);

  constructor(sight: Sight) {
    this.#sight = sight;
  }

  readonly open = $derived(this.#open);
  readonly query = $derived(this.#query);
  readonly count = $derived(this.#count);
  /** There are more places than are counted. */
  readonly more = $derived(this.#count >= MOST_RANGES);
  /** The place that is looked at, from 0; below it while there is none. */
  readonly at = $derived(this.#at);
  readonly calls = $derived(this.#calls);

  show(): void {
    this.#open = true;
    this.#calls++;
  }

  close(): void {
    this.#open = false;
    this.#forget();
  }

  /** Looks in `log` from now on, also while it changes, until the function that it returns is called. */
  watch(log: Element): () => void {
    this.#log = log;
    const changed = new MutationObserver(() => {
      this.#timer ??= setTimeout(() => this.#look(), LAG_MS);
    });
    changed.observe(log, { childList: true, characterData: true, subtree: true });
    this.search(this.#query);
    return () => {
      changed.disconnect();
      this.#log = null;
      this.#forget();
    };
  }

  /** Finds `query` and shows the first place at or below what is seen. */
  search(query: string): void {
    this.#query = query;
    this.#at = -1;
    this.#look();
    if (this.#places.length === 0) return;
    const below = this.#places.findIndex((place) => place.getBoundingClientRect().bottom >= this.#top());
    this.#goTo(Math.max(0, below));
  }

  /** Goes on by `steps`, around the end; it begins where nothing was searched for yet. */
  step(steps: 1 | -1): void {
    if (!this.#open) {
      this.show();
      return;
    }
    const { length } = this.#places;
    if (length > 0) this.#goTo((this.#at + steps + length) % length);
  }

  #top(): number {
    return this.#log?.parentElement?.getBoundingClientRect().top ?? 0;
  }

  #goTo(at: number): void {
    this.#at = at;
    this.#paint();
    const place = this.#places[at];
    if (!place) return;
    // What is folded away is opened first, and has its place only then.
    if (unfold(place)) void tick().then(() => this.#sight.reveal(place));
    else this.#sight.reveal(place);
  }

  /** Finds all places anew; the one that is looked at stays the one. */
  #look(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const before = this.#places[this.#at];
    this.#places = this.#log ? textRanges(this.#log, [this.#query]) : [];
    this.#count = this.#places.length;
    this.#at = before ? this.#nearest(before) : -1;
    this.#paint();
  }

  #nearest(before: Range): number {
    const same = this.#places.findIndex(
      (place) => place.compareBoundaryPoints(Range.START_TO_START, before) >= 0,
    );
    return same >= 0 ? same : this.#places.length - 1;
  }

  #paint(): void {
    const now = this.#places[this.#at];
    const others = this.#places.filter((place) => place !== now);
    const canMark = mark('found', others) && mark('found-now', now ? [now] : []);
    if (canMark || !now) return;
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(now);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#places = [];
    this.#count = 0;
    this.#at = -1;
    this.#paint();
  }
}

/** Opens what hides a place: lines of thinking and of tools fold. */
function unfold(place: Range): boolean {
  const from = place.startContainer.parentElement;
  const details = from?.closest<HTMLDetailsElement>('details:not([open])');
  if (details) details.open = true;
  const fold = from?.closest('[inert][id]');
  const handle = fold && document.querySelector<HTMLElement>(`[aria-controls="${CSS.escape(fold.id)}"]`);
  if (handle?.ariaExpanded === 'false' || handle?.getAttribute('aria-expanded') === 'false') handle.click();
  return Boolean(details ?? handle);
}
