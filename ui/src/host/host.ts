// What the window asks of the program around it. There are two: Tauri, and a
// fake in memory for tests and plain browsers, so that neither can rot.

import type {
  AppState,
  ConnectionDraft,
  ConnectionId,
  ConnectionView,
  ConversationId,
  ConversationSummary,
  ConversationView,
  EndpointPreview,
  ErrorReport,
  HearthEvent,
  MessageId,
  SearchHit,
  SendRequest,
  Sent,
  TestOutcome,
  TranscriptFormat,
  TurnId,
  TurnSettings,
} from './types';

/** Every promise rejects with an `ErrorReport`, and with nothing else. */
export interface Host {
  appState(): Promise<AppState>;
  /** Events arrive in batches and in order, for as long as the window lives. */
  watch(receive: (events: HearthEvent[]) => void): Promise<void>;
  listConversations(): Promise<ConversationSummary[]>;
  openConversation(id: ConversationId): Promise<ConversationView>;
  send(request: SendRequest): Promise<Sent>;
  regenerate(conversation: ConversationId, message: MessageId): Promise<Sent>;
  showBranch(conversation: ConversationId, message: MessageId): Promise<ConversationView>;
  stop(turn: TurnId): Promise<void>;
  chooseSettings(conversation: ConversationId, settings: TurnSettings): Promise<void>;
  renameConversation(id: ConversationId, title: string): Promise<void>;
  trashConversation(id: ConversationId): Promise<void>;
  restoreConversation(id: ConversationId): Promise<void>;
  search(query: string): Promise<SearchHit[]>;
  /** The path of the file, or null when the person closed the dialog. */
  saveTranscript(id: ConversationId, format: TranscriptFormat): Promise<string | null>;
  previewEndpoint(text: string): Promise<EndpointPreview>;
  saveConnection(draft: ConnectionDraft): Promise<ConnectionView>;
  removeConnection(id: ConnectionId): Promise<void>;
  testConnection(draft: ConnectionDraft): Promise<TestOutcome>;
  startDemo(): Promise<AppState>;
  leaveDemo(): Promise<AppState>;
  /** Hands an address to the system's browser; the person has agreed to it. */
  openLink(url: string): Promise<void>;
  copyText(text: string): Promise<void>;
  /** Tells that the first real frame stands. */
  ready(): Promise<void>;
}

/** Anything thrown, as a report: what the host rejects with already is one. */
export function reportOf(thrown: unknown): ErrorReport {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown) return thrown as ErrorReport;
  return bareReport('internal', thrown instanceof Error ? thrown.message : String(thrown));
}

/** A report with no more facts than its code and words. */
export function bareReport(code: ErrorReport['code'], message: string | null = null): ErrorReport {
  return {
    code,
    status: null,
    apiType: null,
    apiCode: null,
    message,
    requestId: null,
    apimRequestId: null,
    retryAfter: null,
    subject: null,
    attempts: 0,
    kept: null,
  };
}
