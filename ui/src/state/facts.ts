// What an answer was made with, as the line under it tells.

import type { MessageView } from '../host/types';
import { t } from '../words';
import { capabilityName } from './labels';

/** Answers that took less than these milliseconds came at once. */
const INSTANT_MS = 100;

/** The facts of an answer of one or more messages, in the order they are shown. */
export function answerFacts(messages: readonly MessageView[]): string[] {
  const facts = messages.flatMap(({ answer }) => (answer ? [answer] : []));
  const deployment = facts.at(-1)?.deployment ?? '';
  const written = sum(facts.map(({ outputTokens }) => outputTokens));
  const read = sum(facts.map(({ inputTokens }) => inputTokens));
  const cached = sum(facts.map(({ cacheReadTokens }) => cacheReadTokens));
  const took = sum(facts.map(({ durationMs }) => durationMs));
  const said = deployment === '' ? [] : [deployment];
  if (written !== null) said.push(t('chat-facts-tokens', { count: written }));
  if (read && cached) said.push(t('chat-facts-cached', { percent: Math.round((100 * cached) / read) }));
  if (took !== null) said.push(durationOf(took));
  return said;
}

/** What was left out of the questions, because the deployment does not take it; none when nothing was. */
export function withoutWords(messages: readonly MessageView[]): string | null {
  const without = new Set(messages.flatMap(({ answer }) => answer?.without ?? []));
  if (without.size === 0) return null;
  const names = new Intl.ListFormat('en').format([...without].map(capabilityName));
  return t('answer-without', { capabilities: names, count: without.size });
}

/** How many tokens were asked for, where the deployment takes fewer than were wanted; none when it takes them. */
export function loweredWords(messages: readonly MessageView[]): string | null {
  const lowered = messages.flatMap(({ answer }) => answer?.loweredTo ?? []);
  const count = lowered.at(-1);
  return count === undefined ? null : t('answer-lowered', { count });
}

function durationOf(milliseconds: number): string {
  if (milliseconds < INSTANT_MS) return t('chat-facts-instant');
  return t('chat-facts-seconds', { seconds: (milliseconds / 1_000).toFixed(1) });
}

/** The sum of the numbers that are known; none when none is. */
function sum(numbers: ReadonlyArray<number | null>): number | null {
  const known = numbers.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((total, one) => total + one, 0);
}
