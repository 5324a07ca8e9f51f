// How the fake host reads endpoints and makes connections of drafts.

import { bareReport } from './host';
import type {
  AppState,
  BaseModelView,
  Capability,
  ConnectionDraft,
  ConnectionView,
  CredentialDraft,
  CredentialState,
  CredentialView,
  DeploymentDraft,
  DeploymentView,
  EndpointPreview,
  Known,
  KnownLimit,
  Limit,
  Origin,
  SecretPlace,
  SignInView,
} from './types';

/** What a draft may name instead of holding it. */
export interface Brought {
  /** The last four characters of a secret that an import found. */
  imported: string | null;
  signIn: SignInView | null;
}

export function previewOf(text: string): EndpointPreview {
  const importable = /^\s*(curl\s|model_list:|(export\s+)?[A-Z_]+=)/m.test(text);
  const host =
    text
      .trim()
      .replace(/^https?:\/\//, '')
      .split(/[/?#]/)[0] ?? '';
  if (!/^[\w.-]+$/.test(host)) {
    const error = bareReport('endpoint-invalid');
    return { messagesUrl: null, resource: null, notes: [], error, importable };
  }
  const bare = !host.includes('.');
  const full = bare ? `${host}.services.ai.azure.com` : host;
  const notes: EndpointPreview['notes'] = [];
  if (bare) notes.push('from-resource-name');
  if (!bare && !/^https?:/.test(text.trim())) notes.push('scheme-added');
  if (text.includes('/api/projects/')) notes.push('project-path-dropped');
  if (!full.endsWith('.azure.com')) notes.push('unusual-host');
  return {
    messagesUrl: `https://${full}/anthropic/v1/messages`,
    resource: full.split('.')[0] ?? null,
    notes,
    error: null,
    importable,
  };
}

/** The connection that `draft` makes, saved under `id`; refused as the real host refuses it. */
export function connectionOf(
  draft: ConnectionDraft,
  id: string,
  state: AppState,
  brought: Brought,
): ConnectionView {
  const preview = previewOf(draft.endpoint);
  if (preview.error) throw preview.error;
  const old = state.connections.find((one) => one.id === draft.id);
  if (draft.openedOn !== null && draft.openedOn !== old?.edition)
    throw { ...bareReport('connection-changed'), subject: old?.name ?? null };
  const keeps = place(draft.credential, state);
  const newSecret =
    draft.credential.secret ?? draft.proxyPassword ?? draft.headers.find((one) => one.secret)?.value;
  if (newSecret && state.keyring !== 'ready' && keeps === 'keyring') throw bareReport('keyring-missing');
  return {
    id,
    edition: String(Number(old?.edition ?? -1) + 1),
    name: draft.name || (preview.resource ?? draft.endpoint),
    endpoint: draft.endpoint,
    messagesUrl: preview.messagesUrl ?? '',
    credential: credentialOf(draft.credential, old?.credential ?? null, keeps, brought),
    headers: draft.headers.map(({ name, value, secret }) => ({
      name,
      value: secret ? null : value,
      lastFour: secret ? (value ?? 'kept').slice(-4) : null,
    })),
    anthropicVersion: draft.anthropicVersion,
    limits: draft.limits,
    proxy: draft.proxy,
    proxyPassword: draft.proxyPassword ? keeps : draft.proxy ? (old?.proxyPassword ?? null) : null,
    deployments: draft.deployments.map((one) => deploymentOf(one, state.baseModels, old)),
    defaultDeployment: draft.defaultDeployment ?? draft.deployments[0]?.name ?? null,
  };
}

const place = ({ thisRunOnly }: CredentialDraft, { keyring }: AppState): SecretPlace =>
  thisRunOnly && keyring !== 'ready' ? 'this_run' : 'keyring';

function credentialOf(
  draft: CredentialDraft,
  old: CredentialView | null,
  kept: SecretPlace,
  { imported, signIn }: Brought,
): CredentialView {
  const { choice } = draft;
  // A secret stays with its kind.
  const before = old && old.choice.kind === choice.kind ? old : null;
  const view = (state: CredentialState, token: CredentialView['token'] = null) => ({ choice, state, token });
  switch (choice.kind) {
    case 'key':
    case 'client_secret':
    case 'token': {
      const lastFour = draft.secret?.slice(-4) ?? imported;
      if (lastFour === null) return view(before?.state ?? { kind: 'missing' }, before?.token);
      const token = choice.kind === 'token' ? tokenOf('ada@contoso.com') : null;
      return view({ kind: 'kept', lastFour, kept }, token);
    }
    case 'sign_in':
      if (signIn?.state.kind !== 'done') return view(before?.state ?? { kind: 'missing' }, before?.token);
      return view({ kind: 'signed_in', account: signIn.state.account, kept }, signIn.state.token);
    case 'command':
      return view(draft.agreed ? { kind: 'ambient' } : { kind: 'not_agreed' });
    default:
      return view({ kind: 'ambient' });
  }
}

/** What a token of somebody's says, for the hour that it lasts. */
export function tokenOf(account: string): NonNullable<CredentialView['token']> {
  return {
    audience: 'https://ai.azure.com',
    tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    expiresAt: Date.now() + 55 * 60_000,
    roles: [],
    scopes: ['user_impersonation'],
    application: '04b07795-8ddb-461a-bbee-02f9e1bf7b46',
    account,
  };
}

const CAPABILITIES: Capability[] = [
  'streaming',
  'tools',
  'adaptive-thinking',
  'budgeted-thinking',
  'thinking-between-tools',
  'thinking-off',
  'effort',
  'temperature',
  'structured-outputs',
  'vision',
  'token-count',
  'prefill',
];

/** What documentation says of a base model, and what is assumed where there is none. */
export function knownOf(base: BaseModelView | undefined): Known[] {
  const origin = base ? 'documented' : 'assumed';
  const lacks: Capability[] = base?.abilities.sampling
    ? ['effort', 'adaptive-thinking']
    : ['temperature', 'prefill'];
  return CAPABILITIES.map((capability) => ({
    capability,
    has: !lacks.includes(capability),
    origin,
    at: null,
    said: null,
  }));
}

/** What documentation says of a base model's limits, or what is assumed. */
export function limitsOf({ abilities }: Pick<BaseModelView, 'abilities'>, origin: Origin): KnownLimit[] {
  const limit = (name: Limit, tokens: number): KnownLimit => ({
    limit: name,
    tokens,
    origin,
    at: null,
    said: null,
  });
  return [limit('context', abilities.context), limit('output', abilities.maxOutput)];
}

export function deploymentOf(
  { name, baseModel, hosting }: DeploymentDraft,
  bases: BaseModelView[],
  old?: ConnectionView,
): DeploymentView {
  const mapped = bases.find(({ id }) => id === baseModel);
  const base = mapped ?? bases[0];
  if (!base) throw bareReport('internal');
  const before = old?.deployments.find((one) => one.name === name && one.baseModel === baseModel);
  const known = before?.known ?? knownOf(mapped);
  const limits = before?.limits ?? limitsOf(base, mapped ? 'documented' : 'assumed');
  const refusedEfforts = before?.refusedEfforts ?? [];
  return { name, baseModel, hosting, abilities: base.abilities, known, limits, refusedEfforts };
}
