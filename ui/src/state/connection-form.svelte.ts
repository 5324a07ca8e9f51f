// The form of one connection: what is typed, what the endpoint would become, what the Doctor found.

import { type Host, reportOf } from '../host/host';
import type {
  AnthropicVersion,
  AppState,
  ConnectionDraft,
  ConnectionEdition,
  ConnectionId,
  ConnectionView,
  EndpointPreview,
  ErrorReport,
  Fix,
  Hosting,
} from '../host/types';
import {
  CREDENTIAL_FIELDS,
  type CredentialField,
  CredentialForm,
  type CredentialProblem,
} from './credential-form.svelte';
import type { Doctor, Walk } from './doctor.svelte';
import { HeaderRows } from './header-rows.svelte';
import { LimitFields } from './limit-fields.svelte';
import { ProxyForm } from './proxy-form.svelte';
import type { SignIn } from './sign-in.svelte';

/** What a press of a button came to. */
export type Testing = { kind: 'idle' } | { kind: 'checking' } | { kind: 'walked'; walk: Walk };
export type Saving =
  | { kind: 'idle' }
  | { kind: 'saving' }
  | { kind: 'saved' }
  | { kind: 'failed'; error: ErrorReport };

type Field = 'endpoint' | CredentialField | 'deployments' | 'headers' | 'limits' | 'proxy';

/** What has to be put right before anything is tested or saved. */
export type Problems = Partial<Record<Field, CredentialProblem | 'invalid'>>;

/** The problem that the person is led to: the first in the order of the form. */
export type Refusal = { field: Field };

export interface DeploymentRow {
  /** Stays the same while the row lives. */
  key: number;
  name: string;
  baseModel: string | null;
  hosting: Hosting | null;
}

const NO_LIMITS = {
  connectSeconds: null,
  idleSeconds: null,
  wholeSeconds: null,
  attempts: null,
  waitSeconds: null,
};

const TYPING_MS = 150;

export class ConnectionForm {
  readonly #host: Host;
  readonly #doctor: Doctor;
  /** The connection that is edited; none for a new one. */
  readonly id: ConnectionId | null;
  readonly credential: CredentialForm;
  readonly headers: HeaderRows;
  readonly limits: LimitFields;
  readonly proxy: ProxyForm;
  /** The sign-in that was begun in this form; it goes on while the person looks elsewhere. */
  signIn: SignIn | null = null;

  name = $state('');
  version = $state<AnthropicVersion | null>(null);
  rows = $state<DeploymentRow[]>([]);
  defaultRow = $state(0);
  #endpoint = $state('');
  #preview = $state.raw<EndpointPreview | null>(null);
  #testing = $state.raw<Testing>({ kind: 'idle' });
  #saving = $state.raw<Saving>({ kind: 'idle' });
  #refusal = $state.raw<Refusal | null>(null);
  /** What the last test was made with. */
  #tested = $state.raw('');
  /** The host that the known secret was entered for, and the resource that it is of. */
  readonly #secretHost: string | null;
  #secretResource = $state.raw<string | null>(null);
  /** What was saved when the form was opened; none saves over whatever there is. */
  #openedOn: ConnectionEdition | null;
  /** The form as it was opened, as text to compare. */
  readonly #untouched: string;
  /** The text that the preview is of. */
  #previewed = '';
  readonly #opened: Promise<void>;
  #previews = 0;
  #nextKey = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, doctor: Doctor, saved: ConnectionView | null) {
    this.#host = host;
    this.#doctor = doctor;
    this.id = saved?.id ?? null;
    this.#openedOn = saved?.edition ?? null;
    this.credential = new CredentialForm(saved?.credential ?? null, hostOf(saved?.messagesUrl ?? null));
    this.headers = new HeaderRows(saved?.headers ?? []);
    this.limits = new LimitFields(saved?.limits ?? NO_LIMITS);
    this.proxy = new ProxyForm(saved?.proxy ?? null, saved?.proxyPassword ?? null);
    this.version = saved?.anthropicVersion ?? null;
    this.name = saved?.name ?? '';
    this.#endpoint = saved?.endpoint ?? '';
    for (const { name, baseModel, hosting } of saved?.deployments ?? [])
      this.addRow(name, baseModel, hosting);
    if (this.rows.length === 0) this.addRow();
    const chosen = this.rows.find(({ name }) => name === saved?.defaultDeployment) ?? this.rows[0];
    this.defaultRow = chosen?.key ?? 0;
    const state = saved?.credential.state.kind;
    const isKept = state === 'kept' || state === 'signed_in';
    this.#secretHost = saved && isKept ? hostOf(saved.messagesUrl) : null;
    this.#untouched = this.#text();
    this.#opened = this.#endpoint ? this.#lookAtSaved() : Promise.resolve();
  }

  readonly preview = $derived(this.#preview);
  /** What the last test came to, for as long as nothing changes that it speaks of. */
  readonly testing: Testing = $derived(
    this.#testing.kind === 'checking' || this.#tested === this.#question() ? this.#testing : { kind: 'idle' },
  );
  readonly saving = $derived(this.#saving);
  /** The Doctor is on the way, for what the form says now. */
  readonly isWalking: boolean = $derived(
    this.testing.kind === 'checking' || (this.testing.kind === 'walked' && this.testing.walk.running),
  );
  readonly busy = $derived(this.isWalking || this.#saving.kind === 'saving');
  /** The host that the known secret belongs to, while the endpoint is another one: it never goes there. */
  readonly secretOfOtherHost: string | null = $derived.by(() => {
    const host = hostOf(this.#preview?.messagesUrl ?? null);
    const owner = this.#secretHost;
    if (host === null || owner === null || host === owner || this.credential.known === null) return null;
    const resource = this.#preview?.resource ?? null;
    const isSameResource = resource !== null && resource === this.#secretResource;
    return isSameResource && cloudOf(host) === cloudOf(owner) ? null : owner;
  });
  /** Where the focus goes when a test or a save was refused. */
  readonly refusal = $derived(this.#refusal);
  /** What is shown as wrong: nothing, until a test or a save was refused for it. */
  readonly problems: Problems = $derived(this.#refusal ? this.#findProblems() : {});
  /** Whether the fields that few need hold anything. */
  get hasMore(): boolean {
    const isLimited = Object.values(this.limits.texts).some((text) => text !== '');
    return (
      this.headers.rows.length > 0 || this.version !== null || this.proxy.kind !== 'inherit' || isLimited
    );
  }

  /** A save was refused for one of the fields that few need. */
  readonly refusalNeedsMore: boolean = $derived(
    ['headers', 'limits', 'proxy'].includes(this.#refusal?.field ?? ''),
  );
  /** The keyring refused what was to be kept. */
  readonly keyringRefused: boolean = $derived(
    this.#saving.kind === 'failed' && this.#saving.error.code.startsWith('keyring-'),
  );

  /** Something else is saved by now than what the form was opened on. */
  readonly isOutdated: boolean = $derived(
    this.#saving.kind === 'failed' && this.#saving.error.code === 'connection-changed',
  );

  /** Whether it shows what is saved no more, and nobody is busy with it. */
  isBehind(saved: ConnectionView): boolean {
    const isAtRest = this.#saving.kind === 'idle' && !this.isChanged && !this.isWalking;
    return isAtRest && saved.edition !== this.#openedOn;
  }

  /** Whether something was typed or chosen that is not saved. */
  get isChanged(): boolean {
    return this.#text() !== this.#untouched || this.signIn?.isWaiting === true;
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

  addRow(name = '', baseModel: string | null = null, hosting: Hosting | null = null): DeploymentRow {
    const row = { key: this.#nextKey++, name, baseModel, hosting };
    this.rows.push(row);
    return row;
  }

  removeRow(key: number): void {
    this.rows = this.rows.filter((row) => row.key !== key);
    if (this.rows.length === 0) this.addRow();
    if (!this.rows.some((row) => row.key === this.defaultRow)) this.defaultRow = this.rows[0]?.key ?? 0;
  }

  /** Whether the person must agree to keep what is secret in memory only. */
  asksForThisRun(keyring: AppState['keyring']): boolean {
    if (this.credential.asksForThisRun(keyring, this.keyringRefused)) return true;
    const isTyped = this.headers.hasNewSecret || this.proxy.typedPassword() !== null;
    return isTyped && (keyring !== 'ready' || this.keyringRefused);
  }

  draft(): ConnectionDraft {
    const named = this.rows.filter(({ name }) => name.trim() !== '');
    const chosen = named.find(({ key }) => key === this.defaultRow);
    return {
      id: this.id,
      openedOn: this.#openedOn,
      name: this.name.trim(),
      endpoint: this.#endpoint.trim(),
      credential: this.credential.draft(),
      headers: this.headers.drafts(),
      anthropicVersion: this.version,
      limits: this.limits.limits(),
      proxy: this.proxy.settings(),
      proxyPassword: this.proxy.typedPassword(),
      deployments: named.map(({ name, baseModel, hosting }) => ({ name: name.trim(), baseModel, hosting })),
      defaultDeployment: chosen?.name.trim() ?? null,
    };
  }

  /** Lets the Doctor walk the connection as it stands in the form. */
  async test(): Promise<void> {
    if (this.busy) return;
    this.leaveWalk();
    this.#testing = { kind: 'checking' };
    if (!(await this.#isComplete())) {
      this.#testing = { kind: 'idle' };
      return;
    }
    this.#tested = this.#question();
    this.#testing = { kind: 'walked', walk: this.#doctor.start({ kind: 'draft', draft: this.draft() }) };
  }

  /** A walk that nobody sees any more is not walked to its end. */
  leaveWalk(): void {
    if (this.#testing.kind === 'walked' && this.#testing.walk.running) void this.#testing.walk.cancel();
  }

  /** Nobody sees this form any more: what it waits for is given up. */
  close(): void {
    this.leaveWalk();
    this.signIn?.close();
  }

  /** Puts into the form what a fix names; false for one that changes nothing here. */
  fix(fix: Fix): boolean {
    switch (fix.kind) {
      case 'use_endpoint':
        this.endpoint = fix.endpoint;
        return true;
      case 'use_scope':
        this.credential.entra.scope = fix.scope;
        return true;
      case 'use_tenant':
        this.credential.entra.tenant = fix.tenant;
        return true;
      default:
        return false;
    }
  }

  /** Saves, and forgets the secrets that were typed: from now on only their ends are known. */
  async save(): Promise<ConnectionView | null> {
    if (this.#saving.kind === 'saving') return null;
    this.#saving = { kind: 'saving' };
    if (!(await this.#isComplete())) {
      this.#saving = { kind: 'idle' };
      return null;
    }
    try {
      const saved = await this.#host.saveConnection(this.draft());
      this.credential.forget();
      this.proxy.password = '';
      this.#saving = { kind: 'saved' };
      return saved;
    } catch (thrown) {
      this.#saving = { kind: 'failed', error: reportOf(thrown) };
      return null;
    }
  }

  /** The person wants what stands here, whatever somebody else has saved: the next save takes it. */
  insist(): void {
    this.#openedOn = null;
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
    this.proxy.tidy();
    const problems = this.#findProblems();
    const field = FIELDS.find((one) => problems[one] !== undefined);
    this.#refusal = field ? { field } : null;
    return field === undefined;
  }

  #findProblems(): Problems {
    const problems: Problems = this.credential.problems(this.secretOfOtherHost !== null);
    if (this.#endpoint.trim() === '') problems.endpoint = 'missing';
    else if (this.#preview?.error) problems.endpoint = 'invalid';
    if (this.rows.every(({ name }) => name.trim() === '')) problems.deployments = 'missing';
    if (this.headers.incomplete.length > 0) problems.headers = 'missing';
    if (this.limits.wrong.length > 0) problems.limits = 'invalid';
    if (this.proxy.problem !== null) problems.proxy = 'missing';
    return problems;
  }

  #text(): string {
    return JSON.stringify([this.draft(), this.#endpoint]);
  }

  /** The saved address: the resource that it is of is the one that what is kept belongs to. */
  async #lookAtSaved(): Promise<void> {
    const saved = this.#endpoint;
    await this.#look();
    if (this.#previewed === saved) this.#secretResource = this.#preview?.resource ?? null;
  }

  /** Everything that the outcome of a test depends on, as text to compare. */
  #question(): string {
    const { name: _name, openedOn: _openedOn, deployments, defaultDeployment, ...rest } = this.draft();
    return JSON.stringify([rest, defaultDeployment ?? deployments[0]?.name]);
  }

  async #look(): Promise<void> {
    const preview = ++this.#previews;
    const text = this.#endpoint;
    let seen: EndpointPreview;
    try {
      seen = await this.#host.previewEndpoint(text);
    } catch (thrown) {
      const error = reportOf(thrown);
      seen = { messagesUrl: null, resource: null, notes: [], error, importable: false };
    }
    if (preview !== this.#previews) return;
    this.#preview = seen;
    this.#previewed = text;
    this.credential.host = hostOf(seen.messagesUrl);
  }
}

const FIELDS = [
  'endpoint',
  ...CREDENTIAL_FIELDS,
  'deployments',
  'headers',
  'limits',
  'proxy',
] as const satisfies readonly Field[];

/** Name and port: what decides who gets a secret. */
function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}

/** What the hosts of Azure's clouds end with. */
function cloudOf(host: string): string {
  return host.replace(/:\d+$/, '').split('.').at(-1) ?? host;
}
