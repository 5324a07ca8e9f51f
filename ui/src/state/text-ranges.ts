// Where words stand in a part of the page, found without changing it.

/** More places than these help nobody, and every one of them makes the page slower. */
export const MOST_RANGES = 2_000;

/** What is written on the furniture, or told to screen readers only, is no part of what was said. */
const FURNITURE =
  'button, footer, figcaption, textarea, input, time, style, script, .sr-only, [aria-hidden="true"]';

/** Text runs on from one inline element to the next, and ends with one of these. */
const BLOCKS =
  'p, li, td, th, pre, h1, h2, h3, h4, h5, h6, blockquote, dt, dd, div, summary, section, article, aside';

/**
 * The places in `root` where one of `words` stands, in the order of the document, at
 * most `MOST_RANGES`.
 *
 * Case does not count, and any space is as good as another. Words are found across
 * inline elements, not across blocks.
 */
export function textRanges(root: Element, words: readonly string[]): Range[] {
  const wanted = words.map((word) => folded(word.trim().replace(/\s+/g, ' '))).filter((word) => word !== '');
  if (wanted.length === 0) return [];
  const text = new RunningText(root);
  return spots(text.folded, wanted)
    .slice(0, MOST_RANGES)
    .map(([start, end]) => text.range(start, end));
}

/** Where `wanted` stands in `text`; of two places that overlap, the first counts. */
function spots(text: string, wanted: readonly string[]): Array<[number, number]> {
  const all: Array<[number, number]> = [];
  for (const word of wanted) {
    let found = 0;
    for (
      let at = text.indexOf(word);
      at >= 0 && found <= MOST_RANGES;
      at = text.indexOf(word, at + word.length)
    ) {
      all.push([at, at + word.length]);
      found++;
    }
  }
  all.sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd);
  let end = 0;
  return all.filter(([start, last]) => {
    if (start < end) return false;
    end = last;
    return true;
  });
}

/** The text under an element as one string, each place of which leads back to its node. */
class RunningText {
  readonly folded: string;
  readonly #nodes: Text[] = [];
  /** Where the text of each node begins. */
  readonly #starts: number[] = [];

  constructor(root: Element) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    let text = '';
    let block: Element | null = null;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!parent || parent.closest(FURNITURE)) continue;
      const own = parent.closest(BLOCKS);
      // A line's end is in no word that is searched for, so nothing is found across it.
      if (own !== block) text += '\n';
      block = own;
      this.#nodes.push(node as Text);
      this.#starts.push(text.length);
      text += folded((node as Text).data);
    }
    this.folded = text;
  }

  range(start: number, end: number): Range {
    const range = document.createRange();
    const first = this.#nodeAt(start);
    const last = this.#nodeAt(end - 1);
    range.setStart(this.#nodes[first] as Text, start - (this.#starts[first] ?? 0));
    range.setEnd(this.#nodes[last] as Text, end - (this.#starts[last] ?? 0));
    return range;
  }

  /** The last node that begins at or before `at`. */
  #nodeAt(at: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** `text` without the difference of cases and spaces, and exactly as long. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  const same = lower.length === text.length ? lower : Array.from(text, lowerOf).join('');
  return same.replace(/\s/g, ' ');
}

/** A few letters are longer in lower case; they are left as they are. */
function lowerOf(letter: string): string {
  const lower = letter.toLowerCase();
  return lower.length === letter.length ? lower : letter;
}
