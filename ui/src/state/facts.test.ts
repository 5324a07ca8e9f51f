import { expect, it } from 'vitest';
import type { AnswerFacts, MessageView } from '../host/types';
import { answerFacts, loweredWords, withoutWords } from './facts';

const said = (facts: Partial<AnswerFacts> | null): MessageView => ({
  id: 'm',
  parent: null,
  role: facts ? 'assistant' : 'user',
  blocks: [],
  state: { kind: 'complete', stopReason: null },
  createdAt: 0,
  answer: facts && {
    connection: null,
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
    ...facts,
  },
  branch: 0,
  branches: ['m'],
  purpose: null,
});

it.each<[string, MessageView[], string[]]>([
  [
    'known in full',
    [said({ outputTokens: 812, inputTokens: 100, cacheReadTokens: 94, durationMs: 14_249 })],
    ['team', '812 tokens', '94 % cached', '14.2 s'],
  ],
  ['at once', [said({ outputTokens: 1, durationMs: 12 })], ['team', '1 token', 'under 0.1 s']],
  ['unknown', [said({})], ['team']],
  ['of a question', [said(null)], []],
  [
    'with tools',
    [said({ outputTokens: 20, durationMs: 900 }), said(null), said({ outputTokens: 30, durationMs: 1_100 })],
    ['team', '50 tokens', '2.0 s'],
  ],
])('the facts of an answer that is %s', (_, messages, facts) => {
  expect(answerFacts(messages)).toEqual(facts);
});

it('tells what was left out of a question, once', () => {
  expect(withoutWords([said({})])).toBe(null);
  expect(withoutWords([said({ without: ['effort'] }), said(null), said({ without: ['effort'] })])).toBe(
    'Asked without effort: this deployment does not take it',
  );
  expect(withoutWords([said({ without: ['effort', 'structured-outputs'] })])).toBe(
    'Asked without effort and structured outputs: this deployment does not take them',
  );
});

it('says how many tokens were asked for where the deployment takes fewer', () => {
  expect(loweredWords([said({}), said(null)])).toBe(null);
  expect(loweredWords([said({ loweredTo: 4096 }), said(null)])).toBe(
    'Asked for at most 4,096 tokens: this deployment does not take more',
  );
});
