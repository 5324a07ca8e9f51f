import { expect, it } from 'vitest';
import { silentSeconds, timeUntil } from './time';

it('calls an answer silent after a quarter of a minute, and counts in steps', () => {
  const after = (seconds: number) => silentSeconds(1_000_000, 1_000_000 + seconds * 1_000);
  expect([0, 14.9, 15, 19.9, 20, 61].map(after)).toEqual([null, null, 15, 15, 20, 60]);
});

it('says how long there is left, and never less than a minute', () => {
  const left = (ms: number) => timeUntil(1_000_000 + ms, 1_000_000);
  const day = 86_400_000;
  expect([29.5 * day, day, day - 1, 3_600_000, 90_000, 0, -day].map(left)).toEqual([
    'in 29 days',
    'in 1 day',
    'in 23 hours',
    'in 1 hour',
    'in 2 minutes',
    'in 1 minute',
    'in 1 minute',
  ]);
});
