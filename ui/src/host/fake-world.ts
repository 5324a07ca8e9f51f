// The states of the world that the fake host can begin in.

import { deploymentOf, tokenOf } from './fake-connections';
import { certificateOf } from './fake-imports';
import { REPLY, THOUGHT } from './fake-scripts';
import { bareReport } from './host';
import type {
  Abilities,
  AppState,
  BaseModelView,
  ConnectionView,
  ConversationView,
  DeploymentView,
  EntraSettings,
  MessageView,
  ToolView,
  TurnSettings,
} from './types';

const ABILITIES: Abilities = {
  efforts: ['low', 'medium', 'high', 'max'],
  defaultEffort: 'high',
  thinks: true,
  sampling: false,
  context: 1_000_000,
  maxOutput: 128_000,
  defaultMaxTokens: 32_000,
};

const BASE_MODELS: BaseModelView[] = [
  { id: 'claude-opus-5-5', name: 'Claude Opus 5.5', abilities: ABILITIES, retires: null },
  { id: 'claude-sonnet-5', name: 'Claude Sonnet 5', abilities: ABILITIES, retires: null },
  {
    id: 'claude-haiku-4-5',
    name: 'Claude Haiku 4.5',
    abilities: {
      ...ABILITIES,
      efforts: [],
      defaultEffort: null,
      sampling: true,
      context: 200_000,
      maxOutput: 64_000,
    },
    retires: '2027-10-15',
  },
];

const deployment = (name: string, base: BaseModelView | undefined): DeploymentView =>
  deploymentOf({ name, baseModel: base?.id ?? null, hosting: null }, BASE_MODELS);

export const DEFAULTS: TurnSettings = {
  deployment: null,
  effort: null,
  maxTokens: null,
  system: null,
  stopSequences: [],
  temperature: null,
  whole: false,
};

const TOOLS: ToolView[] = [
  {
    name: 'current_time',
    title: 'Current time',
    description: 'Tells the date and the time of this machine, or of a time zone.',
    enabled: false,
  },
];

const EMPTY: AppState = {
  connections: [],
  active: null,
  demo: false,
  deployments: [],
  defaultDeployment: null,
  defaults: DEFAULTS,
  entra: {
    scopes: ['https://ai.azure.com/.default', 'https://cognitiveservices.azure.com/.default'],
    clouds: [
      { name: 'public', authority: 'https://login.microsoftonline.com' },
      { name: 'us-government', authority: 'https://login.microsoftonline.us' },
      { name: 'china', authority: 'https://login.chinacloudapi.cn' },
    ],
    publicClient: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
  },
  network: {
    settings: { proxy: { kind: 'system' }, certificates: [], clientCertificate: null },
    proxyPassword: null,
    systemProxy: null,
    certificates: [],
    clientCertificate: null,
  },
  defaultLimits: { connectSeconds: 10, idleSeconds: 120, wholeSeconds: 600, attempts: 4, waitSeconds: 90 },
  baseModels: BASE_MODELS,
  keyring: 'ready',
  tools: TOOLS,
  storage: null,
  rescued: [],
  dataFolder: '/home/you/.local/share/hearth',
  version: '0.1.0',
};

const NO_LIMITS: ConnectionView['limits'] = {
  connectSeconds: null,
  idleSeconds: null,
  wholeSeconds: null,
  attempts: null,
  waitSeconds: null,
};

function connection(id: string, more: Partial<ConnectionView>): ConnectionView {
  const name = more.name ?? 'contoso-ai';
  return {
    id,
    edition: '0',
    name,
    endpoint: `https://${name}.services.ai.azure.com/anthropic`,
    messagesUrl: `https://${name}.services.ai.azure.com/anthropic/v1/messages`,
    credential: {
      choice: { kind: 'key' },
      state: { kind: 'kept', lastFour: '7f3a', kept: 'keyring' },
      token: null,
    },
    headers: [],
    anthropicVersion: null,
    limits: NO_LIMITS,
    proxy: null,
    proxyPassword: null,
    deployments: [deployment('claude-sonnet-5', BASE_MODELS[1])],
    defaultDeployment: 'claude-sonnet-5',
    ...more,
  };
}

function contoso(): ConnectionView {
  return connection('k0', {
    deployments: [
      deployment('claude-opus-5-5', BASE_MODELS[0]),
      deployment('sonnet-team', BASE_MODELS[1]),
      deployment('haiku-batch', BASE_MODELS[2]),
      deployment('experiment', undefined),
    ],
    defaultDeployment: 'claude-opus-5-5',
  });
}

/** Connections of every state that a list shows, the first with things measured. */
function several(): ConnectionView[] {
  const entra: EntraSettings = { tenant: 'contoso.com', clientId: '', scope: '', authority: '' };
  const first = contoso();
  const measured = first.deployments.map(
    (one): DeploymentView =>
      one.name === 'experiment'
        ? {
            ...one,
            known: one.known.map((known) =>
              known.capability === 'vision'
                ? {
                    ...known,
                    has: false,
                    origin: 'measured',
                    at: Date.now() - 3 * HOUR,
                    said: 'This model does not support image input.',
                  }
                : known,
            ),
          }
        : one,
  );
  return [
    { ...first, deployments: measured },
    connection('k1', {
      name: 'fabrikam-ai',
      credential: {
        choice: { kind: 'sign_in', entra },
        state: { kind: 'signed_in', account: 'ada@contoso.com', kept: 'keyring' },
        token: tokenOf('ada@contoso.com'),
      },
    }),
    connection('k2', {
      name: 'litware-ai',
      credential: {
        choice: { kind: 'command', argv: ['/usr/local/bin/print-key', '--team', 'ai'], prints: 'key' },
        state: { kind: 'not_agreed' },
        token: null,
      },
    }),
    connection('k3', {
      name: 'tailspin-ai',
      credential: {
        choice: { kind: 'token' },
        state: { kind: 'kept', lastFour: 'Qx9w', kept: 'this_run' },
        token: { ...tokenOf('build@tailspin.com'), expiresAt: Date.now() - HOUR },
      },
    }),
  ];
}

const connected = (connections: ConnectionView[]): AppState => ({
  ...EMPTY,
  connections,
  active: connections[0]?.id ?? null,
  deployments: connections[0]?.deployments ?? [],
  defaultDeployment: connections[0]?.defaultDeployment ?? null,
});

export function fakeState(world: string): AppState {
  switch (world) {
    case 'connected':
      return connected([contoso()]);
    case 'several': {
      const root = certificateOf('Contoso Root CA');
      const network: AppState['network'] = {
        settings: {
          proxy: {
            kind: 'manual',
            url: 'http://proxy.contoso.com:8080',
            user: 'ada',
            noProxy: ['.contoso.com'],
          },
          certificates: ['/etc/ssl/contoso.pem', '/home/you/old.pem'],
          clientCertificate: null,
        },
        proxyPassword: 'keyring',
        systemProxy: 'http://proxy.contoso.com:8080',
        certificates: [
          { path: '/etc/ssl/contoso.pem', certificates: [root], problem: null },
          {
            path: '/home/you/old.pem',
            certificates: [],
            problem: { ...bareReport('pem-unreadable'), subject: '/home/you/old.pem' },
          },
        ],
        clientCertificate: null,
      };
      return { ...connected(several()), network };
    }
    case 'demo':
      return {
        ...EMPTY,
        demo: true,
        deployments: BASE_MODELS.map((base) => deployment(base.id, base)),
        defaultDeployment: 'claude-sonnet-5',
      };
    default:
      return EMPTY;
  }
}

const HOUR = 3_600_000;

/** A conversation, and the messages of it that are not shown. */
export interface Sample {
  view: ConversationView;
  others: MessageView[];
}

/** Conversations of the last days, as seen at `now`. */
export function sampleConversations(now: number): Sample[] {
  const titles: Array<[string, number, Partial<ConversationView['summary']>]> = [
    ['Retry budget for the ingest queue', 0.2, {}],
    ['Grundriss und Statik, Kurzfassung für den Bauherrn', 1, { activity: 'failed' }],
    ['Postgres plan regression', 2, {}],
    ['会議の要約と次の手順', 24, {}],
    ['Seattle, three days with kids', 27, { demo: true }],
    ['Unit tests for the parser', 30, {}],
    ['Kubernetes probes explained', 24 * 4, {}],
    ['Cover letter, second draft', 24 * 5, {}],
    ['Reading list on distributed systems', 24 * 40, {}],
  ];
  return titles.map(([title, hours, more], index) => {
    const createdAt = now - hours * HOUR;
    const [question, other, answer] = exchange(`s${index}`, createdAt);
    const view: ConversationView = {
      summary: {
        id: `s${index}`,
        title,
        createdAt,
        updatedAt: createdAt,
        demo: false,
        activity: 'idle',
        pinned: false,
        ...more,
      },
      settings: DEFAULTS,
      messages: [question, answer],
      turn: null,
      seq: 0,
    };
    return { view, others: [other] };
  });
}

/** A question and its two answers. */
function exchange(id: string, createdAt: number): [MessageView, MessageView, MessageView] {
  const question: MessageView = {
    id: `${id}-q`,
    parent: null,
    role: 'user',
    blocks: [{ kind: 'text', text: QUESTION }],
    state: { kind: 'complete', stopReason: null },
    createdAt,
    answer: null,
    branch: 0,
    branches: [`${id}-q`],
    purpose: null,
  };
  const second: MessageView = {
    ...question,
    id: `${id}-a2`,
    parent: question.id,
    role: 'assistant',
    blocks: [
      { kind: 'thinking', text: THOUGHT, seconds: 6.2, redacted: false },
      { kind: 'text', text: REPLY },
    ],
    state: { kind: 'complete', stopReason: 'end_turn' },
    answer: {
      connection: null,
      deployment: 'claude-opus-5-5',
      model: 'claude-opus-5-5',
      inputTokens: 18_200,
      cacheReadTokens: 17_100,
      outputTokens: 812,
      durationMs: 14_200,
      requestId: 'req_011CSHoEeqs5C35K2UUqR7Fy',
      apimRequestId: null,
      without: [],
      loweredTo: null,
    },
    branch: 1,
    branches: [`${id}-a1`, `${id}-a2`],
  };
  const first: MessageView = {
    ...second,
    id: `${id}-a1`,
    blocks: [{ kind: 'text', text: 'Retry ten times with a fixed delay of a second.' }],
    branch: 0,
  };
  return [question, first, second];
}

const QUESTION =
  'Our ingest workers hammer the API when it returns 429. Can you propose a retry budget, in Rust, and check the limits in the runbook?';
