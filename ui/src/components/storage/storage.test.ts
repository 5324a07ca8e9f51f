// What the window says of the disk.

import { flushSync } from 'svelte';
import { afterEach, expect, it } from 'vitest';
import { bareReport } from '../../host/host';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

const open: Array<Awaited<ReturnType<typeof mountedWindow>>> = [];
async function opened() {
  const mounted = await mountedWindow({ world: 'connected', pace: 0 });
  open.push(mounted);
  return mounted;
}
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});
const said = () => document.body.textContent?.replaceAll(/\s+/g, ' ') ?? '';

it('says that nothing is saved from the start on, why, and the cure', async () => {
  const { host, named } = await opened();
  host.disk({ error: bareReport('store-read-only'), waiting: 0, readingOnly: true });
  await until(() => said().includes('the disk is read-only.'));
  expect(said()).toContain('To ask, let Hearth write to this folder');
  expect(said()).not.toContain('make room');
  host.disk({ error: bareReport('disk-full'), waiting: 0, readingOnly: true });
  flushSync();
  expect(said()).toContain('To ask, make room on this folder’s disk');
  host.disk({ error: bareReport('disk-full'), waiting: 0, readingOnly: false });
  flushSync();
  expect(said()).not.toContain('To ask');
  named('button', 'Try now').click();
  await until(() => said().includes('Everything is saved again'));
});

it('stands in a live region that was there before it', async () => {
  const { host } = await opened();
  const regions = [...document.querySelectorAll('[role="status"][aria-live="polite"]')];
  host.disk({ error: bareReport('disk-full'), waiting: 2, readingOnly: false });
  await until(() => regions.some((region) => region.textContent?.includes('Try now')));
});

it('tells of files that the last run left until each is dismissed', async () => {
  const { host } = await opened();
  const paths = ['/home/you/hearth-not-saved-a.md', '/tmp/hearth-not-saved-b.md'];
  host.leave(paths);
  await until(() => paths.every((path) => said().includes(path)));
  const dismiss = () =>
    [...document.querySelectorAll('button')].filter((one) => one.textContent?.trim() === 'Dismiss');
  expect(dismiss()).toHaveLength(2);
  const copy = document.querySelector<HTMLButtonElement>('button[aria-label="Copy path"]');
  copy?.click();
  await until(() => host.log.includes(`copy ${paths[0]}`));
  dismiss()[0]?.click();
  await until(() => dismiss().length === 1);
  expect(said()).not.toContain(paths[0]);
  expect(said()).toContain(paths[1]);
  dismiss()[0]?.click();
  await until(() => dismiss().length === 0);
  expect(said()).not.toContain('hearth-not-saved');
});
