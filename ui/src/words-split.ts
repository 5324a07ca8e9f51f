// The catalogue in two parts: what the first frame says, and the rest, which is read right after it.

/** The sections of the catalogue that the window can show before it knows anything. */
const FIRST: ReadonlySet<string> = new Set([
  'The whole window',
  'Sidebar',
  'Search and commands',
  'Composer',
  'Toasts',
]);

/** Sections that the window never shows. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'The window’s program, started from a terminal',
  'Transcripts',
  'The command line',
  'Gateway',
  'What models are told in the person’s place',
]);

export interface SplitWords {
  first: string;
  rest: string;
}

/** Splits a catalogue at its section comments, and leaves out all comments. */
export function splitWords(catalogue: string): SplitWords {
  const split: SplitWords = { first: '', rest: '' };
  let part: keyof SplitWords | null = 'first';
  let isHeading = false;
  for (const line of catalogue.split('\n')) {
    const heading = /^## (.*)$/.exec(line)?.[1];
    // A heading of several lines is named by its first.
    if (heading !== undefined && !isHeading) part = partOf(heading.replaceAll("'", '’'));
    isHeading = heading !== undefined;
    if (part !== null && !line.startsWith('#') && line !== '') split[part] += `${line}\n`;
  }
  return split;
}

function partOf(section: string): keyof SplitWords | null {
  if (ELSEWHERE.has(section)) return null;
  return FIRST.has(section) ? 'first' : 'rest';
}
