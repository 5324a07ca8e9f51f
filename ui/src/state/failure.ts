// How a failure reads: its words with their facts, its details, and what is copied for whoever can help.

import type { CertificateFacts, ErrorReport, Fix, TokenFacts } from '../host/types';
import { t } from '../words';
import { duration } from './durations';
import { capabilityName } from './labels';
import { exactDate, exactTime, isMoment, shownMoment } from './time';

/** What happened, in a line. */
export function failureTitle(report: ErrorReport): string {
  return t(`error-${report.code}`, facts(report));
}

/** Why, and what was kept. */
export function failureCause(report: ErrorReport): string {
  return t(`error-${report.code}.cause`, facts(report));
}

/** Something known, with its name. */
export interface Detail {
  name: string;
  value: string;
}

/** The known facts in the order they are shown and copied. */
export function failureDetails(report: ErrorReport): Detail[] {
  return [
    ...known([
      [t('failure-status'), report.status],
      [t('failure-type'), report.apiType],
      [t('failure-code'), report.apiCode ?? report.code],
      [t('failure-aadsts'), report.aadsts],
      [t('failure-message'), report.message],
      [isAddress(report.subject) ? t('failure-address') : t('failure-subject'), subject(report)],
      [t('failure-deployment'), report.deployment === report.subject ? null : report.deployment],
      [t('failure-lacks'), report.lacks && capabilityName(report.lacks)],
    ]),
    ...(report.token ? tokenDetails(report.token) : []),
    ...known([
      [t('failure-request-id'), report.requestId],
      [t('failure-apim-request-id'), report.apimRequestId],
      [t('failure-attempts'), report.attempts || null],
    ]),
  ];
}

/** What a token says of itself. */
export function tokenDetails(token: TokenFacts): Detail[] {
  return known([
    [t('token-audience'), token.audience],
    [t('token-tenant'), token.tenant],
    [t('token-expires'), token.expiresAt === null ? null : moment(token.expiresAt)],
    [t('token-account'), token.account],
    [t('token-application'), token.application],
    [t('token-roles'), listed(token.roles)],
    [t('token-scopes'), listed(token.scopes)],
  ]);
}

/** What a certificate says of itself. */
export function certificateDetails(certificate: CertificateFacts): Detail[] {
  return known([
    [t('certificate-subject'), certificate.subject],
    [t('certificate-issuer'), certificate.issuer],
    [t('certificate-from'), date(certificate.notBefore)],
    [t('certificate-until'), date(certificate.notAfter)],
    [t('certificate-fingerprint'), certificate.fingerprint],
  ]);
}

/** The failure as text for whoever can help. No report ever holds a secret. */
export function failureReport(report: ErrorReport, version: string): string {
  const head = t('failure-report-title', { version, title: failureTitle(report) });
  const chain = report.chain.flatMap((certificate) => ['', ...lines(certificateDetails(certificate))]);
  return [head, ...lines(failureDetails(report)), ...chain].join('\n');
}

/** Names with their values, one a line. */
export const lines = (details: readonly Detail[]): string[] =>
  details.map(({ name, value }) => `${name}: ${value}`);

/** What to send to whoever may give the right that is missing; `url` is the address that was asked. */
export function adminRequest(report: ErrorReport, url: string | null): string {
  const { token } = report;
  const rows = known([
    [t('request-resource'), url ?? (isAddress(report.subject) ? report.subject : null)],
    [t('request-principal'), token?.account ?? token?.application ?? null],
    [t('token-application'), token?.account ? token.application : null],
    [t('token-tenant'), token?.tenant ?? null],
    [t('request-role'), report.code === 'role-missing' ? t('request-role-name') : null],
    [t('failure-message'), report.message],
    [t('failure-request-id'), report.requestId],
    [t('failure-apim-request-id'), report.apimRequestId],
  ]);
  return [requestWords(report), '', ...lines(rows)].join('\n');
}

function requestWords(report: ErrorReport): string {
  switch (report.code) {
    case 'role-missing':
      return t('request-for-role');
    case 'network-rule':
      return t('request-for-network');
    case 'consent-needed':
      return t('request-for-consent');
    default:
      return t('request-for-access');
  }
}

/** The value of `CN=` in a certificate's name, or the whole name. */
export function commonName(name: string): string {
  const value = /(?:^|[,+]\s*)CN\s*=\s*("[^"]*"|(?:\\.|[^,+\\])+)/i.exec(name)?.[1];
  return value?.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1').trim() ?? name;
}

/** What a fix puts in the place of what there is. */
export function fixValue(fix: Fix | null): string | null {
  switch (fix?.kind) {
    case 'use_endpoint':
      return fix.endpoint;
    case 'use_scope':
      return fix.scope;
    case 'use_tenant':
      return fix.tenant;
    default:
      return null;
  }
}

/** What it is about, where that is a moment as the window writes it. */
const subject = (report: ErrorReport): string | null =>
  report.code === 'clock-wrong' && report.subject !== null ? shownMoment(report.subject) : report.subject;

const isAddress = (subject: string | null): boolean => subject !== null && /^[a-z]+:\/\//i.test(subject);
const listed = (names: readonly string[]): string | null => (names.length === 0 ? null : names.join(', '));
const moment = (at: number): string => (isMoment(at) ? exactTime(at) : String(at));
const date = (at: number): string => (isMoment(at) ? exactDate(at) : String(at));

function known(rows: ReadonlyArray<[string, string | number | null]>): Detail[] {
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value: String(value) }]));
}

function facts(report: ErrorReport) {
  const { token } = report;
  const shown = report.chain[0];
  const signed = report.chain.at(-1);
  return {
    subject: subject(report) ?? 'none',
    status: report.status === null ? 'none' : String(report.status),
    message: report.message ?? 'none',
    seconds: report.retryAfter ?? 'none',
    wait: report.retryAfter === null ? 'none' : duration(report.retryAfter),
    attempts: report.attempts,
    kept: report.kept ?? 'none',
    aadsts: report.aadsts === null ? 'none' : String(report.aadsts),
    deployment: report.deployment ?? 'none',
    lacks: report.lacks === null ? 'none' : capabilityName(report.lacks),
    audience: token?.audience ?? 'none',
    tenant: token?.tenant ?? 'none',
    account: token?.account ?? token?.application ?? 'none',
    expires: token && token.expiresAt !== null ? moment(token.expiresAt) : 'none',
    roles: listed(token?.roles ?? []) ?? 'none',
    issuer: signed ? commonName(signed.issuer) : 'none',
    certificate: shown ? commonName(shown.subject) : 'none',
    notBefore: shown ? date(shown.notBefore) : 'none',
    notAfter: shown ? date(shown.notAfter) : 'none',
    fix: fixValue(report.fix) ?? 'none',
    way: report.fix?.kind === 'replace_secret' ? 'replace' : 'none',
  };
}
