// @vitest-environment jsdom
import { afterEach, expect, test } from 'vitest';
import { until } from '../../state/testing/window';
import { isNowhere, keepFocus } from './keep-focus';

let end = () => {};
afterEach(() => {
  end();
  document.body.replaceChildren();
});

/** What is written here. */
const drawn = (html: string) => document.createRange().createContextualFragment(html);

/** A page with this in it, whose focus is kept. */
function page(html: string): HTMLElement {
  const root = document.createElement('main');
  root.append(drawn(html));
  document.body.append(root);
  end = keepFocus(root);
  return root;
}

const rows = (...names: string[]) =>
  `<ul>${names.map((name) => `<li><input id="${name}"><button id="x-${name}">x</button></li>`).join('')}</ul><button id="add">+</button>`;

function focused(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`there is no ${id}`);
  element.focus();
  return element;
}

const focusOf = async (id: string) => {
  await until(() => document.activeElement?.id === id);
  expect(document.activeElement?.id).toBe(id);
};

test.each([
  ['the next row', ['a', 'b', 'c'], 'x-b', 'c'],
  ['the row before the last', ['a', 'b', 'c'], 'x-c', 'x-b'],
  ['what stands behind the list that is empty now', ['a'], 'x-a', 'add'],
])('goes to %s', async (_name, names, from, to) => {
  page(rows(...names));
  focused(from).closest('li')?.remove();
  await focusOf(to);
});

test('goes to what takes the place', async () => {
  page(
    '<button id="before"></button><div><p><button id="old"></button></p></div><button id="after"></button>',
  );
  const place = focused('old').closest('p');
  const next = document.createElement('p');
  next.append(
    drawn(
      '<button id="off" disabled></button><span hidden><button id="unseen"></button></span><button id="new"></button>',
    ),
  );
  place?.after(next);
  place?.remove();
  await focusOf('new');
});

test('leaves it where who removed the row has taken it', async () => {
  page(rows('a', 'b', 'c'));
  focused('x-a').closest('li')?.remove();
  focused('add');
  await Promise.resolve();
  await focusOf('add');
});

test('does not bring it back to where somebody has left', async () => {
  page(rows('a', 'b', 'c'));
  const left = focused('x-a');
  left.blur();
  await Promise.resolve();
  left.closest('li')?.remove();
  // Would be moved by now, as this one is.
  focused('x-b').closest('li')?.remove();
  await focusOf('c');
  const last = focused('x-c');
  last.blur();
  await Promise.resolve();
  last.closest('li')?.remove();
  await new Promise((done) => setTimeout(done));
  expect(isNowhere()).toBe(true);
});
