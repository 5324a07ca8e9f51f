// How a branch is shown: questions, prompts that Hearth wrote, and answers of one or more messages.
//
// A turn that used tools is several messages on disk and one answer to whoever reads it; so is an
// answer that was cut and went on in its own words.

import type { BlockView, MessageView } from '../host/types';

export type Section =
  | { kind: 'question'; key: string; message: MessageView }
  | { kind: 'prompt'; key: string; message: MessageView }
  | { kind: 'answer'; key: string; messages: readonly MessageView[] };

/** The sections of a branch, in order. */
export function sectionsOf(messages: readonly MessageView[]): Section[] {
  const sections: Section[] = [];
  for (const message of messages) {
    const last = sections.at(-1);
    if (isQuestion(message)) {
      sections.push({ kind: 'question', key: message.id, message });
    } else if (message.purpose === 'continue') {
      sections.push({ kind: 'prompt', key: message.id, message });
    } else if (last?.kind === 'answer') {
      sections[sections.length - 1] = { ...last, messages: [...last.messages, message] };
    } else {
      sections.push({ kind: 'answer', key: message.id, messages: [message] });
    }
  }
  return sections;
}

/** Whether a person wrote it, rather than a model, a tool or Hearth. */
export function isQuestion({ role, purpose, blocks }: MessageView): boolean {
  return role === 'user' && purpose === null && !blocks.some(({ kind }) => kind === 'tool_result');
}

/** The words of a message, as Markdown. */
export function answerText(message: MessageView): string {
  return message.blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n\n');
}

/**
 * The text of a block as it is read: with what follows it where the answer goes on in the middle of
 * its words, and null where it was read with the block before it.
 */
export function textAt(messages: readonly MessageView[], at: number, index: number): string | null {
  if (index === 0 && isSeam(messages, at)) return null;
  let text = ownText(messages[at]?.blocks[index]);
  if (index + 1 !== messages[at]?.blocks.length) return text;
  for (let next = at + 1; isSeam(messages, next); next++) {
    // The model was given the text without the blanks at its end, and went on from there.
    text = text.trimEnd() + ownText(messages[next]?.blocks[0]);
    if (messages[next]?.blocks.length !== 1) break;
  }
  return text;
}

/** The whole answer's words, as Markdown. */
export function wholeText(messages: readonly MessageView[]): string {
  const texts = messages.flatMap(({ blocks }, at) =>
    blocks.map((block, index) => (block.kind === 'text' ? textAt(messages, at, index) : null)),
  );
  return texts.filter((text) => text !== null && text !== '').join('\n\n');
}

/** The result that a call got, once it has one. */
export function resultOf(messages: readonly MessageView[], call: string) {
  for (const { blocks } of messages) {
    for (const block of blocks) if (block.kind === 'tool_result' && block.call === call) return block;
  }
  return null;
}

/** The calls whose results stand among these messages; what answers no call stands for itself. */
export function hasCall(messages: readonly MessageView[], call: string): boolean {
  return messages.some(({ blocks }) =>
    blocks.some((block) => block.kind === 'tool_call' && block.id === call),
  );
}

/** Whether somebody can go on from `message`, the last of its branch: it was cut, and has words to go on from. */
export function canContinue(message: MessageView): boolean {
  if (message.role !== 'assistant' || answerText(message).trim() === '') return false;
  const { state } = message;
  return wasCut(message) || (state.kind === 'complete' && state.stopReason === 'pause_turn');
}

/** Whether it ended where its words did not. */
export function wasCut({ state }: MessageView): boolean {
  return state.kind === 'complete' ? state.stopReason === 'max_tokens' : state.kind !== 'streaming';
}

const ownText = (block: BlockView | undefined): string => (block?.kind === 'text' ? block.text : '');

/** Whether the message at `at` goes on in the middle of the words of the one before it. */
function isSeam(messages: readonly MessageView[], at: number): boolean {
  const [before, after] = [messages[at - 1], messages[at]];
  return (
    before?.role === 'assistant' &&
    after?.role === 'assistant' &&
    wasCut(before) &&
    before.blocks.at(-1)?.kind === 'text' &&
    after.blocks[0]?.kind === 'text'
  );
}

/** Whether nothing of the answer stands after this block, which then is the one that grows. */
export function isEnd(messages: readonly MessageView[], at: number, index: number): boolean {
  if (index + 1 !== messages[at]?.blocks.length) return false;
  return messages
    .slice(at + 1)
    .every(({ blocks }, next) => isSeam(messages, at + 1 + next) && blocks.length === 1);
}
