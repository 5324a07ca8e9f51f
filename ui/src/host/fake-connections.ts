// How the fake host reads endpoints and makes connections of drafts.

import { bareReport } from './host';
import type {
  AppState,
  BaseModelView,
  ConnectionDraft,
  ConnectionView,
  DeploymentView,
  EndpointPreview,
} from './types';

export function previewOf(text: string): EndpointPreview {
  const host =
    text
      .trim()
      .replace(/^https?:\/\//, '')
      .split(/[/?#]/)[0] ?? '';
  if (!/^[\w.-]+$/.test(host)) {
    return { messagesUrl: null, resource: null, notes: [], error: bareReport('endpoint-invalid') };
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
  };
}

/** The connection that `draft` makes, saved under `id`; refused as the real host refuses it. */
export function connectionOf(draft: ConnectionDraft, id: string, state: AppState): ConnectionView {
  const preview = previewOf(draft.endpoint);
  if (preview.error) throw preview.error;
  if (draft.key && state.keyring === 'missing' && !draft.thisRunOnly) throw bareReport('keyring-missing');
  const old = state.connections.find((one) => one.id === draft.id);
  return {
    id,
    name: draft.name || (preview.resource ?? draft.endpoint),
    endpoint: draft.endpoint,
    messagesUrl: preview.messagesUrl ?? '',
    credential: draft.key
      ? { kind: 'key', lastFour: draft.key.slice(-4), kept: draft.thisRunOnly ? 'this_run' : 'keyring' }
      : (old?.credential ?? { kind: 'missing' }),
    deployments: draft.deployments.map((one) => deploymentOf(one.name, one.baseModel, state.baseModels)),
    defaultDeployment: draft.defaultDeployment ?? draft.deployments[0]?.name ?? null,
  };
}

function deploymentOf(name: string, baseModel: string | null, bases: BaseModelView[]): DeploymentView {
  const base = bases.find(({ id }) => id === baseModel) ?? bases[0];
  if (!base) throw bareReport('internal');
  return { name, baseModel, abilities: base.abilities };
}
