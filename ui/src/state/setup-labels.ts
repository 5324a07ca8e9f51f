// The words for what the settings show by code: kinds of credentials, states, sources, origins.

import type { CredentialChoice } from '../host/types';
import { t } from '../words';
import type { ConnectionStatus } from './connection-status';
import type { CredentialKind } from './credential-form.svelte';
import type { LimitName } from './limit-fields.svelte';
import type { ProxyKind } from './proxy-form.svelte';
import { timeUntil } from './time';

export function kindName(kind: CredentialKind): string {
  switch (kind) {
    case 'key':
      return t('credential-kind-key');
    case 'sign_in':
      return t('credential-kind-sign-in');
    case 'azure_cli':
      return t('credential-kind-azure-cli');
    case 'azure_developer_cli':
      return t('credential-kind-azure-developer-cli');
    case 'client_secret':
      return t('credential-kind-client-secret');
    case 'managed_identity':
      return t('credential-kind-managed-identity');
    case 'workload_identity':
      return t('credential-kind-workload-identity');
    case 'token':
      return t('credential-kind-token');
    case 'command':
      return t('credential-kind-command');
  }
}

/** What a kind needs, in a line. */
export function kindHint(kind: CredentialKind): string {
  switch (kind) {
    case 'key':
      return t('credential-kind-key.hint');
    case 'sign_in':
      return t('credential-kind-sign-in.hint');
    case 'azure_cli':
      return t('credential-kind-azure-cli.hint');
    case 'azure_developer_cli':
      return t('credential-kind-azure-developer-cli.hint');
    case 'client_secret':
      return t('credential-kind-client-secret.hint');
    case 'managed_identity':
      return t('credential-kind-managed-identity.hint');
    case 'workload_identity':
      return t('credential-kind-workload-identity.hint');
    case 'token':
      return t('credential-kind-token.hint');
    case 'command':
      return t('credential-kind-command.hint');
  }
}

/** A cloud of Azure's by the name that the host has for it. */
export function cloudName(name: string): string {
  switch (name) {
    case 'public':
      return t('cloud-public');
    case 'us-government':
      return t('cloud-us-government');
    case 'china':
      return t('cloud-china');
    default:
      return name;
  }
}

export function statusText(status: ConnectionStatus, choice: CredentialChoice, now: number): string {
  switch (status.kind) {
    case 'ready':
      return t('connection-status-ready');
    case 'ambient':
      return t('connection-status-ambient');
    case 'missing':
      return missingText(choice.kind);
    case 'not-agreed':
      return t('connection-status-not-agreed');
    case 'expired':
      return t('connection-status-expired');
    case 'expires':
      return t('connection-status-expires', { left: timeUntil(status.at, now) });
  }
}

function missingText(kind: CredentialKind): string {
  switch (kind) {
    case 'sign_in':
      return t('connection-status-signed-out');
    case 'token':
      return t('connection-status-no-token');
    case 'client_secret':
      return t('connection-status-no-secret');
    default:
      return t('connection-status-no-key');
  }
}

export function proxyName(kind: ProxyKind): string {
  switch (kind) {
    case 'inherit':
      return t('proxy-inherit');
    case 'system':
      return t('proxy-system');
    case 'direct':
      return t('proxy-direct');
    case 'manual':
      return t('proxy-manual');
  }
}

export function limitLabel(name: LimitName): string {
  switch (name) {
    case 'connectSeconds':
      return t('limit-connect');
    case 'idleSeconds':
      return t('limit-idle');
    case 'wholeSeconds':
      return t('limit-whole');
    case 'attempts':
      return t('limit-attempts');
    case 'waitSeconds':
      return t('limit-wait');
  }
}
