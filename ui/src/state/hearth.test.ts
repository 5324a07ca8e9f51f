import { describe, expect, it, vi } from 'vitest';
import { bareReport } from '../host/host';
import type { AppState } from '../host/types';
import type { Hearth } from './hearth.svelte';
import { startedWindow, until } from './testing/window';

describe('the first run', () => {
  it('offers nothing to ask until there is a connection or the demo', async () => {
    const { hearth } = await startedWindow();
    expect(hearth.isFirstRun).toBe(true);
    await hearth.startDemo();
    expect(hearth.isFirstRun).toBe(false);
    expect(hearth.app?.demo).toBe(true);
    await hearth.leaveDemo();
    expect(hearth.isFirstRun).toBe(true);
  });

  it('leads from a saved connection straight to a chat, and forgets the key that was typed', async () => {
    const { hearth } = await startedWindow();
    hearth.act('connect', null);
    const form = hearth.form;
    if (!form) throw new Error('no form');
    form.endpoint = 'contoso-ai';
    form.credential.secret = 'secret-key-7f3a';
    const row = form.rows[0];
    if (row) row.name = 'claude-sonnet-5';
    await hearth.saveConnection(form);
    expect(hearth.page).toEqual({ kind: 'chat' });
    expect(hearth.app?.connections[0]?.credential).toEqual({
      choice: { kind: 'key' },
      state: { kind: 'kept', lastFour: '7f3a', kept: 'keyring' },
      token: null,
    });
    expect(form.credential.secret).toBe('');
    expect(hearth.app?.defaultDeployment).toBe('claude-sonnet-5');
  });
});

it('stays with what was asked last, however slowly an earlier question is answered', async () => {
  const { hearth, host } = await startedWindow({ world: 'several' });
  const before = await host.appState();
  let answer: (app: AppState) => void = () => undefined;
  const slow = new Promise<AppState>((done) => {
    answer = done;
  });
  vi.spyOn(host, 'appState').mockReturnValueOnce(slow);
  const earlier = hearth.reload();
  await hearth.useConnection('k1');
  await hearth.reload();
  expect(hearth.app?.active).toBe('k1');
  answer(before);
  await earlier;
  expect(before.active).not.toBe('k1');
  expect(hearth.app?.active).toBe('k1');
});

it('keeps what was typed into the form while the person looks elsewhere', async () => {
  const { hearth } = await startedWindow();
  hearth.settings();
  if (hearth.form) hearth.form.endpoint = 'contoso-ai';
  hearth.closePage();
  hearth.settings();
  expect(hearth.form?.endpoint).toBe('contoso-ai');
});

describe('what was typed into the form of a connection', () => {
  const typed = async () => {
    const window = await startedWindow({ world: 'several' });
    window.hearth.settings('connections', 'k0');
    if (window.hearth.form) window.hearth.form.name = 'Typed';
    return window;
  };

  it('is there again after a look at another one, and after another press', async () => {
    const { hearth } = await typed();
    hearth.settings('connections', 'k0');
    expect(hearth.form?.name).toBe('Typed');
    hearth.settings('connections', 'new');
    if (hearth.form) hearth.form.endpoint = 'fourth-coffee';
    hearth.settings('connections', 'k1');
    expect(hearth.form?.name).toBe('fabrikam-ai');
    hearth.settings('connections', 'k0');
    expect(hearth.form?.name).toBe('Typed');
    hearth.settings('connections', 'new');
    expect(hearth.form?.endpoint).toBe('fourth-coffee');
  });

  it('is gone once somebody discards it', async () => {
    const { hearth } = await typed();
    const form = hearth.form;
    if (!form) throw new Error('no form');
    hearth.discardForm(form);
    expect([hearth.form?.id, hearth.form?.name]).toEqual(['k0', 'contoso-ai']);
  });

  it('is gone once it is saved', async () => {
    const { hearth } = await typed();
    const form = hearth.form;
    if (!form) throw new Error('no form');
    await hearth.saveConnection(form);
    expect(hearth.form).not.toBe(form);
    expect([hearth.form?.name, hearth.form?.isChanged]).toEqual(['Typed', false]);
  });

  it('stays when the connection cannot be removed, and goes with it when it can', async () => {
    const { hearth, host } = await typed();
    const form = hearth.form;
    if (!form) throw new Error('no form');
    const { removeConnection } = host;
    host.removeConnection = () => Promise.reject(bareReport('keyring-locked'));
    await hearth.removeConnection(form);
    expect(hearth.form).toBe(form);
    host.removeConnection = removeConnection;
    await hearth.removeConnection(form);
    expect(hearth.app?.connections.some(({ id }) => id === 'k0')).toBe(false);
    expect(hearth.form?.name).not.toBe('Typed');
  });

  it('that nobody changed follows what was saved elsewhere', async () => {
    const { hearth, host } = await startedWindow({ world: 'several' });
    hearth.settings('connections', 'k0');
    const form = hearth.form;
    if (!form) throw new Error('no form');
    await host.saveConnection({ ...form.draft(), name: 'From another window' });
    await hearth.reload();
    hearth.settings('connections', 'k0');
    expect(hearth.form?.name).toBe('From another window');
  });
});

it('asks to keep a key for this run only when there is no keyring', async () => {
  const { hearth } = await startedWindow({ keyring: 'missing' });
  hearth.settings();
  const form = hearth.form;
  if (!form) throw new Error('no form');
  form.endpoint = 'contoso-ai';
  form.credential.secret = 'secret-key-7f3a';
  const row = form.rows[0];
  if (row) row.name = 'claude-sonnet-5';
  expect(form.asksForThisRun('missing')).toBe(true);
  await hearth.saveConnection(form);
  expect(form.saving.kind === 'failed' && form.saving.error.code).toBe('keyring-missing');
  expect(form.credential.secret).toBe('secret-key-7f3a');
  form.credential.thisRunOnly = true;
  await hearth.saveConnection(form);
  expect(hearth.app?.connections[0]?.credential.state).toMatchObject({ kept: 'this_run' });
});

it('shows what the Doctor found on the form', async () => {
  const { hearth } = await startedWindow({ world: 'connected' });
  hearth.settings();
  const form = hearth.form;
  if (!form) throw new Error('no form');
  const verdict = async () => {
    await form.test();
    await until(() => !form.busy);
    return form.testing.kind === 'walked' ? form.testing.walk.report : null;
  };
  expect((await verdict())?.verdict).toBe('works');
  const row = form.rows[0];
  if (row) row.name = 'fault-key-refused';
  const failed = await verdict();
  expect(failed?.verdict).toBe('fails');
  expect(failed?.rungs.find(({ state }) => state === 'failed')?.problem).toMatchObject({
    code: 'key-refused',
    status: 401,
  });
});

it('never answers a preview with one that was asked for earlier', async () => {
  const { hearth, host } = await startedWindow();
  hearth.settings();
  const answers: Array<() => void> = [];
  const preview = host.previewEndpoint.bind(host);
  host.previewEndpoint = async (text) => {
    await new Promise<void>((answer) => answers.push(answer));
    return preview(text);
  };
  const form = hearth.form;
  if (!form) throw new Error('no form');
  form.endpoint = 'first';
  await until(() => answers.length === 1);
  form.endpoint = 'second';
  await until(() => answers.length === 2);
  answers[1]?.();
  await until(() => form.preview !== null);
  answers[0]?.();
  await until(() => form.preview?.resource === 'second');
  expect(form.preview?.messagesUrl).toBe('https://second.services.ai.azure.com/anthropic/v1/messages');
});

it('deletes to the trash and takes it back', async () => {
  const { hearth } = await startedWindow({ world: 'connected' });
  const conversation = hearth.library.list?.[1];
  if (!conversation) throw new Error('no conversation');
  await hearth.open(conversation.id);
  await hearth.discard(conversation);
  expect(hearth.library.list?.some(({ id }) => id === conversation.id)).toBe(false);
  expect(hearth.chat.id).toBeNull();
  hearth.toasts.shown[0]?.action?.run();
  await until(() => hearth.chat.view?.summary.id === conversation.id);
  expect(hearth.library.list?.some(({ id }) => id === conversation.id)).toBe(true);
});

it('leaves the settings open when the conversation behind them is deleted, and when it comes back', async () => {
  const { hearth } = await startedWindow({ world: 'connected' });
  const conversation = hearth.library.list?.[1];
  if (!conversation) throw new Error('no conversation');
  await hearth.open(conversation.id);
  hearth.settings();
  await hearth.discard(conversation);
  expect([hearth.page.kind, hearth.chat.id]).toEqual(['settings', null]);
  hearth.toasts.shown[0]?.action?.run();
  await until(() => hearth.chat.view?.summary.id === conversation.id);
  expect(hearth.page.kind).toBe('settings');
});

it('does not open what was deleted without being open', async () => {
  const { hearth } = await startedWindow({ world: 'connected' });
  const [first, second] = hearth.library.list ?? [];
  if (!first || !second) throw new Error('no conversation');
  await hearth.open(first.id);
  await hearth.discard(second);
  expect(hearth.toasts.shown[0]?.text).toBe(`Moved to the trash: ${second.title}`);
  hearth.toasts.shown[0]?.action?.run();
  await until(() => hearth.library.list?.some(({ id }) => id === second.id) ?? false);
  expect(hearth.chat.id).toBe(first.id);
});

it('has no news of a failure that it shows, also where that was faster than the answer to sending', async () => {
  const { hearth, host } = await startedWindow({ world: 'demo' });
  const { send } = host;
  const first = () => hearth.library.list?.[0];
  host.send = async (request) => {
    const sent = await send.call(host, request);
    await until(() => first()?.activity === 'failed');
    return sent;
  };
  await hearth.chat.send('fault-key-refused');
  const failed = first();
  if (!failed) throw new Error('no conversation');
  expect(hearth.chat.id).toBe(failed.id);
  expect(hearth.library.newsOf(failed)).toBeNull();
});

it('tells of a failure until somebody has looked at it', async () => {
  const { hearth } = await startedWindow({ world: 'demo' });
  const news = () => hearth.library.list?.map((one) => hearth.library.newsOf(one));
  const fails = async () => {
    await hearth.chat.send('fault-stream-cut');
    hearth.settings();
    await until(() => hearth.library.list?.[0]?.activity === 'failed');
  };
  await fails();
  expect(news()).toEqual(['failed']);
  hearth.closePage();
  expect(news()).toEqual([null]);
  // The next failure is news again.
  await fails();
  expect(news()).toEqual(['failed']);
  await hearth.open(hearth.chat.id ?? '');
  expect(news()).toEqual([null]);
});

it('says so when nothing can be read at all', async () => {
  const { hearth } = await startedWindow({ world: 'broken' });
  expect(hearth.failure?.code).toBe('store-newer');
});

it('opens a link only after the person agreed', async () => {
  const { hearth, host } = await startedWindow();
  const link = { href: 'https://example.org/', text: 'here', host: 'example.org' };
  hearth.askLink(link);
  await hearth.answerLink(false);
  expect(host.log).not.toContain('open https://example.org/');
  hearth.askLink(link);
  await hearth.answerLink(true);
  expect(host.log).toContain('open https://example.org/');
});

describe('a search', () => {
  const hit = async (hearth: Hearth, words: string) => {
    hearth.search.ask(words);
    await until(() => hearth.search.hits !== null && !hearth.search.busy);
    const found = hearth.search.hits?.find(({ conversation }) => conversation === 's2');
    if (!found) throw new Error(`nothing for ${words}`);
    return found;
  };

  it('leads to the message, on the branch where it stands', async () => {
    const { hearth } = await startedWindow({ world: 'connected' });
    const found = await hit(hearth, 'fixed delay of a second');
    expect(found.shown).toBe(false);
    await hearth.jump(found);
    expect(hearth.chat.view?.messages.map(({ id }) => id)).toEqual(['s2-q', 's2-a1']);
    expect(hearth.sought.message).toBe('s2-a1');
    await hearth.open('s0');
    expect(hearth.sought.message).toBeNull();
  });

  it('changes no branch for what is shown', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    host.showBranch = () => Promise.reject(new Error('nobody asked for it'));
    await hearth.jump(await hit(hearth, 'token bucket'));
    expect([hearth.chat.failure, hearth.sought.message]).toEqual([null, 's2-a2']);
  });

  it('opens a conversation that was found by its title', async () => {
    const { hearth } = await startedWindow({ world: 'connected' });
    await hearth.jump(await hit(hearth, 'postgres'));
    expect([hearth.chat.id, hearth.sought.message]).toEqual(['s2', null]);
  });

  it('leads nowhere when what it found is gone, and says so', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    const found = await hit(hearth, 'fixed delay of a second');
    await host.trashConversation('s2');
    await host.deleteForever('s2');
    await hearth.jump(found);
    expect([hearth.chat.failure?.code, hearth.sought.message]).toEqual(['conversation-not-found', null]);
  });
});

it('says what the disk does not take for as long as it does not', async () => {
  const { hearth, host } = await startedWindow({ world: 'connected' });
  host.disk({ error: bareReport('disk-full'), waiting: 2, readingOnly: false });
  expect([hearth.storage?.error.code, hearth.storage?.waiting]).toEqual(['disk-full', 2]);
  await hearth.retrySaving();
  expect(hearth.storage).toBeNull();
});

it('takes back what it said of a question that the disk refused, once the disk takes it', async () => {
  const { hearth, host } = await startedWindow({ world: 'connected' });
  const problem = { error: bareReport('store-read-only'), waiting: 0, readingOnly: true };
  for (const [code, stays] of [
    ['store-read-only', false],
    ['disk-full', false],
    ['key-refused', true],
  ] as const) {
    host.disk(problem);
    host.send = () => Promise.reject(bareReport(code));
    await hearth.chat.send('What is a barn owl?', []);
    expect(hearth.chat.failure?.code).toBe(code);
    host.disk(null);
    expect(hearth.chat.failure !== null).toBe(stays);
  }
});

it('pins and unpins', async () => {
  const { hearth } = await startedWindow({ world: 'connected' });
  await hearth.library.pin('s5', true);
  expect(hearth.library.shown[0]?.id).toBe('s5');
  await hearth.library.pin('s5', false);
  expect(hearth.library.shown[0]?.id).toBe('s0');
});

it('tells models of a tool only once the person turned it on', async () => {
  const { hearth } = await startedWindow({ world: 'connected' });
  expect(hearth.app?.tools.map(({ enabled }) => enabled)).toEqual([false]);
  await hearth.enableTool('current_time', true);
  expect(hearth.app?.tools.map(({ enabled }) => enabled)).toEqual([true]);
});
