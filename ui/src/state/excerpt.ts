// An excerpt of what was found, as plain text: the signs of Markdown are left out, and what was
// searched for stays marked.

/** A piece of an excerpt; marked where it is what was searched for. */
export interface ExcerptPiece {
  text: string;
  marked: boolean;
}

/** Signs that say how a text looks. Each is left out as a whole, or not at all. */
const SIGNS: readonly RegExp[] = [
  // A fence, the line below the head of a table, a rule: with all of their line.
  /^[ \t]*(?:```+|~~~+)[^\n]*$/gm,
  /^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|?)+[ \t]*$/gm,
  // What a line begins with: headings, quotes, bullets, boxes to tick.
  /^[ \t]*(?:#{1,6}[ \t]+|(?:>[ \t]?)+|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?)/gm,
  // Stress, code, what is struck out, and the bars of a table.
  /\*{1,3}(?=\S)|(?<=\S)\*{1,3}|(?<![\p{L}\p{N}])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![\p{L}\p{N}])|~~|`+|(?<!\\)\|/gu,
  // The brackets of a link, and where it leads.
  /!?\[(?=[^\]\n]*\]\()|(?<=\[[^\]\n]*)\]\([^)\n]*\)/g,
];

/**
 * `excerpt` in pieces without the signs of Markdown and with single spaces.
 *
 * `marks` are its marked parts: start and end, in UTF-16 code units. No sign that
 * touches one is left out, so that what was searched for always stands.
 */
export function excerptPieces(
  excerpt: string,
  marks: ReadonlyArray<readonly [number, number]>,
): ExcerptPiece[] {
  const marked = flags(excerpt.length, marks);
  const dropped = signsOf(excerpt, marked);
  const pieces: ExcerptPiece[] = [];
  for (let at = 0; at < excerpt.length; at++) {
    if (dropped[at]) continue;
    const unit = excerpt[at] ?? '';
    const isSpace = !marked[at] && /\s/.test(unit);
    const last = pieces.at(-1);
    if (isSpace && (!last || /\s$/.test(last.text))) continue;
    const text = isSpace ? ' ' : unit;
    if (last && last.marked === Boolean(marked[at])) last.text += text;
    else pieces.push({ text, marked: Boolean(marked[at]) });
  }
  return pieces;
}

/** The words that are marked, each once, for finding them again in the message. */
export function markedWords(excerpt: string, marks: ReadonlyArray<readonly [number, number]>): string[] {
  const words = marks.map(([start, end]) => excerpt.slice(start, end)).filter((word) => word.trim() !== '');
  return [...new Map(words.map((word) => [word.toLowerCase(), word])).values()];
}

function signsOf(excerpt: string, marked: Uint8Array): Uint8Array {
  const dropped = new Uint8Array(excerpt.length);
  for (const sign of SIGNS) {
    for (const { index, 0: found } of excerpt.matchAll(sign)) {
      const touched = marked.subarray(index, index + found.length).some((flag) => flag === 1);
      if (!touched) dropped.fill(1, index, index + found.length);
    }
  }
  return dropped;
}

function flags(length: number, marks: ReadonlyArray<readonly [number, number]>): Uint8Array {
  const set = new Uint8Array(length);
  for (const [start, end] of marks) set.fill(1, Math.max(0, start), Math.max(0, end));
  return set;
}
