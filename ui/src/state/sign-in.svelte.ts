// The sign-ins that were begun in this window, each with how far it is.

import { type Host, reportOf } from '../host/host';
import type {
  ConnectionId,
  EntraSettings,
  ErrorReport,
  SignInId,
  SignInMethod,
  SignInView,
} from '../host/types';

/** Where a sign-in stands that somebody looks at. */
export type SigningIn =
  | { kind: 'idle' }
  | { kind: 'starting'; method: SignInMethod }
  | { kind: 'begun'; view: SignInView }
  | { kind: 'refused'; error: ErrorReport };

/**
 * One place where somebody signs in: a form, or a saved connection. A component makes it, and it
 * outlives that: deriveds would belong to the component and end with it, so all is computed anew.
 */
export class SignIn {
  readonly #host: Host;
  #state = $state.raw<SigningIn>({ kind: 'idle' });
  /** What happened to sign-ins before the call that began them answered. */
  readonly #early = new Map<SignInId, SignInView>();
  /** What the sign-in began from. */
  #entra: EntraSettings | null = null;
  #closed = false;

  constructor(host: Host) {
    this.#host = host;
  }

  get state() {
    return this.#state;
  }

  get isWaiting(): boolean {
    return (
      this.#state.kind === 'starting' ||
      (this.#state.kind === 'begun' && this.#state.view.state.kind === 'waiting')
    );
  }

  /** What the person is to do now. */
  get waiting() {
    const state = this.#state.kind === 'begun' ? this.#state.view.state : null;
    return state?.kind === 'waiting' ? state : null;
  }

  /** Why it came to nothing. */
  get error(): ErrorReport | null {
    if (this.#state.kind === 'refused') return this.#state.error;
    const state = this.#state.kind === 'begun' ? this.#state.view.state : null;
    return state?.kind === 'failed' ? state.error : null;
  }

  /** Who is signed in now, and what the sign-in began from; no id where it was kept for a connection at once. */
  get done() {
    if (this.#state.kind !== 'begun' || this.#state.view.state.kind !== 'done') return null;
    const { id, connection, state } = this.#state.view;
    return { id: connection === null ? id : null, account: state.account, entra: this.#entra };
  }

  /** Begins anew, for a saved connection or for a form; one that waits is given up first. */
  async start(method: SignInMethod, entra: EntraSettings, connection: ConnectionId | null): Promise<void> {
    if (this.#state.kind === 'starting') return;
    await this.cancel();
    this.#entra = entra;
    this.#early.clear();
    this.#state = { kind: 'starting', method };
    try {
      const view = await this.#host.startSignIn({ method, entra, connection });
      this.#state = { kind: 'begun', view: this.#early.get(view.id) ?? view };
    } catch (thrown) {
      this.#state = { kind: 'refused', error: reportOf(thrown) };
    }
    this.#early.clear();
    if (this.#closed) await this.cancel();
  }

  receive(view: SignInView): void {
    if (this.#state.kind === 'starting') this.#early.set(view.id, view);
    else if (this.#state.kind === 'begun' && this.#state.view.id === view.id)
      this.#state = { kind: 'begun', view };
  }

  /** Events were missed: asks how far it is. What nobody remembers is over. */
  async catchUp(): Promise<void> {
    if (this.#state.kind !== 'begun' || this.#state.view.state.kind !== 'waiting') return;
    const { id } = this.#state.view;
    const view = await this.#host.signInView(id);
    if (view) this.receive(view);
    else if (this.#state.kind === 'begun' && this.#state.view.id === id) this.#state = { kind: 'idle' };
  }

  /** Nobody looks at it any more. */
  close(): void {
    this.#closed = true;
    void this.cancel();
    // What it brought for a form is let go of, unless a connection has it by now.
    const unused = this.done?.id ?? null;
    if (unused !== null) void this.#host.cancelSignIn(unused).catch(() => {});
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async cancel(): Promise<void> {
    if (this.#state.kind !== 'begun' || this.#state.view.state.kind !== 'waiting') return;
    const { id } = this.#state.view;
    this.#state = { kind: 'idle' };
    // What has ended meanwhile needs no cancelling.
    await this.#host.cancelSignIn(id).catch(() => {});
  }
}
