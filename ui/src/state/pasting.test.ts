import { describe, expect, it } from 'vitest';
import { lineCount, pasted } from './pasting';

const file = (name: string) => new File(['x'], name);
const LONG = 'word '.repeat(401);
const MANY = 'line\n'.repeat(41);

describe('a paste', () => {
  it.each<[string, string, File[], boolean, string]>([
    ['words', 'hello', [], false, 'text'],
    ['an image alone', '', [file('image.png')], false, 'files'],
    ['a file with its name', 'notes.md', [file('notes.md')], false, 'files'],
    ['a file with its address', 'file:///home/you/my%20notes.md', [file('my notes.md')], false, 'files'],
    ['words with their picture', 'A heading', [file('image.png')], false, 'text'],
    ['nothing that the event tells', '', [], false, 'nothing'],
    ['more than 2,000 characters', LONG, [], false, 'long-text'],
    ['more than 40 lines', MANY, [], false, 'long-text'],
    ['40 lines', 'line\n'.repeat(40), [], false, 'text'],
    ['2,000 characters', 'x'.repeat(2_000), [], false, 'text'],
    ['long text that is to stay plain', LONG, [], true, 'text'],
  ])('of %s', (_, text, files, plain, kind) => {
    expect(pasted(text, files, plain).kind).toBe(kind);
  });

  it('survives an address that is none', () => {
    expect(pasted('file:///%E0%A4%A', [file('x')], false).kind).toBe('text');
  });
});

it.each([
  ['one', 1],
  ['one\n', 1],
  ['one\r\ntwo\r\n', 2],
  ['one\n\n', 2],
])('%j has %d lines', (text, lines) => {
  expect(lineCount(text)).toBe(lines);
});
