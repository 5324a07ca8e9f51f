import { describe, expect, it } from 'vitest';
import type { BlockView, MessageState, MessageView } from '../host/types';
import { canContinue, isEnd, resultOf, sectionsOf, textAt, wholeText } from './thread';

const DONE: MessageState = { kind: 'complete', stopReason: 'end_turn' };
const STOPPED: MessageState = { kind: 'stopped' };
const text = (words: string): BlockView => ({ kind: 'text', text: words });
const call: BlockView = { kind: 'tool_call', id: 'x', name: 'clock', input: '{}', state: 'done' };
const result: BlockView = { kind: 'tool_result', call: 'x', text: 'noon', failed: false };

let count = 0;
const said = (
  role: 'user' | 'assistant',
  blocks: BlockView[],
  change: Partial<MessageView> = {},
): MessageView => {
  const id = `m${++count}`;
  return {
    id,
    parent: null,
    role,
    blocks,
    state: DONE,
    createdAt: 0,
    answer: null,
    branch: 0,
    branches: [id],
    purpose: null,
    ...change,
  };
};
const ask = (words: string) => said('user', [text(words)]);
const answer = (words: string, state: MessageState = DONE) => said('assistant', [text(words)], { state });
const shape = (messages: MessageView[]) =>
  sectionsOf(messages).map((section) => (section.kind === 'answer' ? section.messages.length : section.kind));

describe('sections', () => {
  it('join what a turn with tools wrote, and keep questions apart', () => {
    const turn = [said('assistant', [text('I look.'), call]), said('user', [result]), answer('Noon.')];
    expect(shape([ask('When?'), ...turn, ask('Sure?'), answer('Yes.')])).toEqual([
      'question',
      3,
      'question',
      1,
    ]);
  });

  it('keep a prompt that Hearth wrote as a line of its own', () => {
    const prompt = said('user', [text('Go on.')], { purpose: 'continue' });
    expect(shape([ask('Why?'), answer('Be', STOPPED), prompt, answer('cause.')])).toEqual([
      'question',
      1,
      'prompt',
      1,
    ]);
  });

  it('know a question that is an image only', () => {
    const image = { kind: 'image', attachment: { id: 'f' } } as BlockView;
    expect(shape([said('user', [image]), answer('A cat.')])).toEqual(['question', 1]);
  });
});

describe('an answer that went on in its own words', () => {
  const cut = answer('It is **bo  \n', STOPPED);
  const rest = answer('ld** and');
  const more = answer(' done.');

  it('reads as one text, in the place where it began', () => {
    rest.state = { kind: 'complete', stopReason: 'max_tokens' };
    const messages = [cut, rest, more];
    expect(textAt(messages, 0, 0)).toBe('It is **bold** and done.');
    expect([textAt(messages, 1, 0), textAt(messages, 2, 0)]).toEqual([null, null]);
    expect(wholeText(messages)).toBe('It is **bold** and done.');
    expect(isEnd(messages, 0, 0)).toBe(true);
  });

  it('is not mixed with what followed a finished part', () => {
    const messages = [answer('First.'), answer('Second.')];
    expect([textAt(messages, 0, 0), textAt(messages, 1, 0)]).toEqual(['First.', 'Second.']);
    expect(wholeText(messages)).toBe('First.\n\nSecond.');
    expect(isEnd(messages, 0, 0)).toBe(false);
    expect(isEnd(messages, 1, 0)).toBe(true);
  });

  it('has not gone on while nothing came', () => {
    const messages = [cut, said('assistant', [], { state: { kind: 'streaming' } })];
    expect(textAt(messages, 0, 0)).toBe('It is **bo  \n');
    expect(isEnd(messages, 0, 0)).toBe(false);
  });
});

it('finds the result of a call', () => {
  const messages = [said('assistant', [call]), said('user', [result])];
  expect(resultOf(messages, 'x')?.text).toBe('noon');
  expect(resultOf(messages, 'y')).toBeNull();
});

it.each<[string, MessageView, boolean]>([
  ['stopped', answer('Be', STOPPED), true],
  ['interrupted', answer('Be', { kind: 'interrupted' }), true],
  ['cut by its limit', answer('Be', { kind: 'complete', stopReason: 'max_tokens' }), true],
  ['paused', answer('Be', { kind: 'complete', stopReason: 'pause_turn' }), true],
  ['at its end', answer('Because.'), false],
  ['refused', answer('Be', { kind: 'complete', stopReason: 'refusal' }), false],
  ['still written', answer('Be', { kind: 'streaming' }), false],
  ['without a word', said('assistant', [], { state: STOPPED }), false],
  ['blank', answer(' \n', STOPPED), false],
  ['a question', ask('Why?'), false],
])('an answer that is %s can go on: %#', (_, message, possible) => {
  expect(canContinue(message)).toBe(possible);
});
