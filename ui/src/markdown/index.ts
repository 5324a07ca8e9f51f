/**
 * Markdown that is still being written, as blocks of safe HTML.
 *
 * `MarkdownStream` (stream.ts) takes an answer in pieces and keeps a list of blocks. Everything here is a
 * function of the text: no network, no clock, no settings, no knowledge of conversations or components.
 * The document is touched by the sanitiser (safe.ts) and by those who follow a link (links.ts, note-links.ts).
 *
 * Start reading at stream.ts; parser.ts says how the text becomes HTML, links.ts which addresses may be opened.
 */
export type { MarkdownBlock } from './block';
export { type LinkTarget, linkTarget } from './links';
export { NoteLinks } from './note-links';
export { MarkdownStream, renderMarkdown } from './stream';

/** Colours for code, as highlight.ts has them; even the list of its languages is read when the first code is finished. */
export const highlight = async (code: string, language: string): Promise<string | null> =>
  await (await import('./highlight')).highlight(code, language);
