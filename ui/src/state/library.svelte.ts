// All conversations: the list, and what a person does to one without opening it.

import { SvelteSet } from 'svelte/reactivity';
import { type Host, reportOf } from '../host/host';
import type { ConversationId, ConversationSummary, ErrorReport, HearthEvent } from '../host/types';
import { t } from '../words';
import { failureCause, failureTitle } from './failure';
import { applyToList, newestFirst, pinnedFirst } from './list';
import type { Toasts } from './toasts.svelte';

export class Library {
  readonly #host: Host;
  readonly #toasts: Toasts;
  #list = $state.raw<ConversationSummary[] | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  /** Conversations whose failure somebody has looked at since it happened. */
  readonly #seen = new SvelteSet<ConversationId>();
  /** Changes that came while the list was being read. */
  #held: HearthEvent[] | null = null;

  constructor(host: Host, toasts: Toasts) {
    this.#host = host;
    this.#toasts = toasts;
  }

  /** Newest first; none while it is being read. */
  readonly list = $derived(this.#list);
  readonly failure = $derived(this.#failure);
  /** In the order in which it is shown, what is pinned first. */
  readonly shown = $derived(pinnedFirst(this.#list ?? []));

  async load(): Promise<void> {
    this.#held ??= [];
    try {
      const list = newestFirst(await this.#host.listConversations());
      this.#list = (this.#held ?? []).reduce(applyToList, list);
      this.#failure = null;
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    }
    this.#held = null;
  }

  receive(event: HearthEvent): void {
    if (event.kind === 'conversation_changed' && event.summary.activity !== 'failed') {
      this.#seen.delete(event.summary.id);
    }
    this.#held?.push(event);
    if (this.#list) this.#list = applyToList(this.#list, event);
  }

  /** Somebody looks at the conversation: its failure, if there is one, is no news any more. */
  look(id: ConversationId): void {
    if (this.#list?.some((one) => one.id === id && one.activity === 'failed')) this.#seen.add(id);
  }

  /** What the list has to tell about a conversation. */
  newsOf({ id, activity }: ConversationSummary): 'working' | 'needs_approval' | 'failed' | null {
    if (activity === 'failed' && this.#seen.has(id)) return null;
    return activity === 'idle' ? null : activity;
  }

  async rename(id: ConversationId, title: string): Promise<void> {
    try {
      await this.#host.renameConversation(id, title);
    } catch (thrown) {
      this.#tell(thrown);
    }
  }

  async pin(id: ConversationId, pinned: boolean): Promise<void> {
    try {
      await this.#host.pinConversation(id, pinned);
    } catch (thrown) {
      this.#tell(thrown);
    }
  }

  /** Deletes to the trash; whoever takes that back gets `restored` called once it is in the list again. */
  async trash(conversation: ConversationSummary, restored: () => void): Promise<void> {
    try {
      await this.#host.trashConversation(conversation.id);
    } catch (thrown) {
      this.#tell(thrown);
      return;
    }
    this.#toasts.undoable(t('sidebar-deleted', { title: conversation.title }), t('undo'), async () => {
      if (await this.#restore(conversation.id)) restored();
    });
  }

  async #restore(id: ConversationId): Promise<boolean> {
    try {
      await this.#host.restoreConversation(id);
      await this.load();
      return true;
    } catch (thrown) {
      this.#tell(thrown);
      return false;
    }
  }

  #tell(thrown: unknown): void {
    const report = reportOf(thrown);
    this.#toasts.failed(failureTitle(report), failureCause(report));
  }
}
