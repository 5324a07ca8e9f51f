/**
 * Markdown as markdown-it reads it, cut at its top level.
 *
 * CommonMark with tables, strikethrough, task items, footnotes, formulas and bare `http(s)` addresses. Raw HTML is text, an
 * image is a chip that loads nothing, and a link that we would not open is text with its address beside it.
 */
import markdownIt, { type Env, type MarkdownIt, type Token } from 'markdown-it';
import { appearance } from './appearance';
import { footnotes, type Notes, NoteTable } from './footnotes';
import { math } from './math';
import { completed } from './unfinished';

/** A link definition (`[label]: address`), as markdown-it keeps it. */
export type Reference = NonNullable<Env['references']>[string];

/** What a text defines for all of it: links and footnotes, by normalised label. */
export interface Definitions {
  readonly references: ReadonlyMap<string, Reference>;
  readonly notes: Notes;
}

/** What one top-level construct is; `definition` shows nothing. */
export type TopKind =
  | 'paragraph'
  | 'heading'
  | 'rule'
  | 'quote'
  | 'list'
  | 'table'
  | 'fence'
  | 'note'
  | 'indented'
  | 'definition';

/** One top-level construct and the lines that it covers. */
export interface Top {
  readonly kind: TopKind;
  readonly firstLine: number;
  /** The line after its last one. */
  readonly endLine: number;
  readonly tokens: Token[];
}

/** What a text turned out to hold. */
export interface Parsed {
  readonly tops: readonly Top[];
  /** The definitions that the text itself makes, of those that were not given. */
  readonly found: Definitions;
  /** Labels that were asked for and that nothing defines yet. */
  readonly missing: ReadonlySet<string>;
  /** The HTML of one construct, not yet sanitised. */
  readonly html: (top: Top) => string;
}

const markdown = createMarkdown();

/** Whether the text is parsed as it is, or as it reads while its last line is still being written. */
export type Reading = 'as it is' | 'unfinished';

/** Parses a text that begins at the top level, with the definitions that came before it. */
export function parse(text: string, known: Definitions, reading: Reading): Parsed {
  const asked = new Set<string>();
  const links = recordingTable(known.references, asked);
  const notes = new NoteTable(known.notes, asked);
  const env: Env = { references: links.table, notes, reading };
  const tops = topLevel(markdown.parse(text, env));
  const references = new Map(Object.entries(links.found));
  return {
    tops,
    found: { references, notes: notes.found },
    missing: new Set([...asked].filter((label) => !references.has(label) && !notes.get(label))),
    html: (top) => markdown.renderer.render(top.tokens, markdown.options, env).trimEnd(),
  };
}

/** The labels that this construct defines, at any depth. */
export function definedLabels(top: Top): string[] {
  return top.tokens
    .filter(({ type }) => type === 'reference_definition' || type === 'note_open')
    .map(({ meta }) => String(meta?.key ?? meta?.label));
}

function createMarkdown(): MarkdownIt {
  // A model that ends a line means it: poems, addresses, one fact a line.
  const md = new markdownIt({ html: false, linkify: true, typographer: false, breaks: true });
  // What may be opened is judged in one place for all links (links.ts); refusing one here would make
  // markdown-it show its brackets instead of its text.
  md.validateLink = () => true;
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  for (const schema of ['ftp:', 'mailto:', '//']) md.linkify.add(schema, null);
  // Definitions stay in the token list, because the stream must know where they stand.
  md.core.ruler.disable('strip_references');
  md.core.ruler.before('inline', 'unfinished', ({ env, tokens }) => {
    const last = tokens.findLast(
      ({ type }) => type === 'inline' || type === 'fence' || type === 'code_block',
    );
    if (env.reading === 'unfinished' && last?.type === 'inline') last.content = completed(last.content);
  });
  md.use(footnotes);
  md.use(math);
  md.use(appearance);
  return md;
}

// markdown-it looks labels up by plain property access, so a proxy sees which ones it wanted.
function recordingTable(known: Definitions['references'], asked: Set<string>) {
  const found: Record<string, Reference> = Object.create(null);
  const table = new Proxy(found, {
    get(_, label) {
      if (typeof label !== 'string') return undefined;
      const reference = known.get(label) ?? found[label];
      if (!reference) asked.add(label);
      return reference;
    },
  });
  return { table, found };
}

function topLevel(tokens: Token[]): Top[] {
  const tops: Top[] = [];
  let first = 0;
  tokens.forEach((token, index) => {
    if (token.level !== 0 || token.nesting === 1) return;
    const opening = tokens[first];
    const kind = opening && TOP_KINDS[opening.type];
    if (!opening?.map || !kind) throw new Error(`BUG: unexpected top-level token ${opening?.type}`);
    const [firstLine, endLine] = opening.map;
    tops.push({ kind, firstLine, endLine, tokens: tokens.slice(first, index + 1) });
    first = index + 1;
  });
  return tops;
}

const TOP_KINDS: Readonly<Record<string, TopKind>> = {
  paragraph_open: 'paragraph',
  heading_open: 'heading',
  hr: 'rule',
  blockquote_open: 'quote',
  bullet_list_open: 'list',
  ordered_list_open: 'list',
  table_open: 'table',
  fence: 'fence',
  note_open: 'note',
  code_block: 'indented',
  reference_definition: 'definition',
};
