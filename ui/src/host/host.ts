// What the window asks of the program around it. There are two: Tauri, and a
// fake in memory for tests and plain browsers, so that neither can rot.

import type {
  AppState,
  AttachmentId,
  AttachmentView,
  CertificateFile,
  ConnectionDraft,
  ConnectionId,
  ConnectionView,
  ConversationId,
  ConversationSummary,
  ConversationView,
  Decision,
  DoctorReport,
  DoctorRunId,
  DoctorTarget,
  DraftKey,
  DraftView,
  EndpointPreview,
  ErrorReport,
  Fix,
  GatewayKeyDraft,
  GatewayKeyId,
  GatewaySettings,
  GatewayView,
  GrantView,
  HearthEvent,
  ImportId,
  ImportOffer,
  ImportOutcome,
  MessageId,
  NetworkDraft,
  NetworkView,
  SearchHit,
  SendRequest,
  Sent,
  SignInId,
  SignInRequest,
  SignInView,
  SnippetKind,
  TranscriptFormat,
  TrashedConversation,
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
  /** Goes on from what is kept of an answer that was cut, at the end of its branch. */
  continueAnswer(conversation: ConversationId, message: MessageId): Promise<Sent>;
  /** Makes a new conversation of the branch that ends with `message`. */
  forkConversation(conversation: ConversationId, message: MessageId): Promise<ConversationId>;
  showBranch(conversation: ConversationId, message: MessageId): Promise<ConversationView>;
  stop(turn: TurnId): Promise<void>;
  /** Answers the approval that the call `call` of a turn waits for. */
  decideTool(turn: TurnId, call: string, decision: Decision): Promise<void>;
  /** The tools that may run in a conversation without asking. */
  listGrants(conversation: ConversationId): Promise<GrantView[]>;
  revokeGrant(conversation: ConversationId, tool: string): Promise<void>;
  /** Tells models of a tool from now on, or of it no more. */
  enableTool(name: string, enabled: boolean): Promise<void>;
  chooseSettings(conversation: ConversationId, settings: TurnSettings): Promise<void>;
  renameConversation(id: ConversationId, title: string): Promise<void>;
  trashConversation(id: ConversationId): Promise<void>;
  restoreConversation(id: ConversationId): Promise<void>;
  pinConversation(id: ConversationId, pinned: boolean): Promise<void>;
  listTrash(): Promise<TrashedConversation[]>;
  /** Deletes for good what lies in the trash, and tells how many bytes that freed. */
  deleteForever(id: ConversationId): Promise<number>;
  /** Deletes for good all that lies in the trash, and tells how many bytes that freed. */
  emptyTrash(): Promise<number>;
  loadDraft(key: DraftKey): Promise<DraftView>;
  /** Keeps what was typed; what is attached stays as it is. */
  saveDraft(key: DraftKey, text: string): Promise<void>;
  /** Checks a file, makes an image smaller where the model needs that, and adds it to a draft. */
  attachFile(key: DraftKey, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<AttachmentView>;
  /** Lets the person choose files; empty when the dialog was closed. */
  attachDialog(key: DraftKey): Promise<AttachmentView[]>;
  /** Attaches the files of one drop on this window, by its number; empty when that was done. */
  attachDropped(key: DraftKey, drop: number): Promise<AttachmentView[]>;
  /** Attaches the image on the clipboard; null when there is none. */
  attachClipboard(key: DraftKey): Promise<AttachmentView | null>;
  detach(key: DraftKey, id: AttachmentId): Promise<void>;
  loadAttachment(id: AttachmentId): Promise<Blob>;
  search(query: string): Promise<SearchHit[]>;
  /** The path of the file, or null when the person closed the dialog. */
  saveTranscript(id: ConversationId, format: TranscriptFormat): Promise<string | null>;
  previewEndpoint(text: string): Promise<EndpointPreview>;
  saveConnection(draft: ConnectionDraft): Promise<ConnectionView>;
  removeConnection(id: ConnectionId): Promise<void>;
  /** Questions go there from now on; what is being answered goes on where it began. */
  useConnection(id: ConnectionId): Promise<AppState>;
  /** Starts a walk of the Doctor's; how it goes on comes as events. */
  startDoctor(target: DoctorTarget): Promise<DoctorReport>;
  cancelDoctor(run: DoctorRunId): Promise<void>;
  /** How far a walk is, for a window that missed what it was told of it; null when nobody remembers it. */
  doctorReport(run: DoctorRunId): Promise<DoctorReport | null>;
  /** Takes the way out that a report names, for a saved connection. */
  applyFix(connection: ConnectionId, fix: Fix): Promise<ConnectionView>;
  /** Starts a sign-in, and opens the browser where it needs one; how it goes on comes as events. */
  startSignIn(request: SignInRequest): Promise<SignInView>;
  /** How far a sign-in is, for a window that missed what it was told of it; null when nobody remembers it. */
  signInView(id: SignInId): Promise<SignInView | null>;
  cancelSignIn(id: SignInId): Promise<void>;
  /** What this machine has that describes connections. */
  findImports(): Promise<ImportOffer[]>;
  readImport(text: string): Promise<ImportOffer>;
  /** Lets the person choose a file to import from; null when the dialog was closed. */
  readImportFile(): Promise<ImportOffer | null>;
  /** Saves the connections of an import that the person chose, by their place in it, each once. */
  acceptImport(id: ImportId, indexes: number[], thisRunOnly: boolean): Promise<ImportOutcome>;
  dropImport(id: ImportId): Promise<void>;
  saveNetwork(draft: NetworkDraft): Promise<NetworkView>;
  /** Trusts a certificate, besides the system's, from now on. */
  trustCertificate(pem: string): Promise<NetworkView>;
  /** Lets the person choose a PEM file with certificates to trust; null when the dialog was closed. */
  chooseCertificateFile(): Promise<CertificateFile | null>;
  /** Lets the person choose a PEM file with this machine's certificate; null when the dialog was closed. */
  chooseClientCertificate(): Promise<CertificateFile | null>;
  /** Ends the pause before the next attempt of a turn at once. */
  retryNow(turn: TurnId): Promise<void>;
  /** Forgets what was measured about a deployment, so that it is found out anew. */
  forgetMeasured(connection: ConnectionId, deployment: string): Promise<void>;
  gateway(): Promise<GatewayView>;
  /** Saves what is chosen; switched on without a key, the gateway gets one. */
  saveGateway(settings: GatewaySettings): Promise<GatewayView>;
  /** Makes a key of the gateway's own, or changes what is kept of one; the key itself stays behind the host. */
  saveGatewayKey(draft: GatewayKeyDraft): Promise<GatewayView>;
  /** Whoever asks with this key is refused from now on. */
  removeGatewayKey(id: GatewayKeyId): Promise<GatewayView>;
  /** Puts a key on the clipboard, without showing it to the page. */
  copyGatewayKey(id: GatewayKeyId): Promise<void>;
  /** Puts on the clipboard how a program is pointed at the gateway, with this key in it; without one, with `YOUR-KEY`. */
  copyGatewaySnippet(kind: SnippetKind, key: GatewayKeyId | null): Promise<void>;
  startDemo(): Promise<AppState>;
  leaveDemo(): Promise<AppState>;
  /** Hands an address to the system's browser; the person has agreed to it. */
  openLink(url: string): Promise<void>;
  copyText(text: string): Promise<void>;
  /** Tries at once to save what the disk did not take. */
  retrySaving(): Promise<void>;
  /** Tells no more of a file that the last run left because the disk was full; it stays. */
  dismissRescued(path: string): Promise<void>;
  /** Draws everything larger or smaller; 1 is as designed. */
  setZoom(factor: number): Promise<void>;
  /** Opens another window of this program. */
  newWindow(): Promise<void>;
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
    aadsts: null,
    deployment: null,
    token: null,
    chain: [],
    lacks: null,
    fix: null,
  };
}
