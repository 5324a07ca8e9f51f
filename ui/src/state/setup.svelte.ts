// What the settings do besides the form of one connection: switching, signing in, importing, the way out.

import type { ConnectionId } from '../host/types';
import { t } from '../words';
import type { ConnectionForm } from './connection-form.svelte';
import type { Hearth } from './hearth.svelte';
import { Imports } from './imports.svelte';
import type { NetworkForm } from './network-form.svelte';
import { SignIns } from './sign-ins';

export class Setup {
  readonly #hearth: Hearth;
  readonly signIns = new SignIns();
  readonly imports: Imports;
  #network = $state.raw<NetworkForm | null>(null);

  constructor(hearth: Hearth) {
    this.#hearth = hearth;
    this.imports = new Imports(hearth.host);
  }

  /** The network's form, once it was opened. */
  readonly network = $derived(this.#network);

  /** Keeps the network's form, with what is typed in it, while the person looks elsewhere. */
  keepNetwork(form: NetworkForm): void {
    this.#network = form;
  }

  /** Shows what was saved elsewhere, in forms that nobody is typing in. */
  follow(): void {
    const view = this.#hearth.app?.network;
    if (view) this.#network?.follow(view);
  }

  /** Opens the saved connection where its sign-in is, and leads there. */
  signInAgain(connection: ConnectionId | null): void {
    this.#hearth.settings('connections', connection ?? undefined);
    this.#hearth.want('sign-in');
  }

  async saveNetwork(): Promise<void> {
    if (!(await this.#network?.save())) return;
    await this.#hearth.reload();
    this.#hearth.toasts.done(t('settings-saved'), t('network-saved'));
  }

  /** Reads what stands where an address is expected, and shows what it describes. */
  async readInstead(form: ConnectionForm): Promise<void> {
    const text = form.endpoint;
    this.imports.text = text;
    this.#hearth.settings('import');
    // What holds a secret does not stay in a field that shows it.
    if (await this.imports.readText(text)) form.endpoint = '';
  }

  /** Saves the connections that are chosen; the first ones lead straight to the first chat. */
  async acceptImports(): Promise<void> {
    const hearth = this.#hearth;
    const first = hearth.app?.connections.length === 0;
    const saved = await this.imports.accept();
    const [one] = saved;
    if (!one) return;
    await hearth.reload();
    if (hearth.app?.demo) await hearth.leaveDemo();
    const names = saved.map(({ name }) => name).join(', ');
    hearth.toasts.done(t('import-saved', { count: saved.length }), names);
    // What was refused stands where it was chosen.
    if (this.imports.saving.kind === 'failed') return;
    if (hearth.page.kind !== 'settings' || hearth.page.section !== 'import') return;
    // What was imported may still need a deployment, or a word on its command.
    const isReady =
      one.deployments.length > 0 && !['missing', 'not_agreed'].includes(one.credential.state.kind);
    if (first && isReady) hearth.newChat();
    else hearth.settings('connections', one.id);
  }

  /** What was measured of a deployment is found out anew. */
  async measureAgain(connection: ConnectionId, deployment: string): Promise<void> {
    await this.#hearth.attempt(() => this.#hearth.host.forgetMeasured(connection, deployment));
    await this.#hearth.reload();
  }
}
