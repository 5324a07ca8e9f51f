// The gateway as this window last heard of it.

import { type Host, reportOf } from '../host/host';
import type { ErrorReport, GatewayView } from '../host/types';

export class Gateway {
  readonly #host: Host;
  #view = $state.raw<GatewayView | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  #asking = false;
  /** Something changed while an answer was under way, so that it may be older than that. */
  #stale = false;
  /** Counts what changes were answered with. */
  #changes = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** None while it is being read. */
  readonly view = $derived(this.#view);
  /** Why it could not be read the last time. */
  readonly failure = $derived(this.#failure);

  /** Asks how it is; called again while an answer is under way, it asks once more after that. */
  async load(): Promise<void> {
    this.#stale = true;
    if (this.#asking) return;
    this.#asking = true;
    while (this.#stale) {
      this.#stale = false;
      const before = this.#changes;
      try {
        const view = await this.#host.gateway();
        if (before === this.#changes) this.#show(view);
      } catch (thrown) {
        this.#failure = reportOf(thrown);
      }
    }
    this.#asking = false;
  }

  /** Shows what a change was answered with; what is being read may be from before it. */
  adopt(view: GatewayView): void {
    this.#changes += 1;
    this.#stale = true;
    this.#show(view);
  }

  #show(view: GatewayView): void {
    this.#view = view;
    this.#failure = null;
  }
}
