/**
 * An answer that arrives in pieces, as a list of blocks of which only the last ones can still change.
 *
 * This file is about the pieces: when they are looked at, what is carried over from one to the next, and starting
 * again. What they mean is in fold.ts.
 */
import type { MarkdownBlock } from './block';
import { BlockFold, type Work } from './fold';
import type { Reading } from './parser';

/** The blocks of a whole text. */
export function renderMarkdown(text: string): MarkdownBlock[] {
  const stream = new MarkdownStream();
  stream.append(text);
  stream.finish();
  return [...stream.blocks];
}

/** The blocks of a text that is still being written. */
export class MarkdownStream {
  // As it was given, for `set` and for starting again.
  #given = '';
  // Appended and not yet looked at. Reading `blocks` folds it in, so several pieces in one frame cost one parse.
  #pending = '';
  // A carriage return at the end of a piece may be half of a line end.
  #heldReturn = '';
  #ended: Reading | null = null;
  #stale = false;
  #fold = new BlockFold();
  #blocks: readonly MarkdownBlock[] = [];

  /** Adds a piece. After `finish` the text is read again from its beginning. */
  append(text: string): void {
    this.#given += text;
    if (this.#ended !== null) this.#restart();
    else this.#take(text);
  }

  /** Makes the text this one. Where it goes on from the text so far, only what is new is looked at. */
  set(full: string): void {
    if (full === this.#given) return;
    if (full.startsWith(this.#given)) {
      this.append(full.slice(this.#given.length));
      return;
    }
    this.#given = full;
    this.#restart();
  }

  /**
   * No more is to come: every block is closed. Of a text that was cut, what its last paragraph had begun, such as
   * bold words, is ended as well.
   */
  finish(cut = false): void {
    if (this.#ended !== null) return;
    if (this.#heldReturn !== '') this.#pending += '\n';
    this.#heldReturn = '';
    this.#ended = cut ? 'unfinished' : 'as it is';
    this.#stale = true;
  }

  /**
   * The blocks now. A new array whenever something changed; in it, every block that did not change is the same
   * object as before.
   */
  get blocks(): readonly MarkdownBlock[] {
    if (this.#stale) {
      this.#stale = false;
      this.#fold.append(this.#pending);
      this.#pending = '';
      if (this.#ended !== null) this.#fold.finish(this.#ended);
      this.#blocks = this.#fold.blocks();
    }
    return this.#blocks;
  }

  /** What parsing has cost since the text was begun. */
  get work(): Work {
    return this.#fold.work;
  }

  #take(text: string): void {
    const joined = this.#heldReturn + text;
    this.#heldReturn = joined.endsWith('\r') ? '\r' : '';
    const whole = this.#heldReturn === '' ? joined : joined.slice(0, -1);
    if (whole === '') return;
    // As markdown-it does, but here, so that all offsets and the open fence see the same text.
    this.#pending += whole.replace(/\r\n?/g, '\n').replaceAll('\0', '\uFFFD');
    this.#stale = true;
  }

  #restart(): void {
    this.#pending = '';
    this.#heldReturn = '';
    this.#ended = null;
    this.#stale = true;
    this.#fold = new BlockFold();
    this.#take(this.#given);
  }
}
