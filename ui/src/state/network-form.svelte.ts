// How requests leave this machine, as far as it is typed.

import { type Host, reportOf } from '../host/host';
import type { CertificateFile, ErrorReport, KeyringState, NetworkView } from '../host/types';
import { ProxyForm, type ProxyProblem } from './proxy-form.svelte';

export type NetworkSaving =
  | { kind: 'idle' }
  | { kind: 'saving' }
  | { kind: 'saved' }
  | { kind: 'failed'; error: ErrorReport };

/** A component makes it, and it outlives that: deriveds would end with the component, so there are none. */
export class NetworkForm {
  readonly #host: Host;
  #proxy = $state.raw<ProxyForm>(new ProxyForm({ kind: 'system' }, null));
  #files = $state.raw<CertificateFile[]>([]);
  #client = $state.raw<CertificateFile | null>(null);
  #saving = $state.raw<NetworkSaving>({ kind: 'idle' });
  #problem = $state.raw<ErrorReport | null>(null);
  #refused = $state.raw(false);
  /** What is saved, as text to compare. */
  #saved = $state.raw('');
  thisRunOnly = $state(false);

  constructor(host: Host, view: NetworkView) {
    this.#host = host;
    this.#show(view);
  }

  get proxy() {
    return this.#proxy;
  }

  get files() {
    return this.#files;
  }

  get client() {
    return this.#client;
  }

  get saving() {
    return this.#saving;
  }

  /** Why a file that was chosen is not used. */
  get problem() {
    return this.#problem;
  }

  /** What a save was refused for. */
  get proxyProblem(): ProxyProblem | null {
    return this.#refused ? this.#proxy.problem : null;
  }

  get isChanged(): boolean {
    return this.#saved !== this.#text() || this.#proxy.typedPassword() !== null;
  }

  asksForThisRun(keyring: KeyringState): boolean {
    const refused = this.#saving.kind === 'failed' && this.#saving.error.code.startsWith('keyring-');
    return this.#proxy.typedPassword() !== null && (keyring !== 'ready' || refused);
  }

  /** Shows what another window, or a fix, made of the settings, unless somebody is typing here. */
  follow(view: NetworkView): void {
    if (!this.isChanged) this.#show(view);
  }

  /** Lets the person choose a file of certificates to trust. */
  async addFile(): Promise<void> {
    await this.#choose(
      () => this.#host.chooseCertificateFile(),
      (file) => {
        this.#files = [...this.#files.filter(({ path }) => path !== file.path), file];
      },
    );
  }

  removeFile(path: string): void {
    this.#files = this.#files.filter((file) => file.path !== path);
  }

  /** Lets the person choose the certificate that this machine shows. */
  async chooseClient(): Promise<void> {
    await this.#choose(
      () => this.#host.chooseClientCertificate(),
      (file) => {
        this.#client = file;
      },
    );
  }

  removeClient(): void {
    this.#client = null;
  }

  async save(): Promise<boolean> {
    if (this.#saving.kind === 'saving') return false;
    this.#proxy.tidy();
    this.#refused = this.#proxy.problem !== null;
    if (this.#refused) return false;
    this.#saving = { kind: 'saving' };
    try {
      const draft = {
        settings: this.#settings(),
        proxyPassword: this.#proxy.typedPassword(),
        thisRunOnly: this.thisRunOnly,
      };
      this.#show(await this.#host.saveNetwork(draft));
      this.#saving = { kind: 'saved' };
      return true;
    } catch (thrown) {
      this.#saving = { kind: 'failed', error: reportOf(thrown) };
      return false;
    }
  }

  async #choose(
    ask: () => Promise<CertificateFile | null>,
    use: (file: CertificateFile) => void,
  ): Promise<void> {
    this.#problem = null;
    try {
      const file = await ask();
      if (file?.problem) this.#problem = file.problem;
      else if (file) use(file);
    } catch (thrown) {
      this.#problem = reportOf(thrown);
    }
  }

  #settings() {
    return {
      proxy: this.#proxy.settings() ?? { kind: 'system' as const },
      certificates: this.#files.map(({ path }) => path),
      clientCertificate: this.#client?.path ?? null,
    };
  }

  #text(): string {
    return JSON.stringify(this.#settings());
  }

  #show(view: NetworkView): void {
    this.#proxy = new ProxyForm(view.settings.proxy, view.proxyPassword);
    this.#files = view.certificates;
    this.#client = view.clientCertificate;
    this.thisRunOnly = view.proxyPassword === 'this_run';
    this.#saved = this.#text();
  }
}
