/**
 * An open code fence at the top level. While it is open nothing but its closing line means anything, so a piece
 * of text costs what the piece is long, however long the code already is.
 */
import { blockKey, fenceLanguage, type MarkdownBlock } from './block';

/** A last line that may still become the closing line is not shown; a longer one never is such a line. */
const CLOSING_IN_PROGRESS = 32;

/** The code block that a complete opening line began. */
export class OpenFence {
  readonly #key: string;
  readonly #language: string | undefined;
  readonly #closing: RegExp;
  readonly #beginning: RegExp;
  #source: string;
  // Complete lines, joined by line ends. Appending to a string that is only ever appended to copies nothing.
  #code = '';
  #lines = 0;
  #lastLine = '';

  /** `openingLine` is the line without its end; it is not indented. */
  constructor(start: number, openingLine: string) {
    const [, marks = '', info = ''] = /^(`+|~+)(.*)$/.exec(openingLine) ?? [];
    this.#key = blockKey('code', start);
    this.#language = fenceLanguage(info);
    this.#closing = closingLine(marks, marks.length);
    this.#beginning = closingLine(marks, 1);
    this.#source = openingLine;
  }

  /** Takes more text. Returns what follows the closing line once that is complete, else null. */
  append(text: string): string | null {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = this.#lastLine + text.slice(from, end);
      from = end + 1;
      this.#lastLine = '';
      this.#source += `\n${line}`;
      if (this.#closing.test(line)) return text.slice(from);
      this.#code += this.#lines === 0 ? line : `\n${line}`;
      this.#lines += 1;
    }
    this.#lastLine += text.slice(from);
    return null;
  }

  /** The block as far as it is written. */
  open(): MarkdownBlock {
    const mayClose = this.#lastLine.length <= CLOSING_IN_PROGRESS && this.#beginning.test(this.#lastLine);
    return this.#block('open', mayClose ? '' : this.#lastLine);
  }

  /** The block when no more is to come. */
  closed(): MarkdownBlock {
    // As in markdown-it, a text that ends in blanks ends in the line before them.
    const nothing = /^[ \t]*$/.test(this.#lastLine) || this.#closing.test(this.#lastLine);
    return this.#block('closed', nothing ? '' : this.#lastLine);
  }

  #block(state: 'open' | 'closed', lastLine: string): MarkdownBlock {
    const joined = this.#lines === 0 ? lastLine : `${this.#code}\n${lastLine}`;
    return {
      key: this.#key,
      kind: 'code',
      source: this.#lastLine === '' ? this.#source : `${this.#source}\n${this.#lastLine}`,
      closed: state === 'closed',
      code: lastLine === '' ? this.#code : joined,
      language: this.#language,
    };
  }
}

/** What closes a fence that these marks opened (https://spec.commonmark.org/0.31.2/#fenced-code-blocks). */
export function closingLine(marks: string, atLeast: number): RegExp {
  return new RegExp(`^ {0,3}${marks.charAt(0)}{${atLeast},}[ \\t]*$`);
}
