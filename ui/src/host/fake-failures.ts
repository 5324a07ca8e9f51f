// The failures that the fake host plays by name, each with the facts that the real one would tell.

import { bareReport } from './host';
import type { CertificateFacts, ErrorCode, ErrorReport, TokenFacts } from './types';

export function failureOf(code: ErrorCode, deployment: string): ErrorReport {
  return {
    ...bareReport(code),
    attempts: 1,
    requestId: 'req_011CSHoEeqs5C35K2UUqR7Fy',
    apimRequestId: '5f0c8a2e-8d2e-4f6f-9a57-0f1a1f3d7c11',
    deployment,
    ...FACTS[code],
    ...(code === 'deployment-not-found' ? { subject: deployment } : {}),
  };
}

const HOST = 'contoso-ai.services.ai.azure.com';
const DAY = 86_400_000;
/** A day in November, so that pictures do not change from run to run. */
const NOON = Date.UTC(2026, 10, 22, 12);

const TOKEN: TokenFacts = {
  audience: 'https://ai.azure.com',
  tenant: '8d9e2b1c-6f0a-4c0e-9a51-2f7d5f0c1e77',
  expiresAt: NOON + DAY / 24,
  roles: [],
  scopes: ['user_impersonation'],
  application: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
  account: 'ada@contoso.com',
};

const certificate = (subject: string, issuer: string, authority: boolean): CertificateFacts => ({
  subject,
  issuer,
  notBefore: NOON - 40 * DAY,
  notAfter: NOON + 325 * DAY,
  fingerprint: authority ? `5E:9C:11:${'A7:0B:'.repeat(14)}42` : `C3:07:44:${'1D:F2:'.repeat(14)}90`,
  authority,
  pem: `-----BEGIN CERTIFICATE-----\n${btoa(subject)}\n-----END CERTIFICATE-----\n`,
});

const CHAIN: CertificateFacts[] = [
  certificate(`CN=${HOST}`, 'CN=Contoso Inspection CA 2, O=Contoso', false),
  certificate('CN=Contoso Inspection CA 2, O=Contoso', 'CN=Contoso Root CA, O=Contoso', true),
  certificate('CN=Contoso Root CA, O=Contoso', 'CN=Contoso Root CA, O=Contoso', true),
];

const FACTS: Partial<Record<ErrorCode, Partial<ErrorReport>>> = {
  'key-refused': {
    status: 401,
    apiCode: 'Unauthorized',
    message: 'Access denied due to invalid subscription key or wrong API endpoint.',
    fix: { kind: 'replace_secret' },
  },
  'token-expired': {
    status: 401,
    token: { ...TOKEN, expiresAt: NOON - DAY / 24 },
    fix: { kind: 'sign_in' },
  },
  'token-audience': {
    status: 401,
    token: { ...TOKEN, audience: 'https://cognitiveservices.azure.com' },
    fix: { kind: 'use_scope', scope: 'https://ai.azure.com/.default' },
  },
  'token-tenant': {
    status: 400,
    message: 'Token tenant does not match resource tenant.',
    token: TOKEN,
    fix: { kind: 'use_tenant', tenant: '1f0c7d9a-0b3e-4a54-9d9b-6f1f7f0c2b11' },
  },
  'role-missing': {
    status: 403,
    apiCode: 'PermissionDenied',
    message: 'The principal `ada@contoso.com` lacks the required data action.',
    token: TOKEN,
  },
  'network-rule': { status: 403, message: 'Access denied due to Virtual Network/Firewall rules.' },
  'client-secret-expired': { aadsts: 7_000_222, apiCode: 'invalid_client' },
  'tenant-unknown': { aadsts: 90_002, subject: 'contoso.example' },
  'sign-in-expired': { aadsts: 700_082, apiCode: 'invalid_grant', fix: { kind: 'sign_in' } },
  'consent-needed': { aadsts: 65_001, apiCode: 'invalid_grant' },
  'api-not-supported': {
    status: 404,
    apiCode: 'api_not_supported',
    subject: `https://${HOST}/models/v1/messages`,
    fix: { kind: 'use_endpoint', endpoint: `https://${HOST}/anthropic` },
  },
  'deployment-not-found': { status: 404, apiCode: 'DeploymentNotFound', fix: { kind: 'choose_deployment' } },
  'feature-missing': {
    status: 400,
    apiType: 'invalid_request_error',
    message: 'This model does not support the effort parameter.',
    lacks: 'effort',
  },
  'rate-limited': { status: 429, apiType: 'rate_limit_error', retryAfter: 23, attempts: 4 },
  overloaded: { status: 529, apiType: 'overloaded_error', attempts: 4 },
  'stream-cut': { kept: 1204, attempts: 1 },
  'stream-error': { apiType: 'api_error', message: 'Internal server error' },
  'host-unknown': { subject: HOST },
  unreachable: { subject: HOST },
  'certificate-untrusted': { subject: HOST, chain: CHAIN, fix: { kind: 'trust_certificate' } },
  'certificate-expired': { subject: HOST, chain: CHAIN.slice(0, 1) },
  'client-certificate-needed': { subject: HOST, fix: { kind: 'choose_client_certificate' } },
  'proxy-credentials': {
    status: 407,
    subject: 'http://proxy.contoso.com:8080',
    fix: { kind: 'proxy_password' },
  },
  'proxy-unreachable': { subject: 'http://proxy.contoso.com:8080', fix: { kind: 'open_network' } },
  'command-not-agreed': { fix: { kind: 'agree_to_command' } },
};
