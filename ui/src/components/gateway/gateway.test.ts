import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeHost, type FakeOptions } from '../../host/fake';
import { bareReport } from '../../host/host';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];

async function section(options: FakeOptions = { world: 'connected' }) {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  mounted.hearth.settings('gateway');
  await until(() => page().includes('Lend to other programs'));
  flushSync();
  return mounted;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const page = () => document.querySelector('main')?.textContent?.replace(/\s+/g, ' ') ?? '';
const side = () => document.querySelector('nav')?.textContent?.replace(/\s+/g, ' ') ?? '';
const fill = (field: HTMLInputElement | HTMLTextAreaElement, text: string) => {
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
  flushSync();
};

describe('the switch', () => {
  it('lends, makes a key where there is none, and says where programs find it', async () => {
    const { named, host } = await section();
    expect(page()).toContain('Off. No other program can ask.');
    expect(page()).toContain('No keys');
    expect(page()).toContain('No requests yet');
    const lend = named('button', 'Lend to other programs');
    expect(lend.getAttribute('aria-checked')).toBe('false');
    lend.click();
    await until(() => page().includes('Running, and lending contoso-ai.'));
    expect(page()).toContain('http://127.0.0.1:4000');
    expect(page()).toContain('claude-opus-5-5');
    expect(lend.getAttribute('aria-checked')).toBe('true');
    named('button', 'Copy address').click();
    await until(() => host.log.includes('copy http://127.0.0.1:4000'));
    lend.click();
    await until(() => page().includes('Off. No other program can ask.'));
    expect(host.lent.view().keys).toHaveLength(1);
  });

  it('shows why it does not run, and runs once another port is chosen', async () => {
    const { named } = await section({ world: 'connected', takenPort: 4000 });
    named('button', 'Lend to other programs').click();
    await until(() => page().includes('127.0.0.1:4000 is in use.'));
    expect(document.querySelector('main [role="alert"]')?.textContent).toContain(
      'Another program listens there already',
    );
    const port = named<HTMLInputElement>('input', 'Port');
    fill(port, '4ooo');
    await until(() => page().includes('A port is a whole number from 0 to 65535.'));
    expect(port.getAttribute('aria-invalid')).toBe('true');
    fill(port, '4001');
    await until(() => page().includes('http://127.0.0.1:4001'));
    expect(port.getAttribute('aria-invalid')).toBe('false');
    expect(page()).toContain('Saved');
  });

  it('leads to a connection where there is none to lend', async () => {
    const { named, hearth } = await section({ world: 'first-run' });
    named('button', 'Lend to other programs').click();
    await until(() => document.querySelector('main [role="alert"]') !== null);
    const lead = document.querySelector<HTMLElement>('main [role="alert"] button.main');
    lead?.click();
    expect(hearth.page).toEqual({ kind: 'settings', section: 'connections' });
  });

  it('keeps a key in memory only where the person says so', async () => {
    const { named, host } = await section({ world: 'connected', keyring: 'missing' });
    named('button', 'Lend to other programs').click();
    await until(() => page().includes('No keyring on this desktop'));
    expect(host.lent.view().keys).toEqual([]);
    named('button', 'Make a key for this run only').click();
    await until(() => page().includes('Running, and lending contoso-ai.'));
    expect(page()).toContain('for this run only');
  });
});

it('leads from the switch to a program that asks, and has what is seldom chosen behind that', async () => {
  await section({ world: 'several' });
  const inOrder = [
    'Lend to other programs',
    'http://127.0.0.1:4000',
    'Connection that is lent',
    'Keys',
    'Set up a program',
    'Leave out what a model does not take',
    'Web pages that may ask',
    'Requests',
  ];
  const places = inOrder.map((words) => page().indexOf(words));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((one, other) => one - other));
});

describe('what is chosen', () => {
  it('says beside its field that it was saved, or why not', async () => {
    const { named, host } = await section();
    const origins = named<HTMLTextAreaElement>('textarea', 'Web pages that may ask');
    fill(origins, 'tool.example.com');
    await until(() => page().includes('“tool.example.com” cannot be used.'));
    expect(origins.getAttribute('aria-invalid')).toBe('true');
    expect(origins.value).toBe('tool.example.com');
    fill(origins, 'https://tool.example.com');
    await until(() => host.lent.view().settings.origins.length === 1);
    await until(() => origins.getAttribute('aria-invalid') === 'false');
    named<HTMLInputElement>('input', 'Leave out what a model does not take').click();
    await until(() => host.lent.view().settings.dropParams);
    named<HTMLInputElement>('input', 'Without a limit, use the model’s own').click();
    await until(() => host.lent.view().settings.modelLimit);
  });

  it('names the connection that is lent, also one that was removed', async () => {
    const { named, host, hearth } = await section({ world: 'several' });
    const which = () => named('button', 'Connection that is lent').textContent?.trim();
    expect(which()).toBe('The one in use (contoso-ai)');
    await host.saveGateway({ ...host.lent.view().settings, connection: 'k1' });
    await until(() => which() === 'fabrikam-ai');
    await until(() => page().includes('Running, and lending fabrikam-ai.'));
    await hearth.host.removeConnection('k1');
    await until(() => which() === 'One that was removed');
  });
});

describe('the keys', () => {
  it('are told with what they may and when they were used, and never shown', async () => {
    const { host } = await section({ world: 'several' });
    const rows = [...document.querySelectorAll('main section li')].map(
      (row) => row.textContent?.replace(/\s+/g, ' ').trim() ?? '',
    );
    expect(rows[0]).toMatch(/Editor hearth-…a81c.*in the system keyring · all models · used 4 minutes ago/);
    expect(rows[1]).toMatch(/sonnet-team, haiku-batch · until Dec 31, 2099/);
    expect(rows[2]).toMatch(/Expired.*ended Mar 31, 2026 · never used/);
    expect(rows[3]).toMatch(/The keyring does not give this key/);
    expect(host.lent.view().keys).toHaveLength(4);
  });

  it('are made, copied by the host, changed, and removed after a question', async () => {
    const { named, host } = await section({ world: 'connected' });
    named('button', 'Make a key').click();
    flushSync();
    const name = named<HTMLInputElement>('input', 'Name');
    expect(document.activeElement).toBe(name);
    named('button', 'Make it').click();
    await until(() => page().includes('Enter a name.'));
    expect(name.getAttribute('aria-invalid')).toBe('true');
    fill(name, 'My editor');
    const last = named<HTMLInputElement>('input', 'Last day');
    fill(last, '2020-06-30');
    named('button', 'Make it').click();
    await until(() => page().includes('This day is over in UTC.'));
    await until(() => document.activeElement === last);
    expect(last.getAttribute('aria-invalid')).toBe('true');
    fill(last, '2099-06-30');
    named('button', 'Make it').click();
    await until(() => page().includes('Made. Copy it from the list.'));
    const copy = named('button', 'Copy the key My editor');
    await until(() => document.activeElement === copy);
    copy.click();
    await until(() => host.log.includes('copy key My editor'));

    named('button', 'Change the key My editor').click();
    flushSync();
    expect(page()).toContain('Change “My editor”');
    named<HTMLInputElement>('input', 'These only').click();
    flushSync();
    expect(page()).toContain('Switch the gateway on to see the models.');
    // Escape gives up the change from wherever it is pressed, and does not leave the settings.
    const radio = named<HTMLInputElement>('input', 'These only');
    radio.focus();
    radio.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    await until(() => document.activeElement === named('button', 'Change the key My editor'));
    named('button', 'Change the key My editor').click();
    flushSync();
    named('button', 'Cancel').click();
    await until(() => document.activeElement === named('button', 'Change the key My editor'));
    expect(page()).not.toContain('Change “My editor”');

    named('button', 'Remove the key My editor').click();
    flushSync();
    const asked = document.querySelector('[role="alertdialog"]');
    expect(asked?.textContent).toContain('Programs that ask with it are refused at once.');
    expect(host.lent.view().keys).toHaveLength(1);
    named('button', 'Remove').click();
    await until(() => host.lent.view().keys.length === 0);
    await until(() => page().includes('No keys'));
    expect(page()).toContain('Removed.');
    await until(() => document.activeElement === named('button', 'Make a key'));
  });

  it('can be for some models only', async () => {
    const { named, host } = await section({ world: 'several' });
    named('button', 'Make a key').click();
    flushSync();
    fill(named<HTMLInputElement>('input', 'Name'), 'Batch');
    named<HTMLInputElement>('input', 'These only').click();
    flushSync();
    named('button', 'Make it').click();
    await until(() => page().includes('Choose one at least.'));
    await until(() => document.activeElement === named('input', 'claude-opus-5-5'));
    named<HTMLInputElement>('input', 'haiku-batch').click();
    flushSync();
    named('button', 'Make it').click();
    await until(() => host.lent.view().keys.at(-1)?.models?.join() === 'haiku-batch');
  });

  it('are left alone where another window removed the one that is being changed', async () => {
    const { named, host } = await section({ world: 'several' });
    named('button', 'Change the key Editor').click();
    flushSync();
    expect(page()).toContain('Change “Editor”');
    await host.removeGatewayKey('gk-Editor');
    await until(() => !page().includes('hearth-…a81c'));
    expect(page()).not.toContain('Change “Editor”');
    expect(named('button', 'Make a key').getAttribute('aria-expanded')).toBe('false');
  });

  it('say why one cannot be copied', async () => {
    const { named, host, hearth } = await section({ world: 'several' });
    host.copyGatewayKey = async () => {
      throw bareReport('keyring-locked');
    };
    named('button', 'Copy the key Editor').click();
    await until(() => hearth.toasts.shown.some(({ text }) => text === 'The keyring is locked'));
  });
});

describe('setting up a program', () => {
  it('shows no key, and copies one', async () => {
    const { named, host } = await section({ world: 'several' });
    const shown = () => document.querySelector('main pre')?.textContent ?? '';
    expect(shown()).toContain('YOUR-KEY');
    expect(page()).toContain('What is copied holds the key; what is shown does not.');
    // The newest that a program could ask with.
    named('button', 'Copy the set-up for OpenAI, Python').click();
    await until(() => host.log.includes('copy snippet open_ai_python Nightly evaluation'));
    await host.saveGatewayKey({
      id: null,
      name: 'Just made',
      models: null,
      expires: null,
      thisRunOnly: false,
    });
    await until(() => named('button', 'With the key').textContent?.trim() === 'Just made');
    named('[role="tab"]', 'Claude Code').click();
    flushSync();
    named('button', 'Copy the set-up for Claude Code').click();
    await until(() => host.log.includes('copy snippet claude_code Just made'));
    // What has ended, or is lost, is of no use to a program.
    for (const { id } of host.lent.view().keys.filter((key) => key.place !== null && !key.expired))
      await host.removeGatewayKey(id);
    await until(() => named('button', 'With the key').textContent?.trim() === 'None yet');
    expect(page()).toContain('There is no key to use, so what is copied says YOUR-KEY. Make one first.');
    expect(page()).not.toContain('What is copied holds the key');
    named('button', 'Copy the set-up for Claude Code').click();
    await until(() => host.log.includes('copy snippet claude_code YOUR-KEY'));
  });
});

it('shows requests while they come, with how they ended', async () => {
  const { host } = await section({ world: 'several' });
  const rows = () =>
    [...document.querySelectorAll('main table tbody tr')].map((row) =>
      [...row.children].map((cell) => cell.textContent?.trim()).join(' '),
    );
  expect(page()).toContain('5 today, 2 of them not answered well. 185,018 tokens asked, 9,552 answered.');
  expect(rows()).toHaveLength(5);
  host.lent.asks({ key: 'Editor', model: 'experiment', status: 401, ending: 'refused', inputTokens: null });
  await until(() => rows().length === 6);
  expect(rows()[0]).toMatch(/Editor experiment 401 2\.3 s – 388/);
});

it('says so when nothing could be found out, and asks again', async () => {
  const host = new FakeHost({ world: 'connected', pace: 0 });
  const { gateway } = host;
  host.gateway = async () => {
    throw bareReport('internal');
  };
  const mounted = await mountedWindow({}, host);
  open.push(mounted);
  mounted.hearth.settings('gateway');
  await until(() => page().includes('How the gateway is could not be found out'));
  host.gateway = gateway;
  mounted.named('button', 'Try again').click();
  await until(() => page().includes('Off. No other program can ask.'));
});

describe('the foot of the sidebar', () => {
  it('tells of the gateway while it is on, and leads to it', async () => {
    const mounted = await mountedWindow({ world: 'connected' });
    open.push(mounted);
    const { host, hearth } = mounted;
    await until(() => hearth.gateway.view !== null);
    flushSync();
    expect(side()).not.toContain('Gateway');
    await host.saveGateway({ ...host.lent.view().settings, on: true });
    await until(() => side().includes('Gateway 127.0.0.1:4000'));
    const line = [...document.querySelectorAll<HTMLElement>('nav button')].find((one) =>
      one.textContent?.includes('Gateway'),
    );
    line?.click();
    await until(() => page().includes('Running, and lending contoso-ai.'));
    expect(line?.getAttribute('aria-current')).toBe('page');
    host.lent.takenPort = 4000;
    host.lent.asks({});
    await until(() => side().includes('Gateway Another program listens there already'));
  });

  it('names the resource once where the connection has its name', async () => {
    const mounted = await mountedWindow({ world: 'connected' });
    open.push(mounted);
    const { hearth } = mounted;
    expect(side().split('contoso-ai.services.ai.azure.com').length - 1).toBe(1);
    hearth.settings();
    const form = hearth.form;
    if (!form) throw new Error('no form');
    await form.settled();
    await hearth.host.saveConnection({ ...form.draft(), name: 'contoso-ai.services.ai.azure.com' });
    await until(() => side().includes('contoso-ai.services.ai.azure.com'));
    await until(() => hearth.app?.connections[0]?.name === 'contoso-ai.services.ai.azure.com');
    flushSync();
    expect(side().split('contoso-ai.services.ai.azure.com').length - 1).toBe(1);
  });
});
