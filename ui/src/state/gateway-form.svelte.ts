// What a person chooses of the gateway. Each choice is saved at once, one after the other, and says so beside itself.

import { type Host, reportOf } from '../host/host';
import type { ErrorReport, GatewaySettings, GatewayView } from '../host/types';
import { t } from '../words';
import type { Gateway } from './gateway.svelte';

export type GatewayField = keyof GatewaySettings;

/** What became of the change that was made last. */
export type GatewaySaving =
  | { kind: 'idle' }
  | { kind: 'saving' | 'saved'; field: GatewayField }
  | { kind: 'failed'; field: GatewayField; error: ErrorReport };

const LAST_PORT = 65_535;

/** A component makes it, and it ends with that. */
export class GatewayForm {
  readonly #host: Host;
  readonly #gateway: Gateway;
  /** Changes that are not answered yet, in their order. */
  #pending = $state.raw<ReadonlyArray<Partial<GatewaySettings>>>([]);
  #saving = $state.raw<GatewaySaving>({ kind: 'idle' });
  #line: Promise<unknown> = Promise.resolve();
  /** What stands in a field that is being typed in, or was refused; none shows what is saved. */
  #port = $state.raw<string | null>(null);
  #origins = $state.raw<string | null>(null);
  #portWrong = $state.raw(false);

  constructor(host: Host, gateway: Gateway) {
    this.#host = host;
    this.#gateway = gateway;
  }

  /** As chosen, also what is still being saved; none while the gateway is being read. */
  get settings(): GatewaySettings | null {
    const saved = this.#gateway.view?.settings;
    return saved ? Object.assign({}, saved, ...this.#pending) : null;
  }

  get saving(): GatewaySaving {
    return this.#saving;
  }

  get port(): string {
    return this.#port ?? String(this.settings?.port ?? '');
  }

  set port(text: string) {
    this.#port = text;
  }

  /** The port that was typed is none. */
  get portWrong(): boolean {
    return this.#portWrong;
  }

  /** One a line. */
  get origins(): string {
    return this.#origins ?? (this.settings?.origins ?? []).join('\n');
  }

  set origins(text: string) {
    this.#origins = text;
  }

  /** Why this field was not saved. */
  failure(field: GatewayField): ErrorReport | null {
    const saving = this.#saving;
    return saving.kind === 'failed' && saving.field === field ? saving.error : null;
  }

  isSaved(field: GatewayField): boolean {
    return this.#saving.kind === 'saved' && this.#saving.field === field;
  }

  /** Saves one choice after those that are being saved; false when it was refused. */
  async save<Field extends GatewayField>(field: Field, value: GatewaySettings[Field]): Promise<boolean> {
    const change: Partial<GatewaySettings> = { [field]: value };
    this.#pending = [...this.#pending, change];
    this.#saving = { kind: 'saving', field };
    const saved = this.#line.then(() => this.#send(field, change));
    this.#line = saved;
    return await saved;
  }

  /** Saves the port that was typed, if it is one. */
  async savePort(): Promise<void> {
    const text = this.port.trim();
    const port = Number(text);
    this.#portWrong = !/^\d{1,5}$/.test(text) || port > LAST_PORT;
    if (this.#portWrong) return;
    if (port === this.settings?.port && this.failure('port') === null) this.#port = null;
    else if (await this.save('port', port)) this.#port = null;
  }

  /** Saves the origins that were typed; what is refused stays in the field. */
  async saveOrigins(): Promise<void> {
    const origins = [...new Set(this.origins.split(/[\s,]+/).filter((one) => one !== ''))];
    const same = origins.join('\n') === (this.settings?.origins ?? []).join('\n');
    if ((same && this.failure('origins') === null) || (await this.save('origins', origins)))
      this.#origins = null;
  }

  /** Where no keyring keeps a key: makes the first one for this run, as the person agreed, and goes on. */
  async switchOnForThisRun(): Promise<void> {
    const draft = {
      id: null,
      name: t('gateway-first-key'),
      models: null,
      expires: null,
      thisRunOnly: true,
    };
    try {
      this.#gateway.adopt(await this.#host.saveGatewayKey(draft));
    } catch (thrown) {
      this.#saving = { kind: 'failed', field: 'on', error: reportOf(thrown) };
      return;
    }
    await this.save('on', true);
  }

  async #send(field: GatewayField, change: Partial<GatewaySettings>): Promise<boolean> {
    const result = await this.#ask(change);
    this.#pending = this.#pending.filter((one) => one !== change);
    if ('view' in result) this.#gateway.adopt(result.view);
    const isLast = this.#pending.length === 0;
    if ('error' in result) this.#saving = { kind: 'failed', field, error: result.error };
    else if (isLast && this.#saving.kind === 'saving') this.#saving = { kind: 'saved', field };
    return 'view' in result;
  }

  async #ask(change: Partial<GatewaySettings>): Promise<{ view: GatewayView } | { error: ErrorReport }> {
    try {
      // What another window saved meanwhile stays.
      const { settings } = this.#gateway.view ?? (await this.#host.gateway());
      return { view: await this.#host.saveGateway({ ...settings, ...change }) };
    } catch (thrown) {
      return { error: reportOf(thrown) };
    }
  }
}
