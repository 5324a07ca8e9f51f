import { afterEach, describe, expect, it } from 'vitest';
import { MOST_RANGES, textRanges } from './text-ranges';

function page(html: string): HTMLElement {
  const root = document.createElement('div');
  root.append(...new DOMParser().parseFromString(html, 'text/html').body.childNodes);
  document.body.append(root);
  return root;
}
afterEach(() => document.body.replaceChildren());

const found = (html: string, ...words: string[]) =>
  textRanges(page(html), words).map((range) => range.toString());

describe('textRanges', () => {
  it('finds words in the order of the document, whatever their case', () => {
    expect(found('<p>Otters and OTTER</p><p>no otters</p>', 'otter')).toEqual(['Otter', 'OTTER', 'otter']);
    expect(found('<p>one two</p><p>two one</p>', 'one', 'two')).toEqual(['one', 'two', 'two', 'one']);
  });

  it('finds across inline elements and not across blocks', () => {
    expect(found('<p>in a <strong>ra</strong>ft of <code>kelp</code></p>', 'raft of kelp')).toEqual([
      'raft of kelp',
    ]);
    expect(found('<p>in a ra</p><p>ft of kelp</p>', 'raft')).toEqual([]);
    expect(found('<ul><li>ke</li><li>lp</li></ul>', 'kelp')).toEqual([]);
  });

  it('takes any space for another', () => {
    expect(found('<p>two\nlines and\u00a0more</p>', ' two  lines and more ')).toEqual([
      'two\nlines and\u00a0more',
    ]);
  });

  it('leaves the furniture out', () => {
    const html = '<p>kelp</p><footer>kelp</footer><button>kelp</button><span class="sr-only">kelp</span>';
    expect(found(html, 'kelp')).toEqual(['kelp']);
    expect(found(html.replaceAll(/<(footer|button)/g, '<p').replace('sr-only', ''), 'kelp')).toHaveLength(4);
  });

  it('finds what is longer in lower case, and what lies beyond the basic plane', () => {
    expect(found('<p>İstanbul 🦦 straße</p>', 'stanbul 🦦 STRAßE')).toEqual(['stanbul 🦦 straße']);
    expect(found('<p>再試行は全体の一割まで</p>', '全体')).toEqual(['全体']);
  });

  it('finds nothing for nothing', () => {
    expect(found('<p>kelp</p>', '', '   ')).toEqual([]);
    expect(found('', 'kelp')).toEqual([]);
  });

  it('counts no place twice, and not without end', () => {
    expect(found('<p>aaaa</p>', 'aa', 'aaa')).toEqual(['aaa']);
    expect(found(`<p>${'a '.repeat(MOST_RANGES + 9)}</p>`, 'a')).toHaveLength(MOST_RANGES);
  });
});
