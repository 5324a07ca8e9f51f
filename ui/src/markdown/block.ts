/** One top-level piece of an answer: a paragraph, a list, a table, a code block, and so on. */
export interface MarkdownBlock {
  /** The kind and where the block begins: the same while it grows and after it is finished. */
  readonly key: string;
  readonly kind: 'html' | 'code';
  /** The markdown that the block was made of, without the blank lines after it. */
  readonly source: string;
  /** Nothing that is appended can change the block any more (a later link definition aside). */
  readonly closed: boolean;
  /** Safe HTML with exactly one top-level element. Present for the kind `html`. */
  readonly html?: string;
  /** The code, without the fence and without its last line end. Present for the kind `code`. */
  readonly code?: string;
  /** The first word after an opening fence, in lower case, once its line is complete. */
  readonly language?: string;
}

/** The key of the block of this kind that begins at this offset of the normalised text. */
export function blockKey(kind: MarkdownBlock['kind'], start: number): string {
  return `${kind}-${start}`;
}

/** The language that the words after an opening fence name, if they name one. */
export function fenceLanguage(info: string): string | undefined {
  return /^\S+/.exec(info.trim())?.[0].toLowerCase();
}
