// Tells when the token that somebody pasted is about to end: nothing can renew it but the person.

import type { AppState, ConnectionView } from '../host/types';
import { isMoment } from './time';

/** How long before its end a token is spoken of, in milliseconds. */
const SOON_MS = 20 * 60_000;

export interface TokenEnd {
  connection: ConnectionView;
  /** In milliseconds since the Unix epoch. */
  at: number;
  over: boolean;
}

/** The end of the token that questions are asked with now, when it is near or past. */
export function tokenEnd(app: AppState | null, now: number): TokenEnd | null {
  const connection = app?.demo ? null : app?.connections.find(({ id }) => id === app.active);
  const at = connection?.credential.token?.expiresAt ?? null;
  if (connection?.credential.choice.kind !== 'token' || at === null || !isMoment(at)) return null;
  return at - now > SOON_MS ? null : { connection, at, over: at <= now };
}
