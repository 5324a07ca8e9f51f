// The conversation that is open: its view, its turn, and what the next question is asked with.

import { type Host, reportOf } from '../host/host';
import type {
  AttachmentView,
  BlockView,
  ConversationId,
  ConversationSummary,
  ConversationView,
  Decision,
  ErrorReport,
  MessageId,
  Sent,
  TurnEvent,
  TurnSettings,
} from '../host/types';
import { applyTurn } from './conversation';
import { canContinue, isQuestion } from './thread';

/** A question on its way: shown at once, before it is stored. */
export interface Pending {
  text: string;
  attachments: readonly AttachmentView[];
  /** The question in whose place it comes; none at the end. */
  replaces: MessageId | null;
  /** Its place in the conversation, once the host has told it. */
  question: MessageId | null;
}

/** A call that waits for the person's word. */
export interface Approval {
  message: MessageId;
  call: Extract<BlockView, { kind: 'tool_call' }>;
}

/** What a question is asked with when nobody has chosen anything. */
export const NO_CHOICES: Readonly<TurnSettings> = {
  deployment: null,
  effort: null,
  maxTokens: null,
  system: null,
  stopSequences: [],
  temperature: null,
  whole: false,
};

export class Chat {
  readonly #host: Host;
  readonly #onbegun: () => void;
  #id = $state<ConversationId | null>(null);
  #view = $state<ConversationView | null>(null);
  #pending = $state<Pending | null>(null);
  #failure = $state<ErrorReport | null>(null);
  #next = $state<TurnSettings>({ ...NO_CHOICES });
  #editing = $state<MessageId | null>(null);
  /** Events that came while a snapshot was on its way. */
  #held: TurnEvent[] | null = null;
  #snapshots = 0;
  /** Choices that were made, and those that the host has not kept yet. */
  #choices = 0;
  #choosing = 0;
  /** A snapshot came that may be older than a choice. */
  #overtaken = false;

  /** `onbegun` is called once what was begun here has its place among the conversations. */
  constructor(host: Host, onbegun: () => void = () => {}) {
    this.#host = host;
    this.#onbegun = onbegun;
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
  /** Another program writes the answer: it can be read here, and only stopped there. */
  readonly elsewhere = $derived(this.turn?.elsewhere ?? false);
  /** The question that is being edited. */
  readonly editing = $derived(this.#editing);
  /** The calls that wait for the person's word, in the order of their appearance. */
  readonly approvals = $derived(this.turn ? approvalsOf(this.#view, this.turn.answer) : []);
  readonly settings = $derived(this.#view?.settings ?? this.#next);

  /** Starts a new conversation; nothing is stored before its first question. */
  begin(defaults: TurnSettings): void {
    this.#snapshots++;
    this.#held = null;
    this.#id = null;
    this.#view = null;
    this.#pending = null;
    this.#failure = null;
    this.#editing = null;
    this.#next = { ...defaults };
  }

  async open(id: ConversationId): Promise<void> {
    if (id === this.#id && this.#view) return;
    this.#id = id;
    this.#view = null;
    this.#pending = null;
    this.#failure = null;
    this.#editing = null;
    await this.refresh();
  }

  /** Takes a new snapshot; what is shown stays until it is there. */
  async refresh(): Promise<void> {
    const id = this.#id;
    if (id === null) return;
    const snapshot = ++this.#snapshots;
    const choices = this.#choices;
    this.#held = [];
    try {
      const view = await this.#host.openConversation(id);
      if (snapshot === this.#snapshots) this.#adopt(view, choices);
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

  /** Sends a question; none when it was not accepted, and then nothing may be thrown away. */
  async send(text: string, attachments: readonly AttachmentView[] = []): Promise<Sent | null> {
    return await this.#send({ text, attachments, replaces: null, question: null });
  }

  /** Asks in the place of the question `replaces`, which stays, as another branch. */
  async resend(
    replaces: MessageId,
    text: string,
    attachments: readonly AttachmentView[] = [],
  ): Promise<Sent | null> {
    const sent = await this.#send({ text, attachments, replaces, question: null });
    if (sent && this.#editing === replaces) this.#editing = null;
    return sent;
  }

  /** Asks the question before `answer` again; the answer there is stays, as another branch. */
  async regenerate(answer: MessageId): Promise<Sent | null> {
    const conversation = this.#id;
    if (this.busy || conversation === null) return null;
    this.#failure = null;
    return await this.#started(() => this.#host.regenerate(conversation, answer));
  }

  /** Lets the model go on from what is kept of an answer that was cut. */
  async continueAnswer(answer: MessageId): Promise<Sent | null> {
    const conversation = this.#id;
    if (this.busy || conversation === null) return null;
    this.#failure = null;
    return await this.#started(() => this.#host.continueAnswer(conversation, answer));
  }

  /** The disk takes what is written again: what it refused before can be asked again. */
  onSaving(): void {
    const code = this.#failure?.code;
    if (code === 'disk-full' || code === 'store-read-only') this.#failure = null;
  }

  /** Whether the answer `id` ends the branch and was cut where somebody can go on. */
  canContinue(id: MessageId): boolean {
    const last = this.#view?.messages.at(-1);
    return last !== undefined && last.id === id && canContinue(last);
  }

  /** The last answer that is all there; none while there is none. */
  get lastAnswer(): MessageId | null {
    const last = this.#view?.messages.findLast(({ role }) => role === 'assistant');
    return last && last.state.kind !== 'streaming' ? last.id : null;
  }

  /** Makes a new conversation of the branch that ends with `message`; none when that failed. */
  async fork(message: MessageId): Promise<ConversationId | null> {
    if (this.#id === null) return null;
    try {
      return await this.#host.forkConversation(this.#id, message);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
      return null;
    }
  }

  /** Opens the question `message` for editing; null closes what is open. What was typed stays a draft. */
  edit(message: MessageId | null): void {
    this.#editing = message;
  }

  /** Opens the last question of the branch for editing; false when there is none. */
  editLast(): boolean {
    const last = this.#view?.messages.findLast(isQuestion);
    if (last) this.#editing = last.id;
    return last !== undefined;
  }

  /** Says a word to a call that waits for it; without one, to the first that does. */
  async decide(decision: Decision, call: string | undefined = this.approvals[0]?.call.id): Promise<void> {
    if (!this.turn || call === undefined) return;
    try {
      await this.#host.decideTool(this.turn.id, call, decision);
    } catch (thrown) {
      // Another window may have been faster; only what still waits has a failure to tell.
      await this.refresh();
      if (this.approvals.some((one) => one.call.id === call)) this.#failure = reportOf(thrown);
    }
  }

  async showBranch(message: MessageId): Promise<void> {
    const conversation = this.#id;
    if (conversation === null) return;
    const snapshot = ++this.#snapshots;
    const choices = this.#choices;
    this.#held = [];
    try {
      const view = await this.#host.showBranch(conversation, message);
      if (snapshot === this.#snapshots) this.#adopt(view, choices);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
      await this.refresh();
    }
  }

  async stop(): Promise<void> {
    if (!this.turn || this.elsewhere) return;
    try {
      await this.#host.stop(this.turn.id);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    }
  }

  /** Ends the pause before the next attempt at once. */
  async retryNow(): Promise<void> {
    if (!this.turn?.waiting || this.elsewhere) return;
    try {
      await this.#host.retryNow(this.turn.id);
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
    this.#choices++;
    this.#choosing++;
    try {
      await this.#host.chooseSettings(this.#id, settings);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    } finally {
      this.#choosing--;
    }
    if (this.#choosing > 0 || !this.#overtaken) return;
    this.#overtaken = false;
    // A failure stays in sight.
    if (this.#failure === null) await this.refresh();
  }

  /** Takes what was chosen, here or in another window, without reading the whole conversation again. */
  onChosen(settings: TurnSettings): void {
    // A snapshot on its way may be older than the choice.
    if (!this.#view || this.#held) void this.refresh();
    else if (isSame($state.snapshot(this.#view.settings), settings)) return;
    else if (this.#choosing > 0) this.#overtaken = true;
    else this.#view.settings = settings;
  }

  async #send(pending: Pending): Promise<Sent | null> {
    if (this.busy) return null;
    this.#failure = null;
    this.#pending = pending;
    return await this.#started(() =>
      this.#host.send({
        conversation: this.#id,
        text: pending.text,
        attachments: pending.attachments.map(({ id }) => id),
        settings: $state.snapshot(this.settings),
        replaces: pending.replaces,
        after: pending.replaces === null ? (this.#view?.messages.at(-1)?.id ?? null) : null,
      }),
    );
  }

  /** Shows a snapshot, for which the host was asked after so many choices. */
  #adopt(view: ConversationView, choices: number): void {
    const held = this.#held ?? [];
    this.#held = null;
    const chosen = this.#view?.summary.id === view.summary.id ? this.#view.settings : null;
    this.#view = view;
    if (chosen && (this.#choosing > 0 || choices !== this.#choices)) {
      this.#view.settings = chosen;
      this.#overtaken = true;
    }
    this.#failure = null;
    for (const event of held) this.receive(event);
    const question = this.#pending?.question;
    if (question && this.#view.messages.some(({ id }) => id === question)) this.#pending = null;
  }

  async #started(ask: () => Promise<Sent>): Promise<Sent | null> {
    const asked = this.#snapshots;
    try {
      const sent = await ask();
      // The person may have gone to another conversation meanwhile; the answer is written there all the same.
      if (this.#id === null && asked === this.#snapshots) {
        this.#pending = this.#pending && { ...this.#pending, question: sent.question };
        this.#id = sent.conversation;
        this.#onbegun();
        await this.refresh();
      } else if (
        this.#id === sent.conversation &&
        this.#view?.messages.some(({ id }) => id === sent.question)
      ) {
        this.#pending = null;
      } else if (this.#pending) {
        this.#pending.question = sent.question;
      }
      return sent;
    } catch (thrown) {
      if (asked === this.#snapshots) {
        this.#pending = null;
        this.#failure = reportOf(thrown);
      }
      return null;
    }
  }
}

function approvalsOf(view: ConversationView | null, answer: MessageId): Approval[] {
  const message = view?.messages.findLast(({ id }) => id === answer);
  return (message?.blocks ?? []).flatMap((block) =>
    block.kind === 'tool_call' && block.state === 'approval' ? [{ message: answer, call: block }] : [],
  );
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

/** Whether two choices are the same, member by member. */
function isSame(one: TurnSettings, other: TurnSettings): boolean {
  const names = Object.keys(other) as (keyof TurnSettings)[];
  return names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}
