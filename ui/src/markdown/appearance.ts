/**
 * What an answer looks like as HTML: classes instead of styles, chips instead of images, boxes for tasks.
 *
 * A markdown-it plugin. It changes tokens after the inline pass, and the few render rules that tokens cannot say.
 */
import type { MarkdownIt, StateCore, Token } from 'markdown-it';
import { fenceLanguage } from './block';
import { addressHost, allowedAddress } from './links';

/** An address that is not opened is shown; a longer one (`data:`) helps nobody. */
const SHOWN_ADDRESS = 120;

/**
 * The blocks whose direction follows their first letter, so that an Arabic answer reads from the right. What is in
 * them has none of its own: letters in it would not count for the whole (html.spec.whatwg.org, "The dir attribute"),
 * and bars, bullets and columns stayed on the left.
 */
const DIRECTED = new Set([
  ...['paragraph_open', 'heading_open', 'blockquote_open', 'bullet_list_open', 'ordered_list_open'],
]);

const LIST_OPEN = new Set(['bullet_list_open', 'ordered_list_open']);
const LIST_CLOSE = new Set(['bullet_list_close', 'ordered_list_close']);

/** Makes a markdown-it instance write the HTML of our answers. */
export function appearance(md: MarkdownIt): void {
  md.core.ruler.push('appearance', (state) => {
    const lists: Token[] = [];
    state.tokens.forEach((token, index) => {
      alignByClass(token);
      if (LIST_OPEN.has(token.type)) lists.push(token);
      if (LIST_CLOSE.has(token.type)) lists.pop();
      markTask(state, index, lists.at(-1));
      if (token.level === 0 && DIRECTED.has(token.type)) token.attrPush(['dir', 'auto']);
      if (token.children) token.children = judgedLinks(state, token.children);
    });
  });
  const { rules } = md.renderer;
  const escaped = md.utils.escapeHtml;
  rules.table_open = (tokens, index) =>
    `<div class="md-table"><table${tokens[index]?.level === 0 ? ' dir="auto"' : ''}>\n`;
  rules.table_close = () => '</table></div>\n';
  // Only code inside a list or a quote is written here; at the top level it is a block of its own.
  const code = (tokens: Token[], index: number) => {
    const language = escaped(fenceLanguage(tokens[index]?.info ?? '') ?? '');
    const text = escaped(tokens[index]?.content.replace(/\n$/, '') ?? '');
    return `<figure class="md-code"><figcaption>${language}</figcaption><pre><code>${text}</code></pre></figure>\n`;
  };
  rules.fence = code;
  rules.code_block = code;
  rules.image = (tokens, index, options, env, renderer) => {
    const image = tokens[index];
    const alt = renderer.renderInlineAsText(image?.children ?? [], options, env);
    const address = String(image?.attrGet('src') ?? '');
    return imageChip(alt, address, image?.meta?.insideLink === true, escaped);
  };
}

function alignByClass(token: Token): void {
  const style = token.attrGet('style');
  if (style === null) return;
  token.attrs = [['class', `md-${String(style).replace('text-align:', '')}`]];
}

// A task item is a list item whose first paragraph begins with `[ ] ` or `[x] `
// (https://github.github.com/gfm/#task-list-items-extension-).
function markTask(state: StateCore, index: number, list: Token | undefined): void {
  const [item, paragraph, inline] = state.tokens.slice(index, index + 3);
  if (item?.type !== 'list_item_open' || paragraph?.type !== 'paragraph_open') return;
  const text = inline?.children?.[0];
  const mark = text?.type === 'text' ? /^\[([ xX])\]\s/.exec(text.content) : null;
  if (!inline?.children || !text || !mark) return;
  const done = mark[1] !== ' ';
  text.content = text.content.slice(mark[0].length);
  inline.children.unshift(
    ...span(state, done ? 'md-task md-task-done' : 'md-task', [textToken(state, done ? '☑' : '☐')]),
    textToken(state, ' '),
  );
  item.attrSet('class', 'md-task-item');
  list?.attrSet('class', 'md-tasks');
}

// Keeps the links that may be opened, in canonical spelling; the others become text with the address beside it.
function judgedLinks(state: StateCore, tokens: Token[]): Token[] {
  const judged: Token[] = [];
  let open: { token: Token; address: URL | null; contentFrom: number } | null = null;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const address = allowedAddress(String(token.attrGet('href') ?? ''));
      if (address) judged.push(plainLink(token, address));
      open = { token, address, contentFrom: judged.length };
    } else if (token.type === 'link_close' && open) {
      if (open.address) judged.push(token);
      else judged.push(...deadLink(state, open.token, judged.splice(open.contentFrom)));
      open = null;
    } else {
      if (token.type === 'image') token.meta = { insideLink: open !== null };
      judged.push(token);
    }
  }
  return judged;
}

// Titles go: they are tooltips that can contradict the text, and a finger or a screen reader never meets them.
function plainLink(token: Token, address: URL): Token {
  token.attrs = [['href', address.href]];
  return token;
}

function deadLink(state: StateCore, link: Token, content: Token[]): Token[] {
  // `<std::string>` has the shape of an address in angle brackets, and is not one.
  if (link.markup === 'autolink') return [textToken(state, '<'), ...content, textToken(state, '>')];
  const address = String(link.attrGet('href') ?? '');
  const text = span(state, 'md-dead-link', content);
  if (address === '') return text;
  return [
    ...text,
    textToken(state, ' '),
    ...span(state, 'md-url', [textToken(state, `(${shortened(address)})`)]),
  ];
}

function imageChip(
  alt: string,
  source: string,
  insideLink: boolean,
  escaped: (text: string) => string,
): string {
  const address = allowedAddress(source);
  const origin = address ? addressHost(address) : shortened(source);
  const host = origin === '' ? '' : `<span class="md-image-host">${escaped(origin)}</span>`;
  const content = [escaped(alt), host].filter((part) => part !== '').join(' ');
  // A link cannot hold a link.
  if (!address || insideLink) return `<span class="md-image">${content}</span>`;
  return `<a class="md-image" href="${escaped(address.href)}">${content}</a>`;
}

function span(state: StateCore, className: string, content: Token[]): Token[] {
  const open = new state.Token('span_open', 'span', 1);
  open.attrs = [['class', className]];
  return [open, ...content, new state.Token('span_close', 'span', -1)];
}

function textToken(state: StateCore, text: string): Token {
  const token = new state.Token('text', '', 0);
  token.content = text;
  return token;
}

function shortened(address: string): string {
  return address.length > SHOWN_ADDRESS ? `${address.slice(0, SHOWN_ADDRESS)}…` : address;
}
