// What the fake host makes of texts that describe connections, and of certificate files.

import { previewOf } from './fake-connections';
import { bareReport } from './host';
import type {
  CertificateFacts,
  CertificateFile,
  ConnectionDraft,
  CredentialChoice,
  ImportedConnection,
  ImportOffer,
  ImportSource,
} from './types';

function found(endpoint: string, more: Partial<ImportedConnection>): ImportedConnection {
  const preview = previewOf(endpoint);
  return {
    name: preview.resource ?? endpoint,
    endpoint,
    messagesUrl: preview.messagesUrl,
    credential: { kind: 'key' },
    lastFour: null,
    headers: [],
    deployments: [],
    used: [],
    leftOut: [],
    problem: preview.error,
    saved: false,
    ...more,
  };
}

export function environmentImport(id: string): ImportOffer {
  return {
    id,
    source: 'environment',
    place: null,
    connections: [
      found('https://contoso-ai.services.ai.azure.com/anthropic', {
        lastFour: '7f3a',
        deployments: [{ name: 'claude-sonnet-5', baseModel: 'claude-sonnet-5', hosting: null }],
        used: ['ANTHROPIC_FOUNDRY_RESOURCE', 'ANTHROPIC_FOUNDRY_API_KEY'],
        leftOut: ['AZURE_API_KEY'],
      }),
    ],
  };
}

/** Reads a curl command, lines of variables, LiteLLM's models or Claude Code's settings; anything else is refused. */
export function importOf(id: string, text: string, place: string | null): ImportOffer {
  const read = sourceOf(text);
  if (read === null) throw { ...bareReport('import-empty'), subject: place };
  const [source, connections] = read;
  return { id, source, place, connections };
}

function sourceOf(text: string): [ImportSource, ImportedConnection[]] | null {
  const address = /https:\/\/[^\s'"]+/.exec(text)?.[0];
  if (/^\s*curl\s/.test(text) && address) {
    const lastFour = /key: *([^\s'"]+)/.exec(text)?.[1]?.slice(-4) ?? null;
    const name = /"model": *"([^"]+)"/.exec(text)?.[1];
    const deployments = name ? [{ name, baseModel: null, hosting: null }] : [];
    const credential: CredentialChoice | null = lastFour === null ? null : { kind: 'key' };
    const headers = [...text.matchAll(/-H '(x-team[\w-]*):/g)].flatMap(([, name]) => (name ? [name] : []));
    const used = ['x-api-key', ...headers];
    return ['curl', [found(address, { lastFour, headers, deployments, credential, used })]];
  }
  if (text.includes('model_list:')) {
    const names = [...text.matchAll(/model: azure_ai\/(\S+)/g)].flatMap(([, name]) => (name ? [name] : []));
    const deployments = names.map((name) => ({ name, baseModel: null, hosting: null }));
    return [
      'lite_llm',
      [
        found(address ?? 'contoso-ai', {
          lastFour: '11aa',
          deployments,
          used: ['api_base', 'api_key'],
          leftOut: ['gpt-5'],
        }),
        found('https://fabrikam.services.ai.azure.com', {
          credential: null,
          problem: bareReport('credential-missing'),
        }),
      ],
    ];
  }
  if (text.includes('apiKeyHelper')) {
    const credential: CredentialChoice = {
      kind: 'command',
      argv: ['/usr/local/bin/print-key', '--team', 'ai'],
      prints: 'key',
    };
    return ['claude_code', [found('contoso-ai', { credential, used: ['apiKeyHelper'] })]];
  }
  const key = /_API_KEY=["']?([^\s"']+)/.exec(text)?.[1];
  if (!key && !/^(export\s+)?[A-Z_]+=/m.test(text)) return null;
  return [
    'env_block',
    [found(address ?? 'contoso-ai', { lastFour: key?.slice(-4) ?? null, used: ['AZURE_API_KEY'] })],
  ];
}

/** The draft that saves what was found. */
export function chosenImport(
  { name, endpoint, credential, headers, deployments }: ImportedConnection,
  id: string,
  index: number,
  thisRunOnly: boolean,
): ConnectionDraft {
  return {
    id: null,
    openedOn: null,
    name,
    endpoint,
    credential: {
      choice: credential ?? { kind: 'key' },
      secret: null,
      imported: { import: id, index },
      signIn: null,
      agreed: false,
      thisRunOnly,
    },
    headers: headers.map((header) => ({ name: header, value: 'imported', secret: true })),
    anthropicVersion: null,
    limits: {
      connectSeconds: null,
      idleSeconds: null,
      wholeSeconds: null,
      attempts: null,
      waitSeconds: null,
    },
    proxy: null,
    proxyPassword: null,
    deployments,
    defaultDeployment: null,
  };
}

const YEAR = 365 * 86_400_000;

export function certificateOf(name: string, issuer = name): CertificateFacts {
  return {
    subject: `CN=${name}`,
    issuer: `CN=${issuer}`,
    notBefore: Date.UTC(2025, 0, 1),
    notAfter: Date.UTC(2025, 0, 1) + 10 * YEAR,
    fingerprint: '9F:3C:11:A0:77:5E:42:0B:6D:D8:93:1F:AA:54:C7:08',
    authority: name === issuer,
    pem: `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`,
  };
}

/** A file as it reads: with a certificate when its text is one, else with what is wrong with it. */
export function fileOf(path: string, pem: string): CertificateFile {
  if (!pem.includes('BEGIN CERTIFICATE'))
    return { path, certificates: [], problem: { ...bareReport('pem-unreadable'), subject: path } };
  return { path, certificates: [certificateOf('Contoso Root CA')], problem: null };
}
