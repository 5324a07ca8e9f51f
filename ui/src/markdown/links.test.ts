// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { linkTarget } from './links';

/** The target of a click on the innermost element of this HTML. */
function clicked(html: string) {
  const box = document.createElement('div');
  box.innerHTML = html;
  let element: Element = box;
  while (element.firstElementChild) element = element.firstElementChild;
  return linkTarget(element);
}

test.each([
  ['https://a.example', { href: 'https://a.example/', text: 'x', host: 'a.example' }],
  ['HTTP://A.example:8080/p?q#f', { href: 'http://a.example:8080/p?q#f', text: 'x', host: 'a.example' }],
  [
    'https://bank.example@evil.example/',
    { href: 'https://bank.example@evil.example/', text: 'x', host: 'evil.example' },
  ],
  [
    'https://аррӏе.example/',
    { href: 'https://xn--80ak6aa92e.example/', text: 'x', host: 'xn--80ak6aa92e.example' },
  ],
  [
    'mailto:a@b.example?body=a%20b&attach=/etc/passwd',
    { href: 'mailto:a@b.example?body=a%20b', text: 'x', host: 'a@b.example' },
  ],
])('%s may be opened', (href, target) => {
  expect(clicked(`<a href="${href}"><em>x</em></a>`)).toEqual(target);
});

test.each([
  ...[
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'data:text/html,x',
  ],
  ...[
    'file:///etc/passwd',
    'smb://a/b',
    'ms-msdt:/id',
    'tauri://localhost',
    'ipc://localhost',
    'vscode://x',
    'tel:1',
  ],
  ...['/path', 'path', '#top', '//a.example', '', 'https://', 'http://[', 'mailto:', 'mailto:?body=x'],
])('%j may not', (href) => {
  expect(clicked(`<a href="${href}">x</a>`)).toBeNull();
});

test('what is not in a link has no target', () => {
  expect(clicked('<p><em>x</em></p>')).toBeNull();
  expect(clicked('<a>x</a>')).toBeNull();
});
