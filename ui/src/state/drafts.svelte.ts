// What was typed and attached and is not sent yet. It lives in the store, one draft for each composer and each edit.
//
// All calls of one draft follow each other, so that a late save never brings back what was sent.

import { type Host, reportOf } from '../host/host';
import type { AttachmentId, AttachmentView, ConversationId, DraftKey, ErrorReport } from '../host/types';

/** Milliseconds between the last key and the save. */
const TYPING_MS = 250;
/** Milliseconds before a save that failed is tried again. */
const AGAIN_MS = 5_000;
/** Milliseconds that reading a file may take before it is shown. */
const SLOW_MS = 500;

/** A file that is being read. */
export interface Reading {
  id: number;
  name: string;
  /** It takes long enough to be shown. */
  slow: boolean;
}

/** A file that the window has; its bytes are read only when it is its turn. */
export interface Source {
  name: string;
  bytes: () => Promise<ArrayBuffer>;
}

/** A file that was not taken. */
export interface Refusal {
  id: number;
  report: ErrorReport;
}

export class Draft {
  readonly key: DraftKey;
  readonly #host: Host;
  #text = $state('');
  #attachments = $state.raw<readonly AttachmentView[]>([]);
  #reading = $state.raw<readonly Reading[]>([]);
  #refusals = $state.raw<readonly Refusal[]>([]);
  #failure = $state.raw<ErrorReport | null>(null);
  #loaded = $state(false);
  #sending = $state(false);
  /** What stands here is not what is stored. */
  #dirty = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(host: Host, key: DraftKey) {
    this.#host = host;
    this.key = key;
    void this.#load();
  }

  // Getters, and nothing derived: a draft outlives the component that asked for it first.

  get text(): string {
    return this.#text;
  }

  get attachments(): readonly AttachmentView[] {
    return this.#attachments;
  }

  get reading(): readonly Reading[] {
    return this.#reading;
  }

  get refusals(): readonly Refusal[] {
    return this.#refusals;
  }

  /** Why it is not saved. */
  get failure(): ErrorReport | null {
    return this.#failure;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** There is something that could be sent, and nothing that is still on its way. */
  get sendable(): boolean {
    const isSomething = this.#text.trim() !== '' || this.#attachments.length > 0;
    return isSomething && !this.#sending && this.#reading.length === 0;
  }

  /** Takes what another window may have written since it was read here. */
  async refresh(): Promise<void> {
    if (this.#loaded) await this.#load();
  }

  /** Reads what is stored; what was typed before that stays, after it. */
  #load(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#loaded && this.#dirty) return;
      const before = this.#text;
      try {
        const stored = await this.#host.loadDraft(this.key);
        if (this.#loaded && this.#text !== before) return;
        const typed = this.#loaded ? '' : this.#text;
        this.#text = stored.text + typed;
        this.#attachments = stored.attachments;
        this.#failure = null;
      } catch (thrown) {
        this.#failure = reportOf(thrown);
      }
      this.#loaded = true;
    });
  }

  write(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    this.#touched(TYPING_MS);
  }

  /** Saves at once what is not saved yet. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#inTurn(() => this.#save());
  }

  /** Attaches files that the window has; false when the draft did not take all of them. */
  async attach(files: readonly Source[]): Promise<boolean> {
    const taken = await Promise.all(
      files.map(({ name, bytes }) =>
        this.#read(name, async () => [
          await this.#host.attachFile(this.key, name, new Uint8Array(await bytes())),
        ]),
      ),
    );
    return taken.every(Boolean);
  }

  attachFiles(files: readonly File[]): Promise<boolean> {
    return this.attach(files.map((file) => ({ name: file.name, bytes: () => file.arrayBuffer() })));
  }

  /** Keeps a long text as a file beside the words; false when it was not taken. */
  attachText(name: string, text: string): Promise<boolean> {
    const bytes = new TextEncoder().encode(text);
    return this.attach([{ name, bytes: async () => bytes.buffer }]);
  }

  /** Lets the person choose files. */
  async attachChosen(): Promise<void> {
    await this.#read('', () => this.#host.attachDialog(this.key));
  }

  /** Attaches what the person dropped on the window: the files of the drop with that number. */
  async attachDropped(drop: number): Promise<void> {
    await this.#read('', () => this.#host.attachDropped(this.key, drop));
  }

  /** Attaches the image on the clipboard, if there is one. */
  async attachClipboard(): Promise<void> {
    await this.#read('', async () => {
      const image = await this.#host.attachClipboard(this.key);
      return image ? [image] : [];
    });
  }

  async detach(id: AttachmentId): Promise<void> {
    const before = this.#attachments;
    this.#attachments = before.filter((one) => one.id !== id);
    await this.#inTurn(async () => {
      try {
        await this.#host.detach(this.key, id);
      } catch (thrown) {
        const gone = before.find((one) => one.id === id);
        if (gone) this.#attachments = [...this.#attachments, gone];
        this.#refuse(thrown);
      }
    });
  }

  /** Puts the words of a text file into the draft's own text. */
  async unfold(id: AttachmentId): Promise<void> {
    try {
      const words = await (await this.#host.loadAttachment(id)).text();
      this.write(this.#text === '' ? words : `${this.#text}\n${words}`);
      await this.flush();
    } catch (thrown) {
      this.#refuse(thrown);
      return;
    }
    await this.detach(id);
  }

  dismiss(refusal: Refusal): void {
    this.#refusals = this.#refusals.filter((one) => one !== refusal);
  }

  /**
   * Lets `send` take the draft. Once it has, the store's draft is empty, and what was typed
   * meanwhile stays here; otherwise everything does.
   */
  async handOver(
    send: (text: string, attachments: readonly AttachmentView[]) => Promise<boolean>,
  ): Promise<boolean> {
    if (!this.sendable) return false;
    this.#sending = true;
    clearTimeout(this.#timer);
    const sent = await this.#inTurn(async () => {
      const text = this.#text;
      const attachments = this.#attachments;
      // The store lets go of what was sent and of nothing else, so it has to have just that.
      await this.#save();
      if (!(await send(text.trim(), attachments))) return false;
      this.#text = this.#text.startsWith(text) ? this.#text.slice(text.length) : this.#text;
      this.#attachments = this.#attachments.filter((one) => !attachments.includes(one));
      this.#dirty = this.#text !== '';
      this.#refusals = [];
      return true;
    });
    this.#sending = false;
    if (this.#dirty) this.#touched(TYPING_MS);
    return sent;
  }

  /** Makes the draft what its question is, without a trace of the edit. */
  async startOver(): Promise<void> {
    for (const { id } of this.#attachments) await this.detach(id);
    this.write('');
    await this.flush();
    this.#loaded = false;
    await this.#load();
  }

  async #read(name: string, read: () => Promise<readonly AttachmentView[]>): Promise<boolean> {
    const id = ++this.#count;
    this.#reading = [...this.#reading, { id, name, slow: false }];
    const slow = setTimeout(() => {
      this.#reading = this.#reading.map((one) => (one.id === id ? { ...one, slow: true } : one));
    }, SLOW_MS);
    const taken = await this.#inTurn(async () => {
      try {
        this.#attachments = [...this.#attachments, ...(await read())];
        return true;
      } catch (thrown) {
        this.#refuse(thrown, name);
        return false;
      }
    });
    clearTimeout(slow);
    this.#reading = this.#reading.filter((one) => one.id !== id);
    return taken;
  }

  #refuse(thrown: unknown, name = ''): void {
    const report = reportOf(thrown);
    const subject = report.subject ?? (name === '' ? null : name);
    this.#refusals = [...this.#refusals, { id: ++this.#count, report: { ...report, subject } }];
  }

  #touched(wait: number): void {
    this.#dirty = true;
    clearTimeout(this.#timer);
    if (!this.#sending) this.#timer = setTimeout(() => void this.flush(), wait);
  }

  async #save(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    try {
      await this.#host.saveDraft(this.key, this.#text);
      this.#failure = null;
    } catch (thrown) {
      const report = reportOf(thrown);
      // With its conversation gone, there is no place any more where it could be kept.
      if (report.code === 'conversation-not-found' || report.code === 'message-not-found') return;
      this.#failure = report;
      this.#touched(AGAIN_MS);
    }
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const next = this.#last.then(act);
    this.#last = next.catch(() => {});
    return next;
  }
}

/** Where the composer of a conversation, or of a new one, keeps its draft. */
export const draftKey = (conversation: ConversationId | null): DraftKey =>
  conversation === null ? { kind: 'new' } : { kind: 'conversation', id: conversation };

/** The drafts that this window has looked at. */
export class Drafts {
  readonly #host: Host;
  readonly #drafts = new Map<string, Draft>();

  constructor(host: Host) {
    this.#host = host;
  }

  of(key: DraftKey): Draft {
    const name = nameOf(key);
    const found = this.#drafts.get(name) ?? new Draft(this.#host, key);
    this.#drafts.set(name, found);
    return found;
  }

  /** An edit that was sent begins anew when it is opened again. */
  forget(draft: Draft): void {
    this.#drafts.delete(nameOf(draft.key));
  }

  /** Saves at once whatever is not saved yet. */
  async flush(): Promise<void> {
    await Promise.all([...this.#drafts.values()].map((draft) => draft.flush()));
  }
}

function nameOf(key: DraftKey): string {
  switch (key.kind) {
    case 'new':
      return 'new';
    case 'conversation':
      return `of ${key.id}`;
    case 'edit':
      return `edit ${key.conversation} ${key.message}`;
  }
}
