// A conversation as shown, folded from a snapshot and the events after it.
//
// Deliberately absent: the host, clocks and components. The fold writes into the
// view it is given, so that the cost of a fragment does not depend on how much
// was said before it.

import type { BlockView, ConversationView, LiveTurn, MessageView, TurnEvent } from '../host/types';

/** What became of an event. After `gap`, only a new snapshot tells the truth. */
export type Applied = 'applied' | 'dropped' | 'gap';

/** Applies `event`, which belongs to this conversation, to `view`. */
export function applyTurn(view: ConversationView, event: TurnEvent): Applied {
  if (event.seq <= view.seq) return 'dropped';
  if (event.seq > view.seq + 1) return 'gap';

  const { step } = event;
  switch (step.kind) {
    case 'started':
      if (!placeAnswer(view, step.question, step.answer)) return 'gap';
      view.turn = liveTurn(event.turn, step.answer.id);
      break;
    case 'waiting':
      if (view.turn) view.turn.waiting = step.waiting;
      break;
    case 'asking':
      if (view.turn) view.turn.waiting = null;
      break;
    case 'block_started': {
      const message = messageOf(view, step.message);
      if (message && !putBlock(message, step.index, step.block)) return 'gap';
      if (view.turn) view.turn.waiting = null;
      break;
    }
    case 'delta': {
      const message = messageOf(view, step.message);
      if (!message) break;
      const block = message.blocks[step.index];
      if (!block) return 'gap';
      extend(block, step.text);
      break;
    }
    case 'block_finished': {
      const message = messageOf(view, step.message);
      if (message && !putBlock(message, step.index, step.block)) return 'gap';
      break;
    }
    case 'tool_state': {
      const block = messageOf(view, step.message)?.blocks[step.index];
      if (block?.kind === 'tool_call') block.state = step.state;
      break;
    }
    case 'continued':
      if (replace(view, step.finished)) {
        if (step.results) view.messages.push(step.results);
        view.messages.push(step.answer);
      }
      view.turn = liveTurn(event.turn, step.answer.id);
      break;
    case 'ended':
      replace(view, step.answer);
      view.turn = null;
      break;
    default:
      step satisfies never;
  }
  view.seq = event.seq;
  return 'applied';
}

// What is announced here is written by this program.
const liveTurn = (id: string, answer: string): LiveTurn => ({ id, answer, waiting: null, elsewhere: false });

/** Shows `question` and `answer` as the end of the branch; false when their place is not shown. */
function placeAnswer(view: ConversationView, question: MessageView, answer: MessageView): boolean {
  const asked = indexOfMessage(view, question.id);
  if (asked >= 0) {
    view.messages.splice(asked + 1);
    view.messages.push(answer);
    return true;
  }
  const parent = question.parent === null ? -1 : indexOfMessage(view, question.parent);
  if (question.parent !== null && parent < 0) return false;
  view.messages.splice(parent + 1);
  view.messages.push(question, answer);
  return true;
}

/** Shows a message as stored; false when it is not shown here. */
function replace(view: ConversationView, message: MessageView): boolean {
  const at = indexOfMessage(view, message.id);
  if (at >= 0) view.messages[at] = message;
  return at >= 0;
}

/** Puts a block at its place; false when blocks before it are missing. */
function putBlock(message: MessageView, index: number, block: BlockView): boolean {
  if (index > message.blocks.length) return false;
  message.blocks[index] = block;
  return true;
}

function extend(block: BlockView, text: string): void {
  switch (block.kind) {
    case 'text':
    case 'thinking':
    case 'tool_result':
      block.text += text;
      return;
    case 'tool_call':
      block.input += text;
      return;
    case 'image':
    case 'file':
    case 'unknown':
      return;
    default:
      block satisfies never;
  }
}

// The message that events speak of is nearly always the last one.
function indexOfMessage(view: ConversationView, id: string): number {
  return view.messages.findLastIndex((message) => message.id === id);
}

// A turn may write into a branch that this window does not show: its events count, and change nothing here.
function messageOf(view: ConversationView, id: string): MessageView | undefined {
  return view.messages[indexOfMessage(view, id)];
}
