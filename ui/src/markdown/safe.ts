/**
 * The second line of defence: HTML of ours that turns out not to be ours after all does not reach the page.
 *
 * The parser already escapes raw HTML, judges links and never writes an image. This file does not rely on it:
 * it knows the tags and attributes that an answer may hold, and nothing else passes.
 */
import DOMPurify, { type Config } from 'dompurify';

/** Every tag that an answer may hold. */
export const ALLOWED_TAGS = [
  ...['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'hr', 'pre', 'div'],
  ...['figure', 'figcaption', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ...['a', 'span', 'strong', 'em', 's', 'sup', 'code', 'br'],
];

/** Every attribute that a tag of an answer may have. `dir` is only ever `auto`, `start` a number. */
export const ALLOWED_ATTRIBUTES = ['href', 'class', 'start', 'dir'];

const STRICT: Config = {
  ALLOWED_TAGS,
  ALLOWED_ATTR: ALLOWED_ATTRIBUTES,
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|mailto:|#md-(?:note|ref)-\d+$)/i,
  // Without this the expression above would be held against their values too.
  ADD_URI_SAFE_ATTR: ['class', 'start', 'dir'],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
};

/** Whole tags, letter by letter, that cannot do harm wherever they stand: no foreign content, nothing to load. */
const HARMLESS = new Set([
  ...ALLOWED_TAGS.flatMap((tag) => [`<${tag}>`, `</${tag}>`, `<${tag} dir="auto">`]),
  ...['left', 'center', 'right'].flatMap((side) =>
    ['th', 'td'].map((cell) => `<${cell} class="md-${side}">`),
  ),
  '<div class="md-table">',
  '<div class="md-note">',
  '<figure class="md-code">',
  '<code class="md-math">',
  '<code class="md-math md-apart">',
  ...['ul', 'ol'].flatMap((list) => [`<${list} class="md-tasks">`, `<${list} dir="auto" class="md-tasks">`]),
  '<li class="md-task-item">',
  '<span class="md-task">',
  '<span class="md-task md-task-done">',
  '<span class="md-dead-link">',
  '<span class="md-url">',
  '<span class="md-image">',
  '<span class="md-image-host">',
]);

/** A link to an address of an allowed scheme, whose quotes nothing inside can end. */
const HARMLESS_LINK = /^<a (?:class="md-image" )?href="(?:https?:\/\/|mailto:)[^\s"<>]+">$/;

/** A link between a footnote and where it is named. */
const HARMLESS_NOTE = /^<a class="md-note-(?:ref" href="#md-note|back" href="#md-ref)-\d{1,9}">$/;

/** A list that does not begin at one. */
const HARMLESS_START = /^<ol start="\d{1,9}"(?: dir="auto")?(?: class="md-tasks")?>$/;

/**
 * The same HTML without anything that an answer may not hold.
 *
 * What the parser writes consists of a handful of tags, which can be read off the text. That spares the page from
 * parsing a block twice for every piece that arrives. Whatever cannot be vouched for in this way goes through
 * DOMPurify with a strict profile.
 */
export function safeHtml(html: string): string {
  return isHarmless(html) ? html : purify(html);
}

/** Whether every tag of the HTML is one that cannot do harm, in the exact spelling that the parser uses. */
export function isHarmless(html: string): boolean {
  for (const [tag] of html.matchAll(/<[^>]*>?/g)) {
    if (HARMLESS.has(tag)) continue;
    if (![HARMLESS_LINK, HARMLESS_NOTE, HARMLESS_START].some((form) => form.test(tag))) return false;
  }
  return true;
}

/** The HTML as DOMPurify leaves it. */
export function purify(html: string): string {
  // Without a document DOMPurify hands back what it was given.
  if (!DOMPurify.isSupported) throw new Error('BUG: there is no document to sanitise with');
  return DOMPurify.sanitize(html, STRICT);
}
