import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { BlockView, ConversationView, MessageView, Step, TurnEvent } from '../host/types';
import { NO_CHOICES } from './chat.svelte';
import { type Applied, applyTurn } from './conversation';
import { answerText } from './thread';

const text = (words: string): BlockView => ({ kind: 'text', text: words });

function message(id: string, parent: string | null, change: Partial<MessageView> = {}): MessageView {
  return {
    id,
    parent,
    role: id.startsWith('q') ? 'user' : 'assistant',
    blocks: [],
    state: { kind: 'streaming' },
    createdAt: 0,
    answer: null,
    branch: 0,
    branches: [id],
    purpose: null,
    ...change,
  };
}

function view(messages: MessageView[] = [], seq = 0): ConversationView {
  return {
    summary: {
      id: 'c',
      title: 'c',
      createdAt: 0,
      updatedAt: 0,
      demo: false,
      activity: 'idle',
      pinned: false,
    },
    settings: { ...NO_CHOICES },
    messages,
    turn: null,
    seq,
  };
}

const event = (seq: number, step: Step): TurnEvent => ({ conversation: 'c', turn: 't', seq, step });
const numbered = (...steps: Step[]): TurnEvent[] => steps.map((step, index) => event(index + 1, step));
const play = (onto: ConversationView, events: TurnEvent[]): Applied[] =>
  events.map((one) => applyTurn(onto, one));

const started: Step = {
  kind: 'started',
  question: message('q1', null, { blocks: [text('why?')] }),
  answer: message('a1', 'q1'),
};
const waiting = { attempt: 2, attempts: 4, until: 99, reason: bareReport('overloaded') };
const ended: Step = {
  kind: 'ended',
  answer: message('a1', 'q1', {
    blocks: [text('because')],
    state: { kind: 'complete', stopReason: 'end_turn' },
  }),
};

const WHOLE_TURN = numbered(
  structuredClone(started),
  { kind: 'waiting', waiting },
  { kind: 'asking' },
  {
    kind: 'block_started',
    message: 'a1',
    index: 0,
    block: { kind: 'thinking', text: '', seconds: null, redacted: false },
  },
  { kind: 'delta', message: 'a1', index: 0, text: 'hm' },
  {
    kind: 'block_finished',
    message: 'a1',
    index: 0,
    block: { kind: 'thinking', text: 'hm', seconds: 2, redacted: false },
  },
  { kind: 'block_started', message: 'a1', index: 1, block: text('') },
  { kind: 'delta', message: 'a1', index: 1, text: 'be' },
  { kind: 'delta', message: 'a1', index: 1, text: 'cause' },
  { kind: 'block_finished', message: 'a1', index: 1, block: text('because') },
  ended,
);

describe('applyTurn', () => {
  it('shows question and empty answer when a turn starts', () => {
    const shown = view();
    expect(applyTurn(shown, event(1, started))).toBe('applied');
    expect(shown.messages.map(({ id }) => id)).toEqual(['q1', 'a1']);
    expect(shown.turn).toEqual({ id: 't', answer: 'a1', waiting: null, elsewhere: false });
  });

  it('tells of a pause and of its end', () => {
    const shown = view();
    play(shown, numbered(started, { kind: 'waiting', waiting }));
    expect(shown.turn?.waiting).toEqual(waiting);
    applyTurn(shown, event(3, { kind: 'asking' }));
    expect(shown.turn?.waiting).toBeNull();
  });

  it('appends fragments to the block they name', () => {
    const shown = view();
    play(shown, structuredClone(WHOLE_TURN.slice(0, 9)));
    expect(shown.messages[1]?.blocks).toEqual([
      { kind: 'thinking', text: 'hm', seconds: 2, redacted: false },
      text('because'),
    ]);
  });

  it('appends to the input of a tool call', () => {
    const shown = view();
    const call: BlockView = { kind: 'tool_call', id: 'x', name: 'read', input: '', state: 'asked' };
    play(
      shown,
      numbered(
        structuredClone(started),
        { kind: 'block_started', message: 'a1', index: 0, block: call },
        { kind: 'delta', message: 'a1', index: 0, text: '{"a"' },
        { kind: 'delta', message: 'a1', index: 0, text: ':1}' },
      ),
    );
    expect(shown.messages[1]?.blocks).toEqual([{ ...call, input: '{"a":1}' }]);
  });

  it('tells how far a tool is, and leaves other blocks alone', () => {
    const shown = view();
    const call: BlockView = { kind: 'tool_call', id: 'x', name: 'read', input: '{}', state: 'asked' };
    const applied = play(
      shown,
      numbered(
        structuredClone(started),
        { kind: 'block_started', message: 'a1', index: 0, block: text('I look.') },
        { kind: 'block_started', message: 'a1', index: 1, block: call },
        { kind: 'tool_state', message: 'a1', index: 1, state: 'approval' },
        { kind: 'tool_state', message: 'a1', index: 0, state: 'done' },
        { kind: 'tool_state', message: 'elsewhere', index: 0, state: 'done' },
      ),
    );
    expect(applied).not.toContain('gap');
    expect(shown.messages[1]?.blocks).toEqual([text('I look.'), { ...call, state: 'approval' }]);
  });

  it('puts an edited question beside the one it replaces, and an answer that goes on behind it', () => {
    const shown = view([message('q1', null), message('a1', 'q1'), message('q2', 'a1'), message('a2', 'q2')]);
    play(shown, [
      event(1, { kind: 'started', question: message('q3', 'a1'), answer: message('a3', 'q3') }),
      event(2, { kind: 'started', question: message('a3', 'q3'), answer: message('a4', 'a3') }),
    ]);
    expect(shown.messages.map(({ id }) => id)).toEqual(['q1', 'a1', 'q3', 'a3', 'a4']);
    expect(shown.turn).toEqual({ id: 't', answer: 'a4', waiting: null, elsewhere: false });
  });

  it('ends with the answer as stored', () => {
    const shown = view();
    expect(play(shown, structuredClone(WHOLE_TURN))).toEqual(WHOLE_TURN.map(() => 'applied'));
    expect(shown.turn).toBeNull();
    expect(shown.messages[1]).toEqual(ended.kind === 'ended' ? ended.answer : null);
    expect(shown.seq).toBe(WHOLE_TURN.length);
  });

  it('goes on in the next message of the same turn', () => {
    const shown = view();
    const finished = message('a1', 'q1', { state: { kind: 'complete', stopReason: 'tool_use' } });
    const results = message('q2', 'a1', {
      blocks: [{ kind: 'tool_result', call: 'x', text: '42', failed: false }],
    });
    play(
      shown,
      numbered(structuredClone(started), {
        kind: 'continued',
        finished,
        results,
        answer: message('a2', 'q2'),
      }),
    );
    expect(shown.messages.map(({ id }) => id)).toEqual(['q1', 'a1', 'q2', 'a2']);
    expect(shown.turn?.answer).toBe('a2');
  });

  it('drops what the snapshot already contains, and what comes twice', () => {
    const shown = view();
    const outcomes = play(shown, structuredClone([...WHOLE_TURN.slice(0, 9), ...WHOLE_TURN.slice(3, 9)]));
    expect(outcomes.slice(9)).toEqual(['dropped', 'dropped', 'dropped', 'dropped', 'dropped', 'dropped']);
    expect(answerText(shown.messages[1] as MessageView)).toBe('because');
  });

  it('calls for a snapshot after a gap or when events change places, and changes nothing', () => {
    const shown = view();
    applyTurn(shown, structuredClone(WHOLE_TURN[0] as TurnEvent));
    const before = structuredClone(shown);
    expect(applyTurn(shown, WHOLE_TURN[2] as TurnEvent)).toBe('gap');
    expect(shown).toEqual(before);
  });

  it('calls for a snapshot when a block is missing', () => {
    const shown = view();
    applyTurn(shown, event(1, structuredClone(started)));
    expect(applyTurn(shown, event(2, { kind: 'delta', message: 'a1', index: 0, text: 'x' }))).toBe('gap');
    expect(
      applyTurn(shown, event(2, { kind: 'block_started', message: 'a1', index: 1, block: text('') })),
    ).toBe('gap');
  });

  it('counts the events of a branch that is not shown, without showing them', () => {
    const shown = view([message('q1', null), message('a9', 'q1')], 5);
    expect(applyTurn(shown, event(6, { kind: 'delta', message: 'a1', index: 0, text: 'x' }))).toBe('applied');
    expect(shown.messages.map(({ id }) => id)).toEqual(['q1', 'a9']);
    expect(shown.seq).toBe(6);
  });

  it('replaces the end of the branch when an answer is asked for again', () => {
    const shown = view([message('q1', null), message('a1', 'q1'), message('q2', 'a1'), message('a2', 'q2')]);
    const again = message('a3', 'q1', { branch: 1, branches: ['a1', 'a3'] });
    applyTurn(shown, event(1, { kind: 'started', question: message('q1', null), answer: again }));
    expect(shown.messages.map(({ id }) => id)).toEqual(['q1', 'a3']);
  });

  it('calls for a snapshot when a question belongs to a branch that is not shown', () => {
    const shown = view([message('q1', null)]);
    const step: Step = { kind: 'started', question: message('q5', 'a4'), answer: message('a5', 'q5') };
    expect(applyTurn(shown, event(1, step))).toBe('gap');
  });

  it('shows the same in two windows, wherever the second one joins', () => {
    const first = view();
    play(first, structuredClone(WHOLE_TURN));
    for (let joined = 0; joined <= WHOLE_TURN.length; joined++) {
      const snapshot = view();
      play(snapshot, structuredClone(WHOLE_TURN.slice(0, joined)));
      const second = structuredClone(snapshot);
      // The second window hears some events again that its snapshot already contains.
      play(second, structuredClone(WHOLE_TURN.slice(Math.max(0, joined - 3))));
      expect(second).toEqual(first);
    }
  });
});
