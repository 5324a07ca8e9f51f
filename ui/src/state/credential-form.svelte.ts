// As whom a connection asks, as far as it is typed: one kind, and the fields of that kind.

import type {
  CredentialChoice,
  CredentialDraft,
  CredentialView,
  EntraSettings,
  KeyringState,
  Printed,
  SignInId,
  TokenFacts,
} from '../host/types';

export type CredentialKind = CredentialChoice['kind'];

/** In the order in which they are offered: what most people have comes first. */
export const CREDENTIAL_KINDS: CredentialKind[] = [
  'key',
  'sign_in',
  'azure_cli',
  'azure_developer_cli',
  'client_secret',
  'managed_identity',
  'workload_identity',
  'token',
  'command',
];

/** A field of the credential that is not as it has to be. */
export type CredentialField = 'secret' | 'tenant' | 'clientId' | 'signIn' | 'command' | 'agreement';
export type CredentialProblem = 'missing' | 'other-host';
export type CredentialProblems = Partial<Record<CredentialField, CredentialProblem>>;

/** The fields in the order of the form. */
export const CREDENTIAL_FIELDS = [
  'secret',
  'tenant',
  'clientId',
  'signIn',
  'command',
  'agreement',
] as const satisfies readonly CredentialField[];

/** Which fields of Entra's a kind has; the tenant and the client id are needed where it says so. */
export interface EntraFields {
  tenant: 'none' | 'may' | 'must';
  clientId: 'none' | 'may' | 'must';
  cloud: boolean;
}

export function entraFields(kind: CredentialKind): EntraFields | null {
  switch (kind) {
    case 'client_secret':
      return { tenant: 'must', clientId: 'must', cloud: true };
    case 'sign_in':
    case 'workload_identity':
      return { tenant: 'may', clientId: 'may', cloud: true };
    case 'azure_cli':
    case 'azure_developer_cli':
      return { tenant: 'may', clientId: 'none', cloud: false };
    case 'managed_identity':
      return { tenant: 'none', clientId: 'may', cloud: false };
    case 'key':
    case 'token':
    case 'command':
      return null;
  }
}

/** Kinds whose secret is typed into a field. */
export const hasSecret = (kind: CredentialKind): kind is 'key' | 'client_secret' | 'token' =>
  kind === 'key' || kind === 'client_secret' || kind === 'token';

export interface ArgumentRow {
  /** Stays the same while the row lives. */
  key: number;
  text: string;
}

const NO_ENTRA: EntraSettings = { tenant: '', clientId: '', scope: '', authority: '' };

export class CredentialForm {
  readonly saved: CredentialView | null;
  kind = $state<CredentialKind>('key');
  /** The host that is asked with it: a command is agreed to for one. */
  host = $state<string | null>(null);
  thisRunOnly = $state(false);
  entra = $state<EntraSettings>({ ...NO_ENTRA });
  tokenFile = $state('');
  prints = $state<Printed>('key');
  rows = $state<ArgumentRow[]>([]);
  /** Typed just now, by kind: what was typed as one is not used as another. */
  #secrets = $state.raw<Partial<Record<CredentialKind, string>>>({});
  #signIn = $state.raw<{ id: SignInId | null; entra: string } | null>(null);
  /** The command that was agreed to, and for which host, as text to compare. */
  #agreed = $state.raw<string | null>(null);
  #nextKey = 0;

  constructor(saved: CredentialView | null, host: string | null = null) {
    this.saved = saved;
    this.host = host;
    const choice = saved?.choice ?? { kind: 'key' };
    this.kind = choice.kind;
    // Who agreed to it once is not asked again.
    this.thisRunOnly = this.#kept() === 'this_run';
    if ('entra' in choice) this.entra = { ...choice.entra };
    if (choice.kind === 'workload_identity') this.tokenFile = choice.tokenFile ?? '';
    if (choice.kind === 'command') {
      this.prints = choice.prints;
      for (const text of choice.argv) this.addRow(text);
      if (saved?.state.kind === 'ambient') this.#agreed = this.#command();
    }
    if (this.rows.length === 0) this.addRow();
  }

  /** A key, client secret or token, typed just now for the kind that is chosen. */
  get secret(): string {
    return this.#secrets[this.kind] ?? '';
  }

  set secret(secret: string) {
    this.#secrets = { ...this.#secrets, [this.kind]: secret };
  }

  /** What is kept for the kind that is chosen; another kind's secret is not kept for this one. */
  readonly known: CredentialView | null = $derived.by(() =>
    this.saved?.choice.kind === this.kind ? this.saved : null,
  );
  /** What the token says that is kept or was used last. */
  readonly token: TokenFacts | null = $derived(this.known?.token ?? null);
  /** The program and its arguments, as they will be started. */
  readonly argv: string[] = $derived.by(() => {
    const texts = this.rows.map(({ text }) => text);
    while (texts.length > 0 && texts.at(-1)?.trim() === '') texts.pop();
    return texts;
  });

  /** Whether somebody signed in here, for what the form says now. */
  readonly isSignedIn: boolean = $derived.by(
    () => this.#signIn !== null && this.#signIn.entra === JSON.stringify(this.#entra()),
  );

  /** Takes what a sign-in brought that began with `entra`; no id where it was kept for the connection at once. */
  signedIn(id: SignInId | null, entra: EntraSettings): void {
    this.#signIn = { id, entra: JSON.stringify(entra) };
  }

  /** Whether the person agreed that the command is started, exactly as it stands, for this host. */
  get agreed(): boolean {
    return this.#agreed === this.#command();
  }

  set agreed(agreed: boolean) {
    this.#agreed = agreed ? this.#command() : null;
  }

  addRow(text = ''): ArgumentRow {
    const row = { key: this.#nextKey++, text };
    this.rows.push(row);
    return row;
  }

  removeRow(key: number): void {
    this.rows = this.rows.filter((row) => row.key !== key);
    if (this.rows.length === 0) this.addRow();
  }

  /** Whether saving keeps something that belongs into a keyring. */
  readonly keepsSecret: boolean = $derived(hasSecret(this.kind) || this.kind === 'sign_in');

  /** Whether the person must agree to keep the secret in memory only. */
  asksForThisRun(keyring: KeyringState, refused: boolean): boolean {
    return this.keepsSecret && (keyring !== 'ready' || refused);
  }

  /** What is missing, where `otherHost` tells that what is kept belongs to another host. */
  problems(otherHost: boolean): CredentialProblems {
    const problems: CredentialProblems = {};
    const fields = entraFields(this.kind);
    if (fields?.tenant === 'must' && this.entra.tenant.trim() === '') problems.tenant = 'missing';
    if (fields?.clientId === 'must' && this.entra.clientId.trim() === '') problems.clientId = 'missing';
    if (hasSecret(this.kind) && this.secret.trim() === '') {
      if (otherHost) problems.secret = 'other-host';
      else if (this.known === null || this.known.state.kind === 'missing') problems.secret = 'missing';
    }
    if (this.kind === 'sign_in' && !this.isSignedIn) {
      if (otherHost) problems.signIn = 'other-host';
      else if (this.known === null || this.known.state.kind === 'missing') problems.signIn = 'missing';
    }
    if (this.kind === 'command') {
      if ((this.argv[0] ?? '').trim() === '') problems.command = 'missing';
      else if (!this.agreed) problems.agreement = 'missing';
    }
    return problems;
  }

  draft(): CredentialDraft {
    const secret = hasSecret(this.kind) ? this.secret.trim() : '';
    return {
      choice: this.#choice(),
      secret: secret === '' ? null : secret,
      imported: null,
      signIn: this.kind === 'sign_in' && this.isSignedIn ? (this.#signIn?.id ?? null) : null,
      agreed: this.kind === 'command' && this.agreed,
      thisRunOnly: this.thisRunOnly,
    };
  }

  /** Forgets what was typed and must not be known any longer. */
  forget(): void {
    this.#secrets = {};
    this.#signIn = null;
  }

  #choice(): CredentialChoice {
    switch (this.kind) {
      case 'key':
      case 'token':
        return { kind: this.kind };
      case 'command':
        return { kind: 'command', argv: this.argv, prints: this.prints };
      case 'workload_identity': {
        const tokenFile = this.tokenFile.trim();
        return { kind: this.kind, entra: this.#entra(), tokenFile: tokenFile === '' ? null : tokenFile };
      }
      default:
        return { kind: this.kind, entra: this.#entra() };
    }
  }

  /** Only what the kind has: what was typed for another one says nothing here. */
  #entra(): EntraSettings {
    const fields = entraFields(this.kind);
    const { tenant, clientId, scope, authority } = this.entra;
    return {
      tenant: fields?.tenant === 'none' ? '' : tenant.trim(),
      clientId: fields?.clientId === 'none' ? '' : clientId.trim(),
      scope: scope.trim(),
      authority: fields?.cloud ? authority.trim() : '',
    };
  }

  /** What a sign-in begins from. */
  get place(): EntraSettings {
    return this.#entra();
  }

  /** Whether the form says of Entra what is saved: a sign-in for that is kept for the connection at once. */
  get isPlaceSaved(): boolean {
    const choice = this.known?.choice;
    return (
      choice?.kind === 'sign_in' && JSON.stringify(ordered(choice.entra)) === JSON.stringify(this.#entra())
    );
  }

  #command(): string {
    return JSON.stringify([this.argv, this.prints, this.host]);
  }

  #kept() {
    const state = this.saved?.state;
    return state?.kind === 'kept' || state?.kind === 'signed_in' ? state.kept : null;
  }
}

const ordered = ({ tenant, clientId, scope, authority }: EntraSettings): EntraSettings => ({
  tenant,
  clientId,
  scope,
  authority,
});
