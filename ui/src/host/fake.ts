// The host of tests and plain browsers: an engine in memory that keeps the real
// one's promises about order, numbers and endings. It can play every failure.

import { FakeDrafts, type FakeFile } from './fake-drafts';
import { scriptFor } from './fake-scripts';
import { type FakeOptions, FakeSetup } from './fake-setup';
import {
  askedBy,
  copiesTo,
  endOf,
  grow,
  type Kept,
  keptOf,
  messageOf,
  newMessage,
  showBranchOf,
  textOf,
} from './fake-tree';
import { FakeTurn, type Stage } from './fake-turn';
import { sampleConversations } from './fake-world';
import { bareReport, type Host } from './host';
import type {
  AppState,
  AttachmentId,
  BlockView,
  ConversationId,
  ConversationView,
  Decision,
  DraftKey,
  DraftView,
  ErrorReport,
  MessageView,
  SearchHit,
  Sent,
  TurnId,
} from './types';

const MONTH = 30 * 86_400_000;

export type { FakeOptions } from './fake-setup';

export class FakeHost extends FakeSetup implements Host {
  readonly #broken: boolean;
  readonly #kept = new Map<ConversationId, Kept>();
  readonly #turns = new Map<TurnId, FakeTurn>();
  readonly #drafts = new FakeDrafts(() => this.newId('f'));
  /** The files that somebody chooses in the next dialog. */
  chosen: FakeFile[] = [];
  /** The files that somebody drops on the window. */
  readonly dropped = new Map<number, FakeFile[]>();
  /** The image on the clipboard. */
  clipboard: FakeFile | null = null;

  constructor(options: FakeOptions = {}) {
    super(options);
    this.#broken = options.world === 'broken';
    if (options.world !== 'connected' && options.world !== 'several') return;
    for (const { view, others } of sampleConversations(Date.now())) this.#keep(keptOf(view, others));
  }

  async appState() {
    if (this.#broken) throw { ...bareReport('store-newer'), subject: 'hearth.db' } satisfies ErrorReport;
    return structuredClone(this.state);
  }

  async listConversations() {
    return [...this.#kept.values()]
      .filter(({ trashedAt }) => trashedAt === null)
      .map(({ view }) => ({ ...view.summary }));
  }

  async openConversation(id: ConversationId) {
    return structuredClone(this.#get(id).view);
  }

  async send(request: Parameters<Host['send']>[0]): Promise<Sent> {
    if (request.text.trim() === '' && request.attachments.length === 0) throw bareReport('nothing-to-send');
    if (this.state.deployments.length === 0) throw bareReport('no-connection');
    const attachments = request.attachments.map((id) => this.#drafts.view(id));
    const kept = request.conversation ? this.#get(request.conversation) : this.#create(request.text);
    if (kept.view.turn) throw bareReport('turn-running');
    this.log.push(`send ${request.text}`);
    kept.view.settings = request.settings;
    const replaced = request.replaces === null ? null : messageOf(kept, request.replaces);
    const parent = replaced ? replaced.parent : endOf(kept, request.after);
    const question = newMessage(this.newId('m'), parent, 'user');
    question.blocks = attachments.map(
      (attachment): BlockView => ({
        kind: attachment.mediaType.startsWith('image/') ? 'image' : 'file',
        attachment,
      }),
    );
    if (request.text.trim() !== '') question.blocks.push({ kind: 'text', text: request.text });
    this.#drafts.clear(draftOf(request.conversation, request.replaces));
    return this.#ask(kept, question, request.text);
  }

  async regenerate(conversation: ConversationId, id: string): Promise<Sent> {
    const kept = this.#get(conversation);
    if (kept.view.turn) throw bareReport('turn-running');
    const question = askedBy(kept, messageOf(kept, id));
    return this.#ask(kept, question, textOf(question.blocks));
  }

  async continueAnswer(conversation: ConversationId, id: string): Promise<Sent> {
    const kept = this.#get(conversation);
    if (kept.view.turn) throw bareReport('turn-running');
    const answer = messageOf(kept, id);
    const said = textOf(answer.blocks).trimEnd();
    if (said === '') throw bareReport('nothing-to-continue');
    this.log.push(`continue ${id}`);
    // The one model here that takes an answer begun is the one that is mapped to Haiku.
    if (kept.view.settings.deployment === 'haiku-batch') return this.#ask(kept, answer, 'go on');
    const prompt = newMessage(this.newId('m'), id, 'user');
    prompt.purpose = 'continue';
    prompt.blocks = [
      { kind: 'text', text: `Go on exactly where your answer ended:\n\n…${said.slice(-200)}` },
    ];
    return this.#ask(kept, prompt, 'go on');
  }

  async forkConversation(conversation: ConversationId, id: string) {
    const kept = this.#get(conversation);
    const copies = copiesTo(kept, id, () => this.newId('m'));
    const fork = this.#create(kept.view.summary.title, kept.view.settings);
    grow(fork, ...copies);
    this.#changed(fork);
    return fork.view.summary.id;
  }

  async showBranch(conversation: ConversationId, id: string) {
    const kept = this.#get(conversation);
    showBranchOf(kept, id);
    this.tell({ kind: 'conversation_stale', id: conversation });
    return structuredClone(kept.view);
  }

  async stop(turn: TurnId) {
    this.#turns.get(turn)?.stop();
  }

  async retryNow(turn: TurnId) {
    this.log.push('retry now');
    this.#turns.get(turn)?.hurry();
  }

  async decideTool(turn: TurnId, call: string, decision: Decision) {
    this.log.push(`decide ${decision}`);
    if (!this.#turns.get(turn)?.decide(call, decision)) throw bareReport('message-not-found');
  }

  async listGrants(conversation: ConversationId) {
    return structuredClone(this.#get(conversation).grants);
  }

  async revokeGrant(conversation: ConversationId, tool: string) {
    const kept = this.#get(conversation);
    kept.grants = kept.grants.filter((grant) => grant.tool !== tool);
  }

  async enableTool(name: string, enabled: boolean) {
    this.setState({
      tools: this.state.tools.map((tool) => (tool.name === name ? { ...tool, enabled } : tool)),
    });
  }

  async chooseSettings(conversation: ConversationId, settings: ConversationView['settings']) {
    this.#get(conversation).view.settings = settings;
    this.tell({ kind: 'conversation_settings', id: conversation, settings: structuredClone(settings) });
  }

  async renameConversation(id: ConversationId, title: string) {
    const kept = this.#get(id);
    kept.view.summary = { ...kept.view.summary, title };
    this.#changed(kept);
  }

  async pinConversation(id: ConversationId, pinned: boolean) {
    const kept = this.#get(id);
    kept.view.summary = { ...kept.view.summary, pinned };
    this.#changed(kept);
  }

  async trashConversation(id: ConversationId) {
    this.#get(id).trashedAt = Date.now();
    this.tell({ kind: 'conversation_removed', id });
  }

  async restoreConversation(id: ConversationId) {
    const kept = this.#get(id);
    kept.trashedAt = null;
    this.#changed(kept);
  }

  async listTrash() {
    return [...this.#kept.values()].flatMap(({ view: { summary }, trashedAt }) => {
      const { id, title, demo } = summary;
      return trashedAt === null ? [] : [{ id, title, demo, trashedAt, deletedAt: trashedAt + MONTH }];
    });
  }

  async deleteForever(id: ConversationId) {
    const freed = JSON.stringify([...this.#get(id).all.values()]).length;
    this.#kept.delete(id);
    return freed;
  }

  async emptyTrash() {
    let freed = 0;
    for (const { id } of await this.listTrash()) freed += await this.deleteForever(id);
    return freed;
  }

  async search(query: string) {
    const there = [...this.#kept.values()].filter(({ trashedAt }) => trashedAt === null);
    return there.flatMap((kept) => hitsIn(kept, query.toLowerCase())).sort((a, b) => b.at - a.at);
  }

  async loadDraft(key: DraftKey) {
    return this.#drafts.load(key, this.#startOf(key));
  }

  async saveDraft(key: DraftKey, text: string) {
    this.#drafts.save(key, text);
  }

  async attachFile(key: DraftKey, name: string, bytes: FakeFile['bytes']) {
    await this.beat();
    return this.#drafts.attach(key, { name, bytes });
  }

  async attachDialog(key: DraftKey) {
    return this.chosen.splice(0).map((file) => this.#drafts.attach(key, file));
  }

  async attachDropped(key: DraftKey, drop: number) {
    await this.beat();
    const files = this.dropped.get(drop) ?? [];
    this.dropped.delete(drop);
    return files.map((file) => this.#drafts.attach(key, file));
  }

  async attachClipboard(key: DraftKey) {
    return this.clipboard && this.#drafts.attach(key, this.clipboard);
  }

  async detach(key: DraftKey, id: AttachmentId) {
    this.#drafts.detach(key, id);
  }

  async loadAttachment(id: AttachmentId) {
    return this.#drafts.blob(id);
  }

  async saveTranscript(id: ConversationId, format: 'markdown' | 'json') {
    this.log.push(`save ${format}`);
    return `/home/you/${this.#get(id).view.summary.title}.${format === 'json' ? 'json' : 'md'}`;
  }

  async openLink(url: string) {
    this.log.push(`open ${url}`);
  }

  async copyText(text: string) {
    this.log.push(`copy ${text}`);
  }

  async retrySaving() {
    this.log.push('retry saving');
    this.disk(null);
  }

  async setZoom(factor: number) {
    this.log.push(`zoom ${factor}`);
  }

  async newWindow() {
    this.log.push('new window');
  }

  async ready() {
    this.log.push('ready');
  }

  /** Tells every window that it missed something, as the real host does to one that reads too slowly. */
  miss(): void {
    this.tell({ kind: 'missed' });
  }

  async dismissRescued(path: string) {
    this.state = { ...this.state, rescued: this.state.rescued.filter((one) => one !== path) };
    this.tell({ kind: 'state_changed' });
  }

  /** The last run left files behind. */
  leave(rescued: string[]): void {
    this.state = { ...this.state, rescued };
    this.tell({ kind: 'state_changed' });
  }

  /** Lets the disk refuse what is written, with `waiting` answers in memory only, or take it again. */
  disk(problem: AppState['storage']): void {
    this.state = { ...this.state, storage: problem };
    this.tell({ kind: 'storage_changed', problem });
  }

  /** Another program writes: it adds an exchange to a conversation, the answer of which it goes on writing. */
  writeElsewhere(id: ConversationId, question: string, answer: string): void {
    const kept = this.#get(id);
    const asked = newMessage(this.newId('m'), kept.view.messages.at(-1)?.id ?? null, 'user');
    asked.blocks = [{ kind: 'text', text: question }];
    const written = newMessage(this.newId('m'), asked.id, 'assistant');
    written.blocks = [{ kind: 'text', text: answer }];
    grow(kept, asked, written);
    kept.view.turn = { id: this.newId('t'), answer: written.id, waiting: null, elsewhere: true };
    this.tell({ kind: 'conversation_stale', id });
  }

  #ask(kept: Kept, question: MessageView, text: string): Sent {
    const deployment = kept.view.settings.deployment ?? this.state.defaultDeployment ?? '';
    const connection = this.state.demo ? null : this.state.active;
    const asked = { connection, deployment };
    const turn = new FakeTurn(this.#stage, kept, question, asked, scriptFor(deployment, text));
    const { answer } = turn;
    this.#turns.set(turn.id, turn);
    kept.view.summary = { ...kept.view.summary, updatedAt: Date.now() };
    this.#stage.describe(kept, 'working');
    this.#stage.step(kept, turn.id, { kind: 'started', question, answer });
    void turn.play();
    return {
      conversation: kept.view.summary.id,
      turn: turn.id,
      question: question.id,
      answer: answer.id,
    };
  }

  readonly #stage: Stage = {
    beat: () => this.beat(),
    newId: (kind) => this.newId(kind),
    step: (kept, turn, step) => {
      kept.view.seq++;
      this.tell({ kind: 'turn', conversation: kept.view.summary.id, turn, seq: kept.view.seq, step });
    },
    describe: (kept, activity) => {
      kept.view.summary = { ...kept.view.summary, activity };
      this.#changed(kept);
    },
  };

  /** What an edit begins with: the question as it stands. */
  #startOf(key: DraftKey): DraftView {
    if (key.kind !== 'edit') return { text: '', attachments: [] };
    const { blocks } = messageOf(this.#get(key.conversation), key.message);
    const attachments = blocks.flatMap((block) => ('attachment' in block ? [block.attachment] : []));
    return { text: textOf(blocks), attachments };
  }

  #changed({ view }: Kept): void {
    this.tell({ kind: 'conversation_changed', summary: view.summary });
  }

  #create(text: string, settings = this.state.defaults): Kept {
    const now = Date.now();
    const view: ConversationView = {
      summary: {
        id: this.newId('c'),
        title: text.split('\n')[0]?.slice(0, 60) ?? text,
        createdAt: now,
        updatedAt: now,
        demo: this.state.demo,
        activity: 'idle',
        pinned: false,
      },
      settings,
      messages: [],
      turn: null,
      seq: 0,
    };
    return this.#keep(keptOf(view));
  }

  #keep(kept: Kept): Kept {
    this.#kept.set(kept.view.summary.id, kept);
    return kept;
  }

  #get(id: ConversationId): Kept {
    const kept = this.#kept.get(id);
    if (!kept) throw bareReport('conversation-not-found');
    return kept;
  }
}

/** The draft that a question is sent from. */
function draftOf(conversation: ConversationId | null, replaces: string | null): DraftKey {
  if (conversation === null) return { kind: 'new' };
  return replaces === null
    ? { kind: 'conversation', id: conversation }
    : { kind: 'edit', conversation, message: replaces };
}

function hitsIn({ view, all }: Kept, wanted: string): SearchHit[] {
  const { id, title, updatedAt } = view.summary;
  const found = { conversation: id, title, updatedAt };
  const named: SearchHit[] = title.toLowerCase().includes(wanted)
    ? [{ ...found, message: null, excerpt: '', marks: [], at: updatedAt, shown: true }]
    : [];
  const said = [...all.values()].flatMap((message): SearchHit[] => {
    const text = textOf(message.blocks);
    const at = text.toLowerCase().indexOf(wanted);
    if (at < 0) return [];
    const from = Math.max(0, at - 40);
    return [
      {
        ...found,
        message: message.id,
        excerpt: text.slice(from, at + 60),
        marks: [[at - from, at - from + wanted.length]],
        at: message.createdAt,
        shown: view.messages.some((one) => one.id === message.id),
      },
    ];
  });
  return [...named, ...said];
}
