import { expect, it } from 'vitest';
import { perFrame } from './frames';

it('hands on what came within a frame together and in order', () => {
  const frames: Array<() => void> = [];
  const seen: number[][] = [];
  const arrive = perFrame<number>(
    (items) => seen.push(items),
    (run) => frames.push(run),
  );

  arrive([1, 2]);
  arrive([]);
  arrive([3]);
  expect(seen).toEqual([]);
  expect(frames).toHaveLength(1);

  frames.shift()?.();
  arrive([4]);
  frames.shift()?.();
  expect(seen).toEqual([[1, 2, 3], [4]]);
});

it('keeps what arrives while a frame is being handled for the next', () => {
  const frames: Array<() => void> = [];
  const seen: number[][] = [];
  const arrive = perFrame<number>(
    (items) => {
      seen.push(items);
      if (items.includes(1)) arrive([2]);
    },
    (run) => frames.push(run),
  );
  arrive([1]);
  frames.shift()?.();
  frames.shift()?.();
  expect(seen).toEqual([[1], [2]]);
});
