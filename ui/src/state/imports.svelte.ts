// Connections that are described elsewhere: what was found, what of it is chosen, what was saved.

import { type Host, reportOf } from '../host/host';
import type { ConnectionView, ErrorReport, ImportId, ImportOffer } from '../host/types';

export type Reading = { kind: 'idle' } | { kind: 'reading' } | { kind: 'failed'; error: ErrorReport };

export class Imports {
  readonly #host: Host;
  #offers = $state.raw<ImportOffer[]>([]);
  #found = $state.raw(false);
  #reading = $state.raw<Reading>({ kind: 'idle' });
  #saving = $state.raw<Reading>({ kind: 'idle' });
  /** What is chosen, as `offer/place`. */
  #chosen = $state.raw<ReadonlySet<string>>(new Set());
  #searching: Promise<void> | null = null;
  /** What is pasted, until it is read. */
  text = $state('');
  thisRunOnly = $state(false);

  constructor(host: Host) {
    this.#host = host;
  }

  readonly offers = $derived(this.#offers);
  /** The look around this machine is over. */
  readonly isLooked: boolean = $derived(this.#found);
  readonly reading = $derived(this.#reading);
  readonly saving = $derived(this.#saving);
  readonly count: number = $derived(this.#chosen.size);
  /** Something that is chosen brings a secret, which has to be kept somewhere. */
  readonly bringsSecret: boolean = $derived(
    this.#offers.some((offer) =>
      offer.connections.some(
        ({ lastFour, headers }, index) =>
          (lastFour !== null || headers.length > 0) && this.#chosen.has(placeOf(offer.id, index)),
      ),
    ),
  );

  /** Looks once around this machine; nothing is saved, and nothing leaves it. */
  look(): Promise<void> {
    this.#searching ??= this.#look();
    return this.#searching;
  }

  isChosen(id: ImportId, index: number): boolean {
    return this.#chosen.has(placeOf(id, index));
  }

  choose(id: ImportId, index: number, chosen: boolean): void {
    const next = new Set(this.#chosen);
    if (chosen) next.add(placeOf(id, index));
    else next.delete(placeOf(id, index));
    this.#chosen = next;
  }

  /** Reads a text; true when it describes a connection. */
  async readText(text: string): Promise<boolean> {
    return await this.#read(() => this.#host.readImport(text));
  }

  /** Lets the person choose a file. */
  async readFile(): Promise<boolean> {
    return await this.#read(() => this.#host.readImportFile());
  }

  /** Forgets an offer, with the secrets in it. */
  async drop(id: ImportId): Promise<void> {
    this.#forget(id);
    await this.#host.dropImport(id).catch(() => {});
  }

  /** Saves what is chosen, up to the first that is refused; what was saved by then is returned. */
  async accept(): Promise<ConnectionView[]> {
    if (this.#saving.kind === 'reading') return [];
    this.#saving = { kind: 'reading' };
    const saved: ConnectionView[] = [];
    try {
      for (const offer of this.#offers) {
        const indexes = [...offer.connections.keys()].filter((index) => this.isChosen(offer.id, index));
        if (indexes.length === 0) continue;
        const outcome = await this.#host.acceptImport(offer.id, indexes, this.thisRunOnly);
        saved.push(...outcome.saved);
        if (outcome.left) this.#shorten(outcome.left);
        if (outcome.problem) throw outcome.problem;
        await this.drop(offer.id);
      }
      this.#saving = { kind: 'idle' };
    } catch (thrown) {
      this.#saving = { kind: 'failed', error: reportOf(thrown) };
    }
    return saved;
  }

  async #look(): Promise<void> {
    try {
      for (const offer of await this.#host.findImports()) this.#add(offer);
    } catch (thrown) {
      this.#reading = { kind: 'failed', error: reportOf(thrown) };
    }
    this.#found = true;
  }

  async #read(read: () => Promise<ImportOffer | null>): Promise<boolean> {
    if (this.#reading.kind === 'reading') return false;
    this.#reading = { kind: 'reading' };
    try {
      const offer = await read();
      this.#reading = { kind: 'idle' };
      if (offer === null) return false;
      this.#add(offer);
      this.text = '';
      return true;
    } catch (thrown) {
      this.#reading = { kind: 'failed', error: reportOf(thrown) };
      return false;
    }
  }

  /** What can be taken as it is is chosen; the newest offer stands first. */
  #add(offer: ImportOffer): void {
    this.#offers = [offer, ...this.#offers.filter(({ id }) => id !== offer.id)];
    for (const [index, { problem }] of offer.connections.entries())
      if (problem === null) this.choose(offer.id, index, true);
  }

  /** Some of an offer was saved: that is not chosen any more, and the rest still is. */
  #shorten(left: ImportOffer): void {
    this.#offers = this.#offers.map((offer) => (offer.id === left.id ? left : offer));
    for (const [index, { saved }] of left.connections.entries())
      if (saved) this.choose(left.id, index, false);
  }

  #forget(id: ImportId): void {
    const offer = this.#offers.find((one) => one.id === id);
    this.#offers = this.#offers.filter((one) => one.id !== id);
    for (const index of offer?.connections.keys() ?? []) this.choose(id, index, false);
  }
}

const placeOf = (id: ImportId, index: number): string => `${id}/${index}`;
