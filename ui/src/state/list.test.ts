import { describe, expect, it } from 'vitest';
import type { ConversationSummary } from '../host/types';
import { applyToList, groupsOf, pinnedFirst } from './list';

const summary = (
  id: string,
  updatedAt: number,
  change: Partial<ConversationSummary> = {},
): ConversationSummary => ({
  id,
  title: id,
  createdAt: updatedAt,
  updatedAt,
  demo: false,
  activity: 'idle',
  pinned: false,
  ...change,
});
const ids = (list: ConversationSummary[]) => list.map(({ id }) => id);

describe('applyToList', () => {
  it('puts a new conversation in its place by time', () => {
    const list = applyToList([summary('b', 2), summary('a', 1)], {
      kind: 'conversation_changed',
      summary: summary('c', 3),
    });
    expect(ids(list)).toEqual(['c', 'b', 'a']);
  });

  it('replaces one that changed', () => {
    const list = applyToList([summary('b', 2), summary('a', 1)], {
      kind: 'conversation_changed',
      summary: summary('a', 5, { title: 'renamed', activity: 'working' }),
    });
    expect(list[0]).toEqual(summary('a', 5, { title: 'renamed', activity: 'working' }));
    expect(ids(list)).toEqual(['a', 'b']);
  });

  it('removes one that went to the trash', () => {
    expect(
      ids(applyToList([summary('b', 2), summary('a', 1)], { kind: 'conversation_removed', id: 'b' })),
    ).toEqual(['a']);
  });

  it('keeps the very list for events that say nothing about it', () => {
    const list = [summary('a', 1)];
    expect(applyToList(list, { kind: 'missed' })).toBe(list);
    expect(applyToList(list, { kind: 'state_changed' })).toBe(list);
    expect(
      applyToList(list, { kind: 'turn', conversation: 'a', turn: 't', seq: 1, step: { kind: 'asking' } }),
    ).toBe(list);
  });
});

describe('groupsOf', () => {
  const at = (text: string) => new Date(text).getTime();
  const now = at('2026-03-15T00:30:00');

  it('goes by calendar day and not by hours', () => {
    const list = [
      summary('minutes ago', at('2026-03-15T00:10:00')),
      summary('an hour ago', at('2026-03-14T23:40:00')),
      summary('a week ago', at('2026-03-08T00:00:00')),
      summary('eight days ago', at('2026-03-07T23:59:00')),
    ];
    expect(groupsOf(list, now).map(({ period, conversations }) => [period, ...ids(conversations)])).toEqual([
      ['today', 'minutes ago'],
      ['yesterday', 'an hour ago'],
      ['last-week', 'a week ago'],
      ['older', 'eight days ago'],
    ]);
  });

  it('puts what is pinned before all else, newest first, and nowhere else', () => {
    const list = [
      summary('new', at('2026-03-15T00:10:00')),
      summary('pinned yesterday', at('2026-03-14T12:00:00'), { pinned: true }),
      summary('pinned long ago', 0, { pinned: true }),
    ];
    expect(groupsOf(list, now).map(({ period, conversations }) => [period, ...ids(conversations)])).toEqual([
      ['pinned', 'pinned yesterday', 'pinned long ago'],
      ['today', 'new'],
    ]);
    expect(ids(pinnedFirst(list))).toEqual(['pinned yesterday', 'pinned long ago', 'new']);
  });

  it('has no empty group', () => {
    expect(groupsOf([], now)).toEqual([]);
    expect(groupsOf([summary('old', 0)], now)).toHaveLength(1);
  });
});
