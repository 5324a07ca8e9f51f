// The words for what the gateway's section shows: its snippets, and the requests that went through.

import type { GatewayRequest, SnippetKind } from '../host/types';
import { t } from '../words';
import type { KeyProblem } from './gateway-key-form.svelte';

/** For which kind of program a snippet is. */
export function snippetName(kind: SnippetKind): string {
  switch (kind) {
    case 'open_ai_python':
      return t('gateway-ui-openai-python');
    case 'anthropic_python':
      return t('gateway-ui-anthropic-python');
    case 'open_ai_node':
      return t('gateway-ui-openai-node');
    case 'anthropic_node':
      return t('gateway-ui-anthropic-node');
    case 'claude_code':
      return t('gateway-ui-claude-code');
    case 'curl':
      return t('gateway-ui-curl');
  }
}

export function keyProblemText(problem: KeyProblem): string {
  switch (problem) {
    case 'name-missing':
      return t('gateway-ui-key-name-missing');
    case 'name-long':
      return t('gateway-ui-key-name-long');
    case 'name-taken':
      return t('gateway-ui-key-name-taken');
    case 'no-model':
      return t('gateway-ui-key-no-model');
    case 'day':
      return t('gateway-ui-key-day');
    case 'day-over':
      return t('gateway-ui-key-day-over');
  }
}

/** Whether a request was answered well. */
export const isAnswered = ({ ending }: GatewayRequest): boolean => ending === 'answered';

/** How a request ended: its status, or that its answer was not whole, or that nobody waited for it. */
export function requestEnd({ status, ending }: GatewayRequest): string {
  if (ending === 'broke_off') return t('gateway-ui-broke-off');
  return ending === 'left' || status === null ? t('gateway-ui-caller-left') : String(status);
}

/** How long a request took. */
export const requestTime = ({ duration }: GatewayRequest): string =>
  t('gateway-ui-took', { seconds: (duration / 1_000).toFixed(1) });

/** Tokens as a table shows them; nothing is known of them where the resource said none. */
export const tokens = (count: number | null): string =>
  count === null ? t('gateway-ui-unknown') : t('gateway-ui-count', { count });

/** When a request came: the time alone on the day of `now`, with its date before that. */
export function requestMoment(at: number, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  const day: Intl.DateTimeFormatOptions = isToday ? {} : { month: 'short', day: 'numeric' };
  const time = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
  return new Intl.DateTimeFormat('en', { ...day, ...time }).format(at);
}
