import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import { bareReport } from '../../host/host';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];

async function settings(world: FakeOptions['world'], connection?: string, more: FakeOptions = {}) {
  const mounted = await mountedWindow({ world, ...more });
  open.push(mounted);
  mounted.hearth.settings('connections', connection);
  await until(() => document.querySelector('main[aria-label="Settings"] form') !== null);
  const form = mounted.hearth.form;
  if (!form) throw new Error('no form');
  await form.settled();
  flushSync();
  return { ...mounted, form };
}

afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

const page = () => document.querySelector('main')?.textContent?.replace(/\s+/g, ' ') ?? '';
const rows = () => [...document.querySelectorAll('ul[aria-label="Saved connections"] > li')];

describe('the list', () => {
  it('says how each connection stands, and switches what is asked', async () => {
    const { named, hearth } = await settings('several');
    const told = rows().map((row) => row.textContent?.replace(/\s+/g, ' ').trim() ?? '');
    expect(told).toHaveLength(4);
    expect(told[0]).toMatch(/contoso-ai.*API key · ready.*In use/);
    expect(told[1]).toMatch(/Microsoft account · ready.*Use/);
    expect(told[2]).toMatch(/waits for your word on its command/);
    expect(told[3]).toMatch(/its token has expired/);
    named('button', 'Use fabrikam-ai').click();
    await until(() => hearth.app?.active === 'k1');
    flushSync();
    expect(rows()[1]?.textContent).toContain('In use');
    named('button', 'Use contoso-ai');
  });

  it('shows in the form the connection that is pressed, and leaves the one in use as it is', async () => {
    const { named, hearth } = await settings('several');
    const row = named<HTMLButtonElement>('button', 'litware-ai');
    row.click();
    flushSync();
    expect(row.getAttribute('aria-pressed')).toBe('true');
    expect(named<HTMLInputElement>('input', 'Program').value).toBe('/usr/local/bin/print-key');
    expect(hearth.app?.active).toBe('k0');
  });

  it('tells what the Doctor found on a connection', async () => {
    const { form } = await settings('several');
    const [row] = form.rows;
    if (row) row.name = 'fault-key-refused';
    await form.test();
    await until(() => !form.busy);
    flushSync();
    expect(rows()[0]?.textContent).toContain('Chat does not work');
  });

  it('removes a connection only after a question', async () => {
    const { named, hearth } = await settings('several', 'k3');
    named('button', 'Remove connection').click();
    flushSync();
    expect(document.querySelector('[role="alertdialog"]')?.textContent).toContain(
      'Its secrets, kept for this run only, are forgotten',
    );
    named('button', 'Remove').click();
    await until(() => hearth.app?.connections.length === 3);
    expect(hearth.app?.connections.some(({ id }) => id === 'k3')).toBe(false);
  });
});

describe('the credential', () => {
  it('has the fields of its kind, each with a name', async () => {
    const { named, form } = await settings('first-run');
    named('button', 'Credential');
    named('input', 'API key');
    form.credential.kind = 'client_secret';
    for (const name of ['Client secret', 'Tenant', 'Client id']) named('input', name);
    for (const name of ['Scope', 'Cloud']) named('button', name);
    form.credential.kind = 'workload_identity';
    named('input', 'File with the federated token');
    form.credential.kind = 'azure_cli';
    flushSync();
    expect(page()).not.toContain('Client id');
    form.credential.kind = 'token';
    named('input', 'Token');
    form.credential.kind = 'managed_identity';
    flushSync();
    expect(page()).not.toContain('Tenant');
    named('input', 'Client id');
  });

  it('leads to the tenant that is missing', async () => {
    const { named, form } = await settings('first-run');
    form.endpoint = 'contoso-ai';
    form.credential.kind = 'client_secret';
    form.credential.secret = 'secret';
    flushSync();
    named('button', 'Save').click();
    await until(() => form.refusal !== null);
    flushSync();
    expect(document.activeElement).toBe(named('input', 'Tenant'));
    expect(page()).toContain('Enter the directory’s id or domain.');
  });

  it('starts no command before it is agreed to, as it is shown', async () => {
    const { named, form, hearth } = await settings('several', 'k2');
    const shown = [...document.querySelectorAll('.command code')].map((code) => code.textContent);
    expect(shown).toEqual(['/usr/local/bin/print-key', '--team', 'ai']);
    named('button', 'Save').click();
    await until(() => form.refusal !== null);
    flushSync();
    const agree = named<HTMLInputElement>('input', 'I agree that Hearth starts this command');
    // The label holds the box: it is found by its text.
    expect(document.activeElement).toBe(agree);
    agree.click();
    flushSync();
    named('button', 'Save').click();
    await until(() => hearth.app?.connections[2]?.credential.state.kind === 'ambient');
  });

  it('says when a token ended, and asks for another', async () => {
    const { named } = await settings('several', 'k3');
    const field = named<HTMLInputElement>('input', 'Token');
    expect(field.placeholder).toContain('Qx9w');
    expect(page()).toMatch(/This token ended on .+\. Enter a new one\./);
  });

  it('asks to keep any secret for this run where there is no keyring', async () => {
    const { named, form } = await settings('first-run', undefined, { keyring: 'missing' });
    named('input', 'Keep for this run only');
    form.credential.kind = 'azure_cli';
    flushSync();
    expect(page()).not.toContain('Keep for this run only');
    form.proxy.kind = 'manual';
    form.proxy.password = 'secret';
    named('input', 'Keep for this run only');
  });
});

describe('a sign-in', () => {
  it('shows a code, counts down, and says who is signed in', async () => {
    const { named, form, host, hearth } = await settings('first-run');
    form.endpoint = 'contoso-ai';
    form.credential.kind = 'sign_in';
    named('button', 'Use a code instead').click();
    await until(() => document.querySelector('output') !== null);
    expect(named('output', 'Code to enter').textContent).toBe('F7K9QXWZ3');
    expect(page()).toMatch(/Valid for 1[45]:\d\d/);
    named('button', 'Copy code').click();
    named('button', 'Open page').click();
    await until(() => host.log.some((line) => line.startsWith('open ')));
    expect(host.log).toContain('copy F7K9QXWZ3');
    host.finishSignIn();
    flushSync();
    expect(page()).toContain('Signed in as ada@contoso.com');
    expect(page()).toContain('Save the connection to keep the sign-in.');
    const [row] = form.rows;
    if (row) row.name = 'claude-sonnet-5';
    named('button', 'Save').click();
    await until(() => hearth.app?.connections.length === 1);
    expect(hearth.app?.connections[0]?.credential.state.kind).toBe('signed_in');
  });

  it('waits for the browser, can be given up, and says why it failed', async () => {
    const { named, form, host } = await settings('first-run');
    form.credential.kind = 'sign_in';
    named('button', 'Sign in with your browser').click();
    await until(() => page().includes('Finish signing in in your browser.'));
    named('button', 'Open the page again');
    named('button', 'Copy link');
    named('button', 'Cancel').click();
    flushSync();
    named('button', 'Sign in with your browser').click();
    await until(() => page().includes('Finish signing in in your browser.'));
    host.finishSignIn({ kind: 'failed', error: bareReport('sign-in-declined') });
    flushSync();
    expect(document.querySelector('[role="alert"]')).not.toBeNull();
    named('button', 'Sign in with your browser');
  });

  it('goes on while the person looks elsewhere, and is given up with its form', async () => {
    const { named, form, host, hearth } = await settings('first-run');
    form.credential.kind = 'sign_in';
    named('button', 'Sign in with your browser').click();
    await until(() => page().includes('Finish signing in in your browser.'));
    hearth.show('network');
    await until(() => page().includes('Network and certificates'));
    host.finishSignIn();
    hearth.show('connections');
    await until(() => page().includes('Signed in as ada@contoso.com'));
    expect(form.draft().credential.signIn).not.toBeNull();

    named('button', 'Sign in again').click();
    await until(() => page().includes('Finish signing in in your browser.'));
    named('button', 'Discard changes').click();
    flushSync();
    await hearth.form?.settled();
    expect(hearth.form).not.toBe(form);
    expect(() => host.finishSignIn()).toThrow('no sign-in waits');
  });

  it('is made anew for a saved connection, from wherever somebody asks for it', async () => {
    const { named, host, hearth } = await settings('several');
    hearth.setup.signInAgain('k1');
    flushSync();
    await hearth.form?.settled();
    const again = named('button', 'Sign in again');
    expect(document.activeElement).toBe(again);
    again.click();
    await until(() => host.log.includes('sign in browser'));
    host.account = 'grace@contoso.com';
    host.finishSignIn();
    await until(() => page().includes('Signed in as grace@contoso.com'));
    expect(page()).not.toContain('Save the connection to keep the sign-in.');
  });
});

describe('what the Doctor offers to do', () => {
  async function walked(code: string) {
    const mounted = await settings('several', 'k1');
    const { form } = mounted;
    const [row] = form.rows;
    if (row) row.name = `fault-${code}`;
    await form.test();
    await until(() => !form.busy);
    flushSync();
    return mounted;
  }

  it('changes the form, and walks again with it', async () => {
    const { named, form } = await walked('token-audience');
    named('button', 'Use this scope').click();
    expect(form.credential.entra.scope).toBe('https://ai.azure.com/.default');
    await until(() => form.isWalking);
    await until(() => !form.busy);
  });

  it('leads to the part of the settings that cures it', async () => {
    const { hearth, form } = await walked('proxy-credentials');
    const fixes = [...document.querySelectorAll<HTMLButtonElement>('main ol button')];
    const fix = fixes.find((button) => !button.textContent?.includes('Details'));
    fix?.click();
    expect(hearth.page).toEqual({ kind: 'settings', section: 'network' });
    await until(() => page().includes('Network and certificates'));
    // The form is as it was, with the walk that led away from it.
    hearth.show('connections');
    expect(hearth.form).toBe(form);
  });

  it('trusts the authority that was looked at, and walks again', async () => {
    const { hearth, form, host } = await walked('certificate-untrusted');
    const press = (words: RegExp) => {
      const buttons = [...document.querySelectorAll<HTMLButtonElement>('main ol button')];
      buttons.find((button) => words.test(button.textContent ?? ''))?.click();
      flushSync();
    };
    press(/Show certificates/);
    expect(host.log).not.toContain('trust certificate');
    press(/Trust “/);
    await until(() => host.log.includes('trust certificate'));
    await until(() => hearth.app?.network.certificates.length === 3);
    await until(() => !form.busy);
  });
});

it('keeps what few need out of the way, until it holds something or is wrong', async () => {
  const { named, form } = await settings('connected');
  const more = named('button', 'More');
  expect(more.getAttribute('aria-expanded')).toBe('false');
  expect(page()).not.toContain('Extra headers');
  form.limits.texts.attempts = 'many';
  named('button', 'Save').click();
  await until(() => form.refusal !== null);
  flushSync();
  expect(more.getAttribute('aria-expanded')).toBe('true');
  expect(page()).toContain('Attempts in all: a whole number from 1 to 20.');
});

it('keeps the focus in the list when a row of it is removed', async () => {
  const { named, form } = await settings('first-run');
  named('button', 'Add deployment').click();
  await until(() => form.rows.length === 2);
  const fields = () => [
    ...document.querySelectorAll<HTMLInputElement>('input[aria-label="Deployment name"]'),
  ];
  const [first, second] = fields();
  const remove = first?.closest('li')?.querySelector<HTMLElement>('button[aria-label^="Remove"]');
  remove?.focus();
  remove?.click();
  await until(() => fields().length === 1);
  await until(() => document.activeElement === second);
});

it('opens what describes a whole connection instead of taking it for an address', async () => {
  const { named, form, hearth } = await settings('first-run');
  const field = named<HTMLInputElement>('input', 'Endpoint');
  const clipboardData = new DataTransfer();
  clipboardData.setData(
    'text/plain',
    'AZURE_API_BASE=https://contoso-ai.services.ai.azure.com\nAZURE_API_KEY=abcd-7f3a',
  );
  const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
  field.dispatchEvent(paste);
  expect(paste.defaultPrevented).toBe(true);
  await form.settled();
  flushSync();
  expect(field.getAttribute('aria-invalid')).toBe('false');
  named('button', 'Look at it').click();
  await until(() => hearth.setup.imports.count === 1);
  flushSync();
  expect(form.endpoint).toBe('');
  expect(page()).toContain('API key, ending in 7f3a');
});

describe('what is known of a deployment', () => {
  it('is told with its origin, what was measured first, and measured again when asked', async () => {
    const { named, host } = await settings('several');
    expect(page()).toContain('as documented for its model');
    named('button', 'Measure').click();
    await until(() => host.log.includes('forget claude-opus-5-5'));
  });

  it('says what the deployment itself refused', async () => {
    const { hearth, named } = await settings('several');
    const [contoso] = hearth.app?.connections ?? [];
    if (!contoso) throw new Error('no connection');
    const draft = hearth.form?.draft();
    if (!draft) throw new Error('no draft');
    await hearth.host.saveConnection({ ...draft, defaultDeployment: 'experiment' });
    await until(() => hearth.app?.connections[0]?.defaultDeployment === 'experiment');
    flushSync();
    const [first] = document.querySelectorAll('tbody tr');
    expect(first?.textContent?.replace(/\s+/g, ' ')).toMatch(
      /images No ?measured on .+ This model does not support image input\./,
    );
    named('button', 'Measure again');
  });
});
