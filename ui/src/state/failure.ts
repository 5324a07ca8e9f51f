// What the window offers to do about each failure, and how its words get their facts.

import type { ErrorCode, ErrorReport } from '../host/types';
import { t } from '../words';

export type FailureAction =
  | 'continue'
  | 'try-again'
  | 'open-settings'
  | 'fix-address'
  | 'replace-key'
  | 'choose-deployment'
  | 'new-chat'
  | 'connect';

export type FailureIcon =
  | 'key'
  | 'lock'
  | 'box'
  | 'address'
  | 'clock'
  | 'busy'
  | 'cut'
  | 'network'
  | 'certificate'
  | 'disk'
  | 'message'
  | 'defect';

export interface FailureOffer {
  icon: FailureIcon;
  /** The first is the main one. */
  actions: FailureAction[];
}

const offer = (icon: FailureIcon, ...actions: FailureAction[]): FailureOffer => ({ icon, actions });

/** The icon and the ways out of a failure. */
export function offerFor(code: ErrorCode): FailureOffer {
  switch (code) {
    case 'key-refused':
    case 'credential-missing':
    case 'key-for-other-host':
    case 'key-unusable':
      return offer('key', 'replace-key', 'try-again');
    case 'token-refused':
    case 'sign-in-refused':
      return offer('key', 'open-settings', 'try-again');
    case 'permission-denied':
      return offer('lock', 'try-again');
    case 'deployment-not-found':
      return offer('box', 'choose-deployment', 'try-again', 'open-settings');
    case 'no-deployment':
      return offer('box', 'open-settings');
    case 'api-not-supported':
    case 'address-not-found':
    case 'redirect-refused':
    case 'endpoint-missing':
    case 'endpoint-invalid':
    case 'endpoint-not-https':
    case 'endpoint-holds-secret':
    case 'endpoint-is-portal':
      return offer('address', 'fix-address', 'try-again');
    case 'no-connection':
      return offer('address', 'connect');
    case 'request-invalid':
      return offer('message', 'try-again');
    case 'context-exceeded':
    case 'request-too-large':
      return offer('message', 'choose-deployment', 'new-chat');
    case 'billing-problem':
    case 'spend-limit':
      return offer('lock', 'choose-deployment', 'try-again');
    case 'rate-limited':
      return offer('clock', 'continue', 'try-again', 'choose-deployment');
    case 'overloaded':
    case 'upstream-failed':
    case 'upstream-timeout':
      return offer('busy', 'continue', 'try-again', 'choose-deployment');
    case 'unexpected-answer':
      return offer('network', 'continue', 'try-again', 'fix-address');
    case 'stream-error':
    case 'stream-cut':
    case 'stream-stalled':
      return offer('cut', 'continue', 'try-again');
    case 'host-unknown':
    case 'unreachable':
      return offer('network', 'continue', 'try-again', 'fix-address');
    case 'proxy-failed':
      return offer('network', 'continue', 'try-again');
    case 'tls-failed':
      return offer('certificate', 'try-again');
    case 'keyring-missing':
    case 'keyring-locked':
    case 'keyring-refused':
      return offer('lock', 'open-settings', 'try-again');
    case 'settings-newer':
    case 'settings-unreadable':
    case 'store-newer':
    case 'store-unreadable':
    case 'file-not-written':
      return offer('disk');
    case 'attachment-too-large':
    case 'attachment-unknown-type':
    case 'attachment-broken':
    case 'attachments-too-many':
    case 'attachment-not-found':
      return offer('message');
    case 'disk-full':
    case 'store-failed':
      return offer('disk', 'try-again');
    case 'conversation-not-found':
    case 'message-not-found':
    case 'demo-mismatch':
      return offer('message', 'new-chat');
    case 'tool-rounds-exceeded':
      return offer('message', 'continue', 'try-again');
    case 'nothing-to-send':
    case 'nothing-to-continue':
    case 'turn-running':
    case 'link-refused':
      return offer('message');
    case 'internal':
      return offer('defect', 'try-again');
    default:
      code satisfies never;
      return offer('defect');
  }
}

/** Whether the failure passes by itself, rather than needing somebody to change something. */
export function isPassing(code: ErrorCode): boolean {
  const { icon } = offerFor(code);
  return icon === 'cut' || icon === 'busy' || icon === 'clock';
}

/** What happened, in a line. */
export function failureTitle(report: ErrorReport): string {
  return t(`error-${report.code}`, facts(report));
}

/** Why, and what was kept. */
export function failureCause(report: ErrorReport): string {
  return t(`error-${report.code}.cause`, facts(report));
}

/** The known facts, each with its name, in the order they are shown and copied. */
export function failureDetails(report: ErrorReport): Array<{ name: string; value: string }> {
  const rows: Array<[string, string | number | null]> = [
    [t('failure-status'), report.status],
    [t('failure-type'), report.apiType],
    [t('failure-code'), report.apiCode ?? report.code],
    [t('failure-message'), report.message],
    [isAddress(report.subject) ? t('failure-address') : t('failure-subject'), report.subject],
    [t('failure-request-id'), report.requestId],
    [t('failure-apim-request-id'), report.apimRequestId],
    [t('failure-attempts'), report.attempts || null],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value: String(value) }]));
}

const isAddress = (subject: string | null): boolean => subject !== null && /^[a-z]+:\/\//i.test(subject);

/** The failure as text for whoever can help. No report ever holds a secret. */
export function failureReport(report: ErrorReport, version: string): string {
  const head = t('failure-report-title', { version, title: failureTitle(report) });
  return [head, ...failureDetails(report).map(({ name, value }) => `${name}: ${value}`)].join('\n');
}

function facts(report: ErrorReport) {
  return {
    subject: report.subject ?? 'none',
    status: report.status === null ? 'none' : String(report.status),
    message: report.message ?? 'none',
    seconds: report.retryAfter ?? 'none',
    attempts: report.attempts,
    kept: report.kept ?? 'none',
  };
}
