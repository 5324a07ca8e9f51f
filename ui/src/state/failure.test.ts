import { describe, expect, it } from 'vitest';
import { failureOf } from '../host/fake-failures';
import { bareReport } from '../host/host';
import type { ErrorReport } from '../host/types';
import { hasWord } from '../words';
import {
  adminRequest,
  commonName,
  failureCause,
  failureDetails,
  failureReport,
  failureTitle,
} from './failure';
import { ERROR_CODES } from './testing/codes';

const FULL: Omit<ErrorReport, 'code'> = {
  status: 429,
  apiType: 'rate_limit_error',
  apiCode: 'TooMany',
  message: 'slow down',
  requestId: 'req_1',
  apimRequestId: 'apim_1',
  retryAfter: 23,
  subject: 'sonnet-team',
  attempts: 4,
  kept: 1204,
  aadsts: 7_000_222,
  deployment: 'sonnet-team',
  token: {
    audience: 'https://ai.azure.com',
    tenant: 'contoso.com',
    expiresAt: Date.UTC(2026, 10, 22, 12),
    roles: ['Reader', 'Asker'],
    scopes: ['user_impersonation'],
    application: '04b07795',
    account: 'ada@contoso.com',
  },
  chain: failureOf('certificate-untrusted', 'x').chain,
  lacks: 'effort',
  fix: { kind: 'use_scope', scope: 'https://ai.azure.com/.default' },
};

const said = (report: ErrorReport) => ({
  title: failureTitle(report),
  cause: failureCause(report),
  details: failureDetails(report)
    .map(({ value }) => value)
    .join('\n'),
});

describe.each(ERROR_CODES)('%s', (code) => {
  it('has words, with and without its facts', () => {
    expect(hasWord(`error-${code}`)).toBe(true);
    for (const report of [bareReport(code), { code, ...FULL }]) {
      for (const words of [failureTitle(report), failureCause(report)]) {
        expect(words).not.toBe('');
        expect(words).not.toMatch(/error-|capability-|\{|\$|\bnone\b(?! of\b|”)/);
      }
    }
  });
});

it('tells how long to wait and how much is kept', () => {
  expect(failureTitle({ code: 'rate-limited', ...FULL })).toBe('Rate limit reached');
  expect(failureCause({ code: 'rate-limited', ...FULL })).toContain('again in 23 s.');
  expect(failureCause({ code: 'rate-limited', ...FULL, retryAfter: 86_400 })).toContain('again in 24 hours.');
  expect(failureTitle({ code: 'stream-cut', ...FULL })).toContain('1,204');
  expect(failureTitle({ code: 'deployment-not-found', ...FULL })).toBe(
    'No deployment named “sonnet-team” here',
  );
});

it('tells what the token says, and who signed the certificate', () => {
  expect(failureTitle({ code: 'token-audience', ...FULL })).toContain('https://ai.azure.com');
  expect(failureTitle({ code: 'token-expired', ...FULL })).toMatch(/Nov 22, 2026/);
  expect(failureTitle({ code: 'certificate-untrusted', ...FULL })).toContain('Contoso Root CA');
});

it('writes every moment in one way, also one that comes as words', () => {
  const { title, cause, details } = said({ ...bareReport('clock-wrong'), subject: '2026-11-22 14:05' });
  expect(title).toBe('This machine’s clock is wrong');
  expect(cause).toMatch(/^The server says that it is Nov 22, 2026, 2:05\sPM\. Set/);
  expect(details).toMatch(/Nov 22, 2026, 2:05\sPM/);
  expect(said({ ...bareReport('clock-wrong'), subject: 'Sunday' }).cause).toContain('it is Sunday.');
  expect(said({ ...bareReport('clock-wrong'), subject: '2026-99-99 14:05' }).cause).toContain(
    '2026-99-99 14:05.',
  );
  const deployment = { ...bareReport('deployment-not-found'), subject: '2026-11-22 14:05' };
  expect(said(deployment).title).toContain('“2026-11-22 14:05”');
});

it.each(['command-failed', 'pem-unreadable', 'import-unreadable'] as const)(
  'ends what others say in %s',
  (code) => {
    const cause = failureCause({ ...bareReport(code), message: 'there is no program foo' });
    expect(cause).toMatch(/ failed: there is no program foo\. [A-Z]/);
  },
);

it('tells whoever pasted a token to paste another, and nobody else', () => {
  const pasted = { ...bareReport('token-tenant'), fix: { kind: 'replace_secret' } as const };
  expect(failureCause(pasted)).toMatch(
    /^The resource belongs to another tenant than this token\. Paste one /,
  );
  expect(failureCause(bareReport('token-tenant'))).toContain('Sign in to the tenant of the resource');
});

it('lists only facts that are known', () => {
  expect(failureDetails(bareReport('host-unknown'))).toEqual([{ name: 'Code', value: 'host-unknown' }]);
  const details = failureDetails({ code: 'rate-limited', ...FULL });
  expect(details.map(({ name, value }) => [name, value])).toEqual([
    ['Status', '429'],
    ['Type', 'rate_limit_error'],
    ['Code', 'TooMany'],
    ['AADSTS', '7000222'],
    ['Message', 'slow down'],
    ['About', 'sonnet-team'],
    ['Not taken', 'effort'],
    ['Token for', 'https://ai.azure.com'],
    ['Token of the tenant', 'contoso.com'],
    ['Token expires', expect.stringMatching(/Nov 22, 2026/)],
    ['Token of', 'ada@contoso.com'],
    ['Application', '04b07795'],
    ['Roles', 'Reader, Asker'],
    ['Scopes', 'user_impersonation'],
    ['request-id', 'req_1'],
    ['apim-request-id', 'apim_1'],
    ['Attempts', '4'],
  ]);
});

it('survives a token and a certificate whose dates are none', () => {
  const report: ErrorReport = { code: 'token-expired', ...FULL };
  if (report.token) report.token = { ...report.token, expiresAt: 1e300 };
  report.chain = report.chain.map((one) => ({ ...one, notBefore: -1e300, notAfter: 1e300 }));
  expect(failureReport(report, '0.1.0')).toContain('1e+300');
});

it('makes a report that says which version failed, with the certificates', () => {
  const report = failureReport({ code: 'rate-limited', ...FULL }, '0.1.0');
  expect(report).toMatch(/^Hearth 0\.1\.0: Rate limit.*\nStatus: 429\n/);
  expect(report.match(/^SHA-256: /gm)).toHaveLength(3);
});

describe('the request to an admin', () => {
  const url = 'https://contoso-ai.services.ai.azure.com/anthropic/v1/messages';

  it('names the resource, who asks and the role', () => {
    const text = adminRequest(failureOf('role-missing', 'sonnet-team'), url);
    expect(text).toContain(`Resource: ${url}`);
    expect(text).toContain('Who: ada@contoso.com');
    expect(text).toContain('Role: Cognitive Services User');
    expect(text).toContain('Token of the tenant: ');
    expect(text).not.toMatch(/request-for|\{|\$/);
  });

  it('asks for something else where something else is missing', () => {
    const texts = (['role-missing', 'network-rule', 'consent-needed', 'permission-denied'] as const).map(
      (code) => adminRequest({ ...bareReport(code) }, null),
    );
    expect(new Set(texts).size).toBe(4);
    expect(texts.filter((text) => text.includes('Role: '))).toHaveLength(1);
  });
});

it.each([
  ['CN=Zscaler Root CA, O=Zscaler Inc.', 'Zscaler Root CA'],
  ['O=Contoso, CN=contoso.com', 'contoso.com'],
  ['C=US,CN="Contoso, Inc"', 'Contoso, Inc'],
  ['CN=Contoso\\, Inc,O=X', 'Contoso, Inc'],
  ['O=No common name', 'O=No common name'],
  ['', ''],
])('the common name of %s', (name, common) => {
  expect(commonName(name)).toBe(common);
});
