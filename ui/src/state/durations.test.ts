import { expect, it } from 'vitest';
import { duration } from './durations';

it.each([
  [-1, '0 s'],
  [0.4, '0 s'],
  [119, '119 s'],
  [185, '3 min 5 s'],
  [7_199, '119 min 59 s'],
  [7_200, '2 hours'],
  [86_400, '24 hours'],
  [172_800, '2 days'],
  [604_800, '7 days'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});
