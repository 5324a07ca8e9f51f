// Drafts and attachments of the fake host. It judges files by their content, as the real one does.

import { bareReport } from './host';
import type { AttachmentId, AttachmentView, DraftKey, DraftView, ErrorCode, ErrorReport } from './types';

/** A file as the dialog or the clipboard of a test hands it over. */
export interface FakeFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const MOST = 20;
const MOST_TEXT = 1_000_000;
const MOST_IMAGE = 50_000_000;
const LONGEST_EDGE = 2_576;

export class FakeDrafts {
  readonly #drafts = new Map<string, DraftView>();
  readonly #contents = new Map<AttachmentId, { view: AttachmentView; bytes: Uint8Array<ArrayBuffer> }>();
  readonly #newId: () => string;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  /** The draft at `key`; one that is not there yet begins as `start`. */
  load(key: DraftKey, start: DraftView = { text: '', attachments: [] }): DraftView {
    const found = this.#drafts.get(nameOf(key));
    if (found) return structuredClone(found);
    if (start.attachments.length > 0) this.#keep(key, start);
    return structuredClone(start);
  }

  save(key: DraftKey, text: string): void {
    this.#keep(key, { ...this.load(key), text });
  }

  clear(key: DraftKey): void {
    this.#drafts.delete(nameOf(key));
  }

  attach(key: DraftKey, { name, bytes }: FakeFile): AttachmentView {
    const draft = this.load(key);
    if (draft.attachments.length >= MOST) throw bareReport('attachments-too-many');
    const view = { id: this.#newId(), ...judged(name, bytes) };
    this.#contents.set(view.id, { view, bytes });
    this.#keep(key, { ...draft, attachments: [...draft.attachments, view] });
    return view;
  }

  detach(key: DraftKey, id: AttachmentId): void {
    const draft = this.load(key);
    this.#keep(key, { ...draft, attachments: draft.attachments.filter((one) => one.id !== id) });
  }

  view(id: AttachmentId): AttachmentView {
    return this.#content(id).view;
  }

  blob(id: AttachmentId): Blob {
    return new Blob([this.#content(id).bytes]);
  }

  #content(id: AttachmentId) {
    const found = this.#contents.get(id);
    if (!found) throw bareReport('attachment-not-found');
    return found;
  }

  #keep(key: DraftKey, draft: DraftView): void {
    if (draft.text === '' && draft.attachments.length === 0) this.#drafts.delete(nameOf(key));
    else this.#drafts.set(nameOf(key), draft);
  }
}

function nameOf(key: DraftKey): string {
  switch (key.kind) {
    case 'new':
      return 'new';
    case 'conversation':
      return `of ${key.id}`;
    case 'edit':
      return `edit ${key.message}`;
  }
}

function judged(name: string, bytes: Uint8Array): Omit<AttachmentView, 'id'> {
  const mediaType = imageType(bytes);
  const refusal = (code: ErrorCode): ErrorReport => ({ ...bareReport(code), subject: name });
  const bare = { name, bytes: bytes.length, originalWidth: null, originalHeight: null };
  if (mediaType === null) {
    if (bytes.length > MOST_TEXT) throw refusal('attachment-too-large');
    if (!isText(bytes)) throw refusal('attachment-unknown-type');
    return { ...bare, mediaType: 'text/plain', width: null, height: null };
  }
  if (bytes.length > MOST_IMAGE) throw refusal('attachment-too-large');
  const size = mediaType === 'image/png' ? pngSize(bytes) : { width: 640, height: 480 };
  if (size === null) throw refusal('attachment-broken');
  const scale = LONGEST_EDGE / Math.max(size.width, size.height);
  if (scale >= 1) return { ...bare, mediaType, ...size };
  return {
    ...bare,
    mediaType,
    width: Math.round(size.width * scale),
    height: Math.round(size.height * scale),
    originalWidth: size.width,
    originalHeight: size.height,
  };
}

function imageType(bytes: Uint8Array): string | null {
  const starts = (...signature: number[]) => signature.every((byte, at) => bytes[at] === byte);
  if (starts(0x89, 0x50, 0x4e, 0x47)) return 'image/png';
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (starts(0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  if (starts(0x52, 0x49, 0x46, 0x46) && bytes[8] === 0x57) return 'image/webp';
  return null;
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The size that a PNG's first chunk tells. */
function pngSize(bytes: Uint8Array): { width: number; height: number } | null {
  if (bytes.length < 24) return null;
  const numbers = new DataView(bytes.buffer, bytes.byteOffset);
  return { width: numbers.getUint32(16), height: numbers.getUint32(20) };
}
