// The one owner of the log's scrolling. It follows the end until the person scrolls up,
// and remembers where each conversation was left.

import { tick } from 'svelte';
import { distanceToEnd, followsAfter, type Place, reachesUp } from './scroll';

/** What people scroll with. */
const HANDS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

export class LogScroll {
  #box: HTMLElement | null = null;
  #last: Place = { top: 0, height: 0, viewport: 0 };
  readonly #left = new Map<string, number>();
  #shown: string | null = null;
  /** The person has begun to move the box, and its scrolling is still to come. */
  #hand = false;
  #following = $state(true);
  #away = $state(false);

  readonly following = $derived(this.#following);
  /** There is something below what is seen, and nobody follows it. */
  readonly away = $derived(this.#away && !this.#following);

  /** Watches a scrolled box and what grows in it, until the function that it returns is called. */
  attach(box: HTMLElement, content: HTMLElement): () => void {
    this.#box = box;
    const onScroll = () => this.#moved();
    const onHand = (event: Event) => {
      if (reachesUp(event) && box.scrollTop > 0) this.#hand = true;
    };
    const grown = new ResizeObserver(() => this.#grown());
    box.addEventListener('scroll', onScroll, { passive: true });
    for (const hand of HANDS) box.addEventListener(hand, onHand, { passive: true });
    grown.observe(content);
    grown.observe(box);
    return () => {
      box.removeEventListener('scroll', onScroll);
      for (const hand of HANDS) box.removeEventListener(hand, onHand);
      grown.disconnect();
      this.#box = null;
    };
  }

  /** Goes to the end and follows it from now on. */
  toEnd(): void {
    this.#following = true;
    this.#hand = false;
    if (this.#shown !== null) this.#left.delete(this.#shown);
    if (this.#box) this.#box.scrollTop = this.#box.scrollHeight;
    this.#last = this.#place();
    this.#away = false;
  }

  /** Returns to where the conversation `id` was left, once its messages stand; none is shown while there is none. */
  async enter(id: string | null): Promise<void> {
    this.#shown = id;
    if (id === null) return;
    await tick();
    const top = this.#left.get(id);
    if (top === undefined || !this.#box) {
      this.toEnd();
      return;
    }
    this.#following = false;
    this.#box.scrollTop = top;
    this.#last = this.#place();
    this.#away = distanceToEnd(this.#last) > 0;
  }

  /** Keeps what is seen in its place while `change` puts something above it. */
  async keepPlace(change: () => void): Promise<void> {
    const below = this.#box ? this.#box.scrollHeight - this.#box.scrollTop : 0;
    change();
    await tick();
    if (this.#box) this.#box.scrollTop = this.#box.scrollHeight - below;
    this.#last = this.#place();
  }

  #moved(): void {
    const now = this.#place();
    this.#following = followsAfter(this.#following, this.#last, now, this.#hand);
    this.#hand = false;
    this.#away = distanceToEnd(now) > 0;
    this.#last = now;
    if (this.#shown === null) return;
    if (this.#following) this.#left.delete(this.#shown);
    else this.#left.set(this.#shown, now.top);
  }

  #grown(): void {
    if (this.#following && !this.#hand) this.toEnd();
    else {
      this.#last = this.#place();
      this.#away = distanceToEnd(this.#last) > 0;
    }
  }

  #place(): Place {
    const box = this.#box;
    return box
      ? { top: box.scrollTop, height: box.scrollHeight, viewport: box.clientHeight }
      : { top: 0, height: 0, viewport: 0 };
  }
}
