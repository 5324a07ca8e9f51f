// The Doctor over the page: from a card and from the palette, with what can be done about what it finds.
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import { runCommand } from '../../state/commands';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

async function window(options: FakeOptions = { world: 'connected' }): Promise<Mounted> {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  return mounted;
}

const dialog = () => document.querySelector<HTMLElement>('[role="dialog"][aria-label="Doctor"]');
const rungs = () => [...(dialog()?.querySelectorAll<HTMLElement>('section > ol > li') ?? [])];
const said = () => dialog()?.querySelector('section > [role="status"]')?.textContent ?? '';

function press(name: string): void {
  const named = (one: Element) => one.getAttribute('aria-label') ?? one.textContent?.trim();
  const found = [...(dialog()?.querySelectorAll('button') ?? [])].filter((one) => named(one) === name);
  if (found.length !== 1) throw new Error(`${found.length} buttons are named “${name}”`);
  found[0]?.click();
  flushSync();
}

/** Opens the Doctor on a deployment, and waits for its verdict. */
async function walked(mounted: Mounted, deployment: string | null = null) {
  mounted.hearth.doctor.open({ kind: 'saved', connection: null, deployment });
  await until(() => mounted.hearth.doctor.shown?.running === false && dialog() !== null);
  flushSync();
}

it('opens from the palette over what questions go to, and says its verdict once', async () => {
  const { hearth } = await window();
  expect(runCommand(hearth, 'run-doctor')).toBe(true);
  await until(() => hearth.doctor.shown?.running === false && dialog() !== null);
  flushSync();
  expect(rungs()).toHaveLength(14);
  expect(rungs().map((rung) => rung.className.split(' ')[0])).not.toContain('waiting');
  expect(said()).toBe('Everything works');
  expect(rungs()[1]?.querySelector('.sr-only')?.textContent).toBe('Fine');
});

it('is not offered where there is nothing to look at', async () => {
  const { hearth } = await window({ world: 'first-run' });
  expect(runCommand(hearth, 'run-doctor')).toBe(false);
  expect(hearth.doctor.shown).toBe(null);
});

it('looks at the deployment whose answer failed', async () => {
  const { hearth } = await window();
  await hearth.chat.choose({ deployment: 'fault-host-unknown' });
  await hearth.chat.send('Hello');
  await until(() => !hearth.chat.busy);
  flushSync();
  const doctor = [...document.querySelectorAll('[role="log"] section.card button')].find(
    (button) => button.textContent?.trim() === 'Run the Doctor',
  );
  (doctor as HTMLElement).click();
  await until(() => hearth.doctor.shown?.running === false && dialog() !== null);
  flushSync();
  expect(hearth.doctor.shown?.report?.deployment).toBe('fault-host-unknown');
  const failed = rungs().filter((rung) => rung.classList.contains('failed'));
  expect(failed).toHaveLength(1);
  expect(failed[0]?.textContent).toContain('No host named contoso-ai.services.ai.azure.com');
  expect(failed[0]?.querySelector('.sr-only')?.textContent).toBe('Failed');
});

describe('a fix', () => {
  it('of the connection is saved, and everything is checked again', async () => {
    const mounted = await window();
    const { hearth, host } = mounted;
    await walked(mounted, 'fault-api-not-supported');
    const first = hearth.doctor.shown?.report?.run;
    expect(dialog()?.textContent).toContain('https://contoso-ai.services.ai.azure.com/anthropic');
    press('Use this address');
    await until(() => host.log.includes('fix use_endpoint'));
    await until(() => hearth.doctor.shown?.report?.run !== first && hearth.doctor.shown?.running === false);
  });

  it('of a certificate is offered behind the certificates, and then trusts the authority', async () => {
    const mounted = await window();
    await walked(mounted, 'fault-certificate-untrusted');
    expect(dialog()?.textContent).not.toContain('SHA-256');
    press('Show certificates');
    expect(dialog()?.textContent).toContain('SHA-256');
    press('Trust “Contoso Root CA”');
    await until(() => mounted.host.log.includes('trust certificate'));
  });

  it('that needs a field closes the Doctor and leads there', async () => {
    const mounted = await window();
    await walked(mounted, 'fault-key-refused');
    press('Replace key');
    await until(() => dialog() === null);
    expect(mounted.hearth.page).toEqual({ kind: 'settings', section: 'connections' });
    expect(mounted.hearth.wanted?.spot).toBe('key');
  });

  it('is not put on another connection than the one that was looked at', async () => {
    const mounted = await window({ world: 'several' });
    await walked(mounted, 'fault-api-not-supported');
    await mounted.hearth.useConnection('k1');
    flushSync();
    expect(() => press('Use this address')).toThrow('0 buttons');
  });
});

it('unfolds details, and copies all of it', async () => {
  const mounted = await window();
  await walked(mounted, 'fault-key-refused');
  expect(dialog()?.textContent).not.toContain('req_011');
  press('Details of Deployment');
  expect(dialog()?.textContent).toContain('req_011');
  press('Copy report');
  await until(() => mounted.host.log.some((line) => line.startsWith('copy Hearth ')));
  expect(mounted.host.log.at(-1)).toContain('Key refused');
});

it('can be stopped, and begun again', async () => {
  const mounted = await window({ world: 'connected', pace: 5 });
  mounted.hearth.doctor.open({ kind: 'saved', connection: null, deployment: null });
  await until(() => (dialog()?.textContent ?? '').includes('Cancel'));
  expect(said()).toBe('');
  press('Cancel');
  await until(() => mounted.hearth.doctor.shown?.running === false);
  flushSync();
  expect(said()).toBe('Stopped');
  press('Check again');
  await until(() => mounted.hearth.doctor.shown?.running === true);
});

it('is put away by its button, and what still runs is stopped', async () => {
  const mounted = await window({ world: 'connected', pace: 5 });
  mounted.hearth.doctor.open({ kind: 'saved', connection: null, deployment: null });
  const walk = mounted.hearth.doctor.shown;
  await until(() => walk?.report !== null && dialog() !== null);
  press('Close');
  await until(() => dialog() === null && walk?.report?.verdict === 'cancelled');
});

it('shows why it could not begin', async () => {
  const { hearth } = await window({ world: 'first-run' });
  hearth.doctor.open({ kind: 'saved', connection: null, deployment: null });
  await until(() => (dialog()?.textContent ?? '').includes('No connection yet'));
});
