/** Which of the blocks that complete lines make can no longer change, whatever comes next. */
import { closingLine } from './fence';
import type { Top } from './parser';

/** Where each line of the text begins. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** How many of these blocks are settled, where the text consists of complete lines. */
export function settledCount(tops: readonly Top[], text: string, lines: readonly number[]): number {
  const last = tops.at(-1);
  if (!last || isOver(last, text, lines)) return tops.length;
  const before = tops.at(-2);
  // The paragraph's lines may turn out to be the title of the definition above it.
  const maybeTitle =
    last.kind === 'paragraph' && before?.kind === 'definition' && before.endLine === last.firstLine;
  return tops.length - (maybeTitle ? 2 : 1);
}

/** Whether the block is a fence whose closing line has not come. */
export function isFenceOpen(top: Top, text: string, lines: readonly number[]): boolean {
  if (top.kind !== 'fence') return false;
  if (top.endLine - top.firstLine < 2) return true;
  const markup = top.tokens[0]?.markup ?? '';
  const lastLine = text.slice(lines[top.endLine - 1], lines[top.endLine]).replace(/\n$/, '');
  // Had an earlier line closed the fence it would have ended there, so it is enough to look at the last one.
  return !closingLine(markup, markup.length).test(lastLine);
}

// The last block of the text: is there nothing that could still be added to it?
function isOver(last: Top, text: string, lines: readonly number[]): boolean {
  switch (last.kind) {
    case 'heading':
    case 'rule':
      return true;
    case 'fence':
      return !isFenceOpen(last, text, lines);
    case 'paragraph':
    case 'quote':
    case 'table':
    case 'definition':
      // Whatever follows the last block is blank, and a blank line ends all of these.
      return lineStart(lines, last.endLine) < text.length;
    case 'list':
    case 'note':
    case 'indented':
      return false;
  }
}

function lineStart(lines: readonly number[], line: number): number {
  return lines[line] ?? Number.POSITIVE_INFINITY;
}
