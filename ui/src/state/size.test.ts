import { expect, it } from 'vitest';
import { byteSize } from './size';

it.each([
  [-5, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1_000, '1 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1 MB'],
  [1_234_567, '1.2 MB'],
  [7.5e12, '7,500 GB'],
])('%d', (bytes, words) => {
  expect(byteSize(bytes)).toBe(words);
});
