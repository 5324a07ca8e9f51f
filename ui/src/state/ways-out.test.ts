import { describe, expect, it } from 'vitest';
import { failureOf } from '../host/fake-failures';
import { bareReport } from '../host/host';
import type { ErrorReport, Fix } from '../host/types';
import { actionName, fixName } from './labels';
import { ERROR_CODES } from './testing/codes';
import { actionOfFix, actionsFor, isPassing, offerFor } from './ways-out';

/** Failures that no button mends: they say what to do elsewhere, or stand beside the field that mends them. */
const UNMENDED = [
  'settings-newer',
  'settings-unreadable',
  'store-newer',
  'store-unreadable',
  'store-outdated',
  'nothing-to-send',
  'nothing-to-continue',
  'turn-running',
  'attachment-too-large',
  'attachment-unknown-type',
  'attachment-broken',
  'attachments-too-many',
  'images-too-many',
  'attachments-not-kept',
  'attachment-not-found',
  'link-refused',
  'file-not-written',
  'import-empty',
  'import-unreadable',
  'gateway-address-taken',
  'gateway-not-listening',
  'gateway-key-invalid',
  'gateway-key-gone',
  'gateway-origin-invalid',
];

describe.each(ERROR_CODES)('%s', (code) => {
  it('has an icon and ways out that fit, each with a name', () => {
    const { icon, actions } = offerFor(code);
    expect(icon).toBeTruthy();
    expect(new Set(actions).size).toBe(actions.length);
    expect(actions.length > 0).toBe(!UNMENDED.includes(code));
    for (const action of actions) expect(actionName(action)).not.toMatch(/^(action|fix)-/);
  });
});

const FIXES: Fix[] = [
  { kind: 'use_endpoint', endpoint: 'https://x.services.ai.azure.com/anthropic' },
  { kind: 'use_scope', scope: 'https://ai.azure.com/.default' },
  { kind: 'use_tenant', tenant: 'contoso.com' },
  { kind: 'trust_certificate' },
  { kind: 'choose_client_certificate' },
  { kind: 'proxy_password' },
  { kind: 'open_network' },
  { kind: 'replace_secret' },
  { kind: 'sign_in' },
  { kind: 'agree_to_command' },
  { kind: 'choose_deployment' },
  { kind: 'edit_connection' },
];

it.each(FIXES)('the fix $kind is the main way out, and stands once', (fix) => {
  const report: ErrorReport = {
    ...bareReport('upstream-failed'),
    fix,
    chain: failureOf('certificate-untrusted', 'x').chain,
  };
  const actions = actionsFor(report);
  expect(actions[0]).toBe(actionOfFix(fix));
  expect(new Set(actions).size).toBe(actions.length);
  expect(actions).toContain('try-again');
  expect(fixName(fix)).not.toMatch(/^(action|fix)-/);
});

it('calls a client secret by its name', () => {
  const report: ErrorReport = { ...bareReport('client-secret-expired'), fix: { kind: 'replace_secret' } };
  expect(actionsFor(report)).toEqual(['replace-secret', 'try-again', 'run-doctor']);
});

it('offers one way to a new credential, and calls it by its name', () => {
  const replace: Fix = { kind: 'replace_secret' };
  const token: ErrorReport = { ...bareReport('token-expired'), fix: replace };
  expect(actionsFor(token)).toEqual(['replace-token', 'try-again', 'run-doctor']);
  const person: ErrorReport = { ...bareReport('credential-missing'), fix: { kind: 'sign_in' } };
  expect(actionsFor(person)).toEqual(['sign-in', 'try-again']);
});

it('leads to the form by one button only, the one that knows its field', () => {
  const report: ErrorReport = { ...bareReport('api-not-supported'), fix: { kind: 'edit_connection' } };
  expect(actionsFor(report)).toEqual(['fix-address', 'try-again', 'run-doctor']);
});

it('offers no field to fill in where one button puts it right', () => {
  expect(actionsFor(bareReport('api-not-supported'))).toContain('fix-address');
  expect(actionsFor(failureOf('api-not-supported', 'x'))).not.toContain('fix-address');
});

it('offers certificates, and leaving something out, only where the report names them', () => {
  expect(actionsFor(bareReport('certificate-untrusted'))).not.toContain('show-chain');
  expect(actionsFor({ ...bareReport('tls-failed'), fix: { kind: 'trust_certificate' } })).not.toContain(
    'show-chain',
  );
  expect(actionsFor(failureOf('certificate-untrusted', 'x'))[0]).toBe('show-chain');
  expect(actionsFor(bareReport('feature-missing'))).not.toContain('retry-without');
  expect(actionsFor({ ...bareReport('feature-missing'), lacks: 'effort' })[0]).toBe('retry-without');
  expect(actionsFor({ ...bareReport('feature-missing'), lacks: 'vision' })[0]).toBe('edit-question');
});

it('knows what passes by itself', () => {
  expect(isPassing('overloaded')).toBe(true);
  expect(isPassing('rate-limited')).toBe(true);
  expect(isPassing('key-refused')).toBe(false);
  expect(isPassing('clock-wrong')).toBe(false);
});
