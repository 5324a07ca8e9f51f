/**
 * Colours for code, as classes. The highlighter and each language are separate files of the bundle, fetched when
 * the first code in that language is finished, so that none of it is loaded at the start.
 */
import type { LanguageFn } from 'highlight.js';

/** Beyond this a single call would hold up the page for longer than a frame or two; such code stays plain. */
export const LONGEST_HIGHLIGHTED = 60_000;

/** Expressions that look ahead take time with the square of a line; no line that a person reads is longer. */
export const LONGEST_LINE = 2_000;

/**
 * The code as HTML, its words in spans with `hljs-…` classes and everything else escaped; null when the language
 * is not known, or the code or one of its lines is too long to colour.
 */
export async function highlight(code: string, language: string): Promise<string | null> {
  const name = ALIASES.get(language.toLowerCase()) ?? language.toLowerCase();
  const load = LANGUAGES.get(name);
  if (!load || code.length > LONGEST_HIGHLIGHTED || hasLongLine(code)) return null;
  const [{ default: core }, { default: definition }] = await Promise.all([
    import('highlight.js/lib/core'),
    load(),
  ]);
  if (!core.getLanguage(name)) core.registerLanguage(name, definition);
  const html = core.highlight(code, { language: name, ignoreIllegals: true }).value;
  return onlySpans(html) ? html : null;
}

/** Whether the HTML is text in spans that have a class and nothing else. */
export function onlySpans(html: string): boolean {
  for (const [tag] of html.matchAll(/<[^>]*>?/g)) {
    if (tag !== '</span>' && !/^<span class="[\w -]+">$/.test(tag)) return false;
  }
  return true;
}

function hasLongLine(code: string): boolean {
  return code.split('\n').some((line) => line.length > LONGEST_LINE);
}

type Load = () => Promise<{ default: LanguageFn }>;

// A bundler needs every path spelled out.
const LANGUAGES: ReadonlyMap<string, Load> = new Map<string, Load>([
  ['bash', () => import('highlight.js/lib/languages/bash')],
  ['c', () => import('highlight.js/lib/languages/c')],
  ['cpp', () => import('highlight.js/lib/languages/cpp')],
  ['csharp', () => import('highlight.js/lib/languages/csharp')],
  ['css', () => import('highlight.js/lib/languages/css')],
  ['dart', () => import('highlight.js/lib/languages/dart')],
  ['diff', () => import('highlight.js/lib/languages/diff')],
  ['dockerfile', () => import('highlight.js/lib/languages/dockerfile')],
  ['elixir', () => import('highlight.js/lib/languages/elixir')],
  ['fsharp', () => import('highlight.js/lib/languages/fsharp')],
  ['go', () => import('highlight.js/lib/languages/go')],
  ['graphql', () => import('highlight.js/lib/languages/graphql')],
  ['haskell', () => import('highlight.js/lib/languages/haskell')],
  ['http', () => import('highlight.js/lib/languages/http')],
  ['ini', () => import('highlight.js/lib/languages/ini')],
  ['java', () => import('highlight.js/lib/languages/java')],
  ['javascript', () => import('highlight.js/lib/languages/javascript')],
  ['json', () => import('highlight.js/lib/languages/json')],
  ['kotlin', () => import('highlight.js/lib/languages/kotlin')],
  ['latex', () => import('highlight.js/lib/languages/latex')],
  ['lua', () => import('highlight.js/lib/languages/lua')],
  ['makefile', () => import('highlight.js/lib/languages/makefile')],
  ['markdown', () => import('highlight.js/lib/languages/markdown')],
  ['perl', () => import('highlight.js/lib/languages/perl')],
  ['php', () => import('highlight.js/lib/languages/php')],
  ['powershell', () => import('highlight.js/lib/languages/powershell')],
  ['protobuf', () => import('highlight.js/lib/languages/protobuf')],
  ['python', () => import('highlight.js/lib/languages/python')],
  ['r', () => import('highlight.js/lib/languages/r')],
  ['ruby', () => import('highlight.js/lib/languages/ruby')],
  ['rust', () => import('highlight.js/lib/languages/rust')],
  ['scala', () => import('highlight.js/lib/languages/scala')],
  ['scss', () => import('highlight.js/lib/languages/scss')],
  ['shell', () => import('highlight.js/lib/languages/shell')],
  ['sql', () => import('highlight.js/lib/languages/sql')],
  ['swift', () => import('highlight.js/lib/languages/swift')],
  ['typescript', () => import('highlight.js/lib/languages/typescript')],
  ['xml', () => import('highlight.js/lib/languages/xml')],
  ['yaml', () => import('highlight.js/lib/languages/yaml')],
]);

// What people and models write after a fence.
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['sh', 'bash'],
  ['zsh', 'bash'],
  ['h', 'c'],
  ['c++', 'cpp'],
  ['cc', 'cpp'],
  ['hpp', 'cpp'],
  ['cs', 'csharp'],
  ['c#', 'csharp'],
  ['patch', 'diff'],
  ['docker', 'dockerfile'],
  ['ex', 'elixir'],
  ['f#', 'fsharp'],
  ['fs', 'fsharp'],
  ['golang', 'go'],
  ['gql', 'graphql'],
  ['hs', 'haskell'],
  ['toml', 'ini'],
  ['js', 'javascript'],
  ['jsx', 'javascript'],
  ['mjs', 'javascript'],
  ['cjs', 'javascript'],
  ['json5', 'json'],
  ['jsonc', 'json'],
  ['jsonl', 'json'],
  ['kt', 'kotlin'],
  ['tex', 'latex'],
  ['make', 'makefile'],
  ['mk', 'makefile'],
  ['md', 'markdown'],
  ['pl', 'perl'],
  ['ps1', 'powershell'],
  ['pwsh', 'powershell'],
  ['proto', 'protobuf'],
  ['py', 'python'],
  ['python3', 'python'],
  ['rb', 'ruby'],
  ['rs', 'rust'],
  ['console', 'shell'],
  ['shellsession', 'shell'],
  ['ts', 'typescript'],
  ['tsx', 'typescript'],
  ['mts', 'typescript'],
  ['html', 'xml'],
  ['xhtml', 'xml'],
  ['svg', 'xml'],
  ['vue', 'xml'],
  ['svelte', 'xml'],
  ['yml', 'yaml'],
]);
