// Generated from the engine's types. Do not edit: see src-tauri/engine/src/api/typescript.rs.

export type ConversationId = string;

export type MessageId = string;

export type TurnId = string;

export type ConnectionId = string;

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
apimRequestId: string | null, };

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
problem: StorageProblem | null, } | { "kind": "conversation_stale", 
/**
 * Which one.
 */
id: ConversationId, } | { "kind": "missed" };

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

export type ErrorCode = "key-refused" | "token-refused" | "permission-denied" | "deployment-not-found" | "api-not-supported" | "address-not-found" | "request-invalid" | "context-exceeded" | "request-too-large" | "billing-problem" | "rate-limited" | "spend-limit" | "overloaded" | "upstream-failed" | "upstream-timeout" | "redirect-refused" | "unexpected-answer" | "stream-error" | "stream-cut" | "stream-stalled" | "host-unknown" | "unreachable" | "tls-failed" | "proxy-failed" | "no-connection" | "no-deployment" | "endpoint-missing" | "endpoint-invalid" | "endpoint-not-https" | "endpoint-holds-secret" | "endpoint-is-portal" | "credential-missing" | "key-for-other-host" | "key-unusable" | "sign-in-refused" | "keyring-missing" | "keyring-locked" | "keyring-refused" | "settings-newer" | "settings-unreadable" | "store-newer" | "store-unreadable" | "disk-full" | "store-failed" | "conversation-not-found" | "message-not-found" | "demo-mismatch" | "nothing-to-send" | "turn-running" | "tool-rounds-exceeded" | "nothing-to-continue" | "attachment-too-large" | "attachment-unknown-type" | "attachment-broken" | "attachments-too-many" | "attachment-not-found" | "link-refused" | "file-not-written" | "internal";

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
kept: number | null, };

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
 * What the environment offers, for a first run; never saved without consent.
 */
offer: EnvironmentOffer | null, 
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
waiting: number, };

export type KeyringState = "ready" | "missing" | "locked";

export type ConnectionView = { 
/**
 * Which connection.
 */
id: ConnectionId, 
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
 * What is known of its key.
 */
credential: CredentialView, 
/**
 * Its deployments.
 */
deployments: Array<DeploymentView>, 
/**
 * The deployment that new conversations use.
 */
defaultDeployment: string | null, };

export type CredentialView = { "kind": "missing" } | { "kind": "key", 
/**
 * Its last four characters.
 */
lastFour: string, 
/**
 * Where it is kept.
 */
kept: SecretPlace, };

export type SecretPlace = "keyring" | "this_run";

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
 * What it can do.
 */
abilities: Abilities, };

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

export type EnvironmentOffer = { 
/**
 * As found.
 */
endpoint: string, 
/**
 * The last four characters of the key found, if one was.
 */
keyLastFour: string | null, 
/**
 * The variables that were used.
 */
used: Array<string>, 
/**
 * The variables that were found and left out.
 */
leftOut: Array<string>, 
/**
 * Deployments named in the environment.
 */
deployments: Array<string>, };

export type ConnectionDraft = { 
/**
 * None makes a new one.
 */
id: ConnectionId | null, 
/**
 * Empty takes the resource's name.
 */
name: string, 
/**
 * Anything that an endpoint can be read from.
 */
endpoint: string, 
/**
 * A key typed just now; none keeps the one there is.
 */
key: string | null, 
/**
 * Use the key that the environment offered.
 */
keyFromEnvironment: boolean, 
/**
 * Keep the key in memory only: the person agreed to it.
 */
thisRunOnly: boolean, 
/**
 * Deployments.
 */
deployments: Array<DeploymentDraft>, 
/**
 * Which of them new conversations use; none takes the first.
 */
defaultDeployment: string | null, };

export type DeploymentDraft = { 
/**
 * Its name on the resource.
 */
name: string, 
/**
 * The base model that it is mapped to.
 */
baseModel: string | null, };

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
error: ErrorReport | null, };

export type EndpointNote = "from-resource-name" | "project-path-dropped" | "path-replaced" | "query-dropped" | "scheme-added" | "open-ai-host" | "unusual-host";

export type ConnectionTest = { 
/**
 * The address asked.
 */
messagesUrl: string, 
/**
 * The deployment asked.
 */
deployment: string, 
/**
 * From the request to the first event, in milliseconds.
 */
firstTokenMs: number, 
/**
 * The model that the response named.
 */
model: string | null, 
/**
 * `request-id`.
 */
requestId: string | null, 
/**
 * The answer says that it comes from the demo's emulator.
 */
emulator: boolean, };

export type TestOutcome = { "kind": "answered", 
/**
 * What came.
 */
test: ConnectionTest, } | { "kind": "failed", 
/**
 * Why.
 */
error: ErrorReport, };
