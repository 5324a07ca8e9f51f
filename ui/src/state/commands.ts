// What shortcuts and the palette do: one table, so that neither can do what the other cannot.

import type { ConnectionId, ConversationSummary, MessageView } from '../host/types';
import { t } from '../words';
import { runDoctor } from './acting';
import { lastAnswer, lastCode } from './answers';
import type { Hearth } from './hearth.svelte';
import { shortcutName } from './shortcut-names';
import type { Place, ShortcutId } from './shortcuts';

/** Wide enough for the sidebar beside the page; the style sheets say the same. */
const NARROW = '(max-width: 859px)';

/** What one can do without a shortcut of its own. */
type Wordy =
  | 'tools'
  | 'gateway'
  | 'run-doctor'
  | 'trash-page'
  | 'pin'
  | 'unpin'
  | 'save-markdown'
  | 'save-json';
/** Puts the connection in use whose id stands behind the blank. */
type Switch = `use-connection ${ConnectionId}`;
export type CommandId = ShortcutId | Wordy | Switch;

interface Command {
  run: (hearth: Hearth) => void;
  /** Whether it can do anything now; always, where this is not said. */
  fits?: (hearth: Hearth) => boolean;
}

type Fixed = Exclude<CommandId, `chat-${Place}` | Switch>;

const COMMANDS: Readonly<Record<Fixed, Command>> = {
  'new-chat': { run: (hearth) => hearth.newChat(), fits: (hearth) => !hearth.isFirstRun },
  'new-window': { run: (hearth) => void hearth.attempt(() => hearth.host.newWindow()) },
  search: { run: (hearth) => hearth.toggle('palette') },
  find: { run: (hearth) => hearth.find.show(), fits: isOpen },
  'find-next': { run: (hearth) => hearth.find.step(1), fits: isOpen },
  'find-previous': { run: (hearth) => hearth.find.step(-1), fits: isOpen },
  sidebar: { run: (hearth) => hearth.toggleSidebar(matchMedia(NARROW).matches) },
  settings: {
    run: (hearth) => (hearth.page.kind === 'settings' ? hearth.closePage() : hearth.settings()),
  },
  shortcuts: { run: (hearth) => hearth.toggle('shortcuts') },
  composer: { run: (hearth) => toChat(hearth, 'composer'), fits: (hearth) => !hearth.isFirstRun },
  attach: { run: (hearth) => toChat(hearth, 'attach'), fits: (hearth) => hearth.blocked === null },
  model: { run: (hearth) => toChat(hearth, 'model'), fits: (hearth) => !hearth.isFirstRun },
  regenerate: {
    run: (hearth) => {
      const answer = lastOf(hearth);
      if (answer) void hearth.chat.regenerate(answer.id);
    },
    fits: (hearth) =>
      isOpen(hearth) && hearth.blocked === null && !hearth.chat.busy && lastOf(hearth) !== undefined,
  },
  'copy-answer': {
    run: (hearth) => void copy(hearth, lastAnswer(messagesOf(hearth)), t('chat-copied-answer')),
    fits: (hearth) => isOpen(hearth) && lastAnswer(messagesOf(hearth)) !== null,
  },
  'copy-code': {
    run: (hearth) => void copy(hearth, lastCode(messagesOf(hearth)), t('chat-copied-code')),
    fits: (hearth) => isOpen(hearth) && lastCode(messagesOf(hearth)) !== null,
  },
  'allow-tool': { run: (hearth) => void hearth.chat.decide('once'), fits: isAsked },
  'deny-tool': { run: (hearth) => void hearth.chat.decide('deny'), fits: isAsked },
  'previous-chat': { run: (hearth) => goBy(hearth, -1), fits: hasList },
  'next-chat': { run: (hearth) => goBy(hearth, 1), fits: hasList },
  trash: {
    run: (hearth) => {
      const summary = summaryOf(hearth);
      if (summary) void hearth.discard(summary);
    },
    fits: (hearth) => isOpen(hearth) && summaryOf(hearth) !== null,
  },
  top: { run: (hearth) => hearth.scroll.toStart(), fits: isOpen },
  bottom: { run: (hearth) => hearth.scroll.toEnd(), fits: isOpen },
  'zoom-in': { run: (hearth) => void hearth.attempt(() => hearth.zoom.step(1)) },
  'zoom-out': { run: (hearth) => void hearth.attempt(() => hearth.zoom.step(-1)) },
  'zoom-reset': { run: (hearth) => void hearth.attempt(() => hearth.zoom.reset()) },
  tools: { run: (hearth) => hearth.settings('tools') },
  gateway: { run: (hearth) => hearth.settings('gateway') },
  'run-doctor': {
    run: (hearth) => runDoctor(hearth),
    fits: ({ app }) => app !== null && (app.demo || app.connections.length > 0),
  },
  'trash-page': { run: (hearth) => hearth.showTrash() },
  pin: { run: (hearth) => pin(hearth, true), fits: (hearth) => summaryOf(hearth)?.pinned === false },
  unpin: { run: (hearth) => pin(hearth, false), fits: (hearth) => summaryOf(hearth)?.pinned === true },
  'save-markdown': { run: (hearth) => void hearth.saveTranscript('markdown'), fits: isOpen },
  'save-json': { run: (hearth) => void hearth.saveTranscript('json'), fits: isOpen },
};

/** What the palette offers, in its order. */
const OFFERED: readonly Fixed[] = [
  'new-chat',
  'find',
  'model',
  'attach',
  'regenerate',
  'copy-answer',
  'copy-code',
  'pin',
  'unpin',
  'save-markdown',
  'save-json',
  'trash',
  'new-window',
  'sidebar',
  'settings',
  'run-doctor',
  'tools',
  'gateway',
  'trash-page',
  'shortcuts',
  'zoom-in',
  'zoom-out',
  'zoom-reset',
];

/** A command as the palette shows it. */
export interface OfferedCommand {
  id: CommandId;
  name: string;
  shortcut: ShortcutId | null;
}

/** The commands that can do something now and whose name holds every word of `query`. */
export function offeredCommands(hearth: Hearth, query: string): OfferedCommand[] {
  const words = query.toLowerCase().split(/\s+/);
  const fixed = OFFERED.filter((id) => COMMANDS[id].fits?.(hearth) ?? true).map(
    (id): OfferedCommand => ({ id, name: commandName(id), shortcut: isWordy(id) ? null : id }),
  );
  return [...fixed, ...switches(hearth)].filter(({ name }) =>
    words.every((word) => name.toLowerCase().includes(word)),
  );
}

/** The connections that could be used instead; beside the demo there are none. */
function switches({ app }: Hearth): OfferedCommand[] {
  if (app === null || app.demo) return [];
  return app.connections
    .filter(({ id }) => id !== app.active)
    .map(({ id, name }) => ({
      id: `use-connection ${id}`,
      name: t('command-use-connection', { name }),
      shortcut: null,
    }));
}

/** Does what a command says; false when there is nothing to do now. */
export function runCommand(hearth: Hearth, id: CommandId): boolean {
  const place = /^chat-([1-9])$/.exec(id)?.[1];
  if (place !== undefined) return goTo(hearth, Number(place) - 1);
  if (isSwitch(id)) return switchTo(hearth, id.slice(SWITCH.length));
  const { run, fits } = COMMANDS[id as Fixed];
  if (fits && !fits(hearth)) return false;
  run(hearth);
  return true;
}

const SWITCH = 'use-connection ';
const isSwitch = (id: CommandId): id is Switch => id.startsWith(SWITCH);

function switchTo(hearth: Hearth, connection: ConnectionId): boolean {
  const found = hearth.app?.connections.find(({ id }) => id === connection);
  if (!found || hearth.app?.demo) return false;
  void hearth.useConnection(connection).then(() => {
    if (hearth.app?.active === connection) hearth.toasts.done(t('connection-used', { name: found.name }));
  });
  return true;
}

function isWordy(id: Fixed): id is Wordy {
  return [
    'tools',
    'gateway',
    'run-doctor',
    'trash-page',
    'pin',
    'unpin',
    'save-markdown',
    'save-json',
  ].includes(id);
}

function commandName(id: Fixed): string {
  switch (id) {
    case 'run-doctor':
      return t('command-run-doctor');
    case 'tools':
      return t('command-tools');
    case 'gateway':
      return t('command-gateway');
    case 'trash-page':
      return t('command-trash');
    case 'pin':
      return t('command-pin');
    case 'unpin':
      return t('command-unpin');
    case 'save-markdown':
      return t('command-save-markdown');
    case 'save-json':
      return t('command-save-json');
    default:
      return shortcutName(id);
  }
}

const messagesOf = (hearth: Hearth): readonly MessageView[] => hearth.chat.view?.messages ?? [];
const summaryOf = (hearth: Hearth): ConversationSummary | null => hearth.chat.view?.summary ?? null;
const lastOf = (hearth: Hearth): MessageView | undefined =>
  messagesOf(hearth).findLast(({ role }) => role === 'assistant');

/** A conversation stands on the page. */
function isOpen(hearth: Hearth): boolean {
  return hearth.page.kind === 'chat' && hearth.chat.view !== null;
}

/** A tool waits for the person's word, and what it would do is there to read. */
function isAsked(hearth: Hearth): boolean {
  return hearth.page.kind === 'chat' && hearth.chat.approvals.length > 0;
}

function hasList(hearth: Hearth): boolean {
  return hearth.library.shown.length > 0;
}

function toChat(hearth: Hearth, spot: 'composer' | 'attach' | 'model'): void {
  if (hearth.page.kind !== 'chat') hearth.closePage();
  hearth.want(spot);
}

function pin(hearth: Hearth, pinned: boolean): void {
  const summary = summaryOf(hearth);
  if (summary) void hearth.library.pin(summary.id, pinned);
}

async function copy(hearth: Hearth, text: string | null, done: string): Promise<void> {
  if (text !== null && (await hearth.copy(text))) hearth.toasts.done(done);
}

/** The conversation `steps` further down the list; from a new chat, its first or last. */
function goBy(hearth: Hearth, steps: 1 | -1): void {
  const { shown } = hearth.library;
  const at = shown.findIndex(({ id }) => id === hearth.chat.id);
  const next = at < 0 ? (steps > 0 ? 0 : shown.length - 1) : at + steps;
  goTo(hearth, next);
}

function goTo(hearth: Hearth, index: number): boolean {
  const conversation = hearth.library.shown[index];
  if (conversation) void hearth.open(conversation.id);
  return conversation !== undefined;
}
