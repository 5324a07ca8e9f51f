// The words for values that the host names by code.

import type { CallState, Effort, EndpointNote } from '../host/types';
import { t } from '../words';
import type { Blocked } from './chat.svelte';
import type { FailureAction } from './failure';
import type { Period } from './list';

export function effortName(effort: Effort): string {
  switch (effort) {
    case 'low':
      return t('effort-low');
    case 'medium':
      return t('effort-medium');
    case 'high':
      return t('effort-high');
    case 'xhigh':
      return t('effort-xhigh');
    case 'max':
      return t('effort-max');
  }
}

export function actionName(action: FailureAction): string {
  switch (action) {
    case 'continue':
      return t('action-continue');
    case 'try-again':
      return t('action-try-again');
    case 'open-settings':
      return t('action-open-settings');
    case 'fix-address':
      return t('action-fix-address');
    case 'replace-key':
      return t('action-replace-key');
    case 'choose-deployment':
      return t('action-choose-deployment');
    case 'new-chat':
      return t('action-new-chat');
    case 'connect':
      return t('action-connect');
  }
}

export function periodName(period: Period): string {
  switch (period) {
    case 'pinned':
      return t('sidebar-pinned');
    case 'today':
      return t('sidebar-today');
    case 'yesterday':
      return t('sidebar-yesterday');
    case 'last-week':
      return t('sidebar-last-week');
    case 'older':
      return t('sidebar-older');
  }
}

export function noteText(note: EndpointNote): string {
  switch (note) {
    case 'from-resource-name':
      return t('note-from-resource-name');
    case 'project-path-dropped':
      return t('note-project-path-dropped');
    case 'path-replaced':
      return t('note-path-replaced');
    case 'query-dropped':
      return t('note-query-dropped');
    case 'scheme-added':
      return t('note-scheme-added');
    case 'open-ai-host':
      return t('note-open-ai-host');
    case 'unusual-host':
      return t('note-unusual-host');
  }
}

export function blockedText(blocked: Blocked): string {
  switch (blocked) {
    case 'connection':
      return t('composer-blocked-connection');
    case 'deployment':
      return t('composer-blocked-deployment');
    case 'demo-left':
      return t('composer-blocked-demo-left');
    case 'demo-over':
      return t('composer-blocked-demo-over');
    case 'demo-runs':
      return t('composer-blocked-demo-runs');
  }
}

/** What has branches: a question, an answer, or what an answer went on with. */
export type BranchKind = 'question' | 'answer' | 'rest';

/** Which branch is shown, from 1, and what leads to its neighbours. */
export function branchWords(kind: BranchKind, current: number, count: number) {
  switch (kind) {
    case 'question':
      return {
        place: t('chat-branch-question', { current, count }),
        previous: t('chat-branch-question-previous'),
        next: t('chat-branch-question-next'),
      };
    case 'answer':
      return {
        place: t('chat-branch', { current, count }),
        previous: t('chat-branch-previous'),
        next: t('chat-branch-next'),
      };
    case 'rest':
      return {
        place: t('chat-branch-rest', { current, count }),
        previous: t('chat-branch-rest-previous'),
        next: t('chat-branch-rest-next'),
      };
  }
}

export function callStateName(state: CallState): string {
  switch (state) {
    case 'asked':
      return t('tool-asked');
    case 'approval':
      return t('tool-approval');
    case 'running':
      return t('tool-running');
    case 'done':
      return t('tool-done');
    case 'failed':
      return t('tool-error');
    case 'denied':
      return t('tool-denied');
    case 'skipped':
      return t('tool-skipped');
  }
}

/** Why an answer ended before it was done, as far as somebody can do something about it. */
export type EarlyEnd = 'refusal' | 'max-tokens' | 'context';

/** Whether the reason that the model gives for stopping is one of an early end. */
export function earlyEnd(stopReason: string | null): EarlyEnd | null {
  switch (stopReason) {
    case 'refusal':
      return 'refusal';
    case 'max_tokens':
      return 'max-tokens';
    case 'model_context_window_exceeded':
      return 'context';
    default:
      return null;
  }
}

/** What happened, and what to do. */
export function earlyEndWords(end: EarlyEnd): { title: string; advice: string } {
  switch (end) {
    case 'refusal':
      return { title: t('chat-end-refusal'), advice: t('chat-end-refusal.advice') };
    case 'max-tokens':
      return { title: t('chat-end-max-tokens'), advice: t('chat-end-max-tokens.advice') };
    case 'context':
      return { title: t('chat-end-context'), advice: t('chat-end-context.advice') };
  }
}
