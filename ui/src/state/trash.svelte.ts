// What was deleted and can still be had back.

import { type Host, reportOf } from '../host/host';
import type { ConversationId, ErrorReport, HearthEvent, TrashedConversation } from '../host/types';
import { t } from '../words';
import { failureCause, failureTitle } from './failure';
import { byteSize } from './size';
import type { Toasts } from './toasts.svelte';

export class Trash {
  readonly #host: Host;
  readonly #toasts: Toasts;
  #list = $state.raw<TrashedConversation[] | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  #shown = false;
  #reads = 0;

  constructor(host: Host, toasts: Toasts) {
    this.#host = host;
    this.#toasts = toasts;
  }

  /** The last deleted first; none while it is being read. */
  readonly list = $derived(this.#list);
  readonly failure = $derived(this.#failure);

  /** Keeps the list true for as long as somebody looks at it, until the function that it returns is called. */
  watch(): () => void {
    this.#shown = true;
    void this.load();
    return () => {
      this.#shown = false;
      this.#list = null;
    };
  }

  async load(): Promise<void> {
    const read = ++this.#reads;
    try {
      const list = await this.#host.listTrash();
      if (read !== this.#reads) return;
      this.#list = [...list].sort((a, b) => b.trashedAt - a.trashedAt);
      this.#failure = null;
    } catch (thrown) {
      if (read === this.#reads) this.#failure = reportOf(thrown);
    }
  }

  /** Something went to the trash or came back from it, perhaps in another window. */
  receive(event: HearthEvent): void {
    if (this.#shown && event.kind !== 'turn') void this.load();
  }

  async restore({ id, title }: Pick<TrashedConversation, 'id' | 'title'>): Promise<boolean> {
    return await this.#attempt(async () => {
      await this.#host.restoreConversation(id);
      this.#drop(id);
      this.#toasts.done(t('trash-restored', { title }));
    });
  }

  /** Deletes one for good; nothing brings it back. */
  async deleteForever({ id, title }: TrashedConversation): Promise<boolean> {
    return await this.#attempt(async () => {
      const freed = await this.#host.deleteForever(id);
      this.#drop(id);
      this.#toasts.done(t('trash-deleted', { title }), t('trash-freed', { size: byteSize(freed) }));
    });
  }

  /** Deletes all of it for good. */
  async empty(): Promise<boolean> {
    return await this.#attempt(async () => {
      const freed = await this.#host.emptyTrash();
      this.#toasts.done(t('trash-emptied'), t('trash-freed', { size: byteSize(freed) }));
      await this.load();
    });
  }

  #drop(id: ConversationId): void {
    this.#reads++;
    this.#list = this.#list?.filter((one) => one.id !== id) ?? null;
  }

  async #attempt(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (thrown) {
      const report = reportOf(thrown);
      this.#toasts.failed(failureTitle(report), failureCause(report));
      await this.load();
      return false;
    }
  }
}
