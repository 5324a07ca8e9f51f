// What the window offers to do about each failure: a table, and what the report itself adds to it.

import type { Capability, ErrorCode, ErrorReport, Fix } from '../host/types';

export type FailureAction =
  | 'continue'
  | 'try-again'
  | 'open-settings'
  | 'fix-address'
  | 'use-fix'
  | 'replace-key'
  | 'replace-secret'
  | 'replace-token'
  | 'keep-this-run'
  | 'sign-in'
  | 'agree-to-command'
  | 'choose-deployment'
  | 'open-portal'
  | 'copy-request'
  | 'retry-without'
  | 'edit-question'
  | 'show-chain'
  | 'trust-certificate'
  | 'client-certificate'
  | 'proxy'
  | 'network'
  | 'run-doctor'
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

/** The icon of a failure, and the ways out of it that do not depend on what its report tells. */
export function offerFor(code: ErrorCode): FailureOffer {
  switch (code) {
    case 'key-refused':
    case 'key-for-other-host':
    case 'key-unusable':
      return offer('key', 'replace-key', 'try-again', 'run-doctor');
    case 'client-secret-wrong':
    case 'client-secret-expired':
      return offer('key', 'replace-secret', 'try-again', 'run-doctor');
    case 'credential-missing':
      return offer('key', 'replace-key', 'try-again');
    case 'keys-disabled':
      return offer('lock', 'open-settings', 'run-doctor');
    case 'token-refused':
    case 'token-expired':
    case 'sign-in-expired':
    case 'sign-in-declined':
    case 'sign-in-timed-out':
    case 'interaction-needed':
    case 'account-unknown':
      return offer('key', 'sign-in', 'try-again', 'run-doctor');
    case 'token-audience':
    case 'token-tenant':
    case 'sign-in-refused':
    case 'application-unknown':
    case 'tenant-unknown':
    case 'scope-unknown':
    case 'scope-invalid':
    case 'authority-invalid':
    case 'public-client-disabled':
      return offer('key', 'open-settings', 'try-again', 'run-doctor');
    case 'consent-needed':
      return offer('lock', 'copy-request', 'sign-in', 'run-doctor');
    case 'role-missing':
    case 'network-rule':
    case 'permission-denied':
      return offer('lock', 'copy-request', 'try-again', 'run-doctor');
    case 'cli-missing':
    case 'cli-signed-out':
    case 'identity-missing':
    case 'workload-token-unreadable':
    case 'command-failed':
      return offer('key', 'try-again', 'open-settings', 'run-doctor');
    case 'command-not-agreed':
      return offer('key', 'agree-to-command');
    case 'sign-in-unreachable':
      return offer('network', 'try-again', 'network', 'run-doctor');
    case 'deployment-not-found':
      return offer('box', 'choose-deployment', 'try-again', 'open-settings', 'open-portal', 'run-doctor');
    case 'no-deployment':
      return offer('box', 'open-settings', 'open-portal');
    case 'api-not-supported':
    case 'address-not-found':
    case 'redirect-refused':
      return offer('address', 'fix-address', 'try-again', 'run-doctor');
    case 'endpoint-missing':
    case 'endpoint-invalid':
    case 'endpoint-not-https':
    case 'endpoint-holds-secret':
    case 'endpoint-is-portal':
      return offer('address', 'fix-address', 'try-again');
    case 'no-connection':
      return offer('address', 'connect');
    case 'connection-not-found':
    case 'connection-changed':
    case 'header-invalid':
      return offer('address', 'open-settings');
    case 'feature-missing':
      return offer('box', 'retry-without', 'edit-question', 'choose-deployment', 'run-doctor');
    case 'thinking-invalid':
      return offer('message', 'try-again', 'new-chat');
    case 'request-invalid':
      return offer('message', 'try-again', 'run-doctor');
    case 'context-exceeded':
    case 'request-too-large':
      return offer('message', 'choose-deployment', 'new-chat');
    case 'billing-problem':
      return offer('lock', 'open-portal', 'choose-deployment', 'try-again');
    case 'spend-limit':
      return offer('lock', 'choose-deployment', 'open-portal', 'try-again');
    case 'rate-limited':
      return offer('clock', 'continue', 'try-again', 'choose-deployment');
    case 'overloaded':
    case 'upstream-failed':
    case 'upstream-timeout':
      return offer('busy', 'continue', 'try-again', 'choose-deployment');
    case 'unexpected-answer':
      return offer('network', 'continue', 'try-again', 'fix-address', 'run-doctor');
    case 'stream-error':
    case 'stream-cut':
    case 'stream-stalled':
      return offer('cut', 'continue', 'try-again', 'run-doctor');
    case 'host-unknown':
    case 'unreachable':
      return offer('network', 'continue', 'try-again', 'fix-address', 'run-doctor');
    case 'proxy-credentials':
      return offer('network', 'proxy', 'try-again', 'run-doctor');
    case 'proxy-unreachable':
    case 'proxy-failed':
    case 'proxy-invalid':
      return offer('network', 'network', 'continue', 'try-again', 'run-doctor');
    case 'certificate-untrusted':
      return offer('certificate', 'show-chain', 'network', 'try-again', 'run-doctor');
    case 'certificate-expired':
    case 'certificate-other-name':
    case 'tls-failed':
      return offer('certificate', 'try-again', 'show-chain', 'run-doctor');
    case 'client-certificate-needed':
      return offer('certificate', 'client-certificate', 'try-again', 'run-doctor');
    case 'pem-unreadable':
      return offer('certificate', 'network');
    case 'clock-wrong':
      return offer('clock', 'try-again', 'run-doctor');
    case 'keyring-missing':
    case 'keyring-locked':
    case 'keyring-refused':
      return offer('lock', 'open-settings', 'keep-this-run', 'try-again');
    case 'settings-newer':
    case 'settings-unreadable':
    case 'store-newer':
    case 'store-unreadable':
    case 'store-outdated':
    case 'attachments-not-kept':
    case 'file-not-written':
      return offer('disk');
    case 'attachment-too-large':
    case 'attachment-unknown-type':
    case 'attachment-broken':
    case 'attachments-too-many':
    case 'images-too-many':
    case 'attachment-not-found':
    case 'import-empty':
    case 'import-unreadable':
      return offer('message');
    case 'disk-full':
    case 'store-read-only':
    case 'store-failed':
      return offer('disk', 'try-again');
    case 'gateway-address-taken':
    case 'gateway-not-listening':
      return offer('network');
    case 'gateway-key-invalid':
    case 'gateway-key-gone':
    case 'gateway-origin-invalid':
      return offer('message');
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

/** The ways out of what `report` tells: where it names a fix, that is the main one. */
export function actionsFor(report: ErrorReport): FailureAction[] {
  const usual = offerFor(report.code).actions.filter((action) => hasFacts(report, action));
  if (report.fix === null) return usual;
  const fix = fixAction(report.code, report.fix, usual);
  // An address that is corrected by one button needs none that leads to the field.
  const others = usual.filter(
    (action) =>
      action !== fix &&
      (fix !== 'use-fix' || !leadsToForm(action)) &&
      // A connection has one credential: what is signed in to has no secret to replace, and the reverse.
      (!isRenewal(fix) || !isRenewal(action)),
  );
  return hasFacts(report, fix) ? [fix, ...others] : usual;
}

/** The way out that takes the fix of a report, as far as possible by the name of what it is about. */
function fixAction(code: ErrorCode, fix: Fix, usual: readonly FailureAction[]): FailureAction {
  switch (fix.kind) {
    case 'replace_secret':
      if (code.startsWith('token-')) return 'replace-token';
      return usual.includes('replace-secret') ? 'replace-secret' : 'replace-key';
    case 'edit_connection':
      return usual.includes('fix-address') ? 'fix-address' : 'open-settings';
    default:
      return actionOfFix(fix);
  }
}

/** The way out that takes a fix. */
export function actionOfFix(fix: Fix): FailureAction {
  switch (fix.kind) {
    case 'use_endpoint':
    case 'use_scope':
    case 'use_tenant':
      return 'use-fix';
    case 'trust_certificate':
      return 'show-chain';
    case 'choose_client_certificate':
      return 'client-certificate';
    case 'proxy_password':
      return 'proxy';
    case 'open_network':
      return 'network';
    case 'replace_secret':
      return 'replace-key';
    case 'sign_in':
      return 'sign-in';
    case 'agree_to_command':
      return 'agree-to-command';
    case 'choose_deployment':
      return 'choose-deployment';
    case 'edit_connection':
      return 'open-settings';
  }
}

/** Whether the failure passes by itself, rather than needing somebody to change something. */
export function isPassing(code: ErrorCode): boolean {
  const { icon } = offerFor(code);
  return icon === 'cut' || icon === 'busy' || (icon === 'clock' && code !== 'clock-wrong');
}

/** The ways out that make sense as long as the answer that failed is the last, whatever became of its cause. */
export function isAboutAnswer(action: FailureAction): boolean {
  return action === 'continue' || action === 'try-again';
}

/** The ways out that change what is saved, rather than lead somewhere. */
export function isCure(action: FailureAction): boolean {
  return action === 'use-fix' || action === 'show-chain' || action === 'trust-certificate';
}

/** What can be left out of a question by a choice that the window has for it. */
export function isChoice(lacks: Capability | null): boolean {
  return lacks === 'effort' || lacks === 'temperature' || lacks === 'streaming';
}

function hasFacts(report: ErrorReport, action: FailureAction): boolean {
  switch (action) {
    case 'show-chain':
      return report.chain.length > 0;
    case 'retry-without':
      return isChoice(report.lacks);
    case 'edit-question':
      return report.lacks === 'vision';
    default:
      return true;
  }
}

const isRenewal = (action: FailureAction): boolean => action === 'sign-in' || action.startsWith('replace-');
const leadsToForm = (action: FailureAction): boolean =>
  action === 'fix-address' || action === 'open-settings';
