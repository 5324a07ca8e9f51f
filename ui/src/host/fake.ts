// The host of tests and plain browsers: an engine in memory that keeps the real
// one's promises about order, numbers and endings. It can play every failure.

import { type Script, scriptFor } from './fake-scripts';
import { fakeState, SAMPLE_CONVERSATIONS } from './fake-world';
import { bareReport, type Host } from './host';
import type {
  AppState,
  BlockView,
  ConnectionView,
  ConversationId,
  ConversationView,
  DeploymentDraft,
  DeploymentView,
  ErrorReport,
  HearthEvent,
  MessageView,
  SearchHit,
  Sent,
  Step,
  TurnId,
  Waiting,
} from './types';

export interface FakeOptions {
  /** What the window finds at start. */
  world?: 'first-run' | 'offer' | 'connected' | 'demo' | 'broken';
  /** Milliseconds between two fragments; 0 plays a whole answer without waiting for a clock. */
  pace?: number;
  keyring?: AppState['keyring'];
}

interface Kept {
  view: ConversationView;
  /** Every message ever, for branches. */
  all: Map<string, MessageView>;
  removed: boolean;
}

export class FakeHost implements Host {
  readonly #pace: number;
  readonly #broken: boolean;
  readonly #kept = new Map<ConversationId, Kept>();
  readonly #receivers: Array<(events: HearthEvent[]) => void> = [];
  readonly #stopped = new Set<TurnId>();
  #state: AppState;
  #count = 0;
  /** What was asked of this host, for tests. */
  readonly log: string[] = [];

  constructor({ world = 'first-run', pace = 24, keyring = 'ready' }: FakeOptions = {}) {
    this.#pace = pace;
    this.#broken = world === 'broken';
    this.#state = { ...fakeState(world), keyring };
    if (world === 'connected') {
      for (const view of SAMPLE_CONVERSATIONS(Date.now())) this.#keep(view);
    }
  }

  async appState() {
    if (this.#broken) throw { ...bareReport('store-newer'), subject: 'hearth.db' } satisfies ErrorReport;
    return structuredClone(this.#state);
  }

  async watch(receive: (events: HearthEvent[]) => void) {
    this.#receivers.push(receive);
  }

  async listConversations() {
    return [...this.#kept.values()]
      .filter(({ removed }) => !removed)
      .map(({ view }) => ({ ...view.summary }));
  }

  async openConversation(id: ConversationId) {
    return structuredClone(this.#get(id).view);
  }

  async send(request: Parameters<Host['send']>[0]): Promise<Sent> {
    if (request.text.trim() === '') throw bareReport('nothing-to-send');
    if (this.#state.deployments.length === 0) throw bareReport('no-connection');
    this.log.push(`send ${request.text}`);
    const kept = request.conversation ? this.#get(request.conversation) : this.#create(request.text);
    if (kept.view.turn) throw bareReport('turn-running');
    kept.view.settings = request.settings;
    const question = message(this.#id('m'), kept.view.messages.at(-1)?.id ?? null, 'user');
    question.blocks = [{ kind: 'text', text: request.text }];
    question.state = { kind: 'complete', stopReason: null };
    return this.#answer(kept, question, request.text);
  }

  async regenerate(conversation: ConversationId, id: string): Promise<Sent> {
    const kept = this.#get(conversation);
    if (kept.view.turn) throw bareReport('turn-running');
    const question = kept.all.get(kept.all.get(id)?.parent ?? '');
    if (!question) throw bareReport('message-not-found');
    const text = question.blocks[0];
    return this.#answer(kept, question, text?.kind === 'text' ? text.text : '');
  }

  async showBranch(conversation: ConversationId, id: string) {
    const kept = this.#get(conversation);
    const path: MessageView[] = [];
    for (let at = kept.all.get(id); at; at = kept.all.get(at.parent ?? '')) path.unshift(at);
    const tip = () => [...kept.all.values()].findLast(({ parent }) => parent === path.at(-1)?.id);
    for (let next = tip(); next; next = tip()) path.push(next);
    kept.view.messages = path;
    return structuredClone(kept.view);
  }

  async stop(turn: TurnId) {
    this.#stopped.add(turn);
  }

  async chooseSettings(conversation: ConversationId, settings: ConversationView['settings']) {
    this.#get(conversation).view.settings = settings;
  }

  async renameConversation(id: ConversationId, title: string) {
    const { view } = this.#get(id);
    view.summary = { ...view.summary, title };
    this.#changed(id);
  }

  async trashConversation(id: ConversationId) {
    this.#get(id).removed = true;
    this.#tell({ kind: 'conversation_removed', id });
  }

  async restoreConversation(id: ConversationId) {
    this.#get(id).removed = false;
    this.#changed(id);
  }

  async search(query: string) {
    const wanted = query.toLowerCase();
    return [...this.#kept.values()].flatMap(({ view, removed }): SearchHit[] => {
      const { id, title, updatedAt } = view.summary;
      const found = { conversation: id, title, updatedAt };
      if (removed) return [];
      if (title.toLowerCase().includes(wanted)) return [{ ...found, message: null, excerpt: '' }];
      return view.messages.flatMap(({ id: messageId, blocks }) =>
        blocks.flatMap((block) => {
          const at = block.kind === 'text' ? block.text.toLowerCase().indexOf(wanted) : -1;
          if (block.kind !== 'text' || at < 0) return [];
          return [{ ...found, message: messageId, excerpt: block.text.slice(Math.max(0, at - 40), at + 60) }];
        }),
      );
    });
  }

  async saveTranscript(id: ConversationId, format: 'markdown' | 'json') {
    this.log.push(`save ${format}`);
    return `/home/you/${this.#get(id).view.summary.title}.${format === 'json' ? 'json' : 'md'}`;
  }

  async previewEndpoint(text: string) {
    const host =
      text
        .trim()
        .replace(/^https?:\/\//, '')
        .split(/[/?#]/)[0] ?? '';
    if (!/^[\w.-]+$/.test(host)) {
      return { messagesUrl: null, resource: null, notes: [], error: bareReport('endpoint-invalid') };
    }
    const bare = !host.includes('.');
    const full = bare ? `${host}.services.ai.azure.com` : host;
    const notes: Awaited<ReturnType<Host['previewEndpoint']>>['notes'] = [];
    if (bare) notes.push('from-resource-name');
    if (!bare && !/^https?:/.test(text.trim())) notes.push('scheme-added');
    if (text.includes('/api/projects/')) notes.push('project-path-dropped');
    if (!full.endsWith('.azure.com')) notes.push('unusual-host');
    return {
      messagesUrl: `https://${full}/anthropic/v1/messages`,
      resource: full.split('.')[0] ?? null,
      notes,
      error: null,
    };
  }

  async saveConnection(draft: Parameters<Host['saveConnection']>[0]) {
    const preview = await this.previewEndpoint(draft.endpoint);
    if (preview.error) throw preview.error;
    if (draft.key && this.#state.keyring === 'missing' && !draft.thisRunOnly)
      throw bareReport('keyring-missing');
    const old = this.#state.connections.find(({ id }) => id === draft.id);
    const connection: ConnectionView = {
      id: draft.id ?? this.#id('k'),
      name: draft.name || (preview.resource ?? draft.endpoint),
      endpoint: draft.endpoint,
      messagesUrl: preview.messagesUrl ?? '',
      credential: draft.key
        ? { kind: 'key', lastFour: draft.key.slice(-4), kept: draft.thisRunOnly ? 'this_run' : 'keyring' }
        : (old?.credential ?? { kind: 'missing' }),
      deployments: draft.deployments.map((deployment) => this.#deployment(deployment)),
      defaultDeployment: draft.defaultDeployment ?? draft.deployments[0]?.name ?? null,
    };
    const others = this.#state.connections.filter(({ id }) => id !== connection.id);
    this.#setState({ connections: [...others, connection], active: connection.id, offer: null });
    return connection;
  }

  async removeConnection(id: string) {
    const connections = this.#state.connections.filter((connection) => connection.id !== id);
    this.#setState({ connections, active: connections[0]?.id ?? null });
  }

  async testConnection(draft: Parameters<Host['testConnection']>[0]): ReturnType<Host['testConnection']> {
    await this.#beat(30);
    const preview = await this.previewEndpoint(draft.endpoint);
    const deployment = draft.defaultDeployment ?? draft.deployments[0]?.name;
    if (preview.error) return { kind: 'failed', error: preview.error };
    if (!deployment) return { kind: 'failed', error: bareReport('no-deployment') };
    const script = scriptFor(deployment, '');
    if (script.failure)
      return { kind: 'failed', error: { ...script.failure, subject: script.failure.subject ?? deployment } };
    return {
      kind: 'answered',
      test: {
        messagesUrl: preview.messagesUrl ?? '',
        deployment,
        firstTokenMs: 412,
        model: 'claude-sonnet-5',
        requestId: 'req_011CSfake',
        emulator: false,
      },
    };
  }

  async startDemo() {
    this.#setState({
      ...fakeState('demo'),
      connections: this.#state.connections,
      keyring: this.#state.keyring,
    });
    return structuredClone(this.#state);
  }

  async leaveDemo() {
    this.#setState({ demo: false });
    return structuredClone(this.#state);
  }

  async openLink(url: string) {
    this.log.push(`open ${url}`);
  }

  async copyText(text: string) {
    this.log.push(`copy ${text}`);
  }

  async ready() {
    this.log.push('ready');
  }

  /** Tells every window that it missed something, as the real host does to one that reads too slowly. */
  miss(): void {
    this.#tell({ kind: 'missed' });
  }

  #answer(kept: Kept, question: MessageView, text: string): Sent {
    const turn = this.#id('t');
    const answer = message(this.#id('m'), question.id, 'assistant');
    const deployment = kept.view.settings.deployment ?? this.#state.defaultDeployment ?? '';
    answer.answer = { deployment, ...NO_FACTS };
    kept.all.set(question.id, question);
    kept.all.set(answer.id, answer);
    for (const one of [question, answer]) joinBranch(kept.all, one);
    const at = kept.view.messages.findIndex(({ id }) => id === question.id);
    kept.view.messages = [
      ...(at >= 0 ? kept.view.messages.slice(0, at) : kept.view.messages),
      question,
      answer,
    ];
    kept.view.turn = { id: turn, answer: answer.id, waiting: null };
    kept.view.summary = { ...kept.view.summary, activity: 'working', updatedAt: Date.now() };
    this.#changed(kept.view.summary.id);
    this.#step(kept, turn, { kind: 'started', question, answer });
    void this.#play(kept, turn, answer, scriptFor(deployment, text));
    return { conversation: kept.view.summary.id, turn, question: question.id, answer: answer.id };
  }

  async #play(kept: Kept, turn: TurnId, answer: MessageView, script: Script): Promise<void> {
    const started = Date.now();
    const isStopped = () => this.#stopped.has(turn);
    for (const { waiting, beats } of script.pauses) {
      const until = Date.now() + beats * this.#pace;
      this.#waiting(kept, turn, { ...waiting, until });
      for (let beat = 0; beat < beats && !isStopped(); beat++) await this.#beat();
      this.#waiting(kept, turn, null);
    }
    for (const [index, block] of script.blocks.entries()) {
      if (isStopped()) break;
      const shown = emptied(block);
      answer.blocks[index] = shown;
      this.#step(kept, turn, { kind: 'block_started', message: answer.id, index, block: shown });
      for (const text of fragments(block)) {
        await this.#beat();
        if (isStopped()) break;
        if ('text' in shown) shown.text += text;
        this.#step(kept, turn, { kind: 'delta', message: answer.id, index, text });
      }
      const finished = isStopped() || (script.failure && index === script.blocks.length - 1) ? shown : block;
      answer.blocks[index] = finished;
      this.#step(kept, turn, { kind: 'block_finished', message: answer.id, index, block: finished });
    }
    const written = answer.blocks.reduce((sum, block) => sum + ('text' in block ? block.text.length : 0), 0);
    if (answer.blocks.length > 0)
      answer.answer = {
        deployment: answer.answer?.deployment ?? '',
        ...NO_FACTS,
        model: 'claude-sonnet-5',
        inputTokens: 1_280,
        cacheReadTokens: 1_200,
        outputTokens: Math.ceil(written / 4),
        durationMs: Math.max(1_400, Date.now() - started),
      };
    if (isStopped()) answer.state = { kind: 'stopped' };
    else if (script.failure) answer.state = { kind: 'failed', error: script.failure };
    else answer.state = { kind: 'complete', stopReason: script.stopReason };
    kept.view.turn = null;
    const activity = answer.state.kind === 'failed' ? 'failed' : 'idle';
    kept.view.summary = { ...kept.view.summary, activity };
    this.#step(kept, turn, { kind: 'ended', answer });
    this.#changed(kept.view.summary.id);
  }

  #waiting(kept: Kept, turn: TurnId, waiting: Waiting | null): void {
    if (kept.view.turn) kept.view.turn.waiting = waiting;
    this.#step(kept, turn, waiting ? { kind: 'waiting', waiting } : { kind: 'asking' });
  }

  #step(kept: Kept, turn: TurnId, step: Step): void {
    kept.view.seq++;
    this.#tell({ kind: 'turn', conversation: kept.view.summary.id, turn, seq: kept.view.seq, step });
  }

  #tell(event: HearthEvent): void {
    for (const receive of this.#receivers) receive([structuredClone(event)]);
  }

  #changed(id: ConversationId): void {
    this.#tell({ kind: 'conversation_changed', summary: this.#get(id).view.summary });
  }

  #setState(change: Partial<AppState>): void {
    this.#state = { ...this.#state, ...change };
    const active = this.#state.connections.find(({ id }) => id === this.#state.active);
    if (!this.#state.demo) {
      this.#state.deployments = active?.deployments ?? [];
      this.#state.defaultDeployment = active?.defaultDeployment ?? null;
    }
    this.#tell({ kind: 'state_changed' });
  }

  #deployment({ name, baseModel }: DeploymentDraft): DeploymentView {
    const base = this.#state.baseModels.find(({ id }) => id === baseModel) ?? this.#state.baseModels[0];
    if (!base) throw bareReport('internal');
    return { name, baseModel, abilities: base.abilities };
  }

  #create(text: string): Kept {
    const now = Date.now();
    return this.#keep({
      summary: {
        id: this.#id('c'),
        title: text.split('\n')[0]?.slice(0, 60) ?? text,
        createdAt: now,
        updatedAt: now,
        demo: this.#state.demo,
        activity: 'idle',
      },
      settings: this.#state.defaults,
      messages: [],
      turn: null,
      seq: 0,
    });
  }

  #keep(view: ConversationView): Kept {
    const kept = { view, all: new Map(view.messages.map((one) => [one.id, one])), removed: false };
    this.#kept.set(view.summary.id, kept);
    return kept;
  }

  #get(id: ConversationId): Kept {
    const kept = this.#kept.get(id);
    if (!kept) throw bareReport('conversation-not-found');
    return kept;
  }

  #id(kind: string): string {
    return `${kind}${++this.#count}`;
  }

  async #beat(beats = 1): Promise<void> {
    if (this.#pace > 0) await new Promise((done) => setTimeout(done, beats * this.#pace));
    else await Promise.resolve();
  }
}

const NO_FACTS = {
  model: null,
  inputTokens: null,
  cacheReadTokens: null,
  outputTokens: null,
  durationMs: null,
  requestId: null,
  apimRequestId: null,
};

function message(id: string, parent: string | null, role: MessageView['role']): MessageView {
  return {
    id,
    parent,
    role,
    blocks: [],
    state: { kind: 'streaming' },
    createdAt: Date.now(),
    answer: null,
    branch: 0,
    branches: [id],
  };
}

function joinBranch(all: Map<string, MessageView>, one: MessageView): void {
  const siblings = [...all.values()].filter(({ parent }) => parent === one.parent);
  const branches = siblings.map(({ id }) => id);
  for (const [branch, sibling] of siblings.entries()) Object.assign(sibling, { branch, branches });
}

function emptied(block: BlockView): BlockView {
  if (block.kind === 'text') return { ...block, text: '' };
  if (block.kind === 'thinking') return { ...block, text: '', seconds: null };
  return block;
}

/** The block's text in pieces of a few characters, as a model writes it. */
function fragments(block: BlockView): string[] {
  if (block.kind !== 'text' && block.kind !== 'thinking') return [];
  return block.text.match(/[\s\S]{1,7}/gu) ?? [];
}
