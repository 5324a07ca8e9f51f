import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FluentResource } from '@fluent/bundle';
import { flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';
import App from './App.svelte';
import { FakeHost } from './host/fake';
import { Hearth } from './state/hearth.svelte';
import { emptyStorage } from './state/testing/window';
import { splitWords } from './words-split';

const said = vi.hoisted(() => new Set<string>());
vi.mock('./words', async (original) => {
  const words = await original<typeof import('./words')>();
  const t: typeof words.t = (key, values) => {
    said.add(key.split('.')[0] ?? key);
    return words.t(key, values);
  };
  return { ...words, t };
});

const CATALOGUE = readFileSync(join(import.meta.dirname, '../../words/en.ftl'), 'utf8');
const keys = (text: string) => new FluentResource(text).body.map(({ id }) => id);

it('loses no sentence, and says none twice', () => {
  const { first, rest } = splitWords(CATALOGUE);
  const window = [...keys(first), ...keys(rest)];
  expect(new Set(window).size).toBe(window.length);
  const others = keys(CATALOGUE).filter((key) => !window.includes(key));
  expect(others.length).toBeGreaterThan(20);
  expect(others.filter((key) => !/^(cli|desktop|transcript)-/.test(key))).toEqual([]);
  expect(first.length).toBeLessThan(rest.length);
});

it('names a section by the first line of its heading', () => {
  const text = '## Sidebar\n## with more about it\na-key = A\n\n## Trash\nb-key = B\n    .more = C\n';
  expect(splitWords(text)).toEqual({ first: 'a-key = A\n', rest: 'b-key = B\n    .more = C\n' });
});

it('has in its first part all that the window says before it knows anything', async () => {
  const host = new FakeHost({ pace: 0 });
  host.appState = () => new Promise(() => {});
  const hearth = new Hearth(host, { storage: emptyStorage(), mac: false, nextFrame: (run) => run() });
  void hearth.start();
  said.clear();
  const app = mount(App, { target: document.body, props: { hearth } });
  flushSync();
  const first = new Set(keys(splitWords(CATALOGUE).first));
  expect(said.size).toBeGreaterThan(10);
  expect([...said].filter((key) => !first.has(key))).toEqual([]);
  await unmount(app);
});
