// The window's whole state: made once in main.ts, handed down by context.

import { getContext, setContext } from 'svelte';
import { bareReport, type Host, reportOf } from '../host/host';
import type {
  AppState,
  ConnectionId,
  ConversationId,
  ConversationSummary,
  ErrorReport,
  HearthEvent,
  MessageId,
  SearchHit,
  StorageProblem,
  TranscriptFormat,
} from '../host/types';
import { t } from '../words';
import { takeWayOut } from './acting';
import { type Blocked, blockedBy, Chat, NO_CHOICES } from './chat.svelte';
import { Clock } from './clock.svelte';
import { ConnectionForm } from './connection-form.svelte';
import { Doctor } from './doctor.svelte';
import { Drafts } from './drafts.svelte';
import { markedWords } from './excerpt';
import { failureCause, failureTitle } from './failure';
import { Find } from './find.svelte';
import { Forms } from './forms.svelte';
import { perFrame } from './frames';
import { Gateway } from './gateway.svelte';
import { Library } from './library.svelte';
import { LogScroll } from './log-scroll.svelte';
import { Outcomes } from './outcomes.svelte';
import { Search } from './search.svelte';
import { Setup } from './setup.svelte';
import { Sought } from './sought.svelte';
import { Toasts } from './toasts.svelte';
import { Trash } from './trash.svelte';
import type { FailureAction } from './ways-out';
import { Zoom } from './zoom.svelte';

export type SettingsSection = 'connections' | 'import' | 'network' | 'gateway' | 'tools' | 'about';
export type Page = { kind: 'chat' } | { kind: 'trash' } | { kind: 'settings'; section: SettingsSection };

/** What lies over the page, opened by a shortcut. */
export type Layer = 'palette' | 'shortcuts';

/** A link that waits for the person's word. */
export interface AskedLink {
  href: string;
  text: string;
  host: string;
}

/** Parts of the window that can be sent to by a shortcut or a failure's way out. */
export type Spot =
  | 'composer'
  | 'model'
  | 'attach'
  | 'key'
  | 'endpoint'
  | 'sign-in'
  | 'command'
  | 'deployments'
  | 'proxy'
  | 'client-certificate';

/** What the window needs of its surroundings besides the host. */
export interface Surroundings {
  storage: Storage;
  mac: boolean;
  /** Runs a function when the next frame is drawn. */
  nextFrame: (run: () => void) => void;
}

export class Hearth {
  readonly host: Host;
  readonly mac: boolean;
  readonly chat: Chat;
  readonly library: Library;
  readonly drafts: Drafts;
  readonly toasts = new Toasts();
  readonly scroll = new LogScroll();
  readonly clock = new Clock();
  readonly search: Search;
  readonly sought = new Sought();
  readonly find = new Find(this.scroll);
  readonly trash: Trash;
  readonly zoom: Zoom;
  readonly setup: Setup;
  readonly doctor: Doctor;
  readonly gateway: Gateway;
  readonly outcomes = new Outcomes();
  readonly #forms = new Forms();
  #app = $state.raw<AppState | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  #page = $state.raw<Page>({ kind: 'chat' });
  #link = $state.raw<AskedLink | null>(null);
  #wanted = $state.raw<{ spot: Spot } | null>(null);
  #layer = $state.raw<Layer | null>(null);
  /** How often it was asked what the program is, and which of the answers is the one in use. */
  #asked = 0;
  #known = 0;
  /** The sidebar, while the window is too narrow to keep it beside the conversation. */
  overlay = $state(false);
  /** The sidebar, while the window is wide. */
  sidebar = $state(true);

  readonly #nextFrame: Surroundings['nextFrame'];

  constructor(host: Host, { storage, mac, nextFrame }: Surroundings) {
    this.host = host;
    this.mac = mac;
    this.#nextFrame = nextFrame;
    this.drafts = new Drafts(host);
    this.chat = new Chat(host, () => this.#look());
    this.library = new Library(host, this.toasts);
    this.search = new Search(host);
    this.trash = new Trash(host, this.toasts);
    this.zoom = new Zoom(host, storage);
    this.setup = new Setup(this);
    this.gateway = new Gateway(host);
    this.doctor = new Doctor(host, (report) => this.outcomes.receiveReport(report));
  }

  /** What the program as a whole is; none until it has told. */
  readonly app = $derived(this.#app);
  /** Why nothing works at all, such as a database of a newer version. */
  readonly failure = $derived(this.#failure);
  readonly page = $derived(this.#page);
  readonly form: ConnectionForm | null = $derived(this.#forms.shown);
  readonly link = $derived(this.#link);
  readonly layer = $derived(this.#layer);
  /** What the disk does not take. */
  readonly storage: StorageProblem | null = $derived(this.#app?.storage ?? null);
  /** Where the focus should go next. */
  readonly wanted = $derived(this.#wanted);
  /** Nothing was ever set up or said here. */
  get isFirstRun(): boolean {
    const app = this.#app;
    const isBare = app !== null && !app.demo && app.connections.length === 0;
    return isBare && this.chat.id === null && this.chat.pending === null;
  }

  /** Why nothing can be asked in what is open now; none, too, while that is not known. */
  get blocked(): Blocked | null {
    return this.#app && blockedBy(this.#app, this.chat.view?.summary ?? null);
  }

  async start(): Promise<void> {
    try {
      await this.host.watch(perFrame((events) => this.receive(events), this.#nextFrame));
      await this.#learn(this.host.appState());
      this.#failure = null;
    } catch (thrown) {
      this.#failure = reportOf(thrown);
      return;
    }
    await this.library.load();
    void this.gateway.load();
    await this.attempt(() => this.zoom.start());
  }

  receive(events: HearthEvent[]): void {
    for (const event of events) {
      switch (event.kind) {
        case 'turn':
          this.outcomes.receive(event);
          this.chat.receive(event);
          break;
        case 'conversation_changed':
          this.library.receive(event);
          this.trash.receive(event);
          this.chat.describe(event.summary);
          this.#look();
          break;
        case 'conversation_removed':
          this.library.receive(event);
          this.trash.receive(event);
          if (event.id === this.chat.id) this.#begin();
          break;
        case 'state_changed':
          void this.reload();
          break;
        case 'storage_changed':
          if (this.#app) this.#app = { ...this.#app, storage: event.problem };
          if (event.problem === null) this.chat.onSaving();
          break;
        case 'conversation_settings':
          if (event.id === this.chat.id) this.chat.onChosen(event.settings);
          break;
        case 'conversation_stale':
          if (event.id === this.chat.id) void this.chat.refresh();
          break;
        case 'doctor':
          this.doctor.receive(event.report);
          break;
        case 'sign_in':
          this.setup.signIns.receive(event.sign_in);
          break;
        case 'gateway_changed':
          void this.gateway.load();
          break;
        case 'missed':
          this.trash.receive(event);
          void this.reload();
          void this.library.load().then(() => this.#look());
          void this.chat.refresh();
          void this.gateway.load();
          void this.attempt(() => this.doctor.catchUp());
          void this.attempt(() => this.setup.signIns.catchUp());
          break;
        default:
          event satisfies never;
      }
    }
  }

  newChat(): void {
    this.sought.forget();
    this.find.close();
    this.#begin();
    this.#page = { kind: 'chat' };
    this.overlay = false;
    this.want('composer');
  }

  async open(id: ConversationId): Promise<void> {
    this.#page = { kind: 'chat' };
    this.overlay = false;
    this.sought.forget();
    if (id !== this.chat.id) this.find.close();
    this.library.look(id);
    await this.chat.open(id);
    this.want('composer');
  }

  /** Opens what a search found, on the branch where it stands, and shows the place. */
  async jump({ conversation, message, excerpt, marks }: SearchHit): Promise<void> {
    await this.open(conversation);
    if (message === null || this.chat.id !== conversation) return;
    const isShown = () => this.chat.view?.messages.some(({ id }) => id === message) ?? false;
    // What the search knows of branches may be older than what is open.
    if (!isShown()) await this.chat.showBranch(message);
    if (isShown()) this.sought.seek(message, markedWords(excerpt, marks));
  }

  /** Makes a conversation of its own of the branch that ends with `message`, and opens it. */
  async fork(message: MessageId): Promise<void> {
    const fork = await this.chat.fork(message);
    if (fork === null) return;
    await this.open(fork);
    this.toasts.done(t('chat-forked'));
  }

  /** Deletes to the trash; whoever takes that back finds open what was open. */
  async discard(conversation: ConversationSummary): Promise<void> {
    const { id } = conversation;
    const wasOpen = this.chat.id === id;
    await this.library.trash(conversation, () => {
      if (wasOpen && this.#page.kind === 'chat') void this.open(id);
      else if (wasOpen) void this.chat.open(id);
      else this.want('composer');
    });
  }

  /** Shows the settings, with the form of the connection in use, of another, or of a new one. */
  settings(section: SettingsSection = 'connections', connection?: ConnectionId | 'new'): void {
    this.#page = { kind: 'settings', section };
    this.overlay = false;
    if (section !== 'connections') return;
    const wanted = connection ?? this.#app?.active ?? this.#app?.connections[0]?.id ?? 'new';
    const saved = this.#app?.connections.find(({ id }) => id === wanted) ?? null;
    const id = saved?.id ?? null;
    const isThere = connection === undefined && this.form?.id === id;
    const form = isThere ? this.form : this.#forms.typed(id);
    this.#forms.show(form ?? new ConnectionForm(this.host, this.doctor, saved));
  }

  /** Shows a part of the settings; a form that is open stays as it is. */
  show(section: SettingsSection): void {
    if (section === 'connections' && this.form) this.#page = { kind: 'settings', section };
    else this.settings(section);
  }

  showTrash(): void {
    this.#page = { kind: 'trash' };
    this.overlay = false;
  }

  /** Opens what lies over the page, and puts it away when it is there already. */
  toggle(layer: Layer): void {
    this.#layer = this.#layer === layer ? null : layer;
  }

  closeLayer(): void {
    this.#layer = null;
  }

  /** Goes back to the chat; what was typed into a form stays there. */
  closePage(): void {
    this.#page = { kind: 'chat' };
    this.#look();
    this.want('composer');
  }

  /** Saves the form; a first connection leads straight to its first chat. */
  async saveConnection(form: ConnectionForm): Promise<void> {
    const first = this.#app?.connections.length === 0;
    const saved = await form.save();
    if (!saved) return;
    this.doctor.forget(saved.id);
    await this.reload();
    if (this.#app?.demo) await this.#learn(this.host.leaveDemo());
    // Whoever went elsewhere while the keyring took its time stays there.
    const stayed = this.#page.kind === 'settings' && this.form === form;
    this.#forms.drop(form);
    if (stayed && first) {
      this.newChat();
    } else if (stayed) {
      this.settings('connections', saved.id);
    }
    this.toasts.done(t('settings-saved'), saved.name);
  }

  /** Shows the connection as it is saved, without what was typed. */
  discardForm(form: ConnectionForm): void {
    this.#forms.drop(form);
    this.settings('connections', form.id ?? 'new');
  }

  async removeConnection(form: ConnectionForm): Promise<void> {
    const { id } = form;
    if (id === null) return;
    const removed = await this.attempt(() => this.host.removeConnection(id));
    await this.reload();
    if (!removed) return;
    const stayed = this.#page.kind === 'settings' && this.form === form;
    this.#forms.drop(form);
    if (stayed) this.settings('connections');
  }

  /** Asks with another connection from now on; what is being answered goes on with its own. */
  async useConnection(id: ConnectionId): Promise<void> {
    const used = await this.attempt(() => this.#learn(this.host.useConnection(id)));
    const { deployment } = this.chat.settings;
    // A deployment of that name is not there to ask.
    if (used && deployment !== null && !this.#app?.deployments.some(({ name }) => name === deployment))
      await this.chat.choose({ deployment: null, effort: null, maxTokens: null });
  }

  async startDemo(): Promise<void> {
    await this.attempt(() => this.#learn(this.host.startDemo()));
    if (this.#app?.demo) this.newChat();
  }

  /** Runs the demo again, for the conversation of it that is open. */
  async backToDemo(): Promise<void> {
    await this.attempt(() => this.#learn(this.host.startDemo()));
    await this.chat.refresh();
    this.want('composer');
  }

  async leaveDemo(): Promise<void> {
    await this.attempt(() => this.#learn(this.host.leaveDemo()));
    if (!this.#app?.demo) this.newChat();
  }

  async saveTranscript(format: TranscriptFormat, id = this.chat.id): Promise<void> {
    if (id === null) return;
    await this.attempt(async () => {
      const path = await this.host.saveTranscript(id, format);
      if (path !== null) this.toasts.done(t('chat-file-saved'), path);
    });
  }

  /** Tells models of a tool from now on, or of it no more. */
  async enableTool(name: string, enabled: boolean): Promise<void> {
    await this.attempt(() => this.host.enableTool(name, enabled));
    await this.reload();
  }

  /** Tries at once to save what the disk did not take; the banner goes when that worked. */
  async retrySaving(): Promise<void> {
    await this.attempt(() => this.host.retrySaving());
    await this.reload();
  }

  /** Tells no more of a file that the last run left. */
  async dismissRescued(path: string): Promise<void> {
    await this.attempt(() => this.host.dismissRescued(path));
  }

  async copy(text: string): Promise<boolean> {
    return await this.attempt(() => this.host.copyText(text));
  }

  /** Shows where a link leads; nothing opens before the person agrees. */
  askLink(link: AskedLink): void {
    this.#link = link;
  }

  async answerLink(open: boolean): Promise<void> {
    const link = this.#link;
    this.#link = null;
    if (open && link) await this.attempt(() => this.host.openLink(link.href));
  }

  /** Takes the way out of a failure; `answer` is the message that failed. */
  act(action: FailureAction, answer: MessageId | null, report: ErrorReport | null = null): void {
    void takeWayOut(this, action, answer, report);
  }

  toggleSidebar(narrow: boolean): void {
    if (narrow) this.overlay = !this.overlay;
    else this.sidebar = !this.sidebar;
  }

  want(spot: Spot): void {
    this.#wanted = { spot };
  }

  /** Does what may fail outside of a turn, and says so when it does. */
  async attempt(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (thrown) {
      const report = reportOf(thrown);
      this.toasts.failed(failureTitle(report), failureCause(report));
      return false;
    }
  }

  // What is asked next begins a new conversation; the page stays what it is.
  #begin(): void {
    this.chat.begin(this.#app?.defaults ?? NO_CHOICES);
    this.want('composer');
  }

  #look(): void {
    if (this.#page.kind === 'chat' && this.chat.id !== null) this.library.look(this.chat.id);
  }

  /** Asks again what the program as a whole is. */
  async reload(): Promise<void> {
    await this.attempt(() => this.#learn(this.host.appState()));
  }

  /** Adopts what the program is, unless what was asked later is known already. */
  async #learn(answer: Promise<AppState>): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const app = await answer;
    if (asked < this.#known) return;
    this.#known = asked;
    this.#adopt(app);
  }

  #adopt(app: AppState): void {
    const before = this.#app;
    this.#app = app;
    this.#forms.follow(app, (saved) => new ConnectionForm(this.host, this.doctor, saved));
    this.setup.follow();
    // What was chosen for a new chat among other deployments says nothing about these.
    const moved = before === null || before.demo !== app.demo || before.active !== app.active;
    if (moved && this.chat.id === null && !this.chat.busy) this.chat.begin(app.defaults);
  }
}

const KEY = Symbol('hearth');

export function provideHearth(hearth: Hearth): void {
  setContext(KEY, hearth);
}

export function useHearth(): Hearth {
  const hearth = getContext<Hearth | undefined>(KEY);
  if (!hearth) throw bareReport('internal', 'a component stands outside of the window');
  return hearth;
}
