# Every sentence that a person reads, once, by key: the window and `hearth` share it.
#
# Style: say what happened, what was kept and what to do. No apologies, no exclamation marks.
# Arguments that may be absent are passed as the word "none".

## The whole window

app-name = Hearth
cancel = Cancel
copied = Copied
try-again = Try again
undo = Undo
dismiss = Dismiss
separator = { " · " }

## Failures
## Arguments: $subject (what it is about), $status, $message (the other side's words),
## $seconds (to wait), $attempts, $kept (characters of a broken answer).

error-key-refused = Key refused
    .cause = The resource does not accept this API key. Keys of another resource, and keys that were regenerated, are refused like this.
error-token-refused = Token refused
    .cause = The resource does not accept this sign-in. It may have expired, or belong to another tenant.
error-permission-denied = Not allowed here
    .cause = You are known, but may not ask this resource: the role “Cognitive Services User” is missing, or a network rule blocks this address.
error-deployment-not-found = { $subject ->
        [none] No such deployment here
       *[other] No deployment named “{ $subject }” here
    }
    .cause = The resource answers, but has no deployment of that name. Names are those of the Foundry portal, not those of the models.
error-api-not-supported = This address does not serve Claude
    .cause = The resource answers, but not with the Messages API. The address ends in /anthropic on a resource that has Claude.
error-address-not-found = Nothing at this address
    .cause = { $subject ->
        [none] The server answers, but has nothing at this path.
       *[other] The server answers, but has nothing at { $subject }.
    }
error-request-invalid = The request was not accepted
    .cause = { $message ->
        [none] The resource calls the request invalid and does not say why.
       *[other] { $message }
    }
error-context-exceeded = The conversation is too long for this model
    .cause = What was sent does not fit into the model’s context. Start a new chat, or choose a deployment with a larger context.
error-request-too-large = The request is too large
    .cause = The resource refuses requests of this size. Send less at once.
error-billing-problem = The resource cannot be billed
    .cause = The subscription behind this resource does not pay for this model now. Its owner can see why in the Azure portal.
error-rate-limited = Rate limit reached
    .cause = { $seconds ->
        [none] This deployment answers only so many tokens a minute, and they are used up.
       *[other] This deployment answers only so many tokens a minute, and they are used up. It asked for a pause of { $seconds } s.
    }
error-spend-limit = Spend limit reached
    .cause = Waiting does not help: the limit set for this resource must be raised by its owner.
error-overloaded = Service busy
    .cause = { $attempts ->
        [0] The model has no capacity at the moment.
        [one] The model has no capacity at the moment.
       *[other] The model has no capacity at the moment; it was asked { $attempts } times.
    }
error-upstream-failed = The service failed
    .cause = { $status ->
        [none] The resource answered with an error of its own.
       *[other] The resource answered with an error of its own (status { $status }).
    }
error-upstream-timeout = The service took too long
    .cause = The resource gave up before the model answered.
error-redirect-refused = The address points elsewhere
    .cause = { $subject ->
        [none] The server wants to send the request to another address. Your key was not sent there.
       *[other] The server wants to send the request to { $subject }. Your key was not sent there.
    }
error-unexpected-answer = This is not an answer of Claude
    .cause = Something answered, but not in the form of the Messages API: often a proxy’s or a sign-in page.
error-stream-error = The service broke off the answer
    .cause = { $message ->
        [none] What arrived is kept.
       *[other] It said: { $message }. What arrived is kept.
    }
error-stream-cut = { $kept ->
        [none] Connection lost
        [0] Connection lost before the answer began
        [one] Connection lost after { $kept } character
       *[other] Connection lost after { $kept } characters
    }
    .cause = The stream ended before the answer did. What arrived is kept.
error-stream-stalled = The answer stopped coming
    .cause = The connection stands, but nothing came for too long. What arrived is kept.
error-host-unknown = { $subject ->
        [none] This host does not exist
       *[other] No host named { $subject }
    }
    .cause = The name does not resolve. Check its spelling, the network and, for private endpoints, the VPN.
error-unreachable = { $subject ->
        [none] Nobody answers
       *[other] Nobody answers at { $subject }
    }
    .cause = No connection came about. A firewall, a VPN or a missing network are the usual reasons.
error-tls-failed = The certificate is not trusted
    .cause = { $message ->
        [none] No secure connection came about. A company’s proxy that inspects traffic is the usual reason.
       *[other] No secure connection came about: { $message }
    }
error-proxy-failed = The proxy refused
    .cause = The proxy of this network wants credentials, or cannot reach the resource.
error-no-connection = No connection yet
    .cause = Connect to a Foundry resource, or try the demo.
error-no-deployment = No deployment to ask
    .cause = Add a deployment to the connection, under the name it has in the Foundry portal.
error-endpoint-missing = No endpoint yet
    .cause = Enter the resource’s name, or any of its addresses.
error-endpoint-invalid = This is not an endpoint
    .cause = A resource’s name or any address of the resource will do.
error-endpoint-not-https = The connection would not be secure
    .cause = Plain http is accepted for this machine only. Use the https:// address of the resource.
error-endpoint-holds-secret = This contains a secret
    .cause = A key or a password does not belong into the address. Enter the key in its own field.
error-endpoint-is-portal = This is a page of the portal
    .cause = Hearth needs the address of the resource, as the portal shows it under “Endpoint”.
error-key-for-other-host = This key belongs to another address
    .cause = { $subject ->
        [none] It was given for another host and is not sent to this one. Enter the key of the new address.
       *[other] It was given for { $subject } and is not sent anywhere else. Enter the key of the new address.
    }
error-key-unusable = This key cannot be sent
    .cause = It holds a line break or other characters that no key has. Copy it again from the portal.
error-credential-missing = The key is missing
    .cause = This connection has no key, or the keyring does not hold it any more. Enter it again.
error-sign-in-refused = Microsoft refused the sign-in
    .cause = { $message ->
        [none] Microsoft Entra gave no token for this application.
       *[other] { $message }
    }
error-keyring-missing = No keyring on this desktop
    .cause = No Secret Service runs here, so nothing can keep the key safely. It can be kept for this run only; it is never written to a file.
error-keyring-locked = The keyring is locked
    .cause = Unlock it and try again, or keep the key for this run only; it is never written to a file.
error-keyring-refused = The keyring refused
    .cause = { $message ->
        [none] It did not keep the key. It can be kept for this run only; it is never written to a file.
       *[other] It did not keep the key: { $message }. It can be kept for this run only; it is never written to a file.
    }
error-settings-newer = The settings are newer than this Hearth
    .cause = A newer version wrote them. Update Hearth; nothing was changed.
error-settings-unreadable = The settings cannot be read
    .cause = { $subject ->
        [none] The settings file is damaged. Nothing was replaced.
       *[other] { $subject } is damaged. Nothing was replaced.
    }
error-store-newer = The conversations are newer than this Hearth
    .cause = A newer version wrote them. Update Hearth; nothing was changed.
error-store-unreadable = The conversations cannot be read
    .cause = { $subject ->
        [none] The database is damaged. Nothing was replaced.
       *[other] { $subject } is damaged. Nothing was replaced.
    }
error-disk-full = Not saved: the disk is full
    .cause = What you see is in memory only. Make room, and it is saved by itself.
error-store-failed = Not saved
    .cause = { $message ->
        [none] The disk could not be written. What you see is in memory only.
       *[other] The disk could not be written: { $message }. What you see is in memory only.
    }
error-conversation-not-found = This conversation is gone
    .cause = It was deleted, perhaps in another window.
error-message-not-found = This message is gone
    .cause = It is no longer part of the conversation.
error-demo-mismatch = This conversation cannot go on here
    .cause = The demo and real connections are kept apart. Start a new chat instead.
error-nothing-to-send = Nothing to send
    .cause = The question is empty.
error-turn-running = An answer is still being written
    .cause = Wait for its end or stop it, then ask again.
error-tool-rounds-exceeded = Claude kept calling tools
    .cause = Hearth stopped after { $subject ->
        [none] many
       *[other] { $subject }
    } rounds: an answer that needs so many has often lost its way. Everything so far is kept, and it can go on.
error-nothing-to-continue = Nothing to go on from
    .cause = The answer has no words yet. Ask again instead.
error-attachment-too-large = { $subject ->
        [none] This file is too large
       *[other] { $subject } is too large
    }
    .cause = An image may have 50 MB and 100 megapixels (50 with 16 bits for each colour), a text file 1 MB. Make it smaller, or attach a part of it.
error-attachment-unknown-type = { $subject ->
        [none] This file cannot be attached
       *[other] { $subject } cannot be attached
    }
    .cause = { $message ->
        [none] It is neither an image that models read nor text. PNG, JPEG, GIF and WebP images can be attached, and text in every language.
       *[other] It is { $message }. PNG, JPEG, GIF and WebP images can be attached, and text in every language.
    }
error-attachment-broken = { $subject ->
        [none] This file cannot be read
       *[other] { $subject } cannot be read
    }
    .cause = { $message ->
        [none] There is nothing in it.
       *[other] The image is damaged: { $message }. Open it in another program and save it again.
    }
error-attachments-too-many = { $subject ->
        [none] Too much for one question
       *[other] Too much for one request
    }
    .cause = { $subject ->
        [none] At most 20 files and 30 MB go with one question. Remove some, or ask in two steps.
       *[other] Each question takes all files of its conversation along, and 30 MB fit. They fit without { $subject }. Take out what is here, edit the earlier question that brought it and take it out there, or fork from a message before it.
    }
error-attachment-not-found = This attachment is gone
    .cause = It was removed, perhaps in another window. Attach the file again.
error-link-refused = This link is not opened
    .cause = Only web and mail addresses are opened from here.
error-file-not-written = The file was not written
    .cause = { $message ->
        [none] The system gave no reason.
       *[other] { $message }
    }
error-internal = Hearth made a mistake
    .cause = { $message ->
        [none] Something happened that should not. Your conversations are on disk.
       *[other] Something happened that should not: { $message }. Your conversations are on disk.
    }

## What to do about a failure

action-try-again = Try again
action-continue = Continue
action-open-settings = Open settings
action-fix-address = Fix address
action-replace-key = Replace key
action-choose-deployment = Choose deployment
action-new-chat = New chat
action-connect = Connect

failure-details = Details
failure-copy-report = Copy report
failure-status = Status
failure-type = Type
failure-code = Code
failure-message = Message
failure-request-id = request-id
failure-apim-request-id = apim-request-id
failure-subject = About
failure-address = Address
failure-copy-path = Copy path
failure-attempts = Attempts
failure-report-title = Hearth { $version }: { $title }

## Sidebar

sidebar-label = Conversations
sidebar-new-chat = New chat
sidebar-new-chat-none = Nothing to ask yet: connect, or try the demo
sidebar-search = Search
sidebar-pinned = Pinned
sidebar-empty = No conversations yet
sidebar-empty-hint = They are kept on this machine, in { $folder }
sidebar-failed = The list could not be read
sidebar-today = Today
sidebar-yesterday = Yesterday
sidebar-last-week = Last 7 days
sidebar-older = Older
sidebar-working = Claude is answering
sidebar-last-failed = The last answer failed
sidebar-needs-approval = A tool waits for your word
sidebar-demo-mark = Demo
sidebar-more = More about { $title }
sidebar-rename = Rename
sidebar-pin = Pin
sidebar-unpin = Unpin
sidebar-save-markdown = Save as Markdown
sidebar-save-json = Save as JSON
sidebar-delete = Move to trash
sidebar-trash = Trash
sidebar-title = Title
sidebar-hide = Hide sidebar
sidebar-show = Show sidebar
sidebar-settings = Settings
sidebar-not-connected = Not connected
sidebar-demo-runs = Demo
sidebar-demo-note = A stand-in on this machine
sidebar-deleted = Moved to the trash: { $title }

## Search and commands

palette-label = Search and commands
palette-field = Search conversations
palette-placeholder = Search titles and messages, or find a command
palette-recent = Recent conversations
palette-found = Found
palette-commands = Commands
palette-empty = Nothing found for “{ $query }”
palette-empty-hint = Titles and the text of every message were searched.
palette-searching = Searching
palette-results = { $count ->
        [one] { $count } place found
       *[other] { $count } places found
    }
palette-other-branch = on another branch
palette-hint-move = move
palette-hint-open = open
palette-hint-close = close
command-tools = Tools
command-trash = Open the trash
command-pin = Pin this conversation
command-unpin = Unpin this conversation
command-save-markdown = Save transcript as Markdown
command-save-json = Save transcript as JSON

## Find in the conversation

find-label = Find in the conversation
find-field = Find in the conversation
find-placeholder = Find
find-place = { $current } of { $count }
find-place-more = { $current } of more than { $count }
find-none = None
find-next = Next place
find-previous = Previous place
find-close = Close

## Trash

trash-title = Trash
trash-lead = Conversations stay here for 30 days and are then deleted for good.
trash-close = Close the trash
trash-loading = Opening the trash
trash-empty = The trash is empty
trash-empty-hint = What you move here can be had back for 30 days.
trash-failed = The trash could not be read
trash-goes = deleted { $when }
trash-restore = Restore
trash-restore-one = Restore { $title }
trash-delete = Delete now
trash-delete-one = Delete { $title } now
trash-delete-title = Delete “{ $title }” for good?
trash-delete-text = The conversation and what was attached to it are erased from this machine. Nothing brings them back.
trash-delete-confirm = Delete for good
trash-empty-all = Empty trash
trash-empty-title = { $count ->
        [one] Delete { $count } conversation for good?
       *[other] Delete { $count } conversations for good?
    }
trash-empty-text = They and what was attached to them are erased from this machine. Nothing brings them back.
trash-restored = Restored “{ $title }”
trash-deleted = Deleted “{ $title }” for good
trash-emptied = The trash is empty
trash-freed = { $size } freed

## Storage

storage-waiting = { $count ->
        [0] New answers are kept in memory until there is room.
        [one] { $count } answer is kept in memory.
       *[other] { $count } answers are kept in memory.
    }
storage-try = Try now
storage-trying = Trying
storage-folder = Copy folder
storage-saved = Everything is saved again

## Welcome

welcome-title = Talk to Claude in your own Azure Foundry
welcome-lead = Your conversations stay on this machine. Your key stays in the system’s keyring.
welcome-connect = Connect to Azure Foundry
welcome-connect-hint = You have an endpoint and a key.
welcome-connect-offer = Found in this environment: { $variables }. Look it over before anything is saved.
welcome-demo = Try the demo
welcome-demo-hint = Works offline, without a key. A stand-in answers, not Claude.

## Empty conversation

empty-title = What is on your mind?
empty-starters = Questions to start with
starter-table = Compare three ways to store session data, in a table
starter-code = Write a retry with backoff in Rust, TypeScript and Python
starter-plan = Plan three days in Seattle, with children
starter-explain = Explain the Monty Hall puzzle, step by step

## Conversation

chat-label = Conversation
chat-you = You
chat-claude = Claude
chat-untitled = New chat
chat-loading = Opening the conversation
chat-earlier = Show earlier messages
chat-to-latest = Jump to latest
chat-answering = Claude is answering
chat-answered = Claude has answered
chat-stopped-announcement = The answer was stopped
chat-failed-announcement = The answer failed: { $title }
chat-copy-answer = Copy answer
chat-copied-answer = Answer copied
chat-copied-code = Code copied
chat-copy-question = Copy question
chat-edit-question = Edit question
chat-fork = Fork from here
chat-forked = Forked into a new conversation
chat-continue-prompt = Hearth asked Claude to go on
chat-regenerate = Ask again
chat-branch = Answer { $current } of { $count }
chat-branch-question = Question { $current } of { $count }
chat-branch-question-previous = Previous question
chat-branch-question-next = Next question
chat-branch-rest = Continuation { $current } of { $count }
chat-branch-rest-previous = Previous continuation
chat-branch-rest-next = Next continuation
chat-branch-previous = Previous answer
chat-branch-next = Next answer
chat-thinking = Thinking
chat-thought = { $seconds ->
        [0] Thought briefly
       *[other] Thought for { $seconds } s
    }
chat-thought-hidden = The model keeps these thoughts to itself.
chat-tool-result = Answer of the tool
chat-tool-failed = The tool failed
tool-input = Arguments
tool-result = Result
tool-asked = waits
tool-approval = asks for your word
tool-running = runs
tool-done = done
tool-error = failed
tool-denied = denied
tool-skipped = did not run
tool-approval-title = May Claude use “{ $title }”?
tool-approval-none = It is given nothing.
tool-allow-once = Allow once
tool-allow-conversation = Allow in this conversation
tool-deny = Deny
tool-asks = Claude asks to use “{ $title }”
chat-unknown-block = A block of a kind that Hearth does not show yet: { $name }
chat-facts-tokens = { $count ->
        [one] { $count } token
       *[other] { $count } tokens
    }
chat-facts-cached = { $percent } % cached
chat-facts-seconds = { $seconds } s
chat-facts-instant = under 0.1 s
chat-note-stopped = Stopped. What arrived is kept.
chat-note-interrupted = Hearth ended in the middle of this answer. What arrived is kept.
chat-end-max-tokens = The answer reached its limit of tokens
    .advice = Let Claude go on, or raise “{ header-limit }” above the conversation.
chat-end-refusal = Claude declined to go on with this answer
    .advice = Ask differently, choose another deployment, or try the same question again.
chat-end-context = The conversation has filled the model’s context
    .advice = Start a new chat, or choose a deployment with a larger context.
chat-note-pause = The model paused here. Let it go on.
chat-silent = Nothing has come for { $seconds } s
chat-waiting = Retrying in { $time }
chat-waiting-now = Retrying now
duration-seconds = { $count } s
duration-minutes = { $minutes } min { $seconds } s
duration-hours = { $count ->
        [one] { $count } hour
       *[other] { $count } hours
    }
duration-days = { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
chat-waiting-attempt = attempt { $attempt } of { $attempts }
chat-title-edit = Rename conversation
chat-title = Title
chat-elsewhere = Another program writes this answer. It can be stopped there.

## Questions

question-editor = Edit question
question-send = Send
question-edit-hint = Enter sends, Esc keeps this for later
question-start-over = Start over
question-loading = Opening the question

## Attachments

attachment-add = Attach files
attachment-list = Attached
attachment-remove = Remove { $name }
attachment-open = Open { $name }
attachment-close = Close
attachment-unfold = Put the text of { $name } into the message
attachment-pasted = Pasted text · { $lines ->
        [one] { $lines } line
       *[other] { $lines } lines
    }
attachment-smaller = made smaller: { $width }×{ $height } → { $newWidth }×{ $newHeight }
attachment-size = { $width }×{ $height }
attachment-reading = { $name ->
        [none] Reading
       *[other] Reading { $name }
    }
attachment-drop = Drop to attach
attachment-failed = It cannot be shown
attachment-not-saved = This draft is not saved
chat-file-saved = Transcript saved

code-copy = Copy code
code-wrap = Wrap lines
code-plain = text

## Header

header-model = Model: { $name }
header-model-none = Model: none
header-model-list = Deployments
header-model-unmapped = not mapped to a base model
header-effort = Effort
header-effort-button = Effort: { $effort }
header-effort-default = { $effort ->
        [none] The model’s own
       *[other] The model’s own ({ $effort })
    }
effort-default = default
effort-low = low
effort-medium = medium
effort-high = high
effort-xhigh = extra high
effort-max = maximum
header-limit = Answer length
header-limit-button = Answer length: at most { $count } tokens
header-limit-field = Longest answer, in tokens
header-limit-hint = This model writes at most { $most } tokens. Thinking counts.
header-limit-reset = Reset to { $count }
header-limit-invalid = A whole number from 1 to { $most }.
header-choices = Instructions and sampling
header-choices-set = Instructions and sampling: this conversation has instructions
choices-close = Close
choices-system = Instructions
choices-system-placeholder = How Claude should answer in this conversation, such as its role, its tone, and what to leave out
choices-system-hint = Sent before every question as the system prompt.
choices-stop = Stop sequences
choices-stop-field = Text at which Claude stops
choices-stop-hint = Enter adds it. At most four.
choices-stop-add = Add
choices-stop-remove = Remove { $text }
choices-stop-space = A stop sequence needs more than spaces.
choices-temperature = Temperature
choices-temperature-set = Choose a temperature
choices-temperature-hint = Near 0 for the likeliest words, near 1 for more variety.
choices-temperature-not-taken = This model does not take a temperature.
choices-temperature-thinks = With a temperature, this model answers without thinking first.
choices-whole = Ask for the answer in one piece
choices-whole-hint = For networks that hold streams back. Nothing shows until all of it is there.
choices-grants = Tools allowed in this conversation
choices-grants-none = None. Each use of a tool waits for your word.
choices-revoke = Revoke
choices-revoke-one = Revoke { $title }
header-save = Save transcript
header-save-markdown = Markdown, to read
header-save-json = JSON, lossless
header-demo = Demo
header-demo-hint = Held with the stand-in of the demo, not with Claude

## Demo

demo-banner = This is the demo. A stand-in on this machine answers, not Claude.
demo-connect = Connect
demo-leave = Leave demo
demo-back = Back to the demo

## Composer

dialog-attach = Attach files
attachment-pasted-image = Pasted image.png
composer-label = Message
composer-placeholder = { $name ->
        [none] Message Claude
       *[other] Message { $name }
    }
composer-send = Send
composer-stop = Stop
composer-hint = Enter sends, Shift+Enter starts a line
composer-hint-working = You can write on, and send it when the answer has ended
composer-hint-elsewhere = Another program writes the answer. You can write on, and send it when that has ended
composer-blocked-connection = Connect to a Foundry resource to ask here.
composer-blocked-deployment = Add a deployment to ask here.
composer-blocked-demo-left = You left the demo.
composer-blocked-demo-over = This conversation was held in the demo. It cannot go on with a real connection.
composer-blocked-demo-runs = This conversation was held with a real connection, and the demo runs now.

## Settings

settings-title = Settings
settings-close = Close settings
settings-connections = Connections
settings-tools = Tools
settings-about = About
settings-saved = Saved
settings-loading = Opening settings

connection-title-new = Connect to Azure Foundry
connection-title-edit = Connection
connection-lead = Paste whatever you have: the resource’s name, or any of its addresses.
connection-choose = Saved connections
connection-add = Add connection
connection-offer = Filled from this environment: { $variables }.
connection-offer-left-out = Found, too, and left out: { $variables }.
connection-name = Name
connection-name-hint = Yours to choose; otherwise the resource’s name.
connection-endpoint = Endpoint
connection-endpoint-placeholder = my-resource or https://my-resource.services.ai.azure.com
connection-endpoint-missing = Enter the resource’s name, or any of its addresses.
connection-endpoint-hint = The address that questions go to appears here.
connection-goes-to = Questions go to
connection-key = API key
connection-key-placeholder = Key 1 or key 2 of the resource
connection-key-known = •••• •••• •••• { $lastFour }
connection-key-in-keyring = in the system keyring
connection-key-this-run = for this run only
connection-key-from-environment = from the environment
connection-key-missing = Enter one of the resource’s keys.
connection-key-other-host = This key belongs to { $host }. Enter the key of the new address.
connection-key-replace-hint = Leave it empty to keep the key there is.
connection-key-hint = Kept in the system’s keyring, never in a file.
connection-this-run-only = Keep for this run only
connection-keyring-missing = No keyring on this desktop: nothing here can keep the key safely. It is never written to a file.
connection-keyring-locked = The keyring is locked. Unlock it, or keep the key until Hearth ends. It is never written to a file.
connection-deployments = Deployments
connection-deployments-hint = The names from the Foundry portal. The base model tells Hearth what a deployment can do.
connection-deployments-missing = Enter the name of one deployment at least, as the portal shows it.
connection-deployment-name = Deployment name
connection-deployment-placeholder = name in the portal
connection-deployment-base = Base model
connection-deployment-unmapped = Not sure (cautious)
connection-deployment-default = Default
connection-deployment-default-hint = Used by new chats
connection-deployment-add = Add deployment
connection-deployment-remove = Remove { $name }
connection-deployment-remove-empty = Remove this row
connection-test = Test connection
connection-testing = Testing
connection-save = Save
connection-saving = Saving
connection-remove = Remove connection
connection-remove-title = Remove “{ $name }”?
connection-remove-text = Its key is removed from the keyring. Your conversations stay.
connection-remove-text-this-run = Its key, kept for this run only, is forgotten; the keyring never had it. Your conversations stay.
connection-remove-text-keyless = Your conversations stay.
connection-remove-confirm = Remove
connection-test-hint = The test asks the default deployment for a few tokens, exactly as a chat does.
connection-test-passed = It works
connection-test-emulator = The demo’s stand-in answered, not Claude.
connection-test-deployment = Deployment
connection-test-first = First token
connection-test-first-ms = { $ms } ms
connection-test-model = Model
connection-test-model-none = not named
connection-test-url = Address
connection-test-map = Use what is known of { $model }

note-from-resource-name = The resource’s name became an address.
note-project-path-dropped = The project path is not needed.
note-path-replaced = The path was replaced.
note-query-dropped = The query was dropped.
note-scheme-added = The scheme was added.
note-open-ai-host = An openai.azure.com host; it serves Claude as well.
note-unusual-host = This host is not one of Azure’s. Your key goes there.

tools-title = Tools
tools-lead = What Claude may ask Hearth to do. Each use waits for your word, with what it is given shown first, unless you allowed the tool in that conversation.
tools-none = This Hearth has no tools.
tools-name = Claude knows it as { $name }
tools-on = On
tools-off = Off
tools-note = A change counts from the next question on. With tools on, models are told of them with every question.

about-version = Version { $version }
about-text = A desktop app for the Claude models of your Microsoft Foundry resource. It makes no network call that you did not cause.
about-data = Data
about-data-hint = Conversations and settings. They are not encrypted at rest.
about-keyring = Keyring
about-keyring-ready = Ready
about-keyring-missing = None on this desktop
about-keyring-locked = Locked
about-copy-folder = Copy folder
about-shortcuts = Shortcuts
about-shortcuts-show = Show all

## Tools

tool-current-time = Date and time
    .description = Tells the model what day and time it is, here or in another time zone. It sends your time zone and nothing else.

## Shortcuts

shortcut-new-chat = New chat
shortcut-search = Search conversations
shortcut-model = Choose a model
shortcut-sidebar = Show or hide the sidebar
shortcut-settings = Settings
shortcut-new-window = New window
shortcut-find = Find in the conversation
shortcut-find-next = Next place found
shortcut-find-previous = Previous place found
shortcut-shortcuts = Shortcuts
shortcut-composer = Go to the message field
shortcut-attach = Attach files
shortcut-regenerate = Ask again
shortcut-copy-answer = Copy the last answer
shortcut-copy-code = Copy the last code
shortcut-allow-tool = Allow the tool once
shortcut-deny-tool = Deny the tool
shortcut-previous-chat = Previous conversation
shortcut-next-chat = Next conversation
shortcut-places = The first nine conversations
shortcut-trash = Move this conversation to the trash
shortcut-top = Beginning of the conversation
shortcut-bottom = End of the conversation
shortcut-zoom-in = Zoom in
shortcut-zoom-out = Zoom out
shortcut-zoom-reset = Reset the zoom
shortcut-edit = Edit the last question
shortcut-rename = Rename, in the list
shortcut-delete = Move to the trash, in the list
shortcuts-title = Shortcuts
shortcuts-close = Close
shortcuts-conversations = Conversations
shortcuts-writing = Asking and answers
shortcuts-window = Window
shortcut-send = Send
shortcut-newline = New line
shortcut-stop = Stop the answer

## Links

link-title = Open this address?
link-text = It leaves Hearth and opens in your browser:
link-text-mail = It leaves Hearth and opens in your mail program:
link-shown-as = The text of the link was “{ $text }”.
link-open = Open
link-copy = Copy address

## Toasts

toasts-label = Notices

## The window's program, started from a terminal

desktop-about = Chat with the Claude models of your Microsoft Foundry resource
desktop-usage =
    Usage: hearth-desktop [--profile DIR]
    Opens the window. Everything Hearth writes lies under DIR, or under HEARTH_PROFILE,
    or in the system’s own places. What needs no window does the program hearth.
desktop-unknown-argument = hearth-desktop does not understand { $argument } (--help says what it does).
desktop-no-display = There is no display to open a window on. Without one, use the program hearth.

## Transcripts

transcript-you = You
transcript-claude = Claude
transcript-tools = Tools
transcript-demo = This is a demo conversation: the answers were written beforehand and come from Hearth's emulator, not from a model.
transcript-model = { $model }
transcript-thought = Thought
transcript-thought-for = Thought for { $seconds } s
transcript-thought-hidden = Thought, hidden by the API
transcript-image = Image: { $name } ({ $width }×{ $height }, { $kilobytes } kB)
transcript-file = File: { $name } ({ $kilobytes } kB)
transcript-tool-call = Tool call: { $name }
transcript-tool-result = Tool result
transcript-tool-failed = Tool failed
transcript-other = Block of the kind { $name }
transcript-streaming = The answer was still being written when this transcript was made.
transcript-stopped = Stopped here.
transcript-interrupted = Hearth ended in the middle of this answer.

## The command line

cli-about = Hearth without a window: asks the Claude models of a Microsoft Foundry resource.
cli-profile = The one folder that everything is read from and written to; without it, the system’s own places
cli-ask = Ask one question and print the answer as it comes
cli-ask-model = The deployment to ask; without it, the connection’s default
cli-ask-conversation = Ask in this conversation, named by the beginning of its id; “last” is the one last added to
cli-ask-system = Instructions for the model, kept with the conversation
cli-ask-attach = Send an image or a text file along; can be given several times
cli-ask-no-conversation = There is no conversation yet.
cli-ask-tool-denied = The model asked for the tool { $name }, which needs somebody who allows it. It was declined; ask in Hearth’s window to allow it.
cli-ask-json = Print the whole answer as one JSON object, at its end
cli-ask-no-save = Do not keep the conversation
cli-ask-prompt = The question; - reads it from standard input
cli-ask-used = No saved connection; using the environment: { $used }.
cli-ask-used-left-out = No saved connection; using the environment: { $used }. Left out: { $leftOut }.
cli-ask-retrying = { $reason } Attempt { $attempt } of { $attempts } in { $seconds } s.
cli-ask-stopped = Stopped. What arrived is kept.
cli-ask-max-tokens = The answer was cut off: it reached the limit of output tokens. What arrived is kept.
cli-ask-context = The answer was cut off: the model’s context is full. What arrived is kept.
cli-ask-refusal = The model declined to answer. Ask differently, or another model.
cli-ask-lost = The answer was lost from sight. It may be complete: see hearth export.
cli-export = Write conversations to files
cli-export-format = md to read, json to lose nothing
cli-export-all = Every conversation, into the folder that --out names
cli-export-id = The conversation: the beginning of its identifier is enough
cli-export-out = A file or a folder; without it, standard output
cli-export-which = Which conversation? Name one of these by the beginning of its identifier, or say --all:
    { $list }
cli-export-none = No conversation begins with { $id }. Run hearth export without an identifier to see them all.
cli-export-several = Several conversations begin with { $id }. Write more of the identifier.
cli-emulator = Serve a stand-in Foundry resource on this machine, for demos and tests
cli-emulator-listen = The address to serve on; port 0 picks one, which the first line of output names
cli-emulator-key = The API key that it accepts
cli-emulator-seed = Fixes where texts and bytes are cut
cli-emulator-pace = Tokens a second; 0 is as fast as it goes
cli-emulator-faults = Deployments that misbehave, each named after what it does; N is a number of bytes. With -once behind it, a name strikes only the first time that a question is asked.
cli-emulator-says = This is Hearth’s emulator: its answers were written beforehand and come from no model. Ctrl+C ends it.
cli-emulator-failed = The emulator could not start: { $message }
cli-fact-status = Status: { $fact }
cli-fact-message = The resource said: { $fact }
cli-fact-request-id = request-id: { $fact }
cli-fact-apim-request-id = apim-request-id: { $fact }
cli-no-connection = In a terminal, AZURE_API_BASE and AZURE_API_KEY, or ANTHROPIC_FOUNDRY_RESOURCE and ANTHROPIC_FOUNDRY_API_KEY, will do.

## What models are told in the person's place
## People read it, too: in the conversation, where it is unfolded, and in transcripts.

continue-prompt =
    Your previous answer was cut off. It ended with:

    { $end }

    Continue from exactly there. Do not repeat anything that is there already, and do not comment on the interruption.
continue-prompt-bare = Your previous answer was interrupted before it was finished. Continue from there.
attachment-missing = [The attachment “{ $name }” is not available any more.]
attachment-empty = [The attached file “{ $name }” is empty.]
attachment-image = image
call-denied = The person declined this call. Go on without it, or ask what they would like instead.
call-unknown-tool = There is no tool “{ $name }” here.
call-not-whole = The arguments of this call were not complete, valid JSON. Nothing was run.
call-bad-input = The arguments do not fit the tool: { $why }
call-unknown-time-zone = There is no time zone “{ $name }”. Use a name of the IANA database, such as Europe/Berlin.
call-too-slow = The tool did not answer within { $seconds } seconds and was ended.
call-broke = The tool broke while it ran. That is a defect of the tool, not of the arguments.
call-result-cut = [The result was cut here. It had { $bytes } bytes.]
call-stopped = The person stopped the answer while this ran.
call-skipped = The person stopped the answer before this ran.
conversation-fork-title = { $title } (copy)
