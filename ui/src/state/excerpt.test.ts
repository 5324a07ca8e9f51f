import { describe, expect, it } from 'vitest';
import { excerptPieces, markedWords } from './excerpt';

/** The pieces as a line, what is marked in angle quotes. */
function shown(excerpt: string, ...words: string[]): string {
  const marks = words.map((word): [number, number] => {
    const at = excerpt.indexOf(word);
    if (at < 0) throw new Error(`no “${word}”`);
    return [at, at + word.length];
  });
  return excerptPieces(excerpt, marks)
    .map(({ text, marked }) => (marked ? `‹${text}›` : text))
    .join('');
}

describe('excerptPieces', () => {
  it.each([
    ['On their backs, holding **hands**, in a raft', 'hands', 'On their backs, holding ‹hands›, in a raft'],
    ['### How they *compare* in `code`', 'compare', 'How they ‹compare› in code'],
    ['a [link to there](https://example.org/x_y) ends', 'link', 'a ‹link› to there ends'],
    ['- [x] jitter\n- [ ] metric\n> said', 'metric', 'jitter ‹metric› said'],
    ['| Way | Wait |\n|:----|-----:|\n| Fixed | 4 s |', 'Fixed', 'Way Wait ‹Fixed› 4 s '],
    ['before\n```rust\nlet tokens = 10;\n```\nafter', 'tokens', 'before let ‹tokens› = 10; after'],
    ['__init__ and snake_case_name stay 2 * 3', 'snake_case_name', 'init and ‹snake_case_name› stay 2 * 3'],
    ['再試行は**全体の一割**まで 🦦 go', '全体', '再試行は‹全体›の一割まで 🦦 go'],
  ])('%j', (excerpt, word, line) => {
    expect(shown(excerpt, word)).toBe(line);
  });

  it('leaves out no sign that was searched for', () => {
    expect(shown('use `a||b` here', '||')).toBe('use a‹||›b here');
    expect(shown('**bold**', '**bold**')).toBe('‹**bold**›');
  });

  it('bears marks that are empty, overlap or lie outside', () => {
    expect(excerptPieces('otter', [[1, 1]])).toEqual([{ text: 'otter', marked: false }]);
    expect(
      excerptPieces('otter', [
        [0, 3],
        [2, 99],
      ]),
    ).toEqual([{ text: 'otter', marked: true }]);
    expect(excerptPieces('', [[0, 4]])).toEqual([]);
  });

  it('never changes what is marked, whatever stands around it', () => {
    const signs = [
      '**',
      '`',
      '_',
      '# ',
      '> ',
      '| ',
      '\n',
      ' ',
      '](',
      '[',
      ')',
      'ä',
      '🦦',
      'x',
      '~~',
      '```\n',
    ];
    let seed = 7;
    const next = (most: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % most;
    };
    const noise = () => Array.from({ length: next(12) }, () => signs[next(signs.length)]).join('');
    for (let round = 0; round < 2_000; round++) {
      const [before, word, after] = [noise(), `w${noise()}w`, noise()];
      const at = before.length;
      const pieces = excerptPieces(before + word + after, [[at, at + word.length]]);
      expect(pieces.filter(({ marked }) => marked)).toEqual([{ text: word, marked: true }]);
    }
  });
});

it('tells the marked words once each', () => {
  const excerpt = 'Kelp and kelp and Otter';
  const marks: Array<[number, number]> = [
    [0, 4],
    [9, 13],
    [18, 23],
    [4, 5],
  ];
  expect(markedWords(excerpt, marks)).toEqual(['kelp', 'Otter']);
});
