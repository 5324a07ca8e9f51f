// All conversations: the list, its search, and what a person does to one without opening it.

import { SvelteSet } from 'svelte/reactivity';
import { type Host, reportOf } from '../host/host';
import type { ConversationId, ConversationSummary, ErrorReport, HearthEvent, SearchHit } from '../host/types';
import { t } from '../words';
import { failureCause, failureTitle } from './failure';
import { applyToList, newestFirst } from './list';
import type { Toasts } from './toasts.svelte';

const TYPING_MS = 120;

export class Library {
  readonly #host: Host;
  readonly #toasts: Toasts;
  #list = $state.raw<ConversationSummary[] | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  #query = $state('');
  #hits = $state.raw<SearchHit[] | null>(null);
  #searches = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
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
  readonly query = $derived(this.#query);
  /** What the query found; none while there is no answer to it yet. */
  readonly hits = $derived(this.#hits);

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
  newsOf({ id, activity }: ConversationSummary): 'working' | 'failed' | null {
    if (activity === 'failed' && this.#seen.has(id)) return null;
    return activity === 'idle' ? null : activity;
  }

  search(query: string): void {
    this.#query = query;
    clearTimeout(this.#timer);
    const search = ++this.#searches;
    if (query.trim() === '') {
      this.#hits = null;
      return;
    }
    this.#timer = setTimeout(async () => {
      try {
        const hits = await this.#host.search(query.trim());
        if (search === this.#searches) this.#hits = hits;
      } catch (thrown) {
        if (search !== this.#searches) return;
        this.#hits = [];
        this.#tell(thrown);
      }
    }, TYPING_MS);
  }

  async rename(id: ConversationId, title: string): Promise<void> {
    try {
      await this.#host.renameConversation(id, title);
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
