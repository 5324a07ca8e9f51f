// The form of one connection: what is typed, what the endpoint would become, what a test found.

import { type Host, reportOf } from '../host/host';
import type {
  ConnectionDraft,
  ConnectionId,
  ConnectionTest,
  ConnectionView,
  CredentialView,
  EndpointPreview,
  EnvironmentOffer,
  ErrorReport,
  KeyringState,
} from '../host/types';

/** What a press of a button came to. */
export type Testing =
  | { kind: 'idle' }
  | { kind: 'testing' }
  | { kind: 'answered'; test: ConnectionTest }
  | { kind: 'failed'; error: ErrorReport };
export type Saving =
  | { kind: 'idle' }
  | { kind: 'saving' }
  | { kind: 'saved' }
  | { kind: 'failed'; error: ErrorReport };

export interface DeploymentRow {
  /** Stays the same while the row lives. */
  key: number;
  name: string;
  baseModel: string | null;
}

const TYPING_MS = 150;

export class ConnectionForm {
  readonly #host: Host;
  /** The connection that is edited; none for a new one. */
  readonly id: ConnectionId | null;
  readonly credential: CredentialView;
  /** What the environment offered, when the form was filled from it. */
  readonly offer: EnvironmentOffer | null;

  name = $state('');
  key = $state('');
  thisRunOnly = $state(false);
  rows = $state<DeploymentRow[]>([]);
  defaultRow = $state(0);
  #endpoint = $state('');
  #preview = $state.raw<EndpointPreview | null>(null);
  #testing = $state.raw<Testing>({ kind: 'idle' });
  #saving = $state.raw<Saving>({ kind: 'idle' });
  #previews = 0;
  #nextKey = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, saved: ConnectionView | null, offer: EnvironmentOffer | null) {
    this.#host = host;
    this.id = saved?.id ?? null;
    this.credential = saved?.credential ?? { kind: 'missing' };
    this.offer = saved ? null : offer;
    this.name = saved?.name ?? '';
    this.#endpoint = saved?.endpoint ?? this.offer?.endpoint ?? '';
    const deployments =
      saved?.deployments ?? this.offer?.deployments.map((name) => ({ name, baseModel: null })) ?? [];
    for (const { name, baseModel } of deployments) this.addRow(name, baseModel);
    if (this.rows.length === 0) this.addRow();
    const chosen = this.rows.find(({ name }) => name === saved?.defaultDeployment) ?? this.rows[0];
    this.defaultRow = chosen?.key ?? 0;
    if (this.#endpoint) void this.#look();
  }

  readonly preview = $derived(this.#preview);
  readonly testing = $derived(this.#testing);
  readonly saving = $derived(this.#saving);
  readonly busy = $derived(this.#testing.kind === 'testing' || this.#saving.kind === 'saving');
  /** There is something to test or save. */
  readonly filled = $derived(this.#endpoint.trim() !== '');

  /** The key that the environment offers is used while none is typed. */
  get keyFromEnvironment(): boolean {
    return this.key === '' && this.offer?.keyLastFour != null;
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  set endpoint(text: string) {
    this.#endpoint = text;
    this.#previews++;
    clearTimeout(this.#timer);
    if (text.trim() === '') {
      this.#preview = null;
      return;
    }
    this.#timer = setTimeout(() => this.#look(), TYPING_MS);
  }

  addRow(name = '', baseModel: string | null = null): DeploymentRow {
    const row = { key: this.#nextKey++, name, baseModel };
    this.rows.push(row);
    return row;
  }

  removeRow(key: number): void {
    this.rows = this.rows.filter((row) => row.key !== key);
    if (this.rows.length === 0) this.addRow();
    if (!this.rows.some((row) => row.key === this.defaultRow)) this.defaultRow = this.rows[0]?.key ?? 0;
  }

  /** Whether the person must agree to keep the key in memory only. */
  asksForThisRun(keyring: KeyringState): boolean {
    if (keyring !== 'ready') return true;
    const saving = this.#saving;
    return saving.kind === 'failed' && saving.error.code.startsWith('keyring-');
  }

  draft(): ConnectionDraft {
    const named = this.rows.filter(({ name }) => name.trim() !== '');
    const deployments = named.map(({ name, baseModel }) => ({ name: name.trim(), baseModel }));
    const chosen = named.find(({ key }) => key === this.defaultRow);
    return {
      id: this.id,
      name: this.name.trim(),
      endpoint: this.#endpoint.trim(),
      key: this.key.trim() === '' ? null : this.key.trim(),
      keyFromEnvironment: this.keyFromEnvironment,
      thisRunOnly: this.thisRunOnly,
      deployments,
      defaultDeployment: chosen?.name.trim() ?? null,
    };
  }

  async test(): Promise<void> {
    if (this.busy) return;
    this.#testing = { kind: 'testing' };
    try {
      this.#testing = await this.#host.testConnection(this.draft());
    } catch (thrown) {
      this.#testing = { kind: 'failed', error: reportOf(thrown) };
    }
  }

  /** Saves, and forgets the key that was typed: from now on only its last four characters are known. */
  async save(): Promise<ConnectionView | null> {
    if (this.busy) return null;
    this.#saving = { kind: 'saving' };
    try {
      const saved = await this.#host.saveConnection(this.draft());
      this.key = '';
      this.#saving = { kind: 'saved' };
      return saved;
    } catch (thrown) {
      this.#saving = { kind: 'failed', error: reportOf(thrown) };
      return null;
    }
  }

  async #look(): Promise<void> {
    const preview = ++this.#previews;
    try {
      const seen = await this.#host.previewEndpoint(this.#endpoint);
      if (preview === this.#previews) this.#preview = seen;
    } catch (thrown) {
      if (preview !== this.#previews) return;
      this.#preview = { messagesUrl: null, resource: null, notes: [], error: reportOf(thrown) };
    }
  }
}
