import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { ErrorReport, MessageView, Step } from '../host/types';
import { Outcomes, wasAnsweredAfter } from './outcomes.svelte';

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

const APP = {
  active: 'k0',
  connections: [
    { id: 'k0', messagesUrl: 'https://one.services.ai.azure.com/anthropic/v1/messages' },
    { id: 'k1', messagesUrl: 'https://two.services.ai.azure.com/anthropic/v1/messages' },
  ],
} as unknown as Parameters<Outcomes['isOfActive']>[0];

function play(outcomes: Outcomes, turn: string, answer: MessageView, began: string, ended = began) {
  const started: Step = { kind: 'started', question: message('q', { role: 'user' }), answer };
  outcomes.receive({ turn, step: started }, began);
  outcomes.receive({ turn, step: { kind: 'ended', answer } }, ended);
}

describe('a success', () => {
  it('counts for the connection that its turn began with', () => {
    const outcomes = new Outcomes();
    play(outcomes, 't1', message('a'), 'k0', 'k1');
    expect(outcomes.answeredSince({ active: 'k0' }, 1)).toBe(true);
    expect(outcomes.answeredSince({ active: 'k1' }, 1)).toBe(false);
    expect(outcomes.answeredSince({ active: null }, 1)).toBe(false);
    expect(outcomes.answeredSince({ active: 'k0' }, Date.now() + 60_000)).toBe(false);
  });

  it('is none when it failed, or was begun before this window looked', () => {
    const outcomes = new Outcomes();
    play(outcomes, 't1', failed('a'), 'k0');
    outcomes.receive({ turn: 't2', step: { kind: 'ended', answer: message('b') } }, 'k0');
    expect(outcomes.answeredSince({ active: 'k0' }, 1)).toBe(false);
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
    expect(outcomes.answeredSince({ active: 'k0' }, 9)).toBe(is);
    expect(outcomes.answeredSince({ active: 'k0' }, 10)).toBe(false);
  });
});

describe('a cure', () => {
  const about = (subject: string | null): ErrorReport => ({ ...bareReport('api-not-supported'), subject });

  it('is for the connection that the answer failed on', () => {
    const outcomes = new Outcomes();
    play(outcomes, 't1', failed('a'), 'k0');
    play(outcomes, 't2', failed('b'), 'k1');
    const ofOther = about('https://one.services.ai.azure.com/x');
    expect(outcomes.isOfActive(APP, about(null), 'a')).toBe(true);
    expect(outcomes.isOfActive(APP, ofOther, 'b')).toBe(false);
  });

  it('of an older answer is for the only connection, or for the host that it names', () => {
    const outcomes = new Outcomes();
    const only = { ...APP, connections: APP.connections.slice(0, 1) };
    expect(outcomes.isOfActive(only, about(null), 'old')).toBe(true);
    expect(outcomes.isOfActive(APP, about(null), 'old')).toBe(false);
    expect(outcomes.isOfActive(APP, about('https://one.services.ai.azure.com/x'), 'old')).toBe(true);
    expect(outcomes.isOfActive(APP, about('https://two.services.ai.azure.com/x'), 'old')).toBe(false);
    expect(outcomes.isOfActive({ active: null, connections: [] }, about(null), 'old')).toBe(false);
  });
});

it('knows what was answered after a failure in the same branch', () => {
  const bad = failed('a');
  const question = message('q2', { role: 'user' });
  expect(wasAnsweredAfter([bad], bad)).toBe(false);
  expect(wasAnsweredAfter([bad, question, failed('b')], bad)).toBe(false);
  expect(wasAnsweredAfter([bad, question, message('b')], bad)).toBe(true);
  expect(wasAnsweredAfter([message('b')], bad)).toBe(false);
});
