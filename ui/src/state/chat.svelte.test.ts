import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { HearthEvent } from '../host/types';
import { blockedBy, type Chat, NO_CHOICES } from './chat.svelte';
import { startedWindow, until } from './testing/window';
import { answerText } from './thread';

const LONG = 'A question that is long enough to be answered at length';
const answerOf = (chat: Chat) => chat.view?.messages.at(-1);

describe('a first question', () => {
  it('stands at once, begins a conversation and is answered', async () => {
    const { hearth } = await startedWindow({ world: 'demo' });
    const sent = hearth.chat.send(LONG);
    expect(hearth.chat.pending?.text).toBe(LONG);
    expect(hearth.chat.busy).toBe(true);
    expect(await sent).toMatchObject({ conversation: hearth.chat.id });

    await until(() => !hearth.chat.busy);
    expect(hearth.chat.view?.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(answerOf(hearth.chat)?.state).toEqual({ kind: 'complete', stopReason: 'end_turn' });
    expect(hearth.library.list?.[0]?.id).toBe(hearth.chat.id);
  });

  it('is not lost when it is refused', async () => {
    const { hearth, host } = await startedWindow({ world: 'demo' });
    host.send = () => Promise.reject(bareReport('disk-full'));
    expect(await hearth.chat.send(LONG)).toBeNull();
    expect(hearth.chat.pending).toBeNull();
    expect(hearth.chat.failure?.code).toBe('disk-full');
    expect(hearth.chat.busy).toBe(false);
  });

  it('does not pull back a person who went elsewhere meanwhile', async () => {
    const { hearth } = await startedWindow({ world: 'connected' });
    const sent = hearth.chat.send(LONG);
    await hearth.open('s2');
    await sent;
    expect(hearth.chat.id).toBe('s2');
    await until(() => hearth.library.list?.[0]?.activity === 'idle');
    expect(hearth.chat.view?.summary.title).toBe('Postgres plan regression');
  });
});

describe('a turn', () => {
  it('is stopped and keeps what arrived', async () => {
    const { hearth, host } = await startedWindow({ world: 'demo' });
    await hearth.chat.send(LONG);
    const stopped = hearth.chat.stop();
    await stopped;
    await until(() => !hearth.chat.busy);
    expect(answerOf(hearth.chat)?.state).toEqual({ kind: 'stopped' });
    expect(host.log).toContain(`send ${LONG}`);
  });

  it('fails with its partial text kept', async () => {
    const { hearth } = await startedWindow({ world: 'demo' });
    await hearth.chat.send('fault-stream-cut');
    await until(() => !hearth.chat.busy);
    const answer = answerOf(hearth.chat);
    expect(answer?.state.kind === 'failed' && answer.state.error.code).toBe('stream-cut');
    expect(answer && answerText(answer).length).toBeGreaterThan(100);
  });

  it('is answered again on another branch, and both can be shown', async () => {
    const { hearth } = await startedWindow({ world: 'demo' });
    await hearth.chat.send(LONG);
    await until(() => !hearth.chat.busy);
    const first = answerOf(hearth.chat);
    await hearth.chat.regenerate(first?.id ?? '');
    await until(() => !hearth.chat.busy);
    expect(answerOf(hearth.chat)?.branches).toHaveLength(2);
    expect(answerOf(hearth.chat)?.id).not.toBe(first?.id);

    await hearth.chat.showBranch(first?.id ?? '');
    expect(answerOf(hearth.chat)?.id).toBe(first?.id);
  });

  it('goes after what its window shows, whatever another window shows by then', async () => {
    const { hearth, host } = await startedWindow({ world: 'demo' });
    await hearth.chat.send(LONG);
    await until(() => !hearth.chat.busy);
    const first = answerOf(hearth.chat)?.id ?? '';
    await hearth.chat.regenerate(first);
    await until(() => !hearth.chat.busy);
    const shown = answerOf(hearth.chat)?.id;

    const elsewhere = host.showBranch(hearth.chat.id ?? '', first);
    const sent = await hearth.chat.send('And now?');
    await elsewhere;
    await until(() => !hearth.chat.busy);
    const question = hearth.chat.view?.messages.find(({ id }) => id === sent?.question);
    expect(question?.parent).toBe(shown);
  });

  it('is told to the other windows when one of them shows another branch', async () => {
    const { hearth, host } = await startedWindow({ world: 'demo' });
    await hearth.chat.send(LONG);
    await until(() => !hearth.chat.busy);
    const first = answerOf(hearth.chat)?.id ?? '';
    await hearth.chat.regenerate(first);
    await until(() => !hearth.chat.busy);
    const { hearth: second } = await startedWindow({}, host);
    await second.open(hearth.chat.id ?? '');
    expect(answerOf(second.chat)?.id).not.toBe(first);
    await hearth.chat.showBranch(first);
    await until(() => answerOf(second.chat)?.id === first);
  });

  it('is the same in a second window that opens in the middle of it', async () => {
    const { hearth, host } = await startedWindow({ world: 'demo' });
    await hearth.chat.send(LONG);
    await until(() => (answerOf(hearth.chat)?.blocks.length ?? 0) > 0);
    const { hearth: second } = await startedWindow({}, host);
    await second.open(hearth.chat.id ?? '');
    expect(second.chat.busy).toBe(true);

    await until(() => !hearth.chat.busy && !second.chat.busy);
    expect($state.snapshot(second.chat.view)).toEqual($state.snapshot(hearth.chat.view));
  });

  it('is whole again after events were missed', async () => {
    const { hearth } = await startedWindow({ world: 'demo' });
    const receive = hearth.chat.receive.bind(hearth.chat);
    let dropped = 0;
    hearth.chat.receive = (event) => {
      if (event.step.kind === 'delta' && dropped < 3) dropped++;
      else receive(event);
    };
    await hearth.chat.send(LONG);
    await until(() => !hearth.chat.busy);
    const answer = answerOf(hearth.chat);
    const stored = await hearth.host.openConversation(hearth.chat.id ?? '');
    expect(dropped).toBe(3);
    expect($state.snapshot(answer)).toEqual(stored.messages.at(-1));
  });
});

it('takes new snapshots of everything when the window read too slowly', async () => {
  const { hearth, host } = await startedWindow({ world: 'connected' });
  await hearth.open('s0');
  const receive = hearth.receive.bind(hearth);
  let deaf = true;
  hearth.receive = (events: HearthEvent[]) => {
    if (!deaf) receive(events);
  };
  await host.renameConversation('s0', 'A new title');
  expect(hearth.chat.view?.summary.title).not.toBe('A new title');
  deaf = false;
  host.miss();
  await until(() => hearth.chat.view?.summary.title === 'A new title');
  expect(hearth.library.list?.find(({ id }) => id === 's0')?.title).toBe('A new title');
});

describe('settings of a conversation', () => {
  it('are kept for the first question of a new one', async () => {
    const { hearth } = await startedWindow({ world: 'demo' });
    await hearth.chat.choose({ effort: 'low' });
    await hearth.chat.send(LONG);
    await until(() => hearth.chat.view !== null);
    expect(hearth.chat.settings.effort).toBe('low');
  });

  it('belong to one conversation only', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    await hearth.open('s0');
    await hearth.chat.choose({ deployment: 'sonnet-team' });
    expect((await host.openConversation('s0')).settings.deployment).toBe('sonnet-team');
    await hearth.open('s2');
    expect(hearth.chat.settings.deployment).toBeNull();
  });

  it('are those that another window chose last', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    await hearth.open('s0');
    await host.chooseSettings('s0', { ...NO_CHOICES, system: 'Be brief.' });
    await until(() => hearth.chat.settings.system === 'Be brief.');
    await hearth.chat.choose({ effort: 'low' });
    const stored = await host.openConversation('s0');
    expect(stored.settings).toEqual({ ...NO_CHOICES, system: 'Be brief.', effort: 'low' });
  });

  it('need no second reading of the conversation, whichever window chose', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    await hearth.open('s0');
    const open = host.openConversation.bind(host);
    let reads = 0;
    host.openConversation = (id) => {
      reads++;
      return open(id);
    };
    await hearth.chat.refresh();
    expect(reads).toBe(1);
    await hearth.chat.choose({ effort: 'low' });
    await host.chooseSettings('s0', { ...NO_CHOICES, effort: 'low', system: 'Be brief.' });
    await until(() => hearth.chat.settings.system === 'Be brief.');
    await host.chooseSettings('s2', { ...NO_CHOICES, system: 'Of another conversation.' });
    expect($state.snapshot(hearth.chat.settings)).toEqual((await open('s0')).settings);
    expect(reads).toBe(1);
  });

  it('are not undone by a snapshot that was taken before they were chosen', async () => {
    const { hearth, host } = await startedWindow({ world: 'connected' });
    await hearth.open('s0');
    const before = await host.openConversation('s0');
    const open = host.openConversation.bind(host);
    const choose = host.chooseSettings.bind(host);
    const snapshots: (() => void)[] = [];
    host.openConversation = async (id) => {
      if (snapshots.length > 0) return await open(id);
      await new Promise<void>((resolve) => snapshots.push(resolve));
      return before;
    };
    let keep = () => {};
    host.chooseSettings = async (...choice) => {
      await new Promise<void>((resolve) => (keep = resolve));
      await choose(...choice);
    };
    const late = hearth.chat.refresh();
    const chosen = hearth.chat.choose({ effort: 'low' });
    snapshots[0]?.();
    await late;
    expect(hearth.chat.settings.effort).toBe('low');
    // What another window chose in the same moment is not missed for it.
    await choose('s0', { ...NO_CHOICES, system: 'Be brief.' });
    keep();
    await chosen;
    expect($state.snapshot(hearth.chat.settings)).toEqual((await open('s0')).settings);
  });
});

describe('blockedBy', () => {
  const real = { demo: false, connections: [1], deployments: [1] };
  const demo = { demo: true, connections: [], deployments: [1] };

  it.each([
    [real, null, null],
    [demo, null, null],
    [{ ...real, connections: [], deployments: [] }, null, 'connection'],
    [{ ...real, deployments: [] }, null, 'deployment'],
    [real, { demo: true }, 'demo-over'],
    [demo, { demo: false }, 'demo-runs'],
    [demo, { demo: true }, null],
  ] as const)('%j with %j: %s', (app, conversation, blocked) => {
    expect(blockedBy(app, conversation)).toBe(blocked);
  });
});
