import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FluentResource } from '@fluent/bundle';
import { flushSync, mount, unmount } from 'svelte';
import { expect, it, vi } from 'vitest';
import App from './App.svelte';
import { FakeHost } from './host/fake';
import { Hearth } from './state/hearth.svelte';
import { ERROR_CODES } from './state/testing/codes';
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
  expect(first.length).toBeLessThan(rest.length);
});

it('leaves out what only the command line, transcripts and models are told, and nothing that the window says', () => {
  const { first, rest } = splitWords(CATALOGUE);
  const window = new Set(keys(`${first}${rest}`));
  const others = keys(CATALOGUE).filter((key) => !window.has(key));
  for (const key of [
    'cli-ask',
    'gateway-config',
    'gateway-config-why-not-yaml',
    'transcript-you',
    'call-denied',
  ])
    expect(others).toContain(key);
  const source = readdirSync(import.meta.dirname, { withFileTypes: true, recursive: true })
    .filter(({ name }) => /(?<!\.test)\.(ts|svelte)$/.test(name))
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('');
  const named = (key: string) => new RegExp(`['"\`]${key}['"\`.]`).test(source);
  expect(named('gateway-first-key')).toBe(true);
  // Some are spelled like the code of a failure, whose words are others.
  const codes: readonly string[] = ERROR_CODES;
  expect(others.filter((key) => named(key) && !codes.includes(key))).toEqual([]);
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
