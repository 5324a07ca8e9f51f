import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import { bareReport } from '../../host/host';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];

async function mounted(options: FakeOptions) {
  const one = await mountedWindow(options);
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const page = () => document.querySelector('main')?.textContent?.replace(/\s+/g, ' ') ?? '';

describe('the first run', () => {
  it('has a door to what was found on this machine', async () => {
    const { named, hearth } = await mounted({ world: 'offer' });
    await until(() => document.body.textContent?.includes('Found: This environment.') ?? false);
    named('button', 'Import settings').click();
    await until(() => page().includes('Nothing is saved before you say so'));
    expect(page()).toContain('ANTHROPIC_FOUNDRY_RESOURCE, ANTHROPIC_FOUNDRY_API_KEY');
    expect(page()).toContain('AZURE_API_KEY');
    expect(hearth.app?.connections).toEqual([]);
    named('button', 'Save 1 connection').click();
    await until(() => hearth.app?.connections.length === 1);
    await until(() => hearth.page.kind === 'chat');
  });

  it('has no such door where nothing was found, and leads there from the form', async () => {
    const { named, hearth } = await mounted({ world: 'first-run' });
    await hearth.setup.imports.look();
    flushSync();
    expect(document.body.textContent).not.toContain('Import settings');
    named('button', 'Connect to Azure Foundry').click();
    await until(() => document.querySelector('main form') !== null);
    named('button', 'Import settings').click();
    await until(() => page().includes('Nothing was found on this machine.'));
  });
});

describe('the import', () => {
  it('reads what is pasted and what is chosen, and says what is wrong with each', async () => {
    const { named, hearth, host } = await mounted({ world: 'connected' });
    hearth.settings('import');
    await until(() => page().includes('Paste a description'));
    const field = named<HTMLTextAreaElement>('textarea', 'Paste a description');
    field.value = 'nothing of use';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    named('button', 'Read it').click();
    await until(() => document.querySelector('[role="alert"]') !== null);

    host.importFile = { path: '/home/you/config.yaml', text: 'model_list:\n  model: azure_ai/sonnet-team\n' };
    named('button', 'Choose a file').click();
    await until(() => page().includes('LiteLLM’s configuration'));
    expect(page()).toContain('/home/you/config.yaml');
    expect(page()).toContain('sonnet-team');
    const boxes = [...document.querySelectorAll<HTMLInputElement>('main input[type="checkbox"]')];
    expect(boxes.map(({ checked }) => checked)).toEqual([true, false]);
    boxes[0]?.click();
    flushSync();
    expect(named<HTMLButtonElement>('button', 'Nothing chosen').disabled).toBe(true);
    named('button', 'Leave out LiteLLM’s configuration').click();
    await until(() => host.log.includes('drop import'));
    flushSync();
    expect(page()).not.toContain('sonnet-team');
  });

  it('shows a command as it would be started, and starts nothing', async () => {
    const { hearth, named } = await mounted({ world: 'connected' });
    hearth.settings('import');
    await hearth.setup.imports.readText('{"apiKeyHelper": "/usr/local/bin/print-key --team ai"}');
    await until(() => page().includes('Claude Code’s settings'));
    expect(page()).toContain('It is started only after you agree to it in the connection.');
    named('button', 'Save 1 connection').click();
    await until(() => hearth.app?.connections.length === 2);
    expect(hearth.app?.connections[1]?.credential.state.kind).toBe('not_agreed');
    expect(hearth.page).toEqual({ kind: 'settings', section: 'connections' });
  });

  it('keeps a secret in memory only after the person agreed', async () => {
    const { hearth, named } = await mounted({ world: 'offer', keyring: 'missing' });
    hearth.settings('import');
    await until(() => page().includes('Save 1 connection'));
    named('button', 'Save 1 connection').click();
    await until(() => document.querySelector('[role="alert"]') !== null);
    named('input', 'Keep for this run only').click();
    named('button', 'Save 1 connection').click();
    await until(() => hearth.app?.connections.length === 1);
  });
});

describe('the network', () => {
  it('is saved with a proxy, and shows its password to nobody', async () => {
    const { named, hearth } = await mounted({ world: 'connected' });
    hearth.settings('network');
    await until(() => page().includes('Network and certificates'));
    expect(page()).toContain('It names none for Azure’s addresses.');
    named<HTMLInputElement>('input', 'This one').click();
    flushSync();
    const fill = (name: string, text: string) => {
      const field = named<HTMLInputElement>('input', name);
      field.value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      flushSync();
      field.dispatchEvent(new Event('change', { bubbles: true }));
      flushSync();
    };
    named('button', 'Save').click();
    flushSync();
    expect(document.activeElement).toBe(named('input', 'Proxy address'));
    expect(page()).toContain('Enter the proxy’s address.');
    fill('Proxy address', 'http://ada:s3cret-pass@proxy.example.com:8080');
    expect(named<HTMLInputElement>('input', 'Proxy address').value).toBe('http://proxy.example.com:8080');
    expect(named<HTMLInputElement>('input', 'User').value).toBe('ada');
    named('button', 'Save').click();
    await until(() => hearth.app?.network.proxyPassword === 'keyring');
    await until(() => page().includes('Kept in the system’s keyring. Leave it empty to keep it.'));
    expect(document.documentElement.outerHTML).not.toContain('s3cret-pass');
    expect(named<HTMLInputElement>('input', 'Password').value).toBe('');
  });

  it('keeps what is typed while the person looks elsewhere', async () => {
    const { named, hearth } = await mounted({ world: 'several' });
    hearth.settings('network');
    await until(() => page().includes('Contoso Root CA'));
    hearth.show('about');
    await until(() => !page().includes('Contoso Root CA'));
    hearth.show('network');
    await until(() => page().includes('Contoso Root CA'));
    expect(page()).not.toContain('Not saved yet.');
    named('button', 'Remove /etc/ssl/contoso.pem').click();
    flushSync();
    expect(page()).not.toContain('Contoso Root CA');
    expect(page()).toContain('Not saved yet.');
    named<HTMLInputElement>('input', 'None').click();
    flushSync();
    expect(page()).not.toContain('Proxy address');
    named('button', 'Save').click();
    await until(() => hearth.app?.network.settings.proxy.kind === 'direct');
  });

  it('lists certificates with what is wrong with them, and takes them away', async () => {
    const { named, hearth, host } = await mounted({ world: 'several' });
    hearth.settings('network');
    await until(() => page().includes('Contoso Root CA'));
    expect(page()).toContain('/home/you/old.pem holds no certificate');
    named('button', 'Remove /home/you/old.pem').click();
    flushSync();
    expect(page()).toContain('Not saved yet.');
    host.certificateFile = { path: '/tmp/x', certificates: [], problem: bareReport('pem-unreadable') };
    named('button', 'Add PEM file').click();
    await until(() => document.querySelector('[role="alert"]') !== null);
    named('button', 'Save').click();
    await until(() => hearth.app?.network.settings.certificates.length === 1);
  });

  it('is where a failure of the proxy leads, with what was typed elsewhere still there', async () => {
    const { named, hearth } = await mounted({ world: 'several' });
    hearth.settings('connections', 'new');
    await until(() => hearth.form !== null && document.querySelector('main form') !== null);
    if (hearth.form) hearth.form.endpoint = 'half-typed';
    hearth.show('network');
    hearth.want('proxy');
    await until(() => page().includes('Network and certificates'));
    flushSync();
    expect(document.activeElement).toBe(named('input', 'Proxy address'));
    named('button', 'Connections').click();
    flushSync();
    expect(named<HTMLInputElement>('input', 'Endpoint').value).toBe('half-typed');
  });
});
