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
 * Only a move upwards lets go: text that grows below makes the distance larger
 * without anybody having wished for it. Reaching the end takes hold again.
 */
export function followsAfter(following: boolean, before: Place, now: Place): boolean {
  if (distanceToEnd(now) <= NEAR_END) return true;
  if (now.top < before.top) return false;
  return following;
}
