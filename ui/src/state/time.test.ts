import { expect, it } from 'vitest';
import { silentSeconds } from './time';

it('calls an answer silent after a quarter of a minute, and counts in steps', () => {
  const after = (seconds: number) => silentSeconds(1_000_000, 1_000_000 + seconds * 1_000);
  expect([0, 14.9, 15, 19.9, 20, 61].map(after)).toEqual([null, null, 15, 15, 20, 60]);
});
