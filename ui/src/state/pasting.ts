// What a paste or a drop means. Where the clipboard holds several forms of one thing, people mean the words.

/** More characters than these, or more lines, become a file. */
const LONG_TEXT = 2_000;
const LONG_LINES = 40;

export type Pasted =
  /** The field takes the text as it is. */
  | { kind: 'text' }
  | { kind: 'long-text'; text: string }
  | { kind: 'files'; files: readonly File[] }
  /** Nothing came with the event: WebKitGTK hands no images over, and only the program can look. */
  | { kind: 'nothing' };

/** What to do with what was pasted; `plain` when the person asked for its bare text. */
export function pasted(text: string, files: readonly File[], plain: boolean): Pasted {
  if (files.length > 0 && !plain && (text.trim() === '' || namesOnly(text, files))) {
    return { kind: 'files', files };
  }
  if (text === '') return { kind: 'nothing' };
  const isLong = text.length > LONG_TEXT || lineCount(text) > LONG_LINES;
  return isLong && !plain ? { kind: 'long-text', text } : { kind: 'text' };
}

/** The lines of a text; a last line break ends its line and begins none. */
export function lineCount(text: string): number {
  return text.replace(/\r?\n$/, '').split('\n').length;
}

/** Whether the text only names the files, as file managers write it beside them. */
function namesOnly(text: string, files: readonly File[]): boolean {
  const names = new Set(files.map(({ name }) => name));
  return text
    .trim()
    .split(/\r?\n/)
    .every((line) => names.has(nameIn(line.trim())));
}

/** The last part of a path or of a file's address. */
function nameIn(line: string): string {
  const last = line.split('/').at(-1) ?? '';
  try {
    return line.startsWith('file:') ? decodeURIComponent(last) : last;
  } catch {
    return last;
  }
}
