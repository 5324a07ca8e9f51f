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

/** What has to be put right before anything is tested or saved. */
export interface Problems {
  endpoint?: 'missing' | 'invalid';
  key?: 'missing' | 'other-host';
  deployments?: 'missing';
}

/** The problem that the person is led to: the first in the order of the form. */
export type Refusal = { field: keyof Problems };

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
  #refusal = $state.raw<Refusal | null>(null);
  /** What the last test was made with. */
  #tested = $state.raw('');
  /** The host that the known key was entered for. */
  #keyHost = $state.raw<string | null>(null);
  /** The text that the preview is of. */
  #previewed = '';
  /** The first look, which tells whose key is known. */
  readonly #opened: Promise<void>;
  #previews = 0;
  #nextKey = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, saved: ConnectionView | null, offer: EnvironmentOffer | null) {
    this.#host = host;
    this.id = saved?.id ?? null;
    this.credential = saved?.credential ?? { kind: 'missing' };
    this.offer = saved ? null : offer;
    this.name = saved?.name ?? '';
    // Who agreed to it once for this key is not asked again.
    this.thisRunOnly = saved?.credential.kind === 'key' && saved.credential.kept === 'this_run';
    this.#endpoint = saved?.endpoint ?? this.offer?.endpoint ?? '';
    const deployments =
      saved?.deployments ?? this.offer?.deployments.map((name) => ({ name, baseModel: null })) ?? [];
    for (const { name, baseModel } of deployments) this.addRow(name, baseModel);
    if (this.rows.length === 0) this.addRow();
    const chosen = this.rows.find(({ name }) => name === saved?.defaultDeployment) ?? this.rows[0];
    this.defaultRow = chosen?.key ?? 0;
    this.#keyHost = saved && saved.credential.kind === 'key' ? hostOf(saved.messagesUrl) : null;
    this.#opened = this.#endpoint ? this.#look() : Promise.resolve();
  }

  readonly preview = $derived(this.#preview);
  /** What the last test came to, for as long as nothing changes that it speaks of. */
  readonly testing: Testing = $derived(
    this.#testing.kind === 'testing' || this.#tested === this.#question() ? this.#testing : { kind: 'idle' },
  );
  readonly saving = $derived(this.#saving);
  readonly busy = $derived(this.#testing.kind === 'testing' || this.#saving.kind === 'saving');
  /** The host that the known key belongs to, while the endpoint is another one: the key never goes there. */
  readonly keyOfOtherHost: string | null = $derived.by(() => {
    const host = hostOf(this.#preview?.messagesUrl ?? null);
    return host !== null && this.#keyHost !== null && host !== this.#keyHost ? this.#keyHost : null;
  });
  /** Where the focus goes when a test or a save was refused. */
  readonly refusal = $derived(this.#refusal);
  /** What is shown as wrong: nothing, until a test or a save was refused for it. */
  readonly problems: Problems = $derived(this.#refusal ? this.#findProblems() : {});

  /** The key that the environment offers is used while none is typed, and at its own address only. */
  get keyFromEnvironment(): boolean {
    return this.key.trim() === '' && this.offer?.keyLastFour != null && this.keyOfOtherHost === null;
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
      this.#previewed = text;
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
    if (!(await this.#isComplete())) {
      this.#testing = { kind: 'idle' };
      return;
    }
    this.#tested = this.#question();
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
    if (!(await this.#isComplete())) {
      this.#saving = { kind: 'idle' };
      return null;
    }
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

  /** Waits until the preview is that of the address that stands in the field now. */
  async settled(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#opened;
    while (this.#previewed !== this.#endpoint) await this.#look();
  }

  /** Whether there is all that a request needs; if not, the form shows what is missing. */
  async #isComplete(): Promise<boolean> {
    await this.settled();
    const problems = this.#findProblems();
    const field = FIELDS.find((one) => problems[one] !== undefined);
    this.#refusal = field ? { field } : null;
    return field === undefined;
  }

  #findProblems(): Problems {
    const problems: Problems = {};
    if (this.#endpoint.trim() === '') problems.endpoint = 'missing';
    else if (this.#preview?.error) problems.endpoint = 'invalid';
    if (this.key.trim() === '') {
      if (this.keyOfOtherHost !== null) problems.key = 'other-host';
      else if (this.credential.kind === 'missing' && !this.keyFromEnvironment) problems.key = 'missing';
    }
    if (this.rows.every(({ name }) => name.trim() === '')) problems.deployments = 'missing';
    return problems;
  }

  /** Everything that the outcome of a test depends on, as text to compare. */
  #question(): string {
    const { endpoint, key, keyFromEnvironment, deployments, defaultDeployment } = this.draft();
    return JSON.stringify([endpoint, key, keyFromEnvironment, defaultDeployment ?? deployments[0]?.name]);
  }

  async #look(): Promise<void> {
    const preview = ++this.#previews;
    const text = this.#endpoint;
    let seen: EndpointPreview;
    try {
      seen = await this.#host.previewEndpoint(text);
    } catch (thrown) {
      seen = { messagesUrl: null, resource: null, notes: [], error: reportOf(thrown) };
    }
    // A key from the environment belongs to the address that was offered with it.
    if (this.#keyHost === null && this.offer?.keyLastFour != null && text === this.offer.endpoint)
      this.#keyHost = hostOf(seen.messagesUrl);
    if (preview !== this.#previews) return;
    this.#preview = seen;
    this.#previewed = text;
  }
}

const FIELDS = ['endpoint', 'key', 'deployments'] as const;

/** Name and port: what decides who gets a key. */
function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}
