import { expect, it } from 'vitest';
import { FakeHost } from '../host/fake';
import { emptyStorage } from './testing/window';
import { Zoom } from './zoom.svelte';

it('goes step by step, stays within its bounds, and is the same at the next start', async () => {
  const host = new FakeHost();
  const storage = emptyStorage();
  const zoom = new Zoom(host, storage);
  await zoom.start();
  expect(host.log).toEqual([]);
  for (let steps = 0; steps < 9; steps++) await zoom.step(1);
  expect(zoom.factor).toBe(2);
  for (let steps = 0; steps < 12; steps++) await zoom.step(-1);
  expect(zoom.factor).toBe(0.8);

  const next = new FakeHost();
  await new Zoom(next, storage).start();
  expect(next.log).toEqual(['zoom 0.8']);
  await zoom.reset();
  expect(new Zoom(next, storage).factor).toBe(1);
});

it('is not led astray by what stands in the storage', () => {
  const storage = emptyStorage();
  for (const kept of ['40', '-1', 'NaN', 'large', '']) {
    storage.setItem('zoom', kept);
    expect(new Zoom(new FakeHost(), storage).factor).toBe(1);
  }
});
