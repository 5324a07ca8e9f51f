// The forms of connections: the one that is shown, and those with something typed that nobody saved yet.

import type { AppState, ConnectionId, ConnectionView } from '../host/types';
import type { ConnectionForm } from './connection-form.svelte';

export class Forms {
  #shown = $state.raw<ConnectionForm | null>(null);
  /** Left with something typed in them; none is the form of a new connection. */
  readonly #left = new Map<ConnectionId | null, ConnectionForm>();

  get shown(): ConnectionForm | null {
    return this.#shown;
  }

  /** The form of this connection with what was typed into it; none where nothing was. */
  typed(id: ConnectionId | null): ConnectionForm | null {
    const form = this.#shown?.id === id ? this.#shown : (this.#left.get(id) ?? null);
    return form?.isChanged ? form : null;
  }

  /** Shows a form; what was typed into the one before is kept until somebody comes back to it. */
  show(form: ConnectionForm): void {
    const before = this.#shown;
    this.#left.delete(form.id);
    this.#shown = form;
    if (before === null || before === form) return;
    if (before.isChanged && before.id !== form.id) {
      before.leaveWalk();
      this.#left.set(before.id, before);
    } else {
      before.close();
    }
  }

  /** A form is done with: it was saved, or its connection is gone. */
  drop(form: ConnectionForm): void {
    form.close();
    if (this.#left.get(form.id) === form) this.#left.delete(form.id);
    if (this.#shown === form) this.#shown = null;
  }

  /** Drops what was typed for connections that are gone; a form that nobody types in shows what is saved now. */
  follow({ connections }: AppState, open: (saved: ConnectionView) => ConnectionForm): void {
    const saved = connections.find(({ id }) => id === this.#shown?.id);
    if (saved && this.#shown?.isBehind(saved)) this.show(open(saved));
    for (const [id, form] of this.#left)
      if (id !== null && !connections.some((one) => one.id === id)) this.drop(form);
  }
}
