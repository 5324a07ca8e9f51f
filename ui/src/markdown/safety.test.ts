// @vitest-environment jsdom
import { describe, expect, test } from 'vitest';
import type { MarkdownBlock } from './block';
import { parse } from './parser';
import { isHarmless, purify, safeHtml } from './safe';
import { MarkdownStream, renderMarkdown } from './stream';
import { dangers, dangersInTree } from './testing/dangers';
import { hostileTexts, RAW_HTML } from './testing/hostile';
import { pieces } from './testing/splits';

const HOSTILE = hostileTexts();

/** What the text turns into at any moment while it comes in pieces of this size. */
function everSeen(text: string, size: number): Set<string> {
  const seen = new Set<string>();
  const stream = new MarkdownStream();
  const look = (blocks: readonly MarkdownBlock[]) => {
    for (const { html } of blocks) if (html !== undefined) seen.add(html);
  };
  for (const piece of pieces(text, size)) {
    stream.append(piece);
    look(stream.blocks);
  }
  stream.finish();
  look(stream.blocks);
  return seen;
}

describe('the judge finds what is planted', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src="x">',
    '<p><img src=x onerror=alert(1)></p>',
    '<p onclick="x">a</p>',
    '<p style="color:red">a</p>',
    '<p id="a">a</p>',
    '<svg></svg>',
    '<a href="javascript:alert(1)">a</a>',
    '<a href="JAVASCRIPT:alert(1)">a</a>',
    '<a href="data:text/html,x">a</a>',
    '<a href="file:///etc/passwd">a</a>',
    '<a href="//x.example">a</a>',
    '<a href="https://">a</a>',
    '<a href="mailto:a@b?attach=x">a</a>',
    '<a href="https://ok.example" target="_blank">a</a>',
    '<td background="https://x.example">a</td>',
    '<div class="other">a</div>',
    '<ol start="x"></ol>',
    '<p dir="rtl">a</p>',
    '<input type="checkbox">',
    '<a href="https://ok.example/"><img srcset="x"></a>',
  ])('%s', (html) => {
    expect(dangers(html)).not.toEqual([]);
    expect(dangersInTree(`<table><tr>${html}</tr></table>${html}`)).not.toEqual([]);
  });

  test.each(['a < b', '<p', '<!-- a -->', "<a href='https://ok.example/'>a</a>", '<p>a</p x="y">'])(
    '%s, as text',
    (html) => {
      expect(dangers(html)).not.toEqual([]);
    },
  );

  test('and nothing in what is allowed', () => {
    const html =
      '<p dir="auto"><a class="md-image" href="https://ok.example/?a=1&amp;b">a &lt; b</a><br></p>';
    expect(dangers(html)).toEqual([]);
    expect(dangersInTree(html)).toEqual([]);
  });
});

describe('the corpus', () => {
  test('is large and without repetitions', () => {
    expect(HOSTILE.length).toBeGreaterThan(2_000);
    expect(new Set(HOSTILE).size).toBe(HOSTILE.length);
  });

  test('would be dangerous to a renderer that trusts it', () => {
    const trusted = HOSTILE.filter((text) => dangersInTree(text).length > 0);
    expect(trusted.length).toBeGreaterThan(400);
  });

  test.each([
    ['whole', 1_000_000, HOSTILE],
    // Two in five: the constructs take turns every 24 payloads, so each of them comes with many addresses.
    ['in pieces of one character', 1, HOSTILE.filter((text, index) => index % 5 < 2 && text.length < 1_000)],
    ['in pieces of three characters', 3, HOSTILE.filter((text) => text.length < 1_000)],
  ])('%s never shows anything dangerous', { timeout: 60_000 }, (_name, size, texts) => {
    expect(texts.length).toBeGreaterThan(400);
    let looked = 0;
    for (const text of texts) {
      for (const html of everSeen(text, size)) {
        looked += 1;
        expect(dangers(html), text).toEqual([]);
        if (size > 3) expect(dangersInTree(html), text).toEqual([]);
      }
    }
    expect(looked).toBeGreaterThan(texts.length);
  });

  test('is harmless without the sanitiser, too', () => {
    for (const text of HOSTILE) {
      const parsed = parse(text, { references: new Map(), notes: new Map() }, 'as it is');
      for (const top of parsed.tops) {
        if (top.kind === 'fence' || top.kind === 'indented' || top.kind === 'definition') continue;
        expect(dangers(parsed.html(top)), text).toEqual([]);
      }
    }
  });

  test('is not lost: a link that is not opened shows its address', () => {
    const [block] = renderMarkdown('[text](ms-msdt:/id%20x)');
    expect(block?.html).toContain('(ms-msdt:/id%20x)');
  });
});

describe('the sanitiser on its own', () => {
  test('cleans HTML that the parser would never write', () => {
    // Any class and any start may stay, since none does harm. `is` cannot be taken off an element, so DOMPurify empties it.
    const tolerated = /^attribute (?:class=|start=|is=""$)/;
    for (const html of RAW_HTML) {
      expect(
        dangersInTree(safeHtml(html)).filter((danger) => !tolerated.test(danger)),
        html,
      ).toEqual([]);
    }
  });

  test('need not be asked about what the parser writes', () => {
    for (const text of HOSTILE) {
      for (const { html } of renderMarkdown(text))
        if (html !== undefined) expect(isHarmless(html), html).toBe(true);
    }
  });

  test('changes nothing in what the parser does write', { timeout: 60_000 }, () => {
    for (const text of HOSTILE) {
      for (const { html } of renderMarkdown(text)) {
        if (html === undefined) continue;
        const box = document.createElement('div');
        box.innerHTML = html;
        const [before, count] = [box.textContent, box.querySelectorAll('*').length];
        box.innerHTML = purify(html);
        expect([box.textContent, box.querySelectorAll('*').length], text).toEqual([before, count]);
      }
    }
  });

  test('skips DOMPurify only for tags that it would leave alone', () => {
    const harmless = HOSTILE.flatMap((text) => [
      text,
      ...renderMarkdown(text).map(({ html }) => html ?? ''),
    ]).filter(isHarmless);
    expect(harmless.length).toBeGreaterThan(500);
    for (const html of harmless) expect(dangersInTree(html), html).toEqual([]);
    expect(isHarmless('<p dir="auto">a</p>')).toBe(true);
    expect(isHarmless('<p dir="auto" >a</p>')).toBe(false);
    expect(isHarmless('<p dir="auto">a</p><')).toBe(false);
    expect(isHarmless('<a href="https://ok.example/">a</a>')).toBe(true);
    expect(isHarmless('<a href="javascript:alert(1)">a</a>')).toBe(false);
    expect(isHarmless('<a href="https://ok.example/" onclick="alert(1)">a</a>')).toBe(false);
    expect(isHarmless("<a href='https://ok.example/'>a</a>")).toBe(false);
    expect(isHarmless('<ol start="3" dir="auto"><li>a</li></ol>')).toBe(true);
    expect(isHarmless('<ol start="x" dir="auto"><li>a</li></ol>')).toBe(false);
  });
});
