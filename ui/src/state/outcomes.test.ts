import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { MessageView, Step } from '../host/types';
import { isOfActive, Outcomes, wasAnsweredAfter } from './outcomes.svelte';

const message = (id: string, more: Partial<MessageView> = {}): MessageView => ({
  id,
  parent: null,
  role: 'assistant',
  blocks: [],
  state: { kind: 'complete', stopReason: 'end_turn' },
  createdAt: 0,
  answer: null,
  branch: 0,
  branches: [id],
  purpose: null,
  ...more,
});
const failed = (id: string): MessageView =>
  message(id, { state: { kind: 'failed', error: bareReport('key-refused') } });

const answered = (message: MessageView, connection: string | null): MessageView => ({
  ...message,
  answer: {
    connection,
    deployment: 'team',
    model: null,
    inputTokens: null,
    cacheReadTokens: null,
    outputTokens: null,
    durationMs: null,
    requestId: null,
    apimRequestId: null,
    without: [],
    loweredTo: null,
  },
});

function play(outcomes: Outcomes, answer: MessageView): void {
  const started: Step = { kind: 'started', question: message('q', { role: 'user' }), answer };
  outcomes.receive({ step: started });
  outcomes.receive({ step: { kind: 'ended', answer } });
}

describe('a success', () => {
  it('counts for the connection that was asked, and for what failed before it', () => {
    const outcomes = new Outcomes();
    play(outcomes, answered(message('a'), 'k0'));
    const of = (connection: string | null, createdAt: number) =>
      outcomes.hasAnsweredSince({ ...answered(failed('b'), connection), createdAt });
    expect(of('k0', 1)).toBe(true);
    expect(of('k1', 1)).toBe(false);
    expect(of(null, 1)).toBe(false);
    expect(of('k0', Date.now() + 60_000)).toBe(false);
    expect(outcomes.hasAnsweredSince(failed('b'))).toBe(false);
  });

  it('is none when it failed, or was the demo’s', () => {
    const outcomes = new Outcomes();
    play(outcomes, answered(failed('a'), 'k0'));
    play(outcomes, answered(message('b'), null));
    play(outcomes, message('c'));
    expect(outcomes.hasAnsweredSince(answered(failed('d'), 'k0'))).toBe(false);
    expect(outcomes.hasAnsweredSince(answered(failed('d'), null))).toBe(false);
  });

  it.each([
    ['works', true],
    ['partly', true],
    ['fails', false],
    ['cancelled', false],
    ['running', false],
  ] as const)('of the Doctor that says %s: %s', (verdict, is) => {
    const outcomes = new Outcomes();
    const about = { run: 'd', name: '', messagesUrl: null, deployment: null, rungs: [] };
    outcomes.receiveReport({ ...about, connection: 'k0', startedAt: 10, verdict });
    const since = (createdAt: number) =>
      outcomes.hasAnsweredSince({ ...answered(failed('a'), 'k0'), createdAt });
    expect([since(9), since(10)]).toEqual([is, false]);
  });
});

it('a cure is for the connection that the answer failed on, also an older one', () => {
  expect(isOfActive({ active: 'k0' }, answered(failed('a'), 'k0'))).toBe(true);
  expect(isOfActive({ active: 'k0' }, answered(failed('a'), 'k1'))).toBe(false);
  expect(isOfActive({ active: 'k0' }, answered(failed('a'), null))).toBe(false);
  expect(isOfActive({ active: null }, answered(failed('a'), null))).toBe(false);
  expect(isOfActive({ active: 'k0' }, failed('a'))).toBe(false);
});

it('knows what was answered after a failure in the same branch', () => {
  const bad = failed('a');
  const question = message('q2', { role: 'user' });
  expect(wasAnsweredAfter([bad], bad)).toBe(false);
  expect(wasAnsweredAfter([bad, question, failed('b')], bad)).toBe(false);
  expect(wasAnsweredAfter([bad, question, message('b')], bad)).toBe(true);
  expect(wasAnsweredAfter([message('b')], bad)).toBe(false);
});
