import { expect, it } from 'vitest';
import { FakeHost } from '../host/fake';
import type { SearchHit } from '../host/types';
import { Search } from './search.svelte';
import { until } from './testing/window';

const hit = (title: string, at: number): SearchHit => ({
  conversation: title,
  message: null,
  title,
  excerpt: '',
  marks: [],
  at,
  shown: true,
  updatedAt: at,
});

/** A search whose answers come when the test says so. */
function searching() {
  const host = new FakeHost({ world: 'connected', pace: 0 });
  const asked = new Map<string, { answer: (hits: SearchHit[]) => void; refuse: (why: unknown) => void }>();
  host.search = (query) =>
    new Promise((answer, refuse) => {
      asked.set(query, { answer, refuse });
    });
  return { search: new Search(host), asked };
}

it('asks for what was typed last, once the typing rests', async () => {
  const { search, asked } = searching();
  for (const query of ['o', 'ot', 'otter ']) search.ask(query);
  expect([search.query, search.busy, search.hits]).toEqual(['otter ', true, null]);
  await until(() => asked.size > 0);
  expect([...asked.keys()]).toEqual(['otter']);
  asked.get('otter')?.answer([hit('old', 1), hit('new', 3), hit('between', 2)]);
  await until(() => !search.busy);
  expect(search.hits?.map(({ title }) => title)).toEqual(['new', 'between', 'old']);
});

it('drops an answer to a query that is typed over, and keeps what is shown until the next comes', async () => {
  const { search, asked } = searching();
  search.ask('first');
  await until(() => asked.has('first'));
  search.ask('second');
  await until(() => asked.has('second'));
  asked.get('second')?.answer([hit('of the second', 1)]);
  await until(() => !search.busy);
  asked.get('first')?.answer([hit('of the first', 2)]);
  await new Promise((next) => setTimeout(next));
  expect(search.hits?.map(({ title }) => title)).toEqual(['of the second']);
  search.ask('third');
  expect([search.busy, search.hits?.length]).toEqual([true, 1]);
});

it('has nothing for an empty query, whatever was on its way', async () => {
  const { search, asked } = searching();
  search.ask('first');
  await until(() => asked.has('first'));
  search.ask('   ');
  asked.get('first')?.answer([hit('late', 1)]);
  await new Promise((next) => setTimeout(next));
  expect([search.hits, search.busy]).toEqual([null, false]);
});

it('tells why nothing could be searched, and of it no more once that works', async () => {
  const { search, asked } = searching();
  search.ask('first');
  await until(() => asked.has('first'));
  asked.get('first')?.refuse(new Error('locked'));
  await until(() => !search.busy);
  expect([search.hits, search.failure?.message]).toEqual([[], 'locked']);
  search.ask('second');
  await until(() => asked.has('second'));
  asked.get('second')?.answer([hit('found', 1)]);
  await until(() => !search.busy);
  expect([search.hits?.length, search.failure]).toEqual([1, null]);
});
