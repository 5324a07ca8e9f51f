// Generated from the engine's types. Do not edit: see src-tauri/engine/src/api/typescript.rs.

export type ConversationId = string;

export type MessageId = string;

export type TurnId = string;

export type ConnectionId = string;

export type ConnectionEdition = string;

export type Effort = "low" | "medium" | "high" | "xhigh" | "max";

export type TurnSettings = { 
/**
 * The deployment to ask; none means the connection's default.
 */
deployment: string | null, 
/**
 * None means the model's own default; ignored by models without effort.
 */
effort: Effort | null, 
/**
 * None means the model's limit, at most 32,000.
 */
maxTokens: number | null, 
/**
 * The system prompt; none or empty sends none.
 */
system: string | null, 
/**
 * Texts at which the model stops.
 */
stopSequences: Array<string>, 
/**
 * From 0 to 1; ignored by models that do not take it.
 */
temperature: number | null, 
/**
 * Ask for the answer in one piece, for networks that hold streams back.
 */
whole: boolean, };

export type Activity = "idle" | "working" | "needs_approval" | "failed";

export type ConversationSummary = { 
/**
 * Which conversation.
 */
id: ConversationId, 
/**
 * From the first question, or as the person renamed it.
 */
title: string, 
/**
 * Milliseconds since the Unix epoch.
 */
createdAt: number, 
/**
 * When a message was last added, in milliseconds since the Unix epoch.
 */
updatedAt: number, 
/**
 * Held with the emulator, not with a real resource.
 */
demo: boolean, 
/**
 * What its last turn is doing.
 */
activity: Activity, 
/**
 * Kept at the top of the list.
 */
pinned: boolean, };

export type TrashedConversation = { 
/**
 * Which conversation.
 */
id: ConversationId, 
/**
 * Its title.
 */
title: string, 
/**
 * Held with the emulator, not with a real resource.
 */
demo: boolean, 
/**
 * When it went there, in milliseconds since the Unix epoch.
 */
trashedAt: number, 
/**
 * When it will be deleted, in milliseconds since the Unix epoch.
 */
deletedAt: number, };

export type ConversationView = { 
/**
 * As in the sidebar.
 */
summary: ConversationSummary, 
/**
 * What the next question would be asked with.
 */
settings: TurnSettings, 
/**
 * From the first question to the head of the branch shown.
 */
messages: Array<MessageView>, 
/**
 * The turn that is writing into this conversation now.
 */
turn: LiveTurn | null, 
/**
 * The number of the last event that this snapshot already contains.
 * Events of this conversation with a number up to it are to be dropped.
 */
seq: number, };

export type LiveTurn = { 
/**
 * Which turn; what Stop names.
 */
id: TurnId, 
/**
 * The message that is being written.
 */
answer: MessageId, 
/**
 * Set while the engine waits to try again.
 */
waiting: Waiting | null, 
/**
 * Another program writes this answer: it can be read here, not stopped.
 */
elsewhere: boolean, };

export type Waiting = { 
/**
 * The attempt that comes next, counting from 1.
 */
attempt: number, 
/**
 * How many attempts there are at most.
 */
attempts: number, 
/**
 * The end of the pause, in milliseconds since the Unix epoch.
 */
until: number, 
/**
 * Why the last attempt failed.
 */
reason: ErrorReport, };

export type Role = "user" | "assistant";

export type MessageView = { 
/**
 * Which message.
 */
id: MessageId, 
/**
 * The message before it; none for the first.
 */
parent: MessageId | null, 
/**
 * Who wrote it.
 */
role: Role, 
/**
 * Its content, in order.
 */
blocks: Array<BlockView>, 
/**
 * How far it came.
 */
state: MessageState, 
/**
 * Milliseconds since the Unix epoch.
 */
createdAt: number, 
/**
 * What the answer was made with; none for questions.
 */
answer: AnswerFacts | null, 
/**
 * Its place among the messages with the same parent, from 0.
 */
branch: number, 
/**
 * The messages with the same parent, itself included, oldest first.
 */
branches: Array<MessageId>, 
/**
 * Set on what Hearth itself wrote in the person's place.
 */
purpose: Purpose | null, };

export type Purpose = "continue";

export type MessageState = { "kind": "streaming" } | { "kind": "complete", 
/**
 * The API's word: `end_turn`, `max_tokens`, `refusal`, … None for questions.
 */
stopReason: string | null, } | { "kind": "stopped" } | { "kind": "failed", 
/**
 * What went wrong.
 */
error: ErrorReport, } | { "kind": "interrupted" };

export type AnswerFacts = { 
/**
 * The saved connection that was asked, which may be gone since; none for the demo and for
 * what the environment names.
 */
connection: ConnectionId | null, 
/**
 * The deployment that was asked.
 */
deployment: string, 
/**
 * The `model` of the response, when one came.
 */
model: string | null, 
/**
 * Input tokens, cache reads and writes included.
 */
inputTokens: number | null, 
/**
 * Of these, read from the cache.
 */
cacheReadTokens: number | null, 
/**
 * Output tokens, thinking included.
 */
outputTokens: number | null, 
/**
 * From the request to the end, in milliseconds.
 */
durationMs: number | null, 
/**
 * `request-id` of the response.
 */
requestId: string | null, 
/**
 * `apim-request-id` of the response.
 */
apimRequestId: string | null, 
/**
 * What was left out of the request, because the deployment had refused it.
 */
without: Array<Capability>, 
/**
 * The output tokens that were asked for, where the deployment takes fewer than were wanted.
 */
loweredTo: number | null, };

export type BlockView = { "kind": "text", 
/**
 * The text so far.
 */
text: string, } | { "kind": "thinking", 
/**
 * The text so far.
 */
text: string, 
/**
 * How long the model thought; none while it does.
 */
seconds: number | null, 
/**
 * The API hid the text (`redacted_thinking`).
 */
redacted: boolean, } | { "kind": "tool_call", 
/**
 * The API's id of the call.
 */
id: string, 
/**
 * The tool.
 */
name: string, 
/**
 * JSON, as the model wrote it.
 */
input: string, 
/**
 * How far it came.
 */
state: CallState, } | { "kind": "tool_result", 
/**
 * The call that it answers.
 */
call: string, 
/**
 * Its text.
 */
text: string, 
/**
 * The tool failed or was denied.
 */
failed: boolean, } | { "kind": "image", 
/**
 * Which one.
 */
attachment: AttachmentView, } | { "kind": "file", 
/**
 * Which one.
 */
attachment: AttachmentView, } | { "kind": "unknown", 
/**
 * Its `type`.
 */
name: string, 
/**
 * The whole block as JSON.
 */
json: string, };

export type AttachmentId = string;

export type AttachmentView = { 
/**
 * Which attachment.
 */
id: AttachmentId, 
/**
 * The file's name, or one made up for what was pasted.
 */
name: string, 
/**
 * `image/png`, `text/plain`, …
 */
mediaType: string, 
/**
 * Its length in bytes, as it is sent.
 */
bytes: number, 
/**
 * An image's width in pixels, as it is sent.
 */
width: number | null, 
/**
 * An image's height in pixels, as it is sent.
 */
height: number | null, 
/**
 * The width that it had, when it was made smaller for the model.
 */
originalWidth: number | null, 
/**
 * The height that it had, when it was made smaller for the model.
 */
originalHeight: number | null, };

export type DraftKey = { "kind": "new" } | { "kind": "conversation", 
/**
 * Which one.
 */
id: ConversationId, } | { "kind": "edit", 
/**
 * Its conversation.
 */
conversation: ConversationId, 
/**
 * The question.
 */
message: MessageId, };

export type DraftView = { 
/**
 * What was typed.
 */
text: string, 
/**
 * What was attached, in order.
 */
attachments: Array<AttachmentView>, };

export type ToolView = { 
/**
 * Its name, as the model calls it.
 */
name: string, 
/**
 * Its name, as a person reads it.
 */
title: string, 
/**
 * What it does, as a person reads it.
 */
description: string, 
/**
 * Models are told of it. Off until the person turns it on.
 */
enabled: boolean, };

export type CallState = "asked" | "approval" | "running" | "done" | "failed" | "denied" | "skipped";

export type Decision = "once" | "conversation" | "deny";

export type GrantView = { 
/**
 * The tool's name, as the model calls it.
 */
tool: string, 
/**
 * When the person agreed, in milliseconds since the Unix epoch.
 */
grantedAt: number, };

export type SendRequest = { 
/**
 * None starts a new conversation.
 */
conversation: ConversationId | null, 
/**
 * What the person wrote; may be empty when something is attached.
 */
text: string, 
/**
 * What goes with it, in order: attachments of the draft, or of the question that
 * is replaced.
 */
attachments: Array<AttachmentId>, 
/**
 * What to ask with; kept as the conversation's settings.
 */
settings: TurnSettings, 
/**
 * The question that this one is an edit of: it becomes a branch beside it. None adds
 * to the end of the branch that is shown.
 */
replaces: MessageId | null, 
/**
 * The last message that the person saw when they asked; ignored with `replaces`. Where
 * the branch that is shown has gone on from it, the question goes to the end of that
 * branch; where another branch is shown meanwhile, it goes after this message. None
 * takes whatever is shown.
 */
after: MessageId | null, };

export type Sent = { 
/**
 * The conversation, new or old.
 */
conversation: ConversationId, 
/**
 * The turn that answers.
 */
turn: TurnId, 
/**
 * The stored question.
 */
question: MessageId, 
/**
 * The message that will hold the answer.
 */
answer: MessageId, };

export type SearchHit = { 
/**
 * The conversation.
 */
conversation: ConversationId, 
/**
 * The message, or none when the title matched.
 */
message: MessageId | null, 
/**
 * The conversation's title.
 */
title: string, 
/**
 * Text around the hit, plain.
 */
excerpt: string, 
/**
 * Where the words stand in `excerpt`: start and end of each, in UTF-16 code units.
 */
marks: Array<[number, number]>, 
/**
 * When what was found was written, in milliseconds since the Unix epoch.
 */
at: number, 
/**
 * It lies on the branch that the conversation shows.
 */
shown: boolean, 
/**
 * When the conversation was last added to.
 */
updatedAt: number, };

export type TranscriptFormat = "markdown" | "json";

export type HearthEvent = { "kind": "turn" } & TurnEvent | { "kind": "conversation_changed", 
/**
 * Its line in the sidebar.
 */
summary: ConversationSummary, } | { "kind": "conversation_removed", 
/**
 * Which one.
 */
id: ConversationId, } | { "kind": "state_changed" } | { "kind": "storage_changed", 
/**
 * What is wrong now; none when all is saved.
 */
problem: StorageProblem | null, } | { "kind": "conversation_settings", 
/**
 * Which one.
 */
id: ConversationId, 
/**
 * With what, as of now: what is told last counts.
 */
settings: TurnSettings, } | { "kind": "conversation_stale", 
/**
 * Which one.
 */
id: ConversationId, } | { "kind": "doctor", 
/**
 * All that it has found so far.
 */
report: DoctorReport, } | { "kind": "sign_in", 
/**
 * How far it is.
 */
sign_in: SignInView, } | { "kind": "gateway_changed" } | { "kind": "missed" };

export type TurnEvent = { 
/**
 * The conversation.
 */
conversation: ConversationId, 
/**
 * The turn.
 */
turn: TurnId, 
/**
 * Counts the events of this conversation, from 1, without gaps, for as long
 * as the program runs. A gap means: take a new snapshot.
 */
seq: number, 
/**
 * What happened.
 */
step: Step, };

export type Step = { "kind": "started", 
/**
 * The question; the same one again when an answer is regenerated.
 */
question: MessageView, 
/**
 * The answer, still empty.
 */
answer: MessageView, } | { "kind": "waiting", 
/**
 * The pause.
 */
waiting: Waiting, } | { "kind": "asking" } | { "kind": "block_started", 
/**
 * The message that it belongs to.
 */
message: MessageId, 
/**
 * Its place in the message.
 */
index: number, 
/**
 * The block, empty or, if the API sends it whole, complete.
 */
block: BlockView, } | { "kind": "delta", 
/**
 * The message.
 */
message: MessageId, 
/**
 * The block's place in it.
 */
index: number, 
/**
 * What to append.
 */
text: string, } | { "kind": "block_finished", 
/**
 * The message.
 */
message: MessageId, 
/**
 * The block's place in it.
 */
index: number, 
/**
 * The whole block.
 */
block: BlockView, } | { "kind": "tool_state", 
/**
 * The message that holds the call.
 */
message: MessageId, 
/**
 * The call's place in it.
 */
index: number, 
/**
 * How far it is.
 */
state: CallState, } | { "kind": "continued", 
/**
 * The answer that is over, as stored.
 */
finished: MessageView, 
/**
 * What was sent next, if anything was; a message of the user's role.
 */
results: MessageView | null, 
/**
 * The next answer, still empty; from here on the one that is written.
 */
answer: MessageView, } | { "kind": "ended", 
/**
 * The answer as stored, its state never `Streaming`.
 */
answer: MessageView, };

export type ErrorCode = "key-refused" | "token-refused" | "token-expired" | "token-audience" | "token-tenant" | "role-missing" | "network-rule" | "keys-disabled" | "permission-denied" | "deployment-not-found" | "api-not-supported" | "address-not-found" | "feature-missing" | "thinking-invalid" | "request-invalid" | "context-exceeded" | "request-too-large" | "billing-problem" | "rate-limited" | "spend-limit" | "overloaded" | "upstream-failed" | "upstream-timeout" | "redirect-refused" | "unexpected-answer" | "stream-error" | "stream-cut" | "stream-stalled" | "host-unknown" | "unreachable" | "certificate-untrusted" | "certificate-expired" | "certificate-other-name" | "client-certificate-needed" | "tls-failed" | "proxy-credentials" | "proxy-unreachable" | "proxy-failed" | "clock-wrong" | "no-connection" | "no-deployment" | "endpoint-missing" | "endpoint-invalid" | "endpoint-not-https" | "endpoint-holds-secret" | "endpoint-is-portal" | "credential-missing" | "key-for-other-host" | "key-unusable" | "client-secret-wrong" | "client-secret-expired" | "application-unknown" | "tenant-unknown" | "scope-unknown" | "scope-invalid" | "authority-invalid" | "consent-needed" | "interaction-needed" | "public-client-disabled" | "account-unknown" | "sign-in-expired" | "sign-in-declined" | "sign-in-timed-out" | "sign-in-unreachable" | "sign-in-refused" | "cli-missing" | "cli-signed-out" | "identity-missing" | "workload-token-unreadable" | "command-failed" | "command-not-agreed" | "pem-unreadable" | "proxy-invalid" | "header-invalid" | "connection-not-found" | "connection-changed" | "import-empty" | "import-unreadable" | "keyring-missing" | "keyring-locked" | "keyring-refused" | "gateway-address-taken" | "gateway-not-listening" | "gateway-key-invalid" | "gateway-key-gone" | "gateway-origin-invalid" | "settings-newer" | "settings-unreadable" | "store-newer" | "store-unreadable" | "disk-full" | "store-read-only" | "store-outdated" | "store-failed" | "conversation-not-found" | "message-not-found" | "demo-mismatch" | "nothing-to-send" | "turn-running" | "tool-rounds-exceeded" | "nothing-to-continue" | "attachment-too-large" | "attachment-unknown-type" | "attachment-broken" | "attachments-too-many" | "images-too-many" | "attachments-not-kept" | "attachment-not-found" | "link-refused" | "file-not-written" | "internal";

export type ErrorReport = { 
/**
 * Which failure.
 */
code: ErrorCode, 
/**
 * The HTTP status, if the resource answered.
 */
status: number | null, 
/**
 * The API's error type, such as `overloaded_error`.
 */
apiType: string | null, 
/**
 * The API's error code, such as `DeploymentNotFound`.
 */
apiCode: string | null, 
/**
 * The other side's own words, or the operating system's.
 */
message: string | null, 
/**
 * `request-id`.
 */
requestId: string | null, 
/**
 * `apim-request-id`.
 */
apimRequestId: string | null, 
/**
 * Seconds to wait, as the resource asked.
 */
retryAfter: number | null, 
/**
 * What the failure is about: a deployment, a host, a file, a final URL.
 */
subject: string | null, 
/**
 * Attempts that were made.
 */
attempts: number, 
/**
 * Characters of text kept of a broken answer.
 */
kept: number | null, 
/**
 * The number behind Entra's `AADSTS`.
 */
aadsts: number | null, 
/**
 * The deployment that was asked.
 */
deployment: string | null, 
/**
 * What the refused token says.
 */
token: TokenFacts | null, 
/**
 * The certificates that were shown, the other side's own first.
 */
chain: Array<CertificateFacts>, 
/**
 * What the deployment lacks.
 */
lacks: Capability | null, 
/**
 * The way out that one button can take.
 */
fix: Fix | null, };

export type AppState = { 
/**
 * Saved connections.
 */
connections: Array<ConnectionView>, 
/**
 * The one that new questions go to.
 */
active: ConnectionId | null, 
/**
 * The demo runs: its deployments are asked, and no real one is.
 */
demo: boolean, 
/**
 * What can be asked now: the active connection's deployments, or the demo's.
 */
deployments: Array<DeploymentView>, 
/**
 * The deployment that new conversations use.
 */
defaultDeployment: string | null, 
/**
 * What new conversations start with.
 */
defaults: TurnSettings, 
/**
 * What forms about Entra offer to choose from.
 */
entra: EntraPresets, 
/**
 * How requests leave this machine.
 */
network: NetworkView, 
/**
 * The limits of a connection that has none of its own; every field is there.
 */
defaultLimits: ConnectionLimits, 
/**
 * The base models that a deployment can be mapped to.
 */
baseModels: Array<BaseModelView>, 
/**
 * Whether secrets can be kept.
 */
keyring: KeyringState, 
/**
 * The tools that there are.
 */
tools: Array<ToolView>, 
/**
 * What the disk does not take; none when all is saved.
 */
storage: StorageProblem | null, 
/**
 * Files with what could not be saved when Hearth last ended, until they are dismissed.
 */
rescued: Array<string>, 
/**
 * Where everything is kept on this machine.
 */
dataFolder: string, 
/**
 * This program's version.
 */
version: string, };

export type StorageProblem = { 
/**
 * What the disk said.
 */
error: ErrorReport, 
/**
 * Answers that are in memory only; closing Hearth would lose their ends.
 */
waiting: number, 
/**
 * Nothing could be written when Hearth started. Conversations can be read, searched
 * and exported; nothing can be asked until the disk takes it.
 */
readingOnly: boolean, };

export type KeyringState = "ready" | "missing" | "locked";

export type ConnectionView = { 
/**
 * Which connection.
 */
id: ConnectionId, 
/**
 * Which state of it this is.
 */
edition: ConnectionEdition, 
/**
 * The person's name for it; by default the resource's.
 */
name: string, 
/**
 * The endpoint as saved, normalised.
 */
endpoint: string, 
/**
 * The address that questions go to.
 */
messagesUrl: string, 
/**
 * As whom it asks.
 */
credential: CredentialView, 
/**
 * Sent besides with every request.
 */
headers: Array<HeaderView>, 
/**
 * The version of the API; none means the one that fits the model.
 */
anthropicVersion: AnthropicVersion | null, 
/**
 * Its limits.
 */
limits: ConnectionLimits, 
/**
 * Its own way out; none means that of the network settings.
 */
proxy: ProxySettings | null, 
/**
 * Where its own proxy's password is kept; none when there is none.
 */
proxyPassword: SecretPlace | null, 
/**
 * Its deployments.
 */
deployments: Array<DeploymentView>, 
/**
 * The deployment that new conversations use.
 */
defaultDeployment: string | null, };

export type CredentialView = { 
/**
 * What the person chose.
 */
choice: CredentialChoice, 
/**
 * Whether there is anything to ask with.
 */
state: CredentialState, 
/**
 * What the token says that is used now; none before the first, and for keys.
 */
token: TokenFacts | null, };

export type SecretPlace = "keyring" | "this_run";

export type GatewaySettings = { 
/**
 * It runs while Hearth runs.
 */
on: boolean, 
/**
 * The port on this machine (127.0.0.1) where programs find it; 0 lets the system choose.
 */
port: number, 
/**
 * The connection that is lent; none means the one that questions go to.
 */
connection: ConnectionId | null, 
/**
 * Web pages that may ask, such as `https://tool.example.com`. Without any, none may.
 */
origins: Array<string>, 
/**
 * What a model does not take is left out of translated requests, and not refused.
 */
dropParams: boolean, 
/**
 * Translated requests that name no limit get the model's; otherwise 4,096 tokens.
 */
modelLimit: boolean, };

export type GatewayKeyId = string;

export type GatewayView = { 
/**
 * As chosen.
 */
settings: GatewaySettings, 
/**
 * How it is now.
 */
state: GatewayState, 
/**
 * The keys that are accepted, in the order in which they were made.
 */
keys: Array<GatewayKeyView>, 
/**
 * The names by which programs can ask, as lent now; empty while nothing is lent.
 */
models: Array<string>, 
/**
 * How programs are pointed at it, ready to copy.
 */
snippets: Array<GatewaySnippet>, 
/**
 * What went through it today, in the person's time zone.
 */
today: GatewaySum, 
/**
 * The last requests, newest first; at most 50. Without contents.
 */
recent: Array<GatewayRequest>, };

export type GatewayState = { "kind": "off" } | { "kind": "starting" } | { "kind": "running", 
/**
 * Where, such as `http://127.0.0.1:4000`.
 */
url: string, 
/**
 * The connection that is lent.
 */
connection: string, 
/**
 * Since when, in milliseconds since the Unix epoch.
 */
since: number, } | { "kind": "failed", 
/**
 * Why, and what helps.
 */
problem: ErrorReport, };

export type GatewayKeyView = { 
/**
 * Which one.
 */
id: GatewayKeyId, 
/**
 * For whom or what it was made.
 */
name: string, 
/**
 * Its last four characters; none when the keyring does not give it.
 */
ending: string | null, 
/**
 * Where it is kept; none when the keyring does not give it.
 */
place: SecretPlace | null, 
/**
 * The models that it may ask for; none means all.
 */
models: Array<string> | null, 
/**
 * Its last day in UTC, such as `2027-01-31`; none means that it does not end.
 */
expires: string | null, 
/**
 * That day is over.
 */
expired: boolean, 
/**
 * When it was last used, in milliseconds since the Unix epoch.
 */
lastUsedAt: number | null, };

export type GatewayKeyDraft = { 
/**
 * An existing one to change; none makes one.
 */
id: GatewayKeyId | null, 
/**
 * For whom or what.
 */
name: string, 
/**
 * The models that it may ask for; none means all.
 */
models: Array<string> | null, 
/**
 * Its last day in UTC, such as `2027-01-31`.
 */
expires: string | null, 
/**
 * Keep it in memory only: the person agreed to it.
 */
thisRunOnly: boolean, };

export type GatewaySnippet = { 
/**
 * For what.
 */
kind: SnippetKind, 
/**
 * The text, with `YOUR-KEY` in the place of a key.
 */
text: string, };

export type SnippetKind = "open_ai_python" | "anthropic_python" | "open_ai_node" | "anthropic_node" | "claude_code" | "curl";

export type GatewaySum = { 
/**
 * Requests.
 */
requests: number, 
/**
 * Those of them that were not answered well.
 */
failed: number, 
/**
 * Tokens of the requests, those from the cache included.
 */
inputTokens: number, 
/**
 * Tokens of the answers.
 */
outputTokens: number, };

export type GatewayRequest = { 
/**
 * When it came, in milliseconds since the Unix epoch.
 */
at: number, 
/**
 * The name of the key; none when none was asked for.
 */
key: string | null, 
/**
 * The model that was asked for.
 */
model: string | null, 
/**
 * The HTTP status; none when the caller went away before one.
 */
status: number | null, 
/**
 * How it ended.
 */
ending: GatewayEnding, 
/**
 * How long it took, in milliseconds.
 */
duration: number, 
/**
 * Tokens of the request, those from the cache included; none where the resource said none.
 */
inputTokens: number | null, 
/**
 * Tokens of the answer.
 */
outputTokens: number | null, };

export type GatewayEnding = "answered" | "refused" | "broke_off" | "left";

export type DeploymentView = { 
/**
 * Its name on the resource: free text, and what `model` carries.
 */
name: string, 
/**
 * The base model that it is mapped to; none means cautious defaults.
 */
baseModel: string | null, 
/**
 * Where it is hosted; none when nobody said so.
 */
hosting: Hosting | null, 
/**
 * What it can do.
 */
abilities: Abilities, 
/**
 * What is known about it, and from where; every capability once.
 */
known: Array<Known>, 
/**
 * How much it takes and writes, and from where that is known; every limit once.
 */
limits: Array<KnownLimit>, 
/**
 * Efforts that it refused, though its base model takes them.
 */
refusedEfforts: Array<RefusedEffort>, };

export type Abilities = { 
/**
 * Efforts that it takes; empty when it takes none.
 */
efforts: Array<Effort>, 
/**
 * Its own default.
 */
defaultEffort: Effort | null, 
/**
 * Thinking is asked for.
 */
thinks: boolean, 
/**
 * It takes a temperature; with one it is not asked to think.
 */
sampling: boolean, 
/**
 * Context, in tokens.
 */
context: number, 
/**
 * Most output tokens.
 */
maxOutput: number, 
/**
 * Output tokens asked for unless the person chose: the limit, at most 32,000.
 */
defaultMaxTokens: number, };

export type BaseModelView = { 
/**
 * Such as `claude-opus-5-5`.
 */
id: string, 
/**
 * Such as `Claude Opus 5.5`.
 */
name: string, 
/**
 * What it can do.
 */
abilities: Abilities, 
/**
 * A date (ISO) after which it may stop answering.
 */
retires: string | null, };

export type ConnectionDraft = { 
/**
 * None makes a new one.
 */
id: ConnectionId | null, 
/**
 * The state that the form was opened on: where another is saved by now, nothing is saved.
 * None saves over whatever there is.
 */
openedOn: ConnectionEdition | null, 
/**
 * Empty takes the resource's name.
 */
name: string, 
/**
 * Anything that an endpoint can be read from.
 */
endpoint: string, 
/**
 * As whom.
 */
credential: CredentialDraft, 
/**
 * Sent besides with every request.
 */
headers: Array<HeaderDraft>, 
/**
 * The version of the API; none means the one that fits the model.
 */
anthropicVersion: AnthropicVersion | null, 
/**
 * Its limits.
 */
limits: ConnectionLimits, 
/**
 * Its own way out; none means that of the network settings.
 */
proxy: ProxySettings | null, 
/**
 * Its own proxy's password, typed just now; none keeps the one there is.
 */
proxyPassword: string | null, 
/**
 * Deployments.
 */
deployments: Array<DeploymentDraft>, 
/**
 * Which of them new conversations use; none takes the first.
 */
defaultDeployment: string | null, };

export type HeaderView = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its value; none when it is kept as a secret.
 */
value: string | null, 
/**
 * The last four characters of a secret value.
 */
lastFour: string | null, };

export type HeaderDraft = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its value; none keeps the secret one there is.
 */
value: string | null, 
/**
 * Keep the value in the keyring, and show it to nobody.
 */
secret: boolean, };

export type AnthropicVersion = "2023-06-01" | "2026-10-21";

export type ConnectionLimits = { 
/**
 * Longest time to a connection, in seconds.
 */
connectSeconds: number | null, 
/**
 * Longest silence of a stream, in seconds.
 */
idleSeconds: number | null, 
/**
 * Longest time for an answer in one piece, in seconds.
 */
wholeSeconds: number | null, 
/**
 * Most attempts in all; 1 means that nothing is tried again.
 */
attempts: number | null, 
/**
 * Longest waiting between attempts, summed, in seconds.
 */
waitSeconds: number | null, };

export type Hosting = "azure" | "anthropic";

export type Capability = "streaming" | "tools" | "adaptive-thinking" | "budgeted-thinking" | "thinking-between-tools" | "thinking-off" | "effort" | "temperature" | "structured-outputs" | "vision" | "token-count" | "prefill";

export type Known = { 
/**
 * Which one.
 */
capability: Capability, 
/**
 * The deployment has it.
 */
has: boolean, 
/**
 * From where that is known.
 */
origin: Origin, 
/**
 * When it was measured, in milliseconds since the Unix epoch.
 */
at: number | null, 
/**
 * The API's own words, where it refused.
 */
said: string | null, };

export type KnownLimit = { 
/**
 * Which one.
 */
limit: Limit, 
/**
 * How much, in tokens.
 */
tokens: number, 
/**
 * From where that is known.
 */
origin: Origin, 
/**
 * When it was measured, in milliseconds since the Unix epoch.
 */
at: number | null, 
/**
 * The API's own words, where it refused.
 */
said: string | null, };

export type Limit = "context" | "output";

export type RefusedEffort = { 
/**
 * Which one.
 */
effort: Effort, 
/**
 * When it was refused, in milliseconds since the Unix epoch.
 */
at: number, 
/**
 * The API's own words.
 */
said: string, };

export type Origin = "measured" | "documented" | "assumed";

export type CredentialChoice = { "kind": "key" } | { "kind": "client_secret", 
/**
 * Its tenant and its id; both needed.
 */
entra: EntraSettings, } | { "kind": "sign_in", 
/**
 * An empty tenant means `organizations`, an empty client id the public client of
 * Microsoft's developer tools.
 */
entra: EntraSettings, } | { "kind": "azure_cli", 
/**
 * Its client id is not used.
 */
entra: EntraSettings, } | { "kind": "azure_developer_cli", 
/**
 * Its client id is not used.
 */
entra: EntraSettings, } | { "kind": "managed_identity", 
/**
 * A client id names a user-assigned identity; the tenant is not used.
 */
entra: EntraSettings, } | { "kind": "workload_identity", 
/**
 * Empty fields are taken from the environment that the cluster sets.
 */
entra: EntraSettings, 
/**
 * The file with the federated token; none takes the environment's.
 */
tokenFile: string | null, } | { "kind": "token" } | { "kind": "command", 
/**
 * The program and its arguments, started without a shell.
 */
argv: Array<string>, 
/**
 * What it prints.
 */
prints: Printed, };

export type Printed = "key" | "token";

export type EntraSettings = { 
/**
 * A directory's id or domain.
 */
tenant: string, 
/**
 * An application's id.
 */
clientId: string, 
/**
 * Such as `https://ai.azure.com/.default`, which is the default.
 */
scope: string, 
/**
 * The authority host, an https address; by default Azure's public cloud.
 */
authority: string, };

export type EntraPresets = { 
/**
 * Scopes, the default first.
 */
scopes: Array<string>, 
/**
 * Authority hosts, the public cloud's first.
 */
clouds: Array<CloudPreset>, 
/**
 * The client id that a sign-in uses when none is named.
 */
publicClient: string, };

export type CloudPreset = { 
/**
 * `public`, `us-government` or `china`: the window has words for it.
 */
name: string, 
/**
 * Its authority host.
 */
authority: string, };

export type CredentialState = { "kind": "missing" } | { "kind": "kept", 
/**
 * Its last four characters; empty where that would be half of it.
 */
lastFour: string, 
/**
 * Where it is kept.
 */
kept: SecretPlace, } | { "kind": "signed_in", 
/**
 * Their name, such as `ada@contoso.com`, as far as the token says it.
 */
account: string | null, 
/**
 * Where the refresh token is kept.
 */
kept: SecretPlace, } | { "kind": "ambient" } | { "kind": "not_agreed" };

export type CredentialDraft = { 
/**
 * The kind, with all that is no secret.
 */
choice: CredentialChoice, 
/**
 * A key, client secret or token typed just now; none keeps the one there is.
 */
secret: string | null, 
/**
 * Use the secret that an import found.
 */
imported: ImportedSecret | null, 
/**
 * Use what this sign-in, which is done, brought.
 */
signIn: SignInId | null, 
/**
 * The person agreed that the command of `choice`, exactly as it stands, is started.
 */
agreed: boolean, 
/**
 * Keep the secret in memory only: the person agreed to it.
 */
thisRunOnly: boolean, };

export type ImportedSecret = { 
/**
 * Which import.
 */
import: ImportId, 
/**
 * Which of its connections.
 */
index: number, };

export type TokenFacts = { 
/**
 * `aud`: for what service it is.
 */
audience: string | null, 
/**
 * `tid`: the directory.
 */
tenant: string | null, 
/**
 * `exp`, in milliseconds since the Unix epoch.
 */
expiresAt: number | null, 
/**
 * `roles`: what an application may do.
 */
roles: Array<string>, 
/**
 * `scp`: what was delegated to the application by the person.
 */
scopes: Array<string>, 
/**
 * `appid` or `azp`: the application.
 */
application: string | null, 
/**
 * `preferred_username` or `upn`: the person.
 */
account: string | null, };

export type SignInId = string;

export type SignInMethod = "browser" | "device_code";

export type SignInRequest = { 
/**
 * How.
 */
method: SignInMethod, 
/**
 * Where, and for what.
 */
entra: EntraSettings, 
/**
 * The saved connection that is signed in again: what the sign-in brings is kept for it at
 * once. None: a form takes it with [`CredentialDraft::sign_in`].
 */
connection: ConnectionId | null, };

export type SignInView = { 
/**
 * Which one.
 */
id: SignInId, 
/**
 * How.
 */
method: SignInMethod, 
/**
 * The saved connection that it is for, if any.
 */
connection: ConnectionId | null, 
/**
 * How far it is.
 */
state: SignInState, };

export type SignInState = { "kind": "waiting", 
/**
 * The page to open.
 */
url: string, 
/**
 * The code to type there, of a device-code sign-in.
 */
userCode: string | null, 
/**
 * When it is too late, in milliseconds since the Unix epoch.
 */
expiresAt: number, } | { "kind": "done", 
/**
 * Their name, as far as the token says it.
 */
account: string | null, 
/**
 * What the first token says.
 */
token: TokenFacts | null, } | { "kind": "failed", 
/**
 * Why.
 */
error: ErrorReport, } | { "kind": "cancelled" };

export type ImportId = string;

export type ImportOffer = { 
/**
 * Which one.
 */
id: ImportId, 
/**
 * What kind of source.
 */
source: ImportSource, 
/**
 * The file, where it was one.
 */
place: string | null, 
/**
 * What it describes, in its own order.
 */
connections: Array<ImportedConnection>, };

export type ImportOutcome = { 
/**
 * Those that were saved now, in the order in which they were asked for.
 */
saved: Array<ConnectionView>, 
/**
 * Why the next one was not saved, which ended it; none when all were.
 */
problem: ErrorReport | null, 
/**
 * The offer as it is now, where something was refused; none when it is used up.
 */
left: ImportOffer | null, };

export type ImportSource = "environment" | "env_block" | "curl" | "lite_llm" | "claude_code";

export type ImportedConnection = { 
/**
 * A name for it; by default the resource's.
 */
name: string, 
/**
 * The endpoint as found.
 */
endpoint: string, 
/**
 * The address that questions would go to.
 */
messagesUrl: string | null, 
/**
 * The credential that won; none when none was found.
 */
credential: CredentialChoice | null, 
/**
 * The last four characters of the secret found, if one was.
 */
lastFour: string | null, 
/**
 * The names of the headers that would go along with every request. Their values are kept
 * as secrets.
 */
headers: Array<string>, 
/**
 * Deployments that are named.
 */
deployments: Array<DeploymentDraft>, 
/**
 * The names (variables, keys, options) that were used.
 */
used: Array<string>, 
/**
 * Those that were found and left out, because another won.
 */
leftOut: Array<string>, 
/**
 * Why it cannot be taken as it is.
 */
problem: ErrorReport | null, 
/**
 * It was saved already, and is not saved again.
 */
saved: boolean, };

export type NetworkSettings = { 
/**
 * Through what.
 */
proxy: ProxySettings, 
/**
 * PEM files whose certificates are trusted besides the system's.
 */
certificates: Array<string>, 
/**
 * A PEM file with the certificate and the key that this machine shows.
 */
clientCertificate: string | null, };

export type ProxySettings = { "kind": "system" } | { "kind": "direct" } | { "kind": "manual", 
/**
 * `http://`, `https://`, `socks5://` or `socks5h://`, a host and a port, and no password.
 */
url: string, 
/**
 * The user's name there; the password is a secret.
 */
user: string | null, 
/**
 * Hosts, domains (`.example.com`) and networks that are reached without it.
 */
noProxy: Array<string>, };

export type NetworkView = { 
/**
 * As chosen.
 */
settings: NetworkSettings, 
/**
 * Where the proxy's password is kept; none when there is none.
 */
proxyPassword: SecretPlace | null, 
/**
 * The proxy that the system names for Azure's addresses, without user and password.
 */
systemProxy: string | null, 
/**
 * The files of `settings.certificates`, in the same order.
 */
certificates: Array<CertificateFile>, 
/**
 * The file of `settings.client_certificate`.
 */
clientCertificate: CertificateFile | null, };

export type NetworkDraft = { 
/**
 * As chosen.
 */
settings: NetworkSettings, 
/**
 * The proxy's password, typed just now; none keeps the one there is.
 */
proxyPassword: string | null, 
/**
 * Keep the password in memory only: the person agreed to it.
 */
thisRunOnly: boolean, };

export type CertificateFile = { 
/**
 * Where it is.
 */
path: string, 
/**
 * What is in it.
 */
certificates: Array<CertificateFacts>, 
/**
 * Why it cannot be used.
 */
problem: ErrorReport | null, };

export type CertificateFacts = { 
/**
 * To whom, such as `CN=contoso.services.ai.azure.com`.
 */
subject: string, 
/**
 * By whom.
 */
issuer: string, 
/**
 * From when, in milliseconds since the Unix epoch.
 */
notBefore: number, 
/**
 * Until when, in milliseconds since the Unix epoch.
 */
notAfter: number, 
/**
 * SHA-256 of the whole certificate, in hexadecimal pairs.
 */
fingerprint: string, 
/**
 * It may sign others.
 */
authority: boolean, 
/**
 * The certificate itself, so that it can be added to the trusted ones.
 */
pem: string, };

export type DoctorRunId = string;

export type DoctorTarget = { "kind": "draft", 
/**
 * The form.
 */
draft: ConnectionDraft, } | { "kind": "saved", 
/**
 * Which one; none means what questions go to now (the demo, too).
 */
connection: ConnectionId | null, 
/**
 * The deployment to ask; none means the default.
 */
deployment: string | null, };

export type RungId = "address" | "dns" | "proxy" | "tcp" | "tls" | "credential" | "deployment" | "streaming" | "tools" | "thinking" | "effort" | "vision" | "structured-outputs" | "token-count";

export type RungState = "waiting" | "running" | "passed" | "warned" | "failed" | "skipped";

export type RungView = { 
/**
 * Which rung.
 */
id: RungId, 
/**
 * How it stands.
 */
state: RungState, 
/**
 * How long it took, in milliseconds.
 */
tookMs: number | null, 
/**
 * What was found, for the rung's sentence (`doctor-<rung>-<state>`, with each fact's name
 * as an argument) and for its details (`doctor-fact-<name>`). Never a secret.
 */
facts: Array<Fact>, 
/**
 * Why it failed or warned, with the fix that there is.
 */
problem: ErrorReport | null, };

export type Fact = { 
/**
 * In kebab-case, such as `request-id`.
 */
name: string, 
/**
 * As it reads.
 */
value: string, };

export type DoctorReport = { 
/**
 * Which walk.
 */
run: DoctorRunId, 
/**
 * The saved connection, if it is one.
 */
connection: ConnectionId | null, 
/**
 * The connection's name.
 */
name: string, 
/**
 * The address that questions go to, once there is one.
 */
messagesUrl: string | null, 
/**
 * The deployment that is asked.
 */
deployment: string | null, 
/**
 * When it began, in milliseconds since the Unix epoch.
 */
startedAt: number, 
/**
 * Every rung, in order.
 */
rungs: Array<RungView>, 
/**
 * What it comes to.
 */
verdict: Verdict, };

export type Verdict = "running" | "works" | "partly" | "fails" | "cancelled";

export type Fix = { "kind": "use_endpoint", 
/**
 * An endpoint that can be saved.
 */
endpoint: string, } | { "kind": "use_scope", 
/**
 * The scope.
 */
scope: string, } | { "kind": "use_tenant", 
/**
 * The tenant.
 */
tenant: string, } | { "kind": "trust_certificate" } | { "kind": "choose_client_certificate" } | { "kind": "proxy_password" } | { "kind": "open_network" } | { "kind": "replace_secret" } | { "kind": "sign_in" } | { "kind": "agree_to_command" } | { "kind": "choose_deployment" } | { "kind": "edit_connection" };

export type DeploymentDraft = { 
/**
 * Its name on the resource.
 */
name: string, 
/**
 * The base model that it is mapped to.
 */
baseModel: string | null, 
/**
 * Where it is hosted; none when nobody said so.
 */
hosting: Hosting | null, };

export type EndpointPreview = { 
/**
 * The address that questions would go to.
 */
messagesUrl: string | null, 
/**
 * The resource's name, as far as it shows.
 */
resource: string | null, 
/**
 * What was understood and changed.
 */
notes: Array<EndpointNote>, 
/**
 * Why there is no address.
 */
error: ErrorReport | null, 
/**
 * The text is more than an address (a curl command, a block of variables, a configuration):
 * reading it as an import would find something.
 */
importable: boolean, };

export type EndpointNote = "from-resource-name" | "project-path-dropped" | "path-replaced" | "query-dropped" | "scheme-added" | "open-ai-host" | "unusual-host";
