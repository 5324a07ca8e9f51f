/**
 * Footnotes: `[^label]` in the text and `[^label]: words` for what is said there
 * (https://docs.github.com/get-started/writing-on-github, "Footnotes").
 *
 * A markdown-it plugin, and not markdown-it-footnote: that one gathers all notes at the end of the text, under
 * numbers that the whole text decides, so blocks that are finished would change and move while an answer is
 * written. Here a note stays where it stands and goes by the label that it was given, and links in both directions
 * join the two. There are no ids, which other answers on the page would share; who follows a link looks for
 * the other end in the same answer.
 */
import type { MarkdownIt, StateBlock, StateInline, Token } from 'markdown-it';

/** The note of each label, by the number that its link is written with: the how manyeth label it is. */
export type Notes = ReadonlyMap<string, number>;

/** A label as GitHub has it, but no backslash, and none that nobody would read. */
const LABEL = String.raw`\[\^([^\s[\]\\]{1,100})\]`;
const REFERENCE = new RegExp(LABEL, 'y');
const NOTE = new RegExp(`${LABEL}:[ \\t]*`, 'y');

/** The notes of one parse: those that were known before, and those that the text itself has. */
export class NoteTable {
  readonly #known: Notes;
  readonly #asked: Set<string>;
  readonly found = new Map<string, number>();

  /** Labels that are looked for are added to `asked`. */
  constructor(known: Notes, asked: Set<string>) {
    this.#known = known;
    this.#asked = asked;
  }

  /** The number of a note; those of one label share theirs. */
  define(label: string): number {
    const number = this.get(label) ?? this.#known.size + this.found.size + 1;
    if (!this.#known.has(label)) this.found.set(label, number);
    return number;
  }

  /** The number of the note that a reference wants. */
  find(label: string): number | undefined {
    this.#asked.add(label);
    return this.get(label);
  }

  /** The number of the note with this label. */
  get(label: string): number | undefined {
    return this.#known.get(label) ?? this.found.get(label);
  }
}

/** Reads and writes footnotes. The environment of a parse has its `NoteTable` as `notes`. */
export function footnotes(md: MarkdownIt): void {
  md.block.ruler.before('reference', 'note', readNote, {
    alt: ['paragraph', 'reference', 'blockquote', 'list'],
  });
  md.inline.ruler.after('image', 'note_reference', readReference);
  const { rules } = md.renderer;
  const escaped = md.utils.escapeHtml;
  rules.note_open = (tokens, index) => {
    const { number, label } = meaning(tokens[index]);
    return `<div class="md-note"><a class="md-note-back" href="#md-ref-${number}">${escaped(label)}</a><div dir="auto">\n`;
  };
  rules.note_close = () => '</div></div>\n';
  rules.note_reference = (tokens, index) => {
    const { number, label } = meaning(tokens[index]);
    return `<sup><a class="md-note-ref" href="#md-note-${number}">${escaped(label)}</a></sup>`;
  };
}

function meaning(token: Token | undefined): { number: number; label: string } {
  return { number: Number(token?.meta?.number), label: String(token?.meta?.label) };
}

// The label as it is compared. No definition of a link has one that looks like this: it would have been read as a note.
function normalised(md: MarkdownIt, label: string): string {
  return md.utils.normalizeReference(`^${label}`);
}

// A note holds what follows on its line, and all lines after it that are indented by four or go on lazily.
function readNote(state: StateBlock, line: number, endLine: number, silent: boolean): boolean {
  const { md, bMarks, tShift, sCount, blkIndent, parentType } = state;
  const [begin = 0, shift = 0, column = 0] = [bMarks[line], tShift[line], sCount[line]];
  if (column - blkIndent >= 4) return false;
  NOTE.lastIndex = begin + shift;
  const [mark, label] = NOTE.exec(state.src) ?? [];
  if (mark === undefined || label === undefined) return false;
  if (silent) return true;

  const token = state.push('note_open', 'div', 1);
  const key = normalised(md, label);
  token.meta = { label, key, number: (state.env.notes as NoteTable).define(key) };
  // The first line reads as if it were indented like the others, and began after the colon.
  bMarks[line] = begin + shift + mark.length;
  tShift[line] = 0;
  state.blkIndent += 4;
  sCount[line] = state.blkIndent;
  state.parentType = 'root';
  md.block.tokenize(state, line, endLine);
  state.parentType = parentType;
  state.blkIndent = blkIndent;
  [bMarks[line], tShift[line], sCount[line]] = [begin, shift, column];
  token.map = [line, state.line];
  state.push('note_close', 'div', -1);
  return true;
}

function readReference(state: StateInline, silent: boolean): boolean {
  REFERENCE.lastIndex = state.pos;
  const [mark, label] = REFERENCE.exec(state.src) ?? [];
  if (mark === undefined || label === undefined || state.pos + mark.length > state.posMax) return false;
  const number = (state.env.notes as NoteTable).find(normalised(state.md, label));
  if (number === undefined) return false;
  if (!silent) state.push('note_reference', '', 0).meta = { number, label };
  state.pos += mark.length;
  return true;
}
