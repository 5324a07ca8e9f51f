// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { MarkdownStream } from './stream';
import { completed } from './unfinished';

test.each([
  ['a **b c', 'a **b c**'],
  ['a **b ', 'a **b**'],
  ['a **b*', 'a **b**'],
  ['a **', 'a'],
  ['a *b', 'a *b*'],
  ['**a *b', '**a *b***'],
  ['*a **b', '*a **b***'],
  ['~~a', '~~a~~'],
  ['a `b **c', 'a `b **c`'],
  ['a ``b `c', 'a ``b `c``'],
  ['a `', 'a'],
  ['`a` **`b', '`a` **`b`'],
  ['see [the docs](https://exam', 'see the docs'],
  ['see **[the docs](https://exam', 'see **the docs**'],
  ['see ![a cat](htt', 'see a cat'],
])('%j reads as %j until the rest comes', (content, expected) => {
  expect(completed(content)).toBe(expected);
});

test.each([
  ...[
    '',
    'plain',
    'a **b** *c* `d` ~~e~~',
    '2 * 3',
    'a*b',
    'a \\*b',
    '\\`a',
    '`**`',
    '***a',
    '[text]',
    '[a](b) c',
    'f(x)',
  ],
  ...['a ** b **', `**${'a'.repeat(2_000)}`],
])('%j is left as it is', (content) => {
  expect(completed(content)).toBe(content);
});

test('an answer shows no half of a mark, and its source is as it came', () => {
  const stream = new MarkdownStream();
  stream.append('- one\n- **two');
  const [list] = stream.blocks;
  expect(list?.html).toContain('<li><strong>two</strong></li>');
  expect(list?.source).toBe('- one\n- **two');
  stream.finish();
  expect(stream.blocks[0]?.html).toContain('<li>**two</li>');
});

test('code is never completed', () => {
  const stream = new MarkdownStream();
  stream.append('- one **bold\n\n  ```\n  a ** `b');
  expect(stream.blocks[0]?.html).toContain('a ** `b</code>');
  expect(stream.blocks[0]?.html).toContain('one **bold');
});
