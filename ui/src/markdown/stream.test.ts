// @vitest-environment jsdom
import { describe, expect, test } from 'vitest';
import type { MarkdownBlock } from './block';
import { parse } from './parser';
import { safeHtml } from './safe';
import { MarkdownStream, renderMarkdown } from './stream';
import { hundredKilobytes, LINES, SAMPLES } from './testing/samples';
import { pick, pieces, randomSplit, seeded } from './testing/splits';

/** What markdown-it makes of the text when it sees all of it at once, without any of our cutting. */
function wholeHtml(text: string): string[] {
  const parsed = parse(text.replace(/\r\n?/g, '\n'), { references: new Map(), notes: new Map() }, 'as it is');
  return parsed.tops
    .filter((top) => top.kind !== 'definition')
    .map((top) => {
      const code = top.tokens[0]?.content.replace(/\n$/, '');
      return top.kind === 'fence' || top.kind === 'indented' ? `code:${code}` : safeHtml(parsed.html(top));
    });
}

function html(blocks: readonly MarkdownBlock[]): string[] {
  return blocks.map((block) => (block.kind === 'code' ? `code:${block.code}` : (block.html ?? '')));
}

function streamed(parts: readonly string[], look: 'every piece' | 'at the end'): readonly MarkdownBlock[] {
  const stream = new MarkdownStream();
  for (const part of parts) {
    stream.append(part);
    if (look === 'every piece') void stream.blocks;
  }
  stream.finish();
  return stream.blocks;
}

describe('any split of a text ends in the same blocks', () => {
  test.each(Object.entries(SAMPLES))('%s', (_name, text) => {
    const whole = renderMarkdown(text);
    expect(html(whole)).toEqual(wholeHtml(text));
    for (const size of [1, 2, 3, 7, 64]) {
      expect(streamed(pieces(text, size), 'every piece')).toEqual(whole);
    }
    const random = seeded(1);
    for (let round = 0; round < 5; round += 1) {
      expect(streamed(randomSplit(text, random), 'every piece')).toEqual(whole);
      expect(streamed(randomSplit(text, random), 'at the end')).toEqual(whole);
    }
  });

  test('documents put together from hostile lines at random', { timeout: 60_000 }, () => {
    const random = seeded(20261122);
    for (let round = 0; round < 200; round += 1) {
      const count = 1 + Math.floor(random() * 12);
      const text =
        Array.from({ length: count }, () => pick(LINES, random)).join('\n') + pick(['', '\n'], random);
      const whole = renderMarkdown(text);
      expect(html(whole), JSON.stringify(text)).toEqual(wholeHtml(text));
      expect(streamed(randomSplit(text, random), 'every piece'), JSON.stringify(text)).toEqual(whole);
      expect(streamed(pieces(text, 1), 'every piece'), JSON.stringify(text)).toEqual(whole);
    }
  });

  test('a document of 100 KB', () => {
    const text = hundredKilobytes();
    expect(text.length).toBeGreaterThan(100_000);
    const whole = renderMarkdown(text);
    expect(html(whole)).toEqual(wholeHtml(text));
    expect(streamed(randomSplit(text, seeded(5)), 'every piece')).toEqual(whole);
  });
});

describe('a finished block', () => {
  test('stays the same object while more text comes', () => {
    const stream = new MarkdownStream();
    const finished = new Map<string, MarkdownBlock>();
    let kept = 0;
    for (const part of randomSplit(hundredKilobytes().slice(0, 40_000), seeded(3))) {
      stream.append(part);
      for (const block of stream.blocks) {
        const before = finished.get(block.key);
        if (before) {
          expect(block).toBe(before);
          kept += 1;
        }
        if (block.closed) finished.set(block.key, block);
      }
    }
    expect(finished.size).toBeGreaterThan(30);
    expect(kept).toBeGreaterThan(1_000);
  });

  test('has the key that it had while it grew', () => {
    const stream = new MarkdownStream();
    stream.append('first\n\nsecond');
    const growing = stream.blocks.map(({ key, closed }) => ({ key, closed }));
    expect(growing.map(({ closed }) => closed)).toEqual([true, false]);
    stream.append(' and more\n\nthird');
    expect(stream.blocks.slice(0, 2).map(({ key }) => key)).toEqual(growing.map(({ key }) => key));
  });

  test('is a new object only when a link that it waited for is defined', () => {
    const stream = new MarkdownStream();
    stream.append('one [a]\n\ntwo [b]\n\nthree\n\n');
    const [one, two, three] = stream.blocks;
    expect(one?.html).toBe('<p dir="auto">one [a]</p>');
    stream.append('[a]: https://a.example/x\n\n');
    const after = stream.blocks;
    expect(after[0]?.html).toBe('<p dir="auto">one <a href="https://a.example/x">a</a></p>');
    expect(after[0]?.key).toBe(one?.key);
    expect(after[1]).toBe(two);
    expect(after[2]).toBe(three);
  });

  test('of the tail stays the same object while the block after it grows', () => {
    const stream = new MarkdownStream();
    stream.append('- a list\n\na paragr');
    const [list, paragraph] = stream.blocks;
    expect([list?.closed, paragraph?.closed]).toEqual([false, false]);
    stream.append('aph');
    expect(stream.blocks[0]).toBe(list);
    expect(stream.blocks[1]).not.toBe(paragraph);
  });
});

describe('the work', () => {
  test('of a piece depends on the tail and not on the text before it', () => {
    const text = hundredKilobytes();
    const parts = pieces(text, Math.ceil(text.length / 5_000));
    const stream = new MarkdownStream();
    for (const part of parts) {
      stream.append(part);
      void stream.blocks;
    }
    stream.finish();
    void stream.blocks;
    const naive = parts.reduce((sum, _, index) => sum + (index + 1) * (parts[0]?.length ?? 0), 0);
    expect(naive).toBeGreaterThan(200_000_000);
    // The longest block is 2.7 KB, so 5,000 pieces would cost 14 million characters if each came at its end.
    expect(stream.work.characters).toBeLessThan(10_000_000);
  });

  test('of the same piece is the same after a short and after a long text', () => {
    const cost = (before: string): number => {
      const stream = new MarkdownStream();
      stream.append(before);
      void stream.blocks;
      const earlier = stream.work.characters;
      stream.append('One more sentence.');
      void stream.blocks;
      return stream.work.characters - earlier;
    };
    expect(cost('a paragraph\n\n'.repeat(5_000))).toBe(cost('a paragraph\n\n'));
    expect(cost('')).toBeGreaterThan(0);
  });

  test('in an open fence is none at all', () => {
    const stream = new MarkdownStream();
    stream.append('text\n\n```ts\n');
    void stream.blocks;
    const before = stream.work;
    expect(before.parses).toBeGreaterThan(0);
    for (let line = 0; line < 2_000; line += 1) {
      stream.append(`const a${line} `);
      void stream.blocks;
      stream.append('= 1;\n');
      void stream.blocks;
    }
    expect(stream.work).toEqual(before);
    expect(stream.blocks.at(-1)).toMatchObject({ kind: 'code', language: 'ts', closed: false });
    expect(stream.blocks.at(-1)?.code?.split('\n')).toHaveLength(2_000);
  });

  test('of pieces between two looks is the work of one', () => {
    const stream = new MarkdownStream();
    for (const word of 'many words in one frame'.split(' ')) stream.append(`${word} `);
    void stream.blocks;
    void stream.blocks;
    expect(stream.work.parses).toBe(1);
  });
});

describe('while it is being written', () => {
  const shown = (text: string): string[] => {
    const stream = new MarkdownStream();
    stream.append(text);
    return html(stream.blocks);
  };

  test.each([
    ['a dash under a paragraph', 'Here:\n-'],
    ['an equals sign under a paragraph', 'Here:\n='],
    ['a number that may begin a list', 'Here:\n1.'],
    ['the beginning of a fence', 'Here:\n``'],
  ])('%s is not guessed at', (_name, text) => {
    expect(shown(text)).toEqual(['<p dir="auto">Here:</p>']);
  });

  test('a closing fence is not shown as code, and a lone one at the end is', () => {
    const stream = new MarkdownStream();
    stream.append('```\na\n``');
    expect(html(stream.blocks)).toEqual(['code:a']);
    stream.finish();
    expect(html(stream.blocks)).toEqual(['code:a\n``']);
  });

  test('a language is named once its line is complete', () => {
    const stream = new MarkdownStream();
    stream.append('```Type');
    expect(stream.blocks[0]).toMatchObject({ kind: 'code', code: '', language: undefined });
    stream.append('Script title\n');
    expect(stream.blocks[0]).toMatchObject({ kind: 'code', code: '', language: 'typescript' });
  });

  test('the array is a new one exactly when something changed', () => {
    const stream = new MarkdownStream();
    stream.append('a');
    const first = stream.blocks;
    expect(stream.blocks).toBe(first);
    stream.append('b');
    expect(stream.blocks).not.toBe(first);
    expect(html(first)).toEqual(['<p dir="auto">a</p>']);
  });
});

describe('set', () => {
  test('goes on from what was there', () => {
    const stream = new MarkdownStream();
    stream.set('one\n\ntwo');
    const [one] = stream.blocks;
    stream.set('one\n\ntwo and three\n');
    expect(stream.blocks[0]).toBe(one);
    stream.finish();
    expect(stream.blocks).toEqual(renderMarkdown('one\n\ntwo and three\n'));
  });

  test('starts again for another text, and after the end', () => {
    const stream = new MarkdownStream();
    stream.append('one\r');
    stream.set('other');
    expect(html(stream.blocks)).toEqual(['<p dir="auto">other</p>']);
    stream.finish();
    expect(stream.blocks.every(({ closed }) => closed)).toBe(true);
    stream.append(' words');
    expect(html(stream.blocks)).toEqual(['<p dir="auto">other words</p>']);
    expect(stream.blocks.every(({ closed }) => closed)).toBe(false);
  });
});
