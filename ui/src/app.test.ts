import { afterEach, expect, it, vi } from 'vitest';
import { mountedWindow } from './components/testing/mounted';

const asked = vi.hoisted(() => ({ times: 0 }));
vi.mock('./components/trash/TrashPage.svelte', () => {
  asked.times += 1;
  throw new Error('the disk does not give it');
});

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
afterEach(() => {
  process.off('unhandledRejection', note);
});

it('goes on where a part of it cannot be read ahead of its use', async () => {
  process.on('unhandledRejection', note);
  const { close } = await mountedWindow({ world: 'connected' });
  await vi.waitUntil(() => asked.times > 0, { timeout: 25_000 });
  await new Promise((next) => setTimeout(next, 50));
  expect(unhandled).toEqual([]);
  await close();
});
