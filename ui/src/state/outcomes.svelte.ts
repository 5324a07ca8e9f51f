// What became of the turns that this window saw, by connection: a failure of before is no news after a success.

import type {
  AppState,
  ConnectionId,
  DoctorReport,
  ErrorReport,
  MessageId,
  MessageView,
  TurnEvent,
  TurnId,
} from '../host/types';

export class Outcomes {
  /** Which connection the turns that run were begun with. */
  readonly #running = new Map<TurnId, ConnectionId>();
  /** Which connection the answers failed on that this window saw fail. */
  readonly #failed = new Map<MessageId, ConnectionId>();
  /** When something was answered last over each connection. */
  #answered = $state.raw<Readonly<Record<ConnectionId, number>>>({});

  /** Takes notice of a turn; `active` is the connection that questions go to as it comes. */
  receive({ turn, step }: Pick<TurnEvent, 'turn' | 'step'>, active: ConnectionId | null): void {
    if (step.kind === 'started' && active !== null) this.#running.set(turn, active);
    if (step.kind !== 'ended') return;
    const connection = this.#running.get(turn);
    this.#running.delete(turn);
    if (connection === undefined) return;
    if (step.answer.state.kind === 'complete') this.succeeded(connection, Date.now());
    if (step.answer.state.kind === 'failed') this.#failed.set(step.answer.id, connection);
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

  /** Whether what questions go to now has answered since `then`. */
  answeredSince(app: Pick<AppState, 'active'>, then: number): boolean {
    return app.active !== null && (this.#answered[app.active] ?? 0) > then;
  }

  /**
   * Whether `report`, of the answer `answer`, speaks of the connection that questions go to now, so
   * that what it names as its cure is good for that. Of older answers nobody knows the connection.
   */
  isOfActive(
    app: Pick<AppState, 'active' | 'connections'>,
    report: ErrorReport,
    answer: MessageId | null,
  ): boolean {
    const failed = answer === null ? undefined : this.#failed.get(answer);
    if (failed !== undefined) return failed === app.active;
    const active = app.connections.find(({ id }) => id === app.active);
    if (active === undefined) return false;
    return app.connections.length === 1 || hostOf(report.subject) === hostOf(active.messagesUrl);
  }
}

/** Whether an answer of the same branch came whole after `message`. */
export function wasAnsweredAfter(messages: readonly MessageView[], message: MessageView): boolean {
  const at = messages.findIndex(({ id }) => id === message.id);
  return (
    at >= 0 &&
    messages.slice(at + 1).some(({ role, state }) => role === 'assistant' && state.kind === 'complete')
  );
}

function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}
