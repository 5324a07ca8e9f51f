import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { ConnectionView, SignInView } from '../host/types';
import { statusOf } from './connection-status';
import type { Hearth } from './hearth.svelte';
import { NetworkForm } from './network-form.svelte';
import { statusText } from './setup-labels';
import { SignIn } from './sign-in.svelte';
import { startedWindow, until } from './testing/window';

/** A place where somebody signs in, as a panel opens it. */
function signInOf(hearth: Hearth): SignIn {
  const signIn = new SignIn(hearth.host);
  hearth.setup.signIns.open(signIn);
  return signIn;
}

/** The network's form, as its page opens it. */
function networkOf(hearth: Hearth): NetworkForm {
  const { app } = hearth;
  if (!app) throw new Error('no state');
  const form = new NetworkForm(hearth.host, app.network);
  hearth.setup.keepNetwork(form);
  return form;
}

const PLACE = { tenant: '', clientId: '', scope: '', authority: '' };

describe('signing in', () => {
  it('waits for the person, and brings what a form can save', async () => {
    const { hearth, host } = await startedWindow();
    const signIn = signInOf(hearth);
    await signIn.start('device_code', PLACE, null);
    expect(signIn.waiting?.userCode).toMatch(/^[A-Z0-9]{9}$/);
    host.finishSignIn();
    expect(signIn.waiting).toBeNull();
    expect(signIn.done).toMatchObject({ account: 'ada@contoso.com', entra: PLACE });

    hearth.settings('connections', 'new');
    const form = hearth.form;
    if (!form || !signIn.done) throw new Error('no form');
    form.endpoint = 'contoso-ai';
    form.credential.kind = 'sign_in';
    form.credential.signedIn(signIn.done.id, PLACE);
    const [row] = form.rows;
    if (row) row.name = 'claude-sonnet-5';
    await hearth.saveConnection(form);
    expect(hearth.app?.connections[0]?.credential.state).toMatchObject({ account: 'ada@contoso.com' });
  });

  it('keeps at once what is for a saved connection', async () => {
    const { hearth, host } = await startedWindow({ world: 'several' });
    const signIn = signInOf(hearth);
    await signIn.start('browser', PLACE, 'k1');
    host.account = 'grace@contoso.com';
    host.finishSignIn();
    expect(signIn.done?.id).toBeNull();
    await until(() => JSON.stringify(hearth.app).includes('grace@contoso.com'));
  });

  it('says why it failed, can begin anew, and gives up what nobody looks at', async () => {
    const { hearth, host } = await startedWindow();
    const signIn = signInOf(hearth);
    await signIn.start('browser', PLACE, null);
    host.finishSignIn({ kind: 'failed', error: bareReport('sign-in-declined') });
    expect(signIn.error?.code).toBe('sign-in-declined');
    await signIn.start('browser', PLACE, null);
    expect(signIn.error).toBeNull();
    signIn.close();
    await until(() => signIn.waiting === null);
    expect(() => host.finishSignIn()).toThrow('no sign-in waits');
  });

  it('asks how far it is after events were missed', async () => {
    const { hearth, host } = await startedWindow();
    const signIn = signInOf(hearth);
    await signIn.start('browser', PLACE, null);
    const { receive } = hearth.setup.signIns;
    hearth.setup.signIns.receive = () => {};
    host.finishSignIn();
    expect(signIn.isWaiting).toBe(true);
    hearth.setup.signIns.receive = receive;
    hearth.receive([{ kind: 'missed' }]);
    await until(() => signIn.done !== null);

    await signIn.start('browser', PLACE, null);
    host.signInView = async () => null;
    hearth.receive([{ kind: 'missed' }]);
    await until(() => !signIn.isWaiting);
    expect(signIn.state.kind).toBe('idle');
  });

  it('gives up what was closed before it began, and what nobody took', async () => {
    const { hearth, host } = await startedWindow();
    const cancelled: string[] = [];
    const { cancelSignIn } = host;
    host.cancelSignIn = (id) => {
      cancelled.push(id);
      return cancelSignIn.call(host, id);
    };
    const early = signInOf(hearth);
    const starting = early.start('browser', PLACE, null);
    early.close();
    await starting;
    await until(() => cancelled.length === 1);
    const unused = signInOf(hearth);
    await unused.start('browser', PLACE, null);
    host.finishSignIn();
    unused.close();
    await until(() => cancelled.length === 2);
  });

  it('loses nothing that happens before the call is answered', async () => {
    const done: SignInView = {
      id: 's9',
      method: 'browser',
      connection: null,
      state: { kind: 'done', account: 'ada@contoso.com', token: null },
    };
    const { host } = await startedWindow();
    const signIn = new SignIn(host);
    host.startSignIn = async () => {
      signIn.receive(done);
      return {
        ...done,
        state: { kind: 'waiting', url: 'https://example.com', userCode: null, expiresAt: 0 },
      };
    };
    await signIn.start('browser', PLACE, null);
    expect(signIn.done?.account).toBe('ada@contoso.com');
  });
});

describe('importing', () => {
  it('finds the environment, chooses what can be taken, and saves only when it is told to', async () => {
    const { hearth, host } = await startedWindow({ world: 'offer' });
    const { imports } = hearth.setup;
    await imports.look();
    await imports.look();
    expect(imports.offers).toHaveLength(1);
    expect(imports.count).toBe(1);
    expect(hearth.app?.connections).toEqual([]);
    hearth.settings('import');
    await hearth.setup.acceptImports();
    expect(host.log).toContain('import 0');
    expect(hearth.app?.connections[0]?.credential.state).toMatchObject({ lastFour: '7f3a' });
    expect(hearth.page.kind).toBe('chat');
    expect(imports.offers).toEqual([]);
    expect(host.log).toContain('drop import');
  });

  it('reads what is pasted, and says when that describes nothing', async () => {
    const { hearth } = await startedWindow();
    const { imports } = hearth.setup;
    imports.text = 'hello';
    expect(await imports.readText(imports.text)).toBe(false);
    expect(imports.reading).toMatchObject({ kind: 'failed', error: { code: 'import-empty' } });
    expect(imports.text).toBe('hello');
    imports.text = 'AZURE_API_KEY=abcd-efgh-1234';
    expect(await imports.readText(imports.text)).toBe(true);
    // What was pasted holds a secret: it does not stay on the page.
    expect(imports.text).toBe('');
    expect(imports.offers[0]?.connections[0]?.lastFour).toBe('1234');
  });

  it('takes what is chosen of several, and leaves what has a problem unchosen', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    const { imports } = hearth.setup;
    host.importFile = { path: '/home/you/config.yaml', text: 'model_list:\n  model: azure_ai/sonnet-team\n' };
    hearth.settings('import');
    await imports.readFile();
    const [offer] = imports.offers;
    if (!offer) throw new Error('no offer');
    expect([0, 1].map((index) => imports.isChosen(offer.id, index))).toEqual([true, false]);
    await hearth.setup.acceptImports();
    expect(hearth.app?.connections.map(({ name }) => name)).toEqual(['contoso-ai', 'contoso-ai']);
    expect(hearth.page).toEqual({ kind: 'settings', section: 'connections' });
  });

  it('tells what was saved before something was refused, and does not save it again', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    const { imports } = hearth.setup;
    host.importFile = { path: '/home/you/config.yaml', text: 'model_list:\n  model: azure_ai/sonnet-team\n' };
    hearth.settings('import');
    await imports.readFile();
    const [offer] = imports.offers;
    if (!offer) throw new Error('no offer');
    imports.choose(offer.id, 1, true);
    await hearth.setup.acceptImports();
    expect(imports.saving).toMatchObject({ kind: 'failed', error: { code: 'credential-missing' } });
    expect(hearth.app?.connections).toHaveLength(2);
    expect(imports.offers[0]?.connections.map(({ saved }) => saved)).toEqual([true, false]);
    expect([0, 1].map((index) => imports.isChosen(offer.id, index))).toEqual([false, true]);
    expect(hearth.page).toEqual({ kind: 'settings', section: 'import' });
    imports.choose(offer.id, 0, true);
    await hearth.setup.acceptImports();
    expect(hearth.app?.connections).toHaveLength(2);
  });

  it('says that a header brings a secret', async () => {
    const { hearth } = await startedWindow();
    const { imports } = hearth.setup;
    await imports.readText("curl https://contoso-ai.services.ai.azure.com -H 'x-team: 1'");
    expect(imports.offers[0]?.connections[0]).toMatchObject({ lastFour: null, headers: ['x-team'] });
    expect(imports.bringsSecret).toBe(true);
  });

  it('asks before it keeps a secret in memory, and forgets an offer that is left out', async () => {
    const { hearth, host } = await startedWindow({ world: 'offer', keyring: 'missing' });
    const { imports } = hearth.setup;
    await imports.look();
    expect(imports.bringsSecret).toBe(true);
    await hearth.setup.acceptImports();
    expect(imports.saving).toMatchObject({ kind: 'failed', error: { code: 'keyring-missing' } });
    imports.thisRunOnly = true;
    await hearth.setup.acceptImports();
    expect(hearth.app?.connections[0]?.credential.state).toMatchObject({ kept: 'this_run' });

    await imports.readText('AZURE_API_KEY=abcd-efgh-1234');
    const [offer] = imports.offers;
    await imports.drop(offer?.id ?? '');
    expect(imports.count).toBe(0);
    expect(host.log.filter((line) => line === 'drop import')).toHaveLength(2);
  });

  it('takes out of the field what describes a whole connection', async () => {
    const { hearth } = await startedWindow();
    hearth.settings();
    const form = hearth.form;
    if (!form) throw new Error('no form');
    form.endpoint =
      'export AZURE_API_BASE=https://contoso-ai.services.ai.azure.com\nexport AZURE_API_KEY=abcd-7f3a';
    await form.settled();
    expect(form.preview?.importable).toBe(true);
    await hearth.setup.readInstead(form);
    expect(form.endpoint).toBe('');
    expect(hearth.page).toEqual({ kind: 'settings', section: 'import' });
    expect(hearth.setup.imports.count).toBe(1);
  });
});

describe('the network', () => {
  it('shows what is saved, and saves what was changed', async () => {
    const { hearth, host } = await startedWindow({ world: 'several' });
    const form = networkOf(hearth);
    expect(form.isChanged).toBe(false);
    expect(form.files.map(({ problem }) => problem?.code ?? null)).toEqual([null, 'pem-unreadable']);
    expect(form.proxy.keepsPassword).toBe(true);
    form.proxy.user = 'grace';
    expect(form.proxy.keepsPassword).toBe(false);
    form.proxy.user = 'ada';

    form.removeFile('/home/you/old.pem');
    form.proxy.url = 'http://ada:s3cret@other.example.com:3128';
    expect(form.isChanged).toBe(true);
    await hearth.setup.saveNetwork();
    expect(form.isChanged).toBe(false);
    expect(form.proxy.password).toBe('');
    expect(hearth.app?.network.settings).toMatchObject({
      proxy: { kind: 'manual', url: 'http://other.example.com:3128', user: 'ada' },
      certificates: ['/etc/ssl/contoso.pem'],
    });
    expect(host.log.join()).not.toContain('s3cret');
  });

  it('uses no file that cannot be read, and says why', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    const form = networkOf(hearth);
    await form.addFile();
    expect(form.files).toEqual([]);
    const problem = bareReport('pem-unreadable');
    host.certificateFile = { path: '/tmp/notes.txt', certificates: [], problem };
    await form.addFile();
    expect(form.files).toEqual([]);
    expect(form.problem?.code).toBe('pem-unreadable');
    host.certificateFile = { path: '/tmp/root.pem', certificates: [], problem: null };
    await form.addFile();
    await form.addFile();
    expect(form.files.map(({ path }) => path)).toEqual(['/tmp/root.pem']);
    expect(form.problem).toBeNull();
  });

  it('follows what was changed elsewhere, unless somebody is typing', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    const form = networkOf(hearth);
    await host.trustCertificate('-----BEGIN CERTIFICATE-----');
    await until(() => form.files.length === 1);
    form.proxy.kind = 'direct';
    await host.trustCertificate('-----BEGIN CERTIFICATE-----');
    await until(() => hearth.app?.network.certificates.length === 2);
    expect(form.files).toHaveLength(1);
    expect(form.proxy.kind).toBe('direct');
  });

  it('refuses a proxy without an address, and one that is no address', async () => {
    const { hearth } = await startedWindow({ world: 'connected' });
    const form = networkOf(hearth);
    form.proxy.kind = 'manual';
    await hearth.setup.saveNetwork();
    expect(form.proxyProblem).toBe('address');
    form.proxy.url = 'http://proxy.example.com:8080';
    form.proxy.password = 'of-nobody';
    await hearth.setup.saveNetwork();
    expect(form.proxyProblem).toBe('user');
    form.proxy.password = '';
    form.proxy.url = 'not a proxy';
    await hearth.setup.saveNetwork();
    expect(form.saving).toMatchObject({ kind: 'failed', error: { code: 'proxy-invalid' } });
    expect(form.proxy.url).toBe('not a proxy');
  });
});

describe('how a connection stands', () => {
  it.each<[string, string, string]>([
    ['k0', 'good', 'ready'],
    ['k1', 'good', 'ready'],
    ['k2', 'warn', 'waits for your word on its command'],
    ['k3', 'bad', 'its token has expired'],
  ])('%s is %s: %s', async (id, tone, text) => {
    const { hearth } = await startedWindow({ world: 'several' });
    const connection = hearth.app?.connections.find((one) => one.id === id);
    if (!connection) throw new Error('no connection');
    const now = Date.now();
    const status = statusOf(connection, now);
    expect(status.tone).toBe(tone);
    expect(statusText(status, connection.credential.choice, now)).toBe(text);
  });

  it('warns before a token ends that nothing renews', async () => {
    const { hearth } = await startedWindow({ world: 'several' });
    const token = hearth.app?.connections.find(({ id }) => id === 'k3') as ConnectionView;
    const end = token.credential.token?.expiresAt ?? 0;
    expect(statusOf(token, end - 3_600_000).tone).toBe('good');
    const soon = statusOf(token, end - 600_000);
    expect(soon.tone).toBe('warn');
    expect(statusText(soon, token.credential.choice, end - 600_000)).toBe('its token ends in 10 minutes');
  });
});
