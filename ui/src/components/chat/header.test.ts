// What the header and the composer tell about the connection in use and the deployment that is asked.
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import type { Capability } from '../../host/types';
import { offeredCommands, runCommand } from '../../state/commands';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

async function window(options: FakeOptions): Promise<Mounted> {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  flushSync();
  return mounted;
}

const PNG = new Uint8Array(24);
PNG.set([0x89, 0x50, 0x4e, 0x47]);
new DataView(PNG.buffer).setUint32(16, 640);
new DataView(PNG.buffer).setUint32(20, 480);

const chip = (beginning: string) =>
  document.querySelector<HTMLButtonElement>(`header button[aria-label^="${beginning}"]`);

describe('the connection switch', () => {
  it('is there only where there is something to switch', async () => {
    await window({ world: 'connected' });
    expect(chip('Model: ')).not.toBe(null);
    expect(chip('Connection: ')).toBe(null);
  });

  it('names the connection in use, lists all, and switches at once by keys', async () => {
    const { hearth } = await window({ world: 'several' });
    const button = chip('Connection: contoso-ai');
    button?.focus();
    button?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await until(() => document.querySelector('[role="menuitemradio"]') !== null);
    const items = [...document.querySelectorAll<HTMLElement>('[role="menuitemradio"]')];
    expect(items.map((item) => item.getAttribute('aria-checked'))).toEqual([
      'true',
      'false',
      'false',
      'false',
    ]);
    expect(items[1]?.textContent).toContain('fabrikam-ai.services.ai.azure.com');
    items[1]?.focus();
    items[1]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await until(() => hearth.app?.active === 'k1');
    flushSync();
    expect(chip('Connection: fabrikam-ai')).not.toBe(null);
    expect(chip('Model: claude-sonnet-5')).not.toBe(null);
  });

  it('leaves no deployment chosen that the other connection does not have', async () => {
    const { hearth, host } = await window({ world: 'several' });
    await host.chooseSettings('s0', {
      ...(await host.openConversation('s0')).settings,
      deployment: 'sonnet-team',
    });
    await hearth.open('s0');
    await hearth.useConnection('k1');
    expect(hearth.chat.settings.deployment).toBe(null);
  });

  it('is a command for each other connection', async () => {
    const { hearth } = await window({ world: 'several' });
    const found = offeredCommands(hearth, 'switch fabrikam');
    expect(found.map(({ name }) => name)).toEqual(['Switch connection: fabrikam-ai']);
    expect(offeredCommands(hearth, 'switch contoso')).toEqual([]);
    expect(runCommand(hearth, found[0]?.id ?? 'tools')).toBe(true);
    await until(() => hearth.toasts.shown.some(({ text }) => text === 'Questions go to “fabrikam-ai” now'));
    expect(runCommand(hearth, 'use-connection gone')).toBe(false);
    await hearth.startDemo();
    expect(offeredCommands(hearth, 'switch connection')).toEqual([]);
    expect(runCommand(hearth, 'use-connection k0')).toBe(false);
  });
});

/** Makes the host know, by measuring, that the default deployment lacks something. */
async function lacking(capability: Capability) {
  const mounted = await window({ world: 'connected' });
  const app = await mounted.host.appState();
  for (const known of app.deployments[0]?.known ?? []) {
    if (known.capability === capability)
      Object.assign(known, { has: false, origin: 'measured', at: Date.UTC(2026, 10, 22, 12) });
  }
  mounted.host.appState = async () => app;
  await mounted.hearth.reload();
  flushSync();
  return mounted;
}

describe('what the deployment lacks', () => {
  it('greys out the effort, with the reason', async () => {
    await window({ world: 'connected' });
    expect(chip('Effort: high')?.getAttribute('aria-disabled')).toBe(null);
    await open.pop()?.close();
    await lacking('effort');
    const button = chip('Effort: This deployment takes no effort · measured on Nov 22, 2026');
    expect(button?.getAttribute('aria-disabled')).toBe('true');
    button?.click();
    flushSync();
    expect(document.querySelector('[role="menu"]')).toBe(null);
  });

  it('greys out one effort that was refused, with the reason', async () => {
    const { host, hearth } = await window({ world: 'connected' });
    const app = await host.appState();
    const deployment = app.deployments[0];
    expect(deployment?.abilities.efforts).toContain('max');
    if (deployment) {
      deployment.abilities.efforts = deployment.abilities.efforts.filter((effort) => effort !== 'max');
      const at = Date.UTC(2026, 10, 22, 12);
      deployment.refusedEfforts = [{ effort: 'max', at, said: 'no' }];
    }
    host.appState = async () => app;
    await hearth.reload();
    flushSync();
    const button = chip('Effort: ');
    button?.focus();
    button?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await until(() => document.querySelector('[role="menuitemradio"]') !== null);
    const items = [...document.querySelectorAll<HTMLElement>('[role="menuitemradio"]')];
    const greyed = items.filter((item) => item.getAttribute('aria-disabled') === 'true');
    expect(greyed.map((item) => item.textContent?.replace(/\s+/g, ' ').trim())).toEqual([
      'maximum This deployment does not take it · measured on Nov 22, 2026',
    ]);
    // It stands where it stood, and the others can be chosen.
    expect(items.indexOf(greyed[0] as HTMLElement)).toBe(items.length - 1);
    greyed[0]?.click();
    flushSync();
    expect(chip('Effort: maximum')).toBe(null);
  });

  it('is said about an image as soon as one is attached, and text can be attached all the same', async () => {
    const { hearth, host, named } = await lacking('vision');
    expect(document.querySelector('.blind')).toBe(null);
    host.chosen = [{ name: 'notes.txt', bytes: new Uint8Array([104, 105]) }];
    hearth.want('attach');
    await until(() => (document.querySelector('form')?.textContent ?? '').includes('notes.txt'));
    expect(document.querySelector('.blind')).toBe(null);
    host.chosen = [{ name: 'graph.png', bytes: PNG }];
    hearth.want('attach');
    await until(() => document.querySelector('.blind') !== null);
    expect(document.querySelector('.blind')?.textContent).toBe(
      'This deployment does not read images · measured on Nov 22, 2026',
    );
    expect(named<HTMLButtonElement>('button', 'Attach files').disabled).toBe(false);
  });
});

describe('a pasted token', () => {
  async function ending(at: number) {
    const mounted = await window({ world: 'connected' });
    const app = await mounted.host.appState();
    const credential = app.connections[0]?.credential;
    if (credential) {
      credential.choice = { kind: 'token' };
      credential.token = {
        audience: null,
        tenant: null,
        expiresAt: at,
        roles: [],
        scopes: [],
        application: null,
        account: null,
      };
    }
    mounted.host.appState = async () => app;
    await mounted.hearth.reload();
    flushSync();
    return mounted;
  }
  const notice = () => document.querySelector<HTMLElement>('.notice');

  it('is not spoken of while it lasts', async () => {
    await ending(Date.now() + 3_600_000);
    expect(notice()).toBe(null);
  });

  it('leads to its field before it ends, and when it has', async () => {
    await ending(Date.now() + 9.5 * 60_000);
    expect(notice()?.textContent).toMatch(/The token of “contoso-ai” ends in \d+ minutes/);
    await open.pop()?.close();
    const { hearth } = await ending(Date.now() - 1_000);
    expect(notice()?.textContent).toContain('The token of “contoso-ai” has ended');
    notice()?.querySelector('button')?.click();
    expect(hearth.page).toEqual({ kind: 'settings', section: 'connections' });
    expect(hearth.wanted?.spot).toBe('key');
  });
});
