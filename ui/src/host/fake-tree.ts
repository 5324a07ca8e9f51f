// The conversations of the fake host: trees of messages, of which one path is shown.

import { bareReport } from './host';
import type { BlockView, ConversationView, GrantView, MessageView } from './types';

export interface Kept {
  view: ConversationView;
  /** Every message ever, on every branch. */
  all: Map<string, MessageView>;
  grants: GrantView[];
  trashedAt: number | null;
}

/** A conversation as kept; `others` are messages on branches that are not shown. */
export function keptOf(view: ConversationView, others: readonly MessageView[] = []): Kept {
  const all = [...others, ...view.messages].map((one): [string, MessageView] => [one.id, one]);
  return { view, all: new Map(all), grants: [], trashedAt: null };
}

export function newMessage(id: string, parent: string | null, role: MessageView['role']): MessageView {
  return {
    id,
    parent,
    role,
    blocks: [],
    state: role === 'user' ? { kind: 'complete', stopReason: null } : { kind: 'streaming' },
    createdAt: Date.now(),
    answer: null,
    branch: 0,
    branches: [id],
    purpose: null,
  };
}

/** Adds messages to the tree, numbers the branches beside them, and shows the path to the last of them. */
export function grow(kept: Kept, ...messages: MessageView[]): void {
  for (const one of messages) {
    kept.all.set(one.id, one);
    const siblings = [...kept.all.values()].filter(({ parent }) => parent === one.parent);
    const branches = siblings.map(({ id }) => id);
    for (const [branch, sibling] of siblings.entries()) Object.assign(sibling, { branch, branches });
  }
  const last = messages.at(-1);
  if (last) kept.view.messages = pathTo(kept, last.id);
}

/** Shows the branch of `id`, down to what was last written there. */
export function showBranchOf(kept: Kept, id: string): void {
  const path = pathTo(kept, messageOf(kept, id).id);
  const tip = () => [...kept.all.values()].findLast(({ parent }) => parent === path.at(-1)?.id);
  for (let next = tip(); next; next = tip()) path.push(next);
  kept.view.messages = path;
}

export function messageOf(kept: Kept, id: string): MessageView {
  const found = kept.all.get(id);
  if (!found) throw bareReport('message-not-found');
  return found;
}

/** Where a question goes whose window shows `seen` last: the end of the shown branch, or of the one it saw. */
export function endOf(kept: Kept, seen: string | null): string | null {
  const goesOn = seen === null || kept.view.messages.some(({ id }) => id === seen);
  return goesOn ? (kept.view.messages.at(-1)?.id ?? null) : messageOf(kept, seen).id;
}

/** The question that an answer answers: the nearest above it that a person, or Hearth for them, wrote. */
export function askedBy(kept: Kept, answer: MessageView): MessageView {
  let at = messageOf(kept, answer.parent ?? '');
  while (at.blocks.some(({ kind }) => kind === 'tool_result')) {
    at = messageOf(kept, messageOf(kept, at.parent ?? '').parent ?? '');
  }
  return at;
}

/** Copies of the path to `id` with ids of their own, each the only branch. */
export function copiesTo(kept: Kept, id: string, newId: () => string): MessageView[] {
  let parent: string | null = null;
  return pathTo(kept, messageOf(kept, id).id).map((one) => {
    const copy = { ...structuredClone(one), id: newId(), parent, branch: 0 };
    copy.branches = [copy.id];
    parent = copy.id;
    return copy;
  });
}

export function textOf(blocks: readonly BlockView[]): string {
  return blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n\n');
}

function pathTo(kept: Kept, id: string): MessageView[] {
  const path: MessageView[] = [];
  for (let at = kept.all.get(id); at; at = kept.all.get(at.parent ?? '')) path.unshift(at);
  return path;
}
