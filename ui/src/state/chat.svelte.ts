// The conversation that is open: its view, its turn, and what the next question is asked with.

import { type Host, reportOf } from '../host/host';
import type {
  ConversationId,
  ConversationSummary,
  ConversationView,
  ErrorReport,
  MessageId,
  Sent,
  TurnEvent,
  TurnSettings,
} from '../host/types';
import { applyTurn } from './conversation';

/** A question on its way: shown at once, before it is stored. */
export interface Pending {
  text: string;
  /** Its place in the conversation, once the host has told it. */
  question: MessageId | null;
}

export class Chat {
  readonly #host: Host;
  #id = $state<ConversationId | null>(null);
  #view = $state<ConversationView | null>(null);
  #pending = $state<Pending | null>(null);
  #failure = $state<ErrorReport | null>(null);
  #next = $state<TurnSettings>({ deployment: null, effort: null, maxTokens: null });
  /** Events that came while a snapshot was on its way. */
  #held: TurnEvent[] | null = null;
  #snapshots = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** The open conversation; none while a new one is not begun. */
  readonly id = $derived(this.#id);
  readonly view = $derived(this.#view);
  readonly pending = $derived(this.#pending);
  /** Why the conversation could not be opened, or the question not be sent. */
  readonly failure = $derived(this.#failure);
  readonly loading = $derived(this.#id !== null && this.#view === null && this.#failure === null);
  readonly turn = $derived(this.#view?.turn ?? null);
  readonly busy = $derived(this.turn !== null || this.#pending !== null);
  readonly settings = $derived(this.#view?.settings ?? this.#next);

  /** Starts a new conversation; nothing is stored before its first question. */
  begin(defaults: TurnSettings): void {
    this.#snapshots++;
    this.#held = null;
    this.#id = null;
    this.#view = null;
    this.#pending = null;
    this.#failure = null;
    this.#next = { ...defaults };
  }

  async open(id: ConversationId): Promise<void> {
    if (id === this.#id && this.#view) return;
    this.#id = id;
    this.#view = null;
    this.#pending = null;
    this.#failure = null;
    await this.refresh();
  }

  /** Takes a new snapshot; what is shown stays until it is there. */
  async refresh(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    const snapshot = ++this.#snapshots;
    this.#held = [];
    try {
      const view = await this.#host.openConversation(id);
      if (snapshot === this.#snapshots) this.#adopt(view);
    } catch (thrown) {
      if (snapshot !== this.#snapshots) return;
      this.#held = null;
      this.#failure = reportOf(thrown);
    }
  }

  receive(event: TurnEvent): void {
    if (event.conversation !== this.#id) return;
    if (this.#held) {
      this.#held.push(event);
      return;
    }
    if (!this.#view) return;
    const applied = applyTurn(this.#view, event);
    if (applied === 'gap') void this.refresh();
    if (applied === 'applied' && event.step.kind === 'started') this.#pending = null;
  }

  /** The line of the sidebar changed: a new title, a new activity. */
  describe(summary: ConversationSummary): void {
    if (this.#view && this.#view.summary.id === summary.id) this.#view.summary = summary;
  }

  /** Sends a question; false when it was not accepted, and then nothing may be thrown away. */
  async send(text: string): Promise<boolean> {
    if (this.busy) return false;
    this.#failure = null;
    this.#pending = { text, question: null };
    return await this.#started(() =>
      this.#host.send({ conversation: this.#id, text, settings: $state.snapshot(this.settings) }),
    );
  }

  /** Asks the question before `answer` again; the answer there is stays, as another branch. */
  async regenerate(answer: MessageId): Promise<boolean> {
    const conversation = this.#id;
    if (this.busy || conversation === null) return false;
    this.#failure = null;
    return await this.#started(() => this.#host.regenerate(conversation, answer));
  }

  async showBranch(message: MessageId): Promise<void> {
    const conversation = this.#id;
    if (conversation === null) return;
    const snapshot = ++this.#snapshots;
    this.#held = [];
    try {
      const view = await this.#host.showBranch(conversation, message);
      if (snapshot === this.#snapshots) this.#adopt(view);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
      await this.refresh();
    }
  }

  async stop(): Promise<void> {
    if (!this.turn) return;
    try {
      await this.#host.stop(this.turn.id);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    }
  }

  async choose(change: Partial<TurnSettings>): Promise<void> {
    const settings = { ...$state.snapshot(this.settings), ...change };
    if (this.#id === null || !this.#view) {
      this.#next = settings;
      return;
    }
    this.#view.settings = settings;
    try {
      await this.#host.chooseSettings(this.#id, settings);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    }
  }

  #adopt(view: ConversationView): void {
    const held = this.#held ?? [];
    this.#held = null;
    this.#view = view;
    this.#failure = null;
    for (const event of held) this.receive(event);
    const question = this.#pending?.question;
    if (question && this.#view.messages.some(({ id }) => id === question)) this.#pending = null;
  }

  async #started(ask: () => Promise<Sent>): Promise<boolean> {
    const asked = this.#snapshots;
    try {
      const sent = await ask();
      // The person may have gone to another conversation meanwhile; the answer is written there all the same.
      if (this.#id === null && asked === this.#snapshots) {
        this.#pending = this.#pending && { ...this.#pending, question: sent.question };
        this.#id = sent.conversation;
        await this.refresh();
      } else if (
        this.#id === sent.conversation &&
        this.#view?.messages.some(({ id }) => id === sent.question)
      ) {
        this.#pending = null;
      } else if (this.#pending) {
        this.#pending.question = sent.question;
      }
      return true;
    } catch (thrown) {
      if (asked === this.#snapshots) {
        this.#pending = null;
        this.#failure = reportOf(thrown);
      }
      return false;
    }
  }
}

/** Why nothing can be asked here now. */
export type Blocked = 'connection' | 'deployment' | 'demo-left' | 'demo-over' | 'demo-runs';

/** Whether the composer must stay closed: conversations of the demo and real ones never mix. */
export function blockedBy(
  app: { demo: boolean; connections: readonly unknown[]; deployments: readonly unknown[] },
  conversation: Pick<ConversationSummary, 'demo'> | null,
): Blocked | null {
  if (conversation?.demo && !app.demo) return app.connections.length === 0 ? 'demo-left' : 'demo-over';
  if (conversation && !conversation.demo && app.demo) return 'demo-runs';
  if (!app.demo && app.connections.length === 0) return 'connection';
  if (app.deployments.length === 0) return 'deployment';
  return null;
}
