// What the palette lists for a query, and what choosing a line of it does.

import type { ConversationSummary, SearchHit } from '../../host/types';
import { type OfferedCommand, offeredCommands, runCommand } from '../../state/commands';
import type { Hearth } from '../../state/hearth.svelte';
import { t } from '../../words';

/** Conversations to go on with, before anything is typed. */
const RECENT = 5;

export type Choice =
  | { kind: 'conversation'; key: string; summary: ConversationSummary }
  | { kind: 'hit'; key: string; hit: SearchHit }
  | { kind: 'command'; key: string; command: OfferedCommand };

export interface ChoiceGroup {
  name: string;
  choices: Choice[];
}

/** Groups of lines, none of them empty: what was found before what can be done. */
export function choicesFor(hearth: Hearth): ChoiceGroup[] {
  const { query, hits } = hearth.search;
  const wanted = query.trim();
  const commands = offeredCommands(hearth, wanted).map(
    (command): Choice => ({ kind: 'command', key: `command ${command.id}`, command }),
  );
  const conversations = wanted === '' ? recent(hearth) : found(hits ?? []);
  return [
    { name: wanted === '' ? t('palette-recent') : t('palette-found'), choices: conversations },
    { name: t('palette-commands'), choices: commands },
  ].filter(({ choices }) => choices.length > 0);
}

export async function runChoice(hearth: Hearth, choice: Choice): Promise<void> {
  switch (choice.kind) {
    case 'conversation':
      await hearth.open(choice.summary.id);
      return;
    case 'hit':
      await hearth.jump(choice.hit);
      return;
    case 'command':
      runCommand(hearth, choice.command.id);
      return;
  }
}

function recent(hearth: Hearth): Choice[] {
  const others = (hearth.library.list ?? []).filter(({ id }) => id !== hearth.chat.id);
  return others
    .slice(0, RECENT)
    .map((summary) => ({ kind: 'conversation', key: `conversation ${summary.id}`, summary }));
}

function found(hits: readonly SearchHit[]): Choice[] {
  const times = new Map<string, number>();
  return hits.map((hit) => {
    // A message can be found in two of its blocks.
    const place = `${hit.conversation} ${hit.message ?? ''}`;
    const before = times.get(place) ?? 0;
    times.set(place, before + 1);
    return { kind: 'hit', key: `hit ${place} ${before}`, hit };
  });
}
