// What became of what was asked, by connection: a failure of before is no news after a success.

import type { AppState, ConnectionId, DoctorReport, MessageView, TurnEvent } from '../host/types';

export class Outcomes {
  /** When something was answered last over each connection, as far as this window saw it. */
  #answered = $state.raw<Readonly<Record<ConnectionId, number>>>({});

  /** Takes notice of a turn. */
  receive({ step }: Pick<TurnEvent, 'step'>): void {
    if (step.kind !== 'ended' || step.answer.state.kind !== 'complete') return;
    const connection = connectionOf(step.answer);
    if (connection !== null) this.succeeded(connection, Date.now());
  }

  /** Takes notice of what the Doctor found: where chat works, what failed before is over. */
  receiveReport({ connection, verdict, startedAt }: DoctorReport): void {
    if (connection !== null && (verdict === 'works' || verdict === 'partly'))
      this.succeeded(connection, startedAt);
  }

  /** Something was answered over `connection` at this moment. */
  succeeded(connection: ConnectionId, at: number): void {
    const before = this.#answered[connection] ?? 0;
    if (at > before) this.#answered = { ...this.#answered, [connection]: at };
  }

  /** Whether the connection that `answer` came over, or failed on, has answered since. */
  hasAnsweredSince(answer: MessageView): boolean {
    const connection = connectionOf(answer);
    return connection !== null && (this.#answered[connection] ?? 0) > answer.createdAt;
  }
}

/**
 * Whether `answer` was asked over the connection that questions go to now, so that what a failure
 * of its names as the cure is good for that.
 */
export function isOfActive(app: Pick<AppState, 'active'>, answer: MessageView): boolean {
  return app.active !== null && connectionOf(answer) === app.active;
}

/** Whether an answer of the same branch came whole after `message`. */
export function wasAnsweredAfter(messages: readonly MessageView[], message: MessageView): boolean {
  const at = messages.findIndex(({ id }) => id === message.id);
  return (
    at >= 0 &&
    messages.slice(at + 1).some(({ role, state }) => role === 'assistant' && state.kind === 'complete')
  );
}

function connectionOf({ answer }: MessageView): ConnectionId | null {
  return answer?.connection ?? null;
}
