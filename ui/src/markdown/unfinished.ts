/**
 * How the end of a text reads while the rest of it is on its way.
 *
 * Only what is shown in the meantime depends on this. Whether a guess was good or bad, the finished text is parsed
 * as it is.
 */

/**
 * The text without its last line, while that line has no end yet and consists of marks only. Its meaning hangs on
 * what comes next (`-` may become a rule, an item, or turn the paragraph above into a heading), and showing each
 * guess would make the page flicker. So does the beginning of a footnote.
 */
export function withoutUndecidedLine(text: string): string {
  const start = text.lastIndexOf('\n') + 1;
  const line = text.slice(start);
  const undecided = [
    /^[-+*=_#>`~|[\] \t]*$/,
    /^[ \t]*\d{1,9}[.)]?[ \t]*$/,
    /^ {0,3}\[\^[^\s[\]\\]{0,100}\]?$/,
  ].some((form) => form.test(line));
  return undecided ? text.slice(0, start) : text;
}

/** A longer paragraph is left as it is: looking for its marks would cost more than it is worth. */
const LONGEST_COMPLETED = 2_000;

/** The content of a paragraph with the emphasis, code or link ended that it has begun and not ended. */
export function completed(content: string): string {
  if (content.length > LONGEST_COMPLETED || balanced(content)) return content;
  // What stands at the very end may be the first half of a mark.
  const shown = withoutOpenLink(content.replace(/[*~`]+$/, '')).trimEnd();
  return shown + missingMarks(shown).join('');
}

function balanced(content: string): boolean {
  return missingMarks(content).length === 0 && withoutOpenLink(content) === content;
}

// `[text](https://exam` reads as `text` until the address is all there.
function withoutOpenLink(content: string): string {
  const open = /!?\[([^[\]]*)\]\([^()\s]*$/.exec(masked(content).text);
  if (!open) return content;
  const from = open.index + open[0].indexOf('[') + 1;
  return content.slice(0, open.index) + content.slice(from, from + (open[1]?.length ?? 0));
}

// The marks to append, innermost first.
function missingMarks(content: string): string[] {
  const { text, openCode } = masked(content);
  if (openCode !== null) return [openCode];
  // Three in a row can mean too many things.
  if (text.includes('***')) return [];
  const single = text.replaceAll('**', 'xx');
  return [
    { mark: '**', at: lastOpener(text, '**') },
    { mark: '~~', at: lastOpener(text, '~~') },
    { mark: '*', at: lastOpener(single, '*') },
  ]
    .filter(({ at }) => at >= 0)
    .sort((one, other) => other.at - one.at)
    .map(({ mark }) => mark);
}

// Where the mark stands that nothing ends: the last of an odd number. One with blanks after it, or with a letter
// before it, is a star (`2 * 3`, `a*b`).
function lastOpener(text: string, mark: string): number {
  if (text.split(mark).length % 2 === 1) return -1;
  const at = text.lastIndexOf(mark);
  const after = text[at + mark.length];
  const isStar = mark === '*' && (after === undefined || /\s/.test(after) || /\w/.test(text[at - 1] ?? ''));
  return isStar ? -1 : at;
}

// The content with escapes and finished code blotted out, at the same length, and the mark of unfinished code.
function masked(content: string): { text: string; openCode: string | null } {
  let text = content.replace(/\\[\s\S]/g, 'xx');
  for (let from = text.indexOf('`'); from >= 0; from = text.indexOf('`', from)) {
    const mark = /`+/y;
    mark.lastIndex = from;
    const ticks = mark.exec(text)?.[0] ?? '`';
    const inside = from + ticks.length;
    const end = closingTicks(text, inside, ticks.length);
    if (end < 0) return { text: text.slice(0, from), openCode: ticks };
    text = text.slice(0, from) + 'x'.repeat(end - from) + text.slice(end);
    from = end;
  }
  return { text, openCode: null };
}

// Where the run of exactly so many ticks ends, or -1.
function closingTicks(text: string, from: number, count: number): number {
  for (const run of text.slice(from).matchAll(/`+/g)) {
    if (run[0].length === count) return from + run.index + count;
  }
  return -1;
}
