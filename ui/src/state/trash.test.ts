import { expect, it } from 'vitest';
import { startedWindow, until } from './testing/window';

async function withTrash(...ids: string[]) {
  const { hearth, host } = await startedWindow({ world: 'connected' });
  for (const id of ids) await host.trashConversation(id);
  const stop = hearth.trash.watch();
  await until(() => hearth.trash.list !== null);
  const titles = () => hearth.trash.list?.map(({ title }) => title);
  const told = () => hearth.toasts.shown.map(({ text, detail }) => [text, detail]);
  return { hearth, host, stop, titles, told };
}

it('lists what was deleted, and when it will go', async () => {
  const { hearth, titles } = await withTrash('s2', 's5');
  expect(titles()?.toSorted()).toEqual(['Postgres plan regression', 'Unit tests for the parser']);
  const [one] = hearth.trash.list ?? [];
  expect((one?.deletedAt ?? 0) - (one?.trashedAt ?? 0)).toBe(30 * 86_400_000);
});

it('gives one back', async () => {
  const { hearth, titles, told } = await withTrash('s2', 's5');
  const one = hearth.trash.list?.find(({ id }) => id === 's2');
  if (!one) throw new Error('not there');
  expect(await hearth.trash.restore(one)).toBe(true);
  expect(titles()).toEqual(['Unit tests for the parser']);
  expect(hearth.library.list?.some(({ id }) => id === 's2')).toBe(true);
  expect(told()).toEqual([['Restored “Postgres plan regression”', null]]);
});

it('deletes one for good and says how much that freed', async () => {
  const { hearth, host, titles, told } = await withTrash('s2', 's5');
  const one = hearth.trash.list?.find(({ id }) => id === 's5');
  if (!one) throw new Error('not there');
  expect(await hearth.trash.deleteForever(one)).toBe(true);
  expect(titles()).toEqual(['Postgres plan regression']);
  expect(told()[0]?.[0]).toBe('Deleted “Unit tests for the parser” for good');
  expect(told()[0]?.[1]).toMatch(/^[\d.]+ kB freed$/);
  expect((await host.listTrash()).map(({ id }) => id)).toEqual(['s2']);
});

it('deletes all of it for good', async () => {
  const { hearth, host, titles } = await withTrash('s2', 's5');
  expect(await hearth.trash.empty()).toBe(true);
  expect(titles()).toEqual([]);
  expect(await host.listTrash()).toEqual([]);
});

it('shows what comes and goes in another window, for as long as somebody looks', async () => {
  const { hearth, host, stop, titles } = await withTrash('s2');
  await host.trashConversation('s5');
  await until(() => titles()?.length === 2);
  await host.restoreConversation('s2');
  await until(() => titles()?.length === 1);
  stop();
  await host.trashConversation('s0');
  await new Promise((next) => setTimeout(next));
  expect(hearth.trash.list).toBeNull();
});

it('says why it could not, and keeps what is there', async () => {
  const { hearth, host, titles, told } = await withTrash('s2');
  host.emptyTrash = () => Promise.reject(new Error('locked'));
  expect(await hearth.trash.empty()).toBe(false);
  expect(titles()).toEqual(['Postgres plan regression']);
  expect(told()[0]?.[0]).toBe('Hearth made a mistake');
  host.listTrash = () => Promise.reject(new Error('unreadable'));
  await hearth.trash.load();
  expect(hearth.trash.failure?.message).toBe('unreadable');
});
