// The words for values that the host names by code.

import type {
  CallState,
  Capability,
  Effort,
  EndpointNote,
  Fix,
  RungId,
  RungState,
  Verdict,
} from '../host/types';
import { hasWord, t } from '../words';
import type { Blocked } from './chat.svelte';
import type { Period } from './list';
import type { FailureAction } from './ways-out';

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

/** What a button says that takes a way out; `fix` is the one that the report names. */
export function actionName(action: FailureAction, fix: Fix | null = null): string {
  switch (action) {
    case 'continue':
      return t('action-continue');
    case 'try-again':
      return t('action-try-again');
    case 'open-settings':
      return t('action-open-settings');
    case 'fix-address':
      return t('action-fix-address');
    case 'use-fix':
      return fix === null ? t('action-open-settings') : fixName(fix);
    case 'replace-key':
      return t('action-replace-key');
    case 'replace-secret':
      return t('action-replace-secret');
    case 'replace-token':
      return t('action-replace-token');
    case 'keep-this-run':
      return t('action-keep-this-run');
    case 'sign-in':
      return t('action-sign-in');
    case 'agree-to-command':
      return t('action-agree-to-command');
    case 'choose-deployment':
      return t('action-choose-deployment');
    case 'open-portal':
      return t('action-open-portal');
    case 'copy-request':
      return t('action-copy-request');
    case 'retry-without':
      return t('action-retry-without');
    case 'edit-question':
      return t('action-edit-question');
    case 'show-chain':
    case 'trust-certificate':
      return t('action-show-chain');
    case 'client-certificate':
      return t('action-client-certificate');
    case 'proxy':
      return t('action-proxy');
    case 'network':
      return t('action-network');
    case 'run-doctor':
      return t('action-run-doctor');
    case 'new-chat':
      return t('action-new-chat');
    case 'connect':
      return t('action-connect');
  }
}

/** What a button says that takes a fix. */
export function fixName(fix: Fix): string {
  switch (fix.kind) {
    case 'use_endpoint':
      return t('fix-use-endpoint');
    case 'use_scope':
      return t('fix-use-scope');
    case 'use_tenant':
      return t('fix-use-tenant');
    case 'trust_certificate':
      return t('action-show-chain');
    case 'choose_client_certificate':
      return t('action-client-certificate');
    case 'proxy_password':
      return t('action-proxy');
    case 'open_network':
      return t('action-network');
    case 'replace_secret':
      return t('action-replace-key');
    case 'sign_in':
      return t('action-sign-in');
    case 'agree_to_command':
      return t('action-agree-to-command');
    case 'choose_deployment':
      return t('action-choose-deployment');
    case 'edit_connection':
      return t('action-open-settings');
  }
}

/** What a deployment can or cannot do, as a noun. */
export const capabilityName = (capability: Capability): string => t(`capability-${capability}`);

export const rungName = (rung: RungId): string => t(`doctor-${rung}`);

export const verdictName = (verdict: Verdict): string => t(`doctor-verdict-${verdict}`);

/** The name of something that the Doctor found; what has no words of its own shows as it came. */
export function factName(name: string): string {
  return hasWord(`doctor-fact-${name}`) ? t(`doctor-fact-${name}`) : name;
}

/** How a rung stands, for whoever does not see its sign. */
export function rungStateName(state: RungState): string {
  switch (state) {
    case 'waiting':
      return t('ladder-state-waiting');
    case 'running':
      return t('ladder-state-running');
    case 'passed':
      return t('ladder-state-passed');
    case 'warned':
      return t('ladder-state-warned');
    case 'failed':
      return t('ladder-state-failed');
    case 'skipped':
      return t('ladder-state-skipped');
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
