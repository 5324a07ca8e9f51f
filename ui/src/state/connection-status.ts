// How a connection stands, as far as its credential and its token tell.

import type { ConnectionView } from '../host/types';

export type Tone = 'good' | 'warn' | 'bad' | 'idle';

/** `expires` carries how long a token lasts that nothing renews. */
export type ConnectionStatus =
  | { kind: 'ready' | 'ambient' | 'missing' | 'not-agreed' | 'expired'; tone: Tone }
  | { kind: 'expires'; tone: Tone; at: number };

/** From when on it is worth a word that a token ends. */
const SOON_MS = 15 * 60_000;

export function statusOf({ credential }: ConnectionView, now: number): ConnectionStatus {
  const { choice, state, token } = credential;
  switch (state.kind) {
    case 'missing':
      return { kind: 'missing', tone: 'bad' };
    case 'not_agreed':
      return { kind: 'not-agreed', tone: 'warn' };
    case 'ambient':
      return { kind: 'ambient', tone: 'idle' };
    case 'kept':
    case 'signed_in': {
      // Every other token is renewed.
      const end = choice.kind === 'token' ? (token?.expiresAt ?? null) : null;
      if (end === null) return { kind: 'ready', tone: 'good' };
      if (end <= now) return { kind: 'expired', tone: 'bad' };
      return { kind: 'expires', tone: end - now < SOON_MS ? 'warn' : 'good', at: end };
    }
  }
}
