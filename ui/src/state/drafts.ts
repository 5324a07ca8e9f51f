// What was typed and not yet sent. A draft belongs to its conversation, and outlives the window.

import type { ConversationId } from '../host/types';

const PREFIX = 'draft:';
const NEW_CHAT = 'new';

export class Drafts {
  readonly #kept: Storage;

  constructor(kept: Storage) {
    this.#kept = kept;
  }

  /** The draft of a conversation, or of the one that is not begun yet. */
  of(conversation: ConversationId | null): string {
    return this.#kept.getItem(keyOf(conversation)) ?? '';
  }

  keep(conversation: ConversationId | null, text: string): void {
    if (text === '') this.#kept.removeItem(keyOf(conversation));
    else this.#kept.setItem(keyOf(conversation), text);
  }
}

const keyOf = (conversation: ConversationId | null): string => `${PREFIX}${conversation ?? NEW_CHAT}`;
