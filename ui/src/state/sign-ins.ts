// All sign-ins that somebody looks at: events do not say which place began one.

import type { SignInView } from '../host/types';
import type { SignIn } from './sign-in.svelte';

export class SignIns {
  readonly #open = new Set<SignIn>();

  /** Tells a place where somebody signs in what happens, until it is closed. */
  open(signIn: SignIn): void {
    for (const other of this.#open) if (other.isClosed) this.#open.delete(other);
    this.#open.add(signIn);
  }

  /** Events were missed: asks how far the sign-ins are that somebody waits for. */
  async catchUp(): Promise<void> {
    await Promise.all([...this.#open].map((signIn) => signIn.catchUp()));
  }

  receive(view: SignInView): void {
    for (const signIn of this.#open) signIn.receive(view);
  }
}
