// How large everything is drawn: chosen by the person, kept for the next start.

import type { Host } from '../host/host';

const KEY = 'zoom';
const FACTORS = [0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];

export class Zoom {
  readonly #host: Host;
  readonly #kept: Storage;
  #factor: number;

  constructor(host: Host, kept: Storage) {
    this.#host = host;
    this.#kept = kept;
    const factor = Number(kept.getItem(KEY));
    this.#factor = FACTORS.includes(factor) ? factor : 1;
  }

  get factor(): number {
    return this.#factor;
  }

  /** Draws as large as it was left. */
  async start(): Promise<void> {
    if (this.#factor !== 1) await this.#host.setZoom(this.#factor);
  }

  /** One step larger or smaller; it stays at the largest and at the smallest. */
  async step(steps: 1 | -1): Promise<void> {
    const at = FACTORS.indexOf(this.#factor) + steps;
    await this.#choose(FACTORS[Math.min(Math.max(at, 0), FACTORS.length - 1)] ?? 1);
  }

  async reset(): Promise<void> {
    await this.#choose(1);
  }

  async #choose(factor: number): Promise<void> {
    this.#factor = factor;
    this.#kept.setItem(KEY, String(factor));
    await this.#host.setZoom(factor);
  }
}
