// The one owner of the log's scrolling. It follows the end until the person scrolls up,
// and remembers where each conversation was left.

import { tick } from 'svelte';
import { distanceToEnd, followsAfter, type Place, reachesUp } from './scroll';

/** What is shown to somebody stands at least as far from the edges, in pixels. */
const REVEAL_MARGIN = 24;

/** What people scroll with. */
const HANDS = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

export class LogScroll {
  #box: HTMLElement | null = null;
  #last: Place = { top: 0, height: 0, viewport: 0 };
  readonly #left = new Map<string, number>();
  #shown: string | null = null;
  /** The person has begun to move the box, and its scrolling is still to come. */
  #hand = false;
  #entered: Promise<void> = Promise.resolve();
  #following = $state(true);
  #away = $state(false);

  readonly following = $derived(this.#following);
  /** There is something below what is seen, and nobody follows it. */
  readonly away = $derived(this.#away && !this.#following);

  /** Settles once the box stands where the conversation was left. */
  get entered(): Promise<void> {
    return this.#entered;
  }

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
  enter(id: string | null): Promise<void> {
    this.#entered = this.#enter(id);
    return this.#entered;
  }

  async #enter(id: string | null): Promise<void> {
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

  /** Goes to the beginning. */
  toStart(): void {
    this.#following = false;
    if (this.#box) this.#box.scrollTop = 0;
    this.#moved();
  }

  /** Brings a place in the content into sight, and follows the end no more. */
  reveal(place: Element | Range): void {
    const box = this.#box;
    if (!box) return;
    this.#following = false;
    // A piece of long code that was out of sight has no lines yet for the place to be on (style/prose.css).
    if (!(place instanceof Element))
      place.startContainer.parentElement?.closest('.piece')?.classList.add('seen');
    scrollWithin(box, place);
    const frame = box.getBoundingClientRect();
    const { top, bottom } = place.getBoundingClientRect();
    const isSeen = top >= frame.top + REVEAL_MARGIN && bottom <= frame.bottom - REVEAL_MARGIN;
    if (!isSeen) box.scrollTop += top - frame.top - box.clientHeight / 3;
    this.#moved();
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

/** Scrolls what lies between a place and the box that holds it, such as a long block of code. */
function scrollWithin(box: Element, place: Element | Range): void {
  const from = place instanceof Element ? place.parentElement : place.startContainer.parentElement;
  for (let inner = from; inner && inner !== box; inner = inner.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(inner);
    const frame = inner.getBoundingClientRect();
    const { top, bottom, left, right } = place.getBoundingClientRect();
    if (SCROLLS.test(overflowY) && (top < frame.top || bottom > frame.bottom))
      inner.scrollTop += top - frame.top - inner.clientHeight / 3;
    if (SCROLLS.test(overflowX) && (left < frame.left || right > frame.right))
      inner.scrollLeft += left - frame.left - inner.clientWidth / 3;
  }
}

const SCROLLS = /auto|scroll/;
