// @vitest-environment jsdom
import { describe, expect, test } from 'vitest';
import { isHarmless, purify } from './safe';
import { MarkdownStream, renderMarkdown } from './stream';
import { pieces } from './testing/splits';

const html = (text: string) => renderMarkdown(text).map((block) => block.html ?? `code:${block.code}`);

const reference = (number: number, label: string) =>
  `<sup><a class="md-note-ref" href="#md-note-${number}">${label}</a></sup>`;

const note = (number: number, label: string, content: string) =>
  `<div class="md-note"><a class="md-note-back" href="#md-ref-${number}">${label}</a><div dir="auto">\n${content}</div></div>`;

const paragraph = (content: string) => `<p dir="auto">${content}</p>`;

describe('a footnote', () => {
  test.each([
    [
      'stands where it was written, joined to where it is named',
      'Water[^1] and air.\n\n[^1]: Clean.',
      [paragraph(`Water${reference(1, '1')} and air.`), note(1, '1', '<p>Clean.</p>\n')],
    ],
    [
      'goes by its own label, in any case',
      'a[^Note]\n\n[^first]: 1\n[^note]: 2',
      [paragraph(`a${reference(2, 'Note')}`), note(1, 'first', '<p>1</p>\n'), note(2, 'note', '<p>2</p>\n')],
    ],
    [
      'holds what is indented under it',
      '[^1]: a\nb\n\n    - c\n\nd',
      [note(1, '1', `<p>a<br>\nb</p>\n<ul>\n<li>c</li>\n</ul>\n`), paragraph('d')],
    ],
    [
      'that is an address is no definition of a link',
      '[^1] says\n\n[^1]: https://a.example/x',
      [
        paragraph(`${reference(1, '1')} says`),
        note(1, '1', '<p><a href="https://a.example/x">https://a.example/x</a></p>\n'),
      ],
    ],
    [
      'follows brackets and exclamation marks',
      '[RFC 9110][^1] Wow![^1]\n\n[^1]: a',
      [paragraph(`[RFC 9110]${reference(1, '1')} Wow!${reference(1, '1')}`), note(1, '1', '<p>a</p>\n')],
    ],
    [
      'is never a link within a link',
      '[a [^1]](https://x.example) <https://x.example/[^1]>\n\n[^1]: a',
      [
        paragraph(
          `[a ${reference(1, '1')}](<a href="https://x.example/">https://x.example</a>) <a href="https://x.example/%5B%5E1%5D">https://x.example/[^1]</a>`,
        ),
        note(1, '1', '<p>a</p>\n'),
      ],
    ],
    ['that is not written is text', 'a[^1] [^]: [^a b]', [paragraph('a[^1] [^]: [^a b]')]],
    [
      'within a quotation ends with it',
      '> [^1]: a\n[^2]: b',
      [`<blockquote dir="auto">\n${note(1, '1', '<p>a</p>\n')}\n</blockquote>`, note(2, '2', '<p>b</p>\n')],
    ],
  ])('%s', (_name, text, expected) => {
    expect(html(text)).toEqual(expected);
  });

  test('with a hostile label stays one', () => {
    const label = '"><img/src=x/onerror=alert(1)>\'`&quot;';
    const [named, written] = html(`a[^${label}]\n\n[^${label}]: b`);
    const escaped = "&quot;&gt;&lt;img/src=x/onerror=alert(1)&gt;'`&amp;quot;";
    expect(named).toBe(paragraph(`a${reference(1, escaped)}`));
    expect(written).toBe(note(1, escaped, '<p>b</p>\n'));
    expect(isHarmless(`${named}${written}`)).toBe(true);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('may be called %s', (label) => {
    expect(html(`a[^${label}]`).join('')).not.toContain('md-note');
    expect(html(`a[^${label}]\n\n[^${label}]: b`)[0]).toBe(paragraph(`a${reference(1, label)}`));
  });

  test('with a label that nobody would read is none', () => {
    const label = 'x'.repeat(101);
    expect(html(`a[^${label}]\n\n[^${label}]: b c`).join('')).not.toContain('md-note');
    expect(html(`a[^${label.slice(1)}]\n\n[^${label.slice(1)}]: b c`).join('')).toContain('md-note');
  });
});

describe('the sanitiser', () => {
  test('leaves footnotes as they are', () => {
    const whole = html('a[^1]\n\n[^1]: b').join('');
    expect(purify(whole)).toBe(whole);
  });

  test.each(['#top', '#md-note-', '#md-note-1x', '#md-note-1"x', 'x#md-note-1', '#md-ref-1/../2'])(
    'knows no other place in the page, such as %s',
    (address) => {
      const link = `<a class="md-note-ref" href="${address.replaceAll('"', '&quot;')}">1</a>`;
      expect(isHarmless('<a class="md-note-ref" href="#md-note-1">1</a>')).toBe(true);
      expect(isHarmless(link)).toBe(false);
      expect(purify(link)).toBe('<a class="md-note-ref">1</a>');
    },
  );
});

describe('while it is being written', () => {
  const shown = (text: string) => {
    const stream = new MarkdownStream();
    stream.append(text);
    return stream.blocks.map((block) => block.html);
  };

  test.each(['\n[^', '\n[^1', '\n[^1]', '\n\n   [^note]'])(
    'a line that reads %j so far is not guessed at',
    (line) => {
      expect(shown(`Here:${line}`)).toEqual([paragraph('Here:')]);
      expect(shown(`Here:${line}x y`).join('')).toContain('x y');
    },
  );

  test('what names it is text until the note is finished, and the block is a new object then', () => {
    const stream = new MarkdownStream();
    stream.append('a[^1]\n\nb[^2]\n\n[^1]: on');
    const [a, b] = stream.blocks;
    expect(a?.html).toBe(paragraph('a[^1]'));
    stream.append('e\n\n[^2]: two\n');
    expect(stream.blocks[0]?.html).toBe(paragraph(`a${reference(1, '1')}`));
    expect(stream.blocks[0]?.key).toBe(a?.key);
    expect(stream.blocks[1]).toBe(b);
    stream.finish();
    expect(stream.blocks[1]?.html).toBe(paragraph(`b${reference(2, '2')}`));
  });
});

test('more than a few that come one by one are all put to use at the end', () => {
  const numbers = Array.from({ length: 42 }, (_, index) => index + 1);
  const stream = new MarkdownStream();
  stream.append(`${numbers.map((number) => `w[^${number}]`).join(' ')}\n\n`);
  for (const number of numbers) {
    stream.append(`[^${number}]: n\n`);
    void stream.blocks;
  }
  stream.finish();
  expect(stream.blocks[0]?.html?.match(/md-note-ref/g)).toHaveLength(42);
});

describe('ten thousand footnotes', () => {
  const COUNT = 10_000;
  const numbers = Array.from({ length: COUNT }, (_, index) => index);
  const named = numbers.map((number) => `w[^${number}]`).join(' ');
  const written = numbers.map((number) => `[^${number}]: n`).join('\n');

  test.each([
    ['after', `${named}\n\n${written}\n`],
    ['before', `${written}\n\n${named}\n`],
  ])('%s the paragraph that names them end in the same blocks, in pieces or whole', (_name, text) => {
    const whole = renderMarkdown(text);
    expect(whole).toHaveLength(COUNT + 1);
    expect(
      whole
        .map((block) => block.html)
        .join('')
        .split('md-note-ref'),
    ).toHaveLength(COUNT + 1);
    const stream = new MarkdownStream();
    for (const [index, piece] of pieces(text, 7).entries()) {
      stream.append(piece);
      if (index % 200 === 0) void stream.blocks;
    }
    stream.finish();
    expect(stream.blocks).toEqual(whole);
  });

  test('do not render the paragraph that names them again for each', () => {
    const stream = new MarkdownStream();
    stream.append(`${named}\n\n`);
    void stream.blocks;
    const before = stream.work.characters;
    for (const line of written.split('\n')) {
      stream.append(`${line}\n`);
      void stream.blocks;
    }
    stream.finish();
    void stream.blocks;
    expect(stream.blocks[0]?.html?.split('md-note-ref')).toHaveLength(COUNT + 1);
    // Once for each would be ten thousand times; what doubles may be looked at a hundred times.
    expect(stream.work.characters - before).toBeLessThan(200 * named.length);
  });
});
