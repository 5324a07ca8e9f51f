/**
 * What would be dangerous about a piece of HTML, judged by its text alone.
 *
 * The lists are written out once more here, not imported: a mistake in the sanitiser's lists must not excuse itself.
 */

const TAGS = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol li blockquote hr pre div figure figcaption table thead tbody tr th td a span strong em s sup code br'.split(
    ' ',
  ),
);

const VALUES: Readonly<Record<string, RegExp>> = {
  href: /^(?:https?:\/\/[^\s/?#][^\s]*|mailto:[^\s?]+(?:\?(?:subject|body)=[^\s]*)?|#md-(?:note|ref)-\d+)$/,
  class: /^md-[a-z-]+(?: md-[a-z-]+)*$/,
  start: /^\d{1,9}$/,
  dir: /^auto$/,
};

const TAG = /^<(\/?)([a-z][a-z0-9]*)((?: [a-z]+="[^"<>]*")*)>/;

/** Each thing in the HTML that is not text, an allowed tag or an allowed attribute with an allowed value. */
export function dangers(html: string): string[] {
  const found: string[] = [];
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1)) {
    const [whole, closing, tag = '', attributes = ''] = TAG.exec(html.slice(at)) ?? [];
    if (whole === undefined || !TAGS.has(tag)) {
      found.push(`tag ${html.slice(at, at + 40)}`);
      continue;
    }
    if (closing === '/' && attributes !== '') found.push(`attributes on ${whole}`);
    for (const [, name = '', value = ''] of attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)) {
      if (!VALUES[name]?.test(decoded(value))) found.push(`attribute ${name}="${value}"`);
    }
  }
  return found;
}

/** The same, judged by the tree that a parser of HTML makes of it. */
export function dangersInTree(html: string): string[] {
  const template = document.createElement('template');
  template.innerHTML = html;
  return [...template.content.querySelectorAll('*')].flatMap((element) => {
    const tag = element.localName;
    if (!TAGS.has(tag) || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') return [`tag ${tag}`];
    return [...element.attributes]
      .filter(({ name, value }) => !VALUES[name]?.test(value))
      .map(({ name, value }) => `attribute ${name}="${value}"`);
  });
}

function decoded(value: string): string {
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
