// A key of the gateway's own as it is being made or changed. The key itself never comes here.

import { type Host, reportOf } from '../host/host';
import type { ErrorReport, GatewayKeyId, GatewayKeyView, GatewayView, KeyringState } from '../host/types';

export type KeyProblem = 'name-missing' | 'name-long' | 'name-taken' | 'no-model' | 'day' | 'day-over';

/** As many characters as a name may have. */
const LONGEST_NAME = 80;

/** A component makes it, and it ends with that. */
export class GatewayKeyForm {
  readonly id: GatewayKeyId | null;
  readonly #host: Host;
  readonly #others: readonly string[];
  /** Its name as it is kept. */
  readonly before: string;
  /** Its last day as it is kept, which may be over by now. */
  readonly #lastDay: string;
  name = $state('');
  /** It may ask for some models only. */
  limited = $state(false);
  /** The models that it may ask for then. */
  models = $state.raw<readonly string[]>([]);
  /** Its last day; empty when it does not end. */
  expires = $state('');
  thisRunOnly = $state(false);
  #refused = $state.raw(false);
  #error = $state.raw<ErrorReport | null>(null);
  #busy = $state.raw(false);

  constructor(host: Host, keys: readonly GatewayKeyView[], key: GatewayKeyView | null) {
    this.#host = host;
    this.id = key?.id ?? null;
    this.#others = keys.filter(({ id }) => id !== key?.id).map(({ name }) => name);
    this.before = key?.name ?? '';
    this.name = this.before;
    this.limited = (key?.models ?? null) !== null;
    this.models = key?.models ?? [];
    this.#lastDay = key?.expires ?? '';
    this.expires = this.#lastDay;
    this.thisRunOnly = key?.place === 'this_run';
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Why the host did not take it. */
  get error(): ErrorReport | null {
    return this.#error;
  }

  /** What a save was refused for here. */
  get problem(): KeyProblem | null {
    return this.#refused ? this.#wrong() : null;
  }

  /** A new key needs a place, which the person is asked about where no keyring is. */
  asksForThisRun(keyring: KeyringState): boolean {
    const refused = this.#error?.code.startsWith('keyring-') ?? false;
    return this.id === null && (keyring !== 'ready' || refused);
  }

  choose(model: string, chosen: boolean): void {
    const others = this.models.filter((one) => one !== model);
    this.models = chosen ? [...others, model] : others;
  }

  /** What the host answers, or none where something is wrong. */
  async save(): Promise<GatewayView | null> {
    if (this.#busy) return null;
    this.#refused = this.#wrong() !== null;
    if (this.#refused) return null;
    this.#busy = true;
    this.#error = null;
    try {
      return await this.#host.saveGatewayKey({
        id: this.id,
        name: this.name.trim(),
        models: this.limited ? [...this.models] : null,
        expires: this.expires.trim() || null,
        thisRunOnly: this.thisRunOnly,
      });
    } catch (thrown) {
      this.#error = reportOf(thrown);
      return null;
    } finally {
      this.#busy = false;
    }
  }

  #wrong(): KeyProblem | null {
    const name = this.name.trim();
    if (name === '') return 'name-missing';
    if ([...name].length > LONGEST_NAME) return 'name-long';
    if (this.#others.includes(name)) return 'name-taken';
    if (this.limited && this.models.length === 0) return 'no-model';
    const day = this.expires.trim();
    if (!isDay(day)) return 'day';
    return day !== '' && day !== this.#lastDay && day < today() ? 'day-over' : null;
  }
}

/** Today in UTC, as days of keys are meant. */
const today = (): string => new Date().toISOString().slice(0, 10);

/** Whether the text is empty, or a day of the calendar such as `2027-01-31`. */
function isDay(text: string): boolean {
  if (text === '') return true;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}
