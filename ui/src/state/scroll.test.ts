import { describe, expect, it } from 'vitest';
import { distanceToEnd, followsAfter, NEAR_END } from './scroll';

const at = (top: number, height = 1000) => ({ top, height, viewport: 400 });
const END = at(600);

describe('followsAfter', () => {
  it('goes on when the text grows below', () => {
    expect(followsAfter(true, END, at(600, 1400))).toBe(true);
  });

  it('lets go when the person scrolls up, however little the text grew meanwhile', () => {
    expect(followsAfter(true, END, at(550))).toBe(false);
    expect(followsAfter(true, END, at(550, 1400))).toBe(false);
  });

  it('does not take a fraction of a line for a wish', () => {
    expect(followsAfter(true, END, at(600 - NEAR_END))).toBe(true);
  });

  it('stays let go while the person reads, also downwards', () => {
    expect(followsAfter(false, at(100), at(200))).toBe(false);
  });

  it('takes hold again at the end', () => {
    expect(followsAfter(false, at(500), END)).toBe(true);
  });

  it('goes on when the text becomes shorter and the browser moves the box', () => {
    expect(followsAfter(true, END, { top: 300, height: 700, viewport: 400 })).toBe(true);
  });
});

it('never tells a negative distance', () => {
  expect(distanceToEnd({ top: 0, height: 100, viewport: 400 })).toBe(0);
});
