// What the last answer said, for the clipboard.

import type { MessageView } from '../host/types';
import { MarkdownStream } from '../markdown';
import { answerText, isQuestion, wholeText } from './thread';

/** The words of the last answer, over all messages in which it came; none while there is none. */
export function lastAnswer(messages: readonly MessageView[]): string | null {
  const asked = messages.findLastIndex(isQuestion);
  const text = wholeText(messages.slice(asked + 1).filter(({ role }) => role === 'assistant'));
  return text === '' ? null : text;
}

/** The last block of code that an answer has. */
export function lastCode(messages: readonly MessageView[]): string | null {
  for (const message of messages.toReversed()) {
    if (message.role !== 'assistant') continue;
    const stream = new MarkdownStream();
    stream.set(answerText(message));
    stream.finish();
    const code = [...stream.blocks].findLast(({ kind }) => kind === 'code')?.code;
    if (code) return code;
  }
  return null;
}
