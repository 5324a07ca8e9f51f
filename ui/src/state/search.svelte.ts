// What is searched for in all conversations, as it is typed: the newest answer counts, stale ones are dropped.

import { type Host, reportOf } from '../host/host';
import type { ErrorReport, SearchHit } from '../host/types';

const TYPING_MS = 120;

export class Search {
  readonly #host: Host;
  #query = $state('');
  #hits = $state.raw<SearchHit[] | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  #asked = $state(false);
  #searches = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  readonly query = $derived(this.#query);
  /** What was found last, newest first; none before anything was. It may still be that of an earlier query. */
  readonly hits = $derived(this.#hits);
  readonly failure = $derived(this.#failure);
  /** The answer to the query as it stands is still to come. */
  readonly busy = $derived(this.#asked);

  ask(query: string): void {
    this.#query = query;
    clearTimeout(this.#timer);
    const search = ++this.#searches;
    const wanted = query.trim();
    this.#asked = wanted !== '';
    if (wanted === '') {
      this.#hits = null;
      this.#failure = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#find(search, wanted), TYPING_MS);
  }

  async #find(search: number, wanted: string): Promise<void> {
    let found: SearchHit[] | null = null;
    let failure: ErrorReport | null = null;
    try {
      found = newestFirst(await this.#host.search(wanted));
    } catch (thrown) {
      failure = reportOf(thrown);
    }
    if (search !== this.#searches) return;
    this.#hits = found ?? [];
    this.#failure = failure;
    this.#asked = false;
  }
}

const newestFirst = (hits: SearchHit[]): SearchHit[] => [...hits].sort((a, b) => b.at - a.at);
