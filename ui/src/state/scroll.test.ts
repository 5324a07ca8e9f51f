import { describe, expect, it } from 'vitest';
import { distanceToEnd, followsAfter, NEAR_END, reachesUp } from './scroll';

const at = (top: number, height = 1000) => ({ top, height, viewport: 400 });
const END = at(600);

describe('followsAfter', () => {
  it('goes on when the text grows below', () => {
    expect(followsAfter(true, END, at(600, 1400))).toBe(true);
  });

  it('lets go when the person scrolls up, however much the text grew meanwhile', () => {
    expect(followsAfter(true, END, at(550))).toBe(false);
    expect(followsAfter(true, END, at(550, 1400), true)).toBe(false);
  });

  it('goes on when the text shrank and grew again before anybody was told', () => {
    expect(followsAfter(true, END, at(550, 1400))).toBe(true);
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

it('knows a hand that reaches up', () => {
  expect(reachesUp(new WheelEvent('wheel', { deltaY: -3 }))).toBe(true);
  expect(reachesUp(new WheelEvent('wheel', { deltaY: 3 }))).toBe(false);
  expect(reachesUp(new KeyboardEvent('keydown', { key: 'PageUp' }))).toBe(true);
  expect(reachesUp(new KeyboardEvent('keydown', { key: 'a' }))).toBe(false);
});

it('never tells a negative distance', () => {
  expect(distanceToEnd({ top: 0, height: 100, viewport: 400 })).toBe(0);
});
