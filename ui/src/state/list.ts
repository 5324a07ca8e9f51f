// The sidebar's list: kept newest first by events, and grouped for show.

import type { ConversationSummary, HearthEvent } from '../host/types';

/** The list after `event`; the same list when it says nothing about it. */
export function applyToList(list: ConversationSummary[], event: HearthEvent): ConversationSummary[] {
  switch (event.kind) {
    case 'conversation_changed':
      return newestFirst([...list.filter(({ id }) => id !== event.summary.id), event.summary]);
    case 'conversation_removed':
      return list.filter(({ id }) => id !== event.id);
    case 'turn':
    case 'state_changed':
    case 'storage_changed':
    case 'conversation_settings':
    case 'conversation_stale':
    case 'doctor':
    case 'sign_in':
    case 'gateway_changed':
    case 'missed':
      return list;
    default:
      return event satisfies never;
  }
}

/** `list`, the last written first. */
export function newestFirst(list: ConversationSummary[]): ConversationSummary[] {
  return [...list].sort((a, b) => b.updatedAt - a.updatedAt || b.id.localeCompare(a.id));
}

export type Period = 'pinned' | 'today' | 'yesterday' | 'last-week' | 'older';
export interface Group {
  period: Period;
  conversations: ConversationSummary[];
}

/** `list` as it is shown: what is pinned first, and each part in its own order. */
export function pinnedFirst(list: ConversationSummary[]): ConversationSummary[] {
  return [...list.filter(({ pinned }) => pinned), ...list.filter(({ pinned }) => !pinned)];
}

/**
 * `list`, which is newest first, in groups: what is pinned, and the rest by calendar
 * day as seen at `now`; no group is empty.
 */
export function groupsOf(list: ConversationSummary[], now: number): Group[] {
  const groups: Group[] = [];
  for (const conversation of pinnedFirst(list)) {
    const period = conversation.pinned ? 'pinned' : periodOf(conversation.updatedAt, now);
    const last = groups.at(-1);
    if (last?.period === period) last.conversations.push(conversation);
    else groups.push({ period, conversations: [conversation] });
  }
  return groups;
}

function periodOf(then: number, now: number): Period {
  if (then >= startOfDay(now, 0)) return 'today';
  if (then >= startOfDay(now, -1)) return 'yesterday';
  if (then >= startOfDay(now, -7)) return 'last-week';
  return 'older';
}

// By calendar, not by 24 hours: days with a change of the clock are longer or shorter.
function startOfDay(now: number, days: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() + days);
  return day.getTime();
}
