/**
 * The fold from text to blocks.
 *
 * What CommonMark calls block structure is decided line by line: once a complete line has begun a new top-level
 * block, the block before it can never change again. So the blocks that complete lines have finished are cut off
 * and kept, and only what follows them, the tail, is parsed when more text comes. Whole or in pieces, cut
 * anywhere, a text ends in the same blocks.
 *
 * One thing reaches back: a definition (`[label]: address`, `[^label]: note`) also serves the text above it. A
 * finished block that asked for a label in vain is rendered once more when the label is defined, and is a new
 * object then.
 */
import { blockKey, fenceLanguage, type MarkdownBlock } from './block';
import { OpenFence } from './fence';
import { definedLabels, type Parsed, parse, type Reading, type Reference, type Top } from './parser';
import { safeHtml } from './safe';
import { isFenceOpen, lineStarts, settledCount } from './settle';
import { withoutUndecidedLine } from './unfinished';

/** What parsing has cost so far, for those who must prove that it stays small. */
export interface Work {
  /** How often markdown-it was called. */
  readonly parses: number;
  /** How many characters it was given in all. */
  readonly characters: number;
}

/** A block with what it takes to keep it, or to render it again. */
interface Rendered {
  readonly block: MarkdownBlock;
  /** The HTML before it was sanitised; empty for code. */
  readonly raw: string;
  /** Link labels that the block may have asked for and that nothing had defined. */
  readonly missing: ReadonlySet<string>;
}

/** A text as parsed, with where it stands. */
interface Passage {
  readonly text: string;
  readonly reading: Reading;
  /** Where the text begins in the whole. */
  readonly offset: number;
  readonly lines: readonly number[];
  readonly parsed: Parsed;
}

/**
 * While fewer than this times the new definitions are known in all, they are put to use at once. Of thousands that
 * come one by one, a whole share is: a block that waits for all of them would be rendered again for each.
 */
const SHARE = 16;

/** Whether more text can still change a block. */
type Stage = 'growing' | 'settled';

const NOTHING_MISSING: ReadonlySet<string> = new Set();

/** All of the text so far, as blocks. Line ends are `\n`. */
export class BlockFold {
  #length = 0;
  #finished: Rendered[] = [];
  readonly #references = new Map<string, Reference>();
  readonly #notes = new Map<string, number>();
  // Labels that were defined and that finished blocks may still wait for.
  #defined = new Set<string>();
  #tail = '';
  #fence: OpenFence | null = null;
  // The blocks of the tail as they were shown last, by key.
  #shown = new Map<string, Rendered>();
  // The last parse, because the lines that settled nothing are shown next.
  #passage: Passage | null = null;
  #work: Work = { parses: 0, characters: 0 };

  /** What parsing has cost so far. */
  get work(): Work {
    return this.#work;
  }

  /** Adds text. */
  append(text: string): void {
    this.#length += text.length;
    let more: string | null = text;
    while (more !== null) {
      if (this.#fence === null) {
        this.#tail += more;
        more = more.includes('\n') ? this.#settle() : null;
      } else {
        more = this.#fence.append(more);
        if (more !== null) this.#closeFence();
      }
    }
  }

  /** Ends the text: all that is left is finished as it stands, or, where it was cut, as it was shown. */
  finish(ending: Reading): void {
    if (this.#fence) this.#closeFence();
    const passage = this.#read(this.#tail, ending);
    this.#tail = '';
    this.#finishBlocks(passage, passage.parsed.tops);
    this.#passage = null;
    this.#resolve();
  }

  /** The blocks now. Those that did not change since the last call are the same objects. */
  blocks(): MarkdownBlock[] {
    if (this.#defined.size * SHARE > this.#references.size + this.#notes.size) this.#resolve();
    const blocks = this.#finished.map((rendered) => rendered.block);
    if (this.#fence) return [...blocks, this.#fence.open()];
    const visible = withoutUndecidedLine(this.#tail);
    if (visible === '') return blocks;
    const passage = this.#read(visible, visible.endsWith('\n') ? 'as it is' : 'unfinished');
    const shown = passage.parsed.tops
      .filter((top) => top.kind !== 'definition')
      .map((top) => this.#render(passage, top, 'growing'));
    this.#shown = new Map(shown.map((rendered) => [rendered.block.key, rendered]));
    return [...blocks, ...shown.map((rendered) => rendered.block)];
  }

  // Moves what complete lines have finished out of the tail. Returns the text that belongs to an open fence.
  #settle(): string | null {
    const complete = this.#tail.slice(0, this.#tail.lastIndexOf('\n') + 1);
    const passage = this.#read(complete, 'as it is');
    const { lines, parsed, text } = passage;
    const settled = settledCount(parsed.tops, text, lines);
    this.#finishBlocks(passage, parsed.tops.slice(0, settled));
    const open = parsed.tops[settled];
    if (open && isFenceOpen(open, text, lines) && text[lineStart(passage, open.firstLine)] !== ' ') {
      const start = lineStart(passage, open.firstLine);
      const content = lineStart(passage, open.firstLine + 1);
      this.#fence = new OpenFence(passage.offset + start, text.slice(start, content - 1));
      const rest = this.#tail.slice(content);
      this.#tail = '';
      return rest;
    }
    const last = parsed.tops[settled - 1];
    if (last) this.#tail = this.#tail.slice(lineStart(passage, last.endLine));
    this.#tail = this.#tail.replace(/^(?:[ \t]*\n)+/, '');
    return null;
  }

  #closeFence(): void {
    if (this.#fence) this.#finished.push({ block: this.#fence.closed(), raw: '', missing: NOTHING_MISSING });
    this.#fence = null;
  }

  #finishBlocks(passage: Passage, tops: readonly Top[]): void {
    for (const top of tops) {
      for (const label of definedLabels(top)) this.#define(label, passage.parsed);
      if (top.kind !== 'definition') this.#finished.push(this.#render(passage, top, 'settled'));
    }
    if (tops.length > 0) this.#shown.clear();
  }

  // What was parsed found only labels that nothing had defined before, so the first definition of a label counts.
  #define(label: string, { found }: Parsed): void {
    const reference = found.references.get(label);
    const note = found.notes.get(label);
    if (reference) this.#references.set(label, reference);
    else if (note !== undefined) this.#notes.set(label, note);
    else return;
    this.#defined.add(label);
    // It was parsed without knowing the label.
    this.#passage = null;
  }

  // Renders the finished blocks once more that wait for a label that is defined by now.
  #resolve(): void {
    const defined = this.#defined;
    if (defined.size === 0) return;
    this.#defined = new Set();
    this.#finished = this.#finished.map((rendered) => {
      if (!overlap(defined, rendered.missing)) return rendered;
      const parsed = this.#parse(rendered.block.source, 'as it is');
      const top = parsed.tops.find(({ kind }) => kind !== 'definition');
      if (!top) throw new Error('BUG: a finished block has lost its content');
      const raw = parsed.html(top);
      const block = raw === rendered.raw ? rendered.block : { ...rendered.block, html: safeHtml(raw) };
      return { block, raw, missing: parsed.missing };
    });
  }

  #render(passage: Passage, top: Top, stage: Stage): Rendered {
    const start = lineStart(passage, top.firstLine);
    const source = withoutLineEnds(passage.text.slice(start, lineStart(passage, top.endLine)));
    const closed = stage === 'settled';
    const [token] = top.tokens;
    if (token && (top.kind === 'fence' || top.kind === 'indented')) {
      const key = blockKey('code', passage.offset + start);
      const firstLineIsWhole = closed || passage.text.indexOf('\n', start) >= 0;
      const language = firstLineIsWhole ? fenceLanguage(token.info) : undefined;
      const code = token.content.replace(/\n$/, '');
      return {
        block: { key, kind: 'code', source, closed, code, language },
        raw: '',
        missing: NOTHING_MISSING,
      };
    }
    const key = blockKey('html', passage.offset + start);
    const raw = passage.parsed.html(top);
    const before = this.#shown.get(key);
    const same = before?.raw === raw ? before.block : undefined;
    if (before && same?.source === source && same.closed === closed) return before;
    const html = same?.html ?? safeHtml(raw);
    const missing = source.includes('[') ? passage.parsed.missing : NOTHING_MISSING;
    return { block: { key, kind: 'html', source, closed, html }, raw, missing };
  }

  // Parses a text that begins where the tail begins.
  #read(text: string, reading: Reading): Passage {
    const offset = this.#length - this.#tail.length;
    const last = this.#passage;
    if (last?.text === text && last.reading === reading && last.offset === offset) return last;
    const passage = { text, reading, offset, lines: lineStarts(text), parsed: this.#parse(text, reading) };
    this.#passage = passage;
    return passage;
  }

  #parse(text: string, reading: Reading): Parsed {
    this.#work = { parses: this.#work.parses + 1, characters: this.#work.characters + text.length };
    return parse(text, { references: this.#references, notes: this.#notes }, reading);
  }
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  for (const label of few) if (many.has(label)) return true;
  return false;
}

function lineStart(passage: Passage, line: number): number {
  return passage.lines[line] ?? passage.text.length;
}

// By hand, since an expression for it looks for the end of the text from every line end on.
function withoutLineEnds(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') end -= 1;
  return text.slice(0, end);
}
