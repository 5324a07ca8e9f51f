import { describe, expect, it } from 'vitest';
import type { FakeOptions } from '../host/fake';
import { offeredCommands, runCommand } from './commands';
import { SHORTCUTS, type ShortcutId } from './shortcuts';
import { startedWindow, until } from './testing/window';

async function opened(id: string | null = 's0', options: FakeOptions = {}) {
  const { hearth, host } = await startedWindow({ world: 'connected', ...options });
  if (id !== null) await hearth.open(id);
  return { hearth, host, run: (command: ShortcutId) => runCommand(hearth, command) };
}

describe('commands', () => {
  it('are there for every shortcut', async () => {
    const { hearth } = await opened();
    for (const id of Object.keys(SHORTCUTS) as ShortcutId[]) {
      expect([id, typeof runCommand(hearth, id)]).toEqual([id, 'boolean']);
    }
  });

  it('lead along the list as it is shown, and not beyond its ends', async () => {
    const { hearth, host, run } = await opened();
    await host.pinConversation('s5', true);
    const goes = async (command: ShortcutId, to: string | null) => {
      run(command);
      await until(() => hearth.chat.id === to && (to === null || hearth.chat.view !== null));
    };
    await goes('chat-1', 's5');
    await goes('previous-chat', 's5');
    await goes('next-chat', 's0');
    await goes('chat-4', 's2');
    await goes('chat-9', 's8');
    await goes('next-chat', 's8');
    run('new-chat');
    await goes('previous-chat', 's8');
    run('new-chat');
    await goes('next-chat', 's5');
  });

  it('say when there is no conversation of that place', async () => {
    const { hearth, host, run } = await opened();
    for (const id of ['s3', 's4', 's5', 's6', 's7', 's8']) await host.trashConversation(id);
    expect([run('chat-3'), run('chat-4')]).toEqual([true, false]);
    await until(() => hearth.chat.id === 's2');
  });

  it('open the gateway’s settings by their name', async () => {
    const { hearth } = await opened();
    const [found, ...others] = offeredCommands(hearth, 'gateway');
    expect([found?.name, others.length]).toEqual(['Gateway settings', 0]);
    if (found) runCommand(hearth, found.id);
    expect(hearth.page).toEqual({ kind: 'settings', section: 'gateway' });
  });

  it('copy the last answer, and its last code', async () => {
    const { host, run } = await opened();
    expect(run('copy-answer')).toBe(true);
    await until(() => host.log.length === 1);
    expect(host.log[0]).toMatch(/^copy A token bucket shared by all workers/);
    expect(run('copy-code')).toBe(true);
    await until(() => host.log.length === 2);
    expect(host.log[1]).toMatch(/^copy \/\/\/ One retry token[\s\S]*\}\n?$/);
  });

  it('do nothing where there is nothing to do', async () => {
    const { hearth, host, run } = await opened(null);
    const idle: ShortcutId[] = [
      'copy-answer',
      'copy-code',
      'regenerate',
      'trash',
      'find',
      'top',
      'allow-tool',
    ];
    expect(idle.map(run)).toEqual(idle.map(() => false));
    expect(host.log).toEqual([]);
    await hearth.open('s0');
    expect(idle.slice(0, 6).map((id) => offeredCommands(hearth, '').some((one) => one.id === id))).toEqual([
      true,
      true,
      true,
      true,
      true,
      // Keys lead there; a line in the palette for it would be one too many.
      false,
    ]);
    hearth.settings();
    expect(run('find')).toBe(false);
  });

  it('ask again, and move to the trash with a way back', async () => {
    const { hearth, run } = await opened();
    run('regenerate');
    await until(() => hearth.chat.busy);
    expect(run('regenerate')).toBe(false);
    await until(() => !hearth.chat.busy);
    expect(hearth.chat.view?.messages.at(-1)?.branches).toHaveLength(3);
    run('trash');
    await until(() => hearth.chat.id === null && hearth.toasts.shown.length > 0);
    hearth.toasts.shown[0]?.action?.run();
    await until(() => hearth.chat.id === 's0');
  });

  it('answer the tool that waits', async () => {
    for (const [command, said] of [
      ['allow-tool', 'decide once'],
      ['deny-tool', 'decide deny'],
    ] as const) {
      const { hearth, host, run } = await opened(null);
      await host.enableTool('current_time', true);
      await hearth.chat.send('tool-1');
      await until(() => hearth.chat.approvals.length > 0);
      expect(run(command)).toBe(true);
      await until(() => !hearth.chat.busy);
      expect(host.log).toContain(said);
      expect(run(command)).toBe(false);
    }
  });

  it('are found by any words of their names, and only when they fit', async () => {
    const { hearth, host } = await opened();
    const names = (query: string) => offeredCommands(hearth, query).map(({ id }) => id);
    expect(names('last COPY')).toEqual(['copy-answer', 'copy-code']);
    expect(names('pin this')).toEqual(['pin']);
    await host.pinConversation('s0', true);
    expect(names('pin this')).toEqual(['unpin']);
    expect(names('xylophone')).toEqual([]);
    hearth.newChat();
    expect(names('pin this')).toEqual([]);
  });
});
