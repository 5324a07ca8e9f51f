// Whether the log follows its end: the one decision about scrolling, without a browser.

/** Where a scrolled box stands, in CSS pixels. */
export interface Place {
  top: number;
  height: number;
  viewport: number;
}

/** Nearer to the end than this counts as the end: zoom leaves fractions, and half a line is not a wish. */
export const NEAR_END = 24;

/** The way from what is seen to the end. */
export const distanceToEnd = ({ top, height, viewport }: Place): number =>
  Math.max(0, height - viewport - top);

/**
 * Whether to follow after the box went from `before` to `now`.
 *
 * Only a move upwards lets go. Text that grows below makes the distance larger, and text that
 * shrinks for a moment pushes the box upwards, without anybody having wished for it: where
 * the box has changed its size, the move counts only with a `hand` on the wheel, the keys or
 * the bar. Reaching the end takes hold again.
 */
export function followsAfter(following: boolean, before: Place, now: Place, hand = false): boolean {
  if (distanceToEnd(now) <= NEAR_END) return true;
  const same = now.height === before.height && now.viewport === before.viewport;
  return (same || hand) && now.top < before.top ? false : following;
}

const UPWARDS = new Set(['ArrowUp', 'PageUp', 'Home']);

/** Whether an input moves a scrolled box upwards, or may. */
export function reachesUp(event: Event): boolean {
  if (event instanceof WheelEvent) return event.deltaY < 0;
  if (event instanceof KeyboardEvent) return UPWARDS.has(event.key);
  // A press on the box itself, and not on something in it, is one on its bar.
  return event.type === 'touchmove' || event.target === event.currentTarget;
}
