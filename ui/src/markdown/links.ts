/**
 * Which addresses may be opened, and what a person is told about one before it is.
 *
 * An allow-list of three schemes. Handing anything else to the system starts programs (`ms-msdt:`,
 * `search-ms:`), reads files (`file:`, `smb:`) or runs script (`javascript:`).
 */

/** What a click on a link would open. */
export interface LinkTarget {
  /** The address in its canonical spelling. */
  readonly href: string;
  /** What the link says, which may be meant to deceive. */
  readonly text: string;
  /** The host as it is looked up (punycode, no port, no user name); for mail, the recipient. */
  readonly host: string;
}

/** The target of the link that this element is, or stands in; null when there is none that may be opened. */
export function linkTarget(element: Element): LinkTarget | null {
  const anchor = element.closest('a[href]');
  const address = allowedAddress(anchor?.getAttribute('href') ?? '');
  if (anchor === null || address === null) return null;
  return { href: address.href, text: (anchor.textContent ?? '').trim(), host: addressHost(address) };
}

/** The address, if it is absolute and of a scheme that we open. */
export function allowedAddress(text: string): URL | null {
  const address = absoluteAddress(text);
  if (address === null) return null;
  switch (address.protocol) {
    case 'http:':
    case 'https:':
      return address.hostname === '' ? null : address;
    case 'mailto:':
      return withoutMailHeaders(address);
    default:
      return null;
  }
}

/** The host of an address of `allowedAddress`; for mail, the recipient. */
export function addressHost(address: URL): string {
  return address.protocol === 'mailto:' ? address.pathname : address.hostname;
}

// `URL` drops tabs and line ends and trims spaces, so what is judged is what would be opened, not its spelling.
function absoluteAddress(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

// Some mail programs read `attach` and the like from a link, and so let it pick a file to send.
function withoutMailHeaders(address: URL): URL | null {
  if (address.pathname === '') return null;
  const kept = ['subject', 'body'].flatMap((name) => {
    const value = address.searchParams.get(name);
    return value === null ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  return new URL(`mailto:${address.pathname}${kept.length > 0 ? `?${kept.join('&')}` : ''}`);
}
