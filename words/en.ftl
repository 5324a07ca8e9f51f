# Every sentence that a person reads, once, by key: the window and `hearth` share it.
#
# Style: say what happened, what was kept and what to do. No apologies, no exclamation marks.
# Arguments that may be absent are passed as the word "none".

## The whole window

app-name = Hearth
chat-untitled = New chat
cancel = Cancel
copied = Copied
try-again = Try again
undo = Undo
dismiss = Dismiss
separator = { " · " }

## Failures
## Arguments: $subject (what it is about), $status, $message (the other side's words),
## $seconds (to wait), $wait (the same in words), $attempts, $kept (characters of a broken answer), $aadsts, $deployment,
## $lacks (a capability), of a token $audience, $tenant, $account, $expires and $roles, of the
## certificates shown $certificate (to whom), $issuer (of the last), $notBefore and $notAfter,
## $fix (the address, scope or tenant that would do), and $way (“replace” where a pasted secret is to be replaced).

error-key-refused = Key refused
    .cause = The resource does not accept this API key. Keys of another resource, and keys that were regenerated, are refused like this.
error-token-refused = Token refused
    .cause = { $audience ->
        [none] The resource does not accept this sign-in, and does not say why. It may belong to another tenant, or be for another service. Sign in again, or try the other scope.
       *[other] The resource does not accept this token, which is for { $audience }, and does not say why. Try the other scope, check the tenant, or sign in again.
    }
error-token-expired = { $expires ->
        [none] Token expired
       *[other] Token expired: { $expires }
    }
    .cause = The resource does not accept it any more, and no newer one could be had. Sign in again, or paste a new token.
error-token-audience = { $audience ->
        [none] Token refused: it is for another service
       *[other] Token refused: it is for { $audience }
    }
    .cause = { $fix ->
        [none] The resource wants a token for Azure AI. Choose the scope https://ai.azure.com/.default or https://cognitiveservices.azure.com/.default.
       *[other] The resource wants a token for another service. The scope { $fix } gives one.
    }
error-token-tenant = { $tenant ->
        [none] Token refused: it is of another tenant
       *[other] Token refused: it is of the tenant { $tenant }
    }
    .cause = { $fix ->
        [none] { $way ->
            [replace] The resource belongs to another tenant than this token. Paste one of the resource’s tenant: the Azure portal shows it under “Directory”.
           *[other] The resource belongs to another tenant than the sign-in. Sign in to the tenant of the resource: the Azure portal shows it under “Directory”.
        }
       *[other] The resource belongs to the tenant { $fix }. Sign in there.
    }
error-role-missing = The role “Cognitive Services User” is missing
    .cause = { $account ->
        [none] You are signed in, but may not ask this resource. Its owner can give you the role “Cognitive Services User” (or “Foundry User”); being owner or contributor is not enough. It takes some minutes to work.
       *[other] { $account } is signed in, but may not ask this resource. Its owner can give the role “Cognitive Services User” (or “Foundry User”); being owner or contributor is not enough. It takes some minutes to work.
    }
error-network-rule = A network rule blocks this address
    .cause = The resource answers only selected networks, and this machine is outside of them. Connect to the company’s network or VPN, or ask the resource’s owner to allow this address under “Networking”.
error-keys-disabled = This resource takes no keys
    .cause = Its owner has switched off keys. Sign in with Microsoft Entra instead: change the connection’s credential.
error-permission-denied = Not allowed here
    .cause = { $message ->
        [none] You are known, but may not ask this resource, and it does not say why. Its owner can see why in the Azure portal.
       *[other] You are known, but may not ask this resource. It said: { $message }
    }
error-deployment-not-found = { $subject ->
        [none] No such deployment here
       *[other] No deployment named “{ $subject }” here
    }
    .cause = The resource answers, but has no deployment of that name. Choose another, or copy the name from the Foundry portal: it need not be the model’s. One that was made in the last minutes may not be ready yet; ask again soon.
error-api-not-supported = This address does not serve Claude
    .cause = { $fix ->
        [none] The resource answers, but not with the Messages API. Use the address that ends in /anthropic, on a resource that has Claude.
       *[other] The resource answers, but not with the Messages API. This address does: { $fix }
    }
error-address-not-found = Nothing at this address
    .cause = { $subject ->
        [none] The server answers, but has nothing at this path. Check the address of the resource.
       *[other] The server answers, but has nothing at { $subject }. Check the address of the resource.
    }
error-request-invalid = The request was not accepted
    .cause = { $message ->
        [none] The resource calls the request invalid and does not say why.
       *[other] { $message }
    }
error-feature-missing = { $lacks ->
        [none] This deployment lacks something
       *[other] This deployment lacks: { $lacks }
    }
    .cause = { $message ->
        [none] The request asks for something that it does not take. Ask without it, or choose another deployment.
       *[other] It said: { $message } Ask without it, or choose another deployment.
    }
error-thinking-invalid = Earlier thinking is not accepted any more
    .cause = Something before it changed, or another resource wrote it. Ask again without that thinking: what was said stays.
error-context-exceeded = The conversation is too long for this model
    .cause = What was sent does not fit into the model’s context. Start a new chat, or choose a deployment with a larger context.
error-request-too-large = The request is too large
    .cause = The resource refuses requests of this size. Send less at once.
error-billing-problem = The resource cannot be billed
    .cause = The subscription behind this resource does not pay for this model now. Its owner can see why in the Azure portal.
error-rate-limited = Rate limit reached
    .cause = { $wait ->
        [none] This deployment answers only so many tokens a minute, and they are used up.
       *[other] This deployment answers only so many tokens a minute, and they are used up. It takes questions again in { $wait }.
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
    .cause = No connection came about. Check the network and the VPN; a firewall may let nothing out but through a proxy, which the network settings name.
error-certificate-untrusted = { $issuer ->
        [none] The certificate is not trusted
       *[other] Certificate signed by “{ $issuer }”, which this machine does not trust
    }
    .cause = A company’s proxy that inspects traffic is the usual reason. If it is your company’s, add its certificate in the network settings; if you do not know it, do not.
error-certificate-expired = { $notAfter ->
        [none] The certificate is not valid now
       *[other] The certificate is valid from { $notBefore } to { $notAfter } only
    }
    .cause = Check this machine’s clock first. If it is right, whoever runs the server or the proxy has to renew the certificate.
error-certificate-other-name = { $certificate ->
        [none] The certificate is for another host
       *[other] The certificate is for “{ $certificate }”
    }
    .cause = { $subject ->
        [none] Somebody else answers at this address. Check its spelling; in a café or a hotel, sign in to the network first.
       *[other] Somebody else answers in the place of { $subject }. Check its spelling; in a café or a hotel, sign in to the network first.
    }
error-client-certificate-needed = This machine’s certificate is wanted
    .cause = The other side talks only to machines with a certificate of their own. Choose the PEM file with certificate and key in the network settings.
error-tls-failed = No secure connection
    .cause = { $message ->
        [none] A company’s proxy that inspects traffic is the usual reason. The network settings name the proxy and the certificates.
       *[other] It failed: { $message }. A company’s proxy that inspects traffic is the usual reason; the network settings name the proxy and the certificates.
    }
error-proxy-credentials = { $subject ->
        [none] The proxy wants a user and a password
       *[other] The proxy { $subject } wants a user and a password
    }
    .cause = It let nothing through (status 407). Enter them in the network settings; where they are there, the proxy does not accept them.
error-proxy-unreachable = { $subject ->
        [none] The proxy does not answer
       *[other] The proxy { $subject } does not answer
    }
    .cause = Check its address in the network settings. Outside of the company’s network it may not be there: switch it off then.
error-proxy-failed = The proxy refused
    .cause = { $message ->
        [none] It cannot reach the resource, or may not. Check it in the network settings.
       *[other] It said: { $message }. Check it in the network settings.
    }
error-clock-wrong = This machine’s clock is wrong
    .cause = { $subject ->
        [none] The server’s clock shows another time. Set the clock of this machine; certificates and tokens are not valid before.
       *[other] The server says that it is { $subject }. Set the clock of this machine; certificates and tokens are not valid before.
    }
error-no-connection = No connection yet
    .cause = Connect to a Foundry resource, import what your environment has, or try the demo.
error-no-deployment = No deployment to ask
    .cause = Add a deployment to the connection, under the name it has in the Foundry portal.
error-endpoint-missing = No endpoint yet
    .cause = Enter the resource’s name, or any of its addresses, such as https://my-resource.services.ai.azure.com/anthropic.
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
    .cause = The key or token holds a line break or other characters that cannot be sent. Copy it again.
error-credential-missing = { $subject ->
        [none] The credential is missing
       *[other] { $subject } has no credential
    }
    .cause = There is no key, secret or sign-in to ask with, or the keyring does not hold it any more. Enter the key again, or sign in.
error-client-secret-wrong = The client secret is wrong
    .cause = Microsoft Entra does not accept it. Paste the secret’s value, not its id.
error-client-secret-expired = The client secret has expired
    .cause = Make a new one for the application in the Entra portal, under “Certificates & secrets”, and enter it here.
error-application-unknown = No such application in this tenant
    .cause = Microsoft Entra does not know the client id { $tenant ->
        [none] in the tenant
       *[other] in the tenant { $tenant }
    }. Check both: an application belongs to one tenant, and others use it only once an administrator has agreed.
error-tenant-unknown = No such tenant
    .cause = Microsoft Entra knows no tenant { $subject ->
        [none] of that name
       *[other] “{ $subject }”
    }. Enter the directory’s id or its domain, such as contoso.onmicrosoft.com.
error-scope-unknown = { $subject ->
        [none] The scope’s service is unknown in this tenant
       *[other] { $subject } is unknown in this tenant
    }
    .cause = { $fix ->
        [none] Choose the other scope: https://ai.azure.com/.default or https://cognitiveservices.azure.com/.default.
       *[other] Use the scope { $fix } instead.
    }
error-scope-invalid = This is not a scope
    .cause = A scope for Foundry is one service’s address and ends in /.default, such as https://ai.azure.com/.default.
error-authority-invalid = The sign-in address is not secure
    .cause = { $subject ->
        [none] The authority is no address that begins with https://, and secrets are sent to no other.
       *[other] “{ $subject }” does not begin with https://, and secrets are sent to no other address.
    } Leave it empty for the public cloud, or enter your cloud’s, such as https://login.microsoftonline.us.
error-consent-needed = An administrator has to agree first
    .cause = Your company allows this application only after an administrator’s consent. Ask for it, or use another application’s client id.
error-interaction-needed = Microsoft wants to see you
    .cause = Your company asks for a second factor, or lets in only some devices or places. Sign in with the browser.
error-public-client-disabled = This application needs a secret
    .cause = It does not allow sign-in by people without one. Enter its client secret, switch on “Allow public client flows” for it, or leave the client id empty.
error-account-unknown = This account is not known there
    .cause = It does not exist in the tenant, or belongs to another one. Sign in with another account, or enter the account’s own tenant.
error-sign-in-expired = The sign-in is over
    .cause = It was revoked, or not used for too long. Sign in again; nothing else is lost.
error-sign-in-declined = The sign-in was declined
    .cause = Somebody pressed Cancel or No in the browser. Sign in again when you want to.
error-sign-in-timed-out = Nobody finished the sign-in
    .cause = The page or the code was not used in time. Begin again.
error-sign-in-unreachable = { $subject ->
        [none] Microsoft’s sign-in cannot be reached
       *[other] { $subject } cannot be reached
    }
    .cause = { $message ->
        [none] Check the network, the proxy and, for clouds of their own, the authority’s address.
       *[other] It said: { $message }. Check the network, the proxy and, for clouds of their own, the authority’s address.
    }
error-sign-in-refused = Microsoft refused the sign-in
    .cause = { $message ->
        [none] Microsoft Entra gave no token, and no reason. Check tenant, application and scope, and sign in again.
       *[other] It said: { $message }
    }
error-cli-missing = { $subject ->
        [none] The Azure command line is not installed
       *[other] “{ $subject }” is not installed
    }
    .cause = It is in no place where such programs usually are. Install it, or sign in with the browser, which needs nothing else.
error-cli-signed-out = { $subject ->
        [none] Nobody is signed in with the Azure command line
       *[other] Nobody is signed in with “{ $subject }”
    }
    .cause = { $subject ->
        [azd] Run azd auth login in a terminal, and try again.
       *[other] Run az login in a terminal, for the tenant of the resource, and try again.
    }
error-identity-missing = This machine has no managed identity
    .cause = Only machines in Azure have one, and it has to be switched on there. Check the client id where one is given, or choose another credential.
error-workload-token-unreadable = The workload’s token cannot be read
    .cause = { $subject ->
        [none] No file is named that holds it. The cluster sets AZURE_FEDERATED_TOKEN_FILE where workload identity is switched on.
       *[other] { $subject } cannot be read. The cluster writes it where workload identity is switched on.
    }
error-command-failed = The command gave nothing to ask with
    .cause = { $message ->
        [none] It failed, printed nothing, or took longer than 30 seconds. Run it in a terminal to see what is wrong.
       *[other] It failed: { $message }. Run it in a terminal to see what is wrong.
    }
error-command-not-agreed = The command waits for your word
    .cause = This connection gets its key or token from a command that nobody has agreed to yet. Look at it in the connection’s settings, and agree or change it.
error-pem-unreadable = { $subject ->
        [none] This file holds no certificate
       *[other] { $subject } holds no certificate that can be used
    }
    .cause = { $message ->
        [none] A PEM file with -----BEGIN CERTIFICATE----- is needed; for this machine’s own certificate also its key, without a password.
       *[other] Reading it failed: { $message }. A PEM file with -----BEGIN CERTIFICATE----- is needed; for this machine’s own certificate also its key, without a password.
    }
error-proxy-invalid = This is not a proxy’s address
    .cause = It begins with http://, https://, socks5:// or socks5h:// and names a host and a port, such as http://proxy.contoso.com:8080. User and password have fields of their own.
error-header-invalid = { $subject ->
        [none] This header cannot be sent
       *[other] The header “{ $subject }” cannot be sent
    }
    .cause = Names have letters, digits and dashes, values are one line, and those that Hearth sends itself (credentials, content type, version) cannot be set here.
error-connection-not-found = This connection is gone
    .cause = It was removed, perhaps in another window. Choose another.
error-connection-changed = { $subject ->
        [none] This connection was changed meanwhile
       *[other] “{ $subject }” was changed meanwhile
    }
    .cause = It was saved in another window or by another program after it was opened here, so nothing of this form is saved yet. Load what is saved now, or save this form over it.
error-import-empty = Nothing to import here
    .cause = { $subject ->
        [none] The text names no Foundry resource. A curl command, lines such as AZURE_API_BASE=…, a LiteLLM config.yaml and Claude Code’s settings.json can be read.
       *[other] { $subject } names no Foundry resource.
    }
error-import-unreadable = { $subject ->
        [none] This cannot be read
       *[other] { $subject } cannot be read
    }
    .cause = { $message ->
        [none] It is not in the form that it looks like. Check it for a missing quote or a wrong indentation.
       *[other] Reading it failed: { $message }. Check it for a missing quote or a wrong indentation.
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
error-gateway-address-taken = Another program listens there already
    .cause = { $subject ->
        [none] The gateway’s port is in use. Choose another one, or end the other program.
       *[other] { $subject } is in use. Choose another port, or end the other program.
    }
error-gateway-not-listening = The gateway cannot listen
    .cause = { $message ->
        [none] The system did not let it. Choose another port.
       *[other] The system did not let it: { $message }. Choose another port.
    }
error-gateway-key-invalid = This key cannot be made like that
    .cause = { $subject ->
        [name] It needs a name of at most 80 letters that no other key has.
        [models] Choose at least one model, or let it ask for all.
        [expires-over] Its last day is already over. Choose today or a later day, or none.
       *[other] Write its last day like 2027-01-31.
    }
error-gateway-key-gone = This key is gone
    .cause = It was removed, or kept until Hearth ended, or the keyring does not hold it any more. Make another one.
error-gateway-origin-invalid = This is no web page’s address
    .cause = { $subject ->
        [none] Write it with its scheme and without a path, such as https://tool.example.com.
       *[other] “{ $subject }” cannot be used. Write it with its scheme and without a path, such as https://tool.example.com.
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
error-store-read-only = Not saved: the disk is read-only
    .cause = { $subject ->
        [none] Hearth may not write where the conversations are. Allow it, or mount the disk for writing; what you type and attach is kept in memory until then.
       *[other] Hearth may not write in { $subject }. Allow it, or mount the disk for writing.
    }
error-store-outdated = The conversations are from an older Hearth
    .cause = { $subject ->
        [none] They have to be brought up to date first, and the disk does not take it. Make room or allow writing, then start Hearth again. Nothing was changed.
       *[other] They have to be brought up to date first, and the disk of { $subject } does not take it. Make room or allow writing, then start Hearth again. Nothing was changed.
    }
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
error-images-too-many = Too many images for this model
    .cause = { $subject ->
        [none] Each question takes all images of its conversation along, and one request takes only so many. Start a new chat, fork from a message before the images, or choose a model with a larger context.
       *[other] Each question takes all images of its conversation along, and one request to this model takes { $subject }. Start a new chat, fork from a message before the images, or choose a model with a larger context.
    }
error-attachments-not-kept = Not attached: the disk takes nothing
    .cause = { $subject ->
        [none] As much as Hearth keeps in memory until the disk takes it is there already. Make room on the disk or let Hearth write to it, then attach this again.
       *[other] Until the disk takes them, { $subject } MB of attached files are kept in memory, and these would be more. Make room on the disk or let Hearth write to it, then attach this again.
    }
error-attachment-not-found = This attachment is gone
    .cause = It was removed, perhaps in another window. Attach the file again.
error-link-refused = This link is not opened
    .cause = Only web and mail addresses are opened from here.
error-file-not-written = The file was not written
    .cause = { $subject ->
        [none] { $message ->
            [none] The system gave no reason.
           *[other] { $message }
        }
       *[other] { $message ->
            [none] { $subject }: the system gave no reason. Make room there or allow writing, then try again.
           *[other] { $subject }: { $message }. Make room there or allow writing, then try again.
        }
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
action-replace-secret = Replace secret
action-replace-token = Replace token
action-keep-this-run = Keep it for this run only
action-sign-in = Sign in again
action-agree-to-command = Look at the command
action-choose-deployment = Choose deployment
action-open-portal = Open portal
action-copy-request = Copy request for the admin
action-retry-without = Retry without it
action-edit-question = Edit question
action-show-chain = Show certificates
action-client-certificate = Choose certificate
action-proxy = Enter proxy password
action-network = Network settings
action-run-doctor = Run the Doctor
action-new-chat = New chat
action-connect = Connect
fix-use-endpoint = Use this address
fix-use-scope = Use this scope
fix-use-tenant = Use this tenant
fix-saved = Connection changed
failure-over = Since then, a question was answered.
portal-link = Foundry portal

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
failure-aadsts = AADSTS
failure-deployment = Deployment
failure-lacks = Not taken
token-audience = Token for
token-tenant = Token of the tenant
token-expires = Token expires
token-account = Token of
token-application = Application
token-roles = Roles
token-scopes = Scopes
certificate-subject = Issued to
certificate-issuer = Issued by
certificate-from = Valid from
certificate-until = Valid until
certificate-fingerprint = SHA-256
certificate-own = Of the server
certificate-authority = Authority
chain-label = Certificates that the server showed
chain-trust = Trust “{ $name }”
chain-trust-hint = Hearth then accepts every certificate that this authority signs. Compare the fingerprint with what your IT desk names.
chain-trusted = “{ $name }” is trusted
chain-none = No authority is among them: the server sends only its own. Ask your IT desk for the authority’s PEM file.
request-resource = Resource
request-principal = Who
request-role = Role
request-role-name = Cognitive Services User (or Foundry User), on the resource itself
request-for-role = I use Claude with Hearth on our Microsoft Foundry resource and lack the right to ask it. Please assign the role below on the resource. Owner or Contributor is not enough: the right to ask is a data action.
request-for-network = I use Claude with Hearth on our Microsoft Foundry resource. Its network rules block my address. Please allow it under “Networking” of the resource, or tell me which network or VPN to use.
request-for-consent = I use Claude with Hearth on our Microsoft Foundry resource. The sign-in needs an administrator’s consent for the application below. Please grant it in Microsoft Entra.
request-for-access = I use Claude with Hearth on our Microsoft Foundry resource, and it refuses me. Please look at what is missing.
request-copied = Request copied
failure-report-title = Hearth { $version }: { $title }

## The Doctor’s ladder, in the window

ladder-state-waiting = Waiting
ladder-state-running = Being checked
ladder-state-passed = Fine
ladder-state-warned = Does not work, but chat does
ladder-state-failed = Failed
ladder-state-skipped = Not checked
ladder-label = Check of { $name }
ladder-details = Details
ladder-details-of = Details of { $rung }
ladder-took = { $ms } ms
ladder-took-seconds = { $seconds } s
ladder-copy = Copy report
ladder-again = Check again
ladder-title = Doctor
ladder-close = Close
ladder-starting = Beginning
ladder-measured = Asking these things uses about 2,000 tokens of the deployment, input included; more where the model thinks long.

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
command-gateway = Gateway settings
command-run-doctor = Run the Doctor
command-use-connection = Switch connection: { $name }
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
storage-reading-only = { $code ->
        [disk-full] Conversations can be read, searched and exported. To ask, make room on this folder’s disk; what you type and attach is kept in memory until then.
       *[other] Conversations can be read, searched and exported. To ask, let Hearth write to this folder; what you type and attach is kept in memory until then.
    }
storage-try = Try now
storage-trying = Trying
storage-folder = Copy folder
storage-saved = Everything is saved again
storage-rescued = When Hearth last ended, the disk did not take everything. The rest is in this file:
storage-rescued-copy = Copy path
storage-rescued-dismiss = Dismiss
rescue-alone = An answer whose conversation could not be read
rescue-file = Attached and not sent: { $name }, kept in { $path }

## Welcome

welcome-title = Talk to Claude in your own Azure Foundry
welcome-lead = Your conversations stay on this machine. Your key stays in the system’s keyring.
welcome-connect = Connect to Azure Foundry
welcome-connect-hint = You have an endpoint, and a key or a Microsoft account.
welcome-import = Import settings
welcome-import-found = Found: { $sources }. Look it over before anything is saved.
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
answer-without = Asked without { $capabilities }: this deployment does not take { $count ->
        [one] it
       *[other] them
    }
answer-lowered = Asked for at most { $count } tokens: this deployment does not take more
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
chat-waiting-skip = Retry now
chat-waiting-other = Other deployment
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
connection-switch = Connection: { $name }
connection-switch-list = Connections
connection-switch-deployments = { $count ->
        [0] No deployment
        [one] { $count } deployment
       *[other] { $count } deployments
    }
connection-switch-manage = Manage connections
connection-used = Questions go to “{ $name }” now
token-ends = The token of “{ $name }” ends { $when }
token-ended = The token of “{ $name }” has ended
token-replace = Replace it
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
header-effort-none = Effort: { $reason }
known-missing = This deployment has no { $capability }
known-missing-vision = This deployment does not read images
known-missing-effort = This deployment takes no effort
known-missing-temperature = This deployment takes no temperature
known-missing-tools = This deployment does not use tools
known-missing-streaming = This deployment answers in one piece only
known-refused-effort = This deployment does not take it
known-measured = measured on { $date }
known-measured-once = measured
known-documented = as documented for its model
known-assumed = assumed, as nothing better is known
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
dialog-client-certificate = Choose a PEM file with this machine’s certificate and key
dialog-certificate = Choose a PEM file with certificates
dialog-import = Choose a configuration to read
attachment-pasted-image = Pasted image.png
composer-label = Message
composer-placeholder = { $name ->
        [none] Message Claude
       *[other] Message { $name }
    }
composer-send = Send
composer-stop = Stop
attachment-add = Attach files
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
settings-sections = Sections of the settings
settings-connections = Connections
settings-network = Network
settings-gateway = Gateway
settings-tools = Tools
settings-about = About
settings-saved = Saved
settings-loading = Opening settings

connection-title-new = Connect to Azure Foundry
connection-title-edit = Connection
connection-lead = Paste whatever you have: the resource’s name, any of its addresses, a curl command, or lines of variables.
connection-choose = Saved connections
connection-add = Add connection
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
connection-key-missing = Enter one of the resource’s keys.
connection-key-other-host = What is kept belongs to { $host }, and goes nowhere else. Enter what the new address takes.
connection-key-replace-hint = Leave it empty to keep the one there is.
connection-key-hint = Kept in the system’s keyring, never in a file.
connection-this-run-only = Keep for this run only
connection-keyring-missing = No keyring on this desktop: nothing here can keep a secret safely. It is never written to a file.
connection-keyring-locked = The keyring is locked. Unlock it, or keep the secret until Hearth ends. It is never written to a file.
connection-deployments = Deployments
connection-deployments-hint = The names from the Foundry portal. The base model, and who hosts it, tell Hearth what a deployment can do.
connection-deployments-missing = Enter the name of one deployment at least, as the portal shows it.
connection-deployment-row = Deployment { $number }
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
connection-discard = Discard changes
connection-load-saved = Load what is saved
connection-save-over = Save over it
connection-remove = Remove connection
connection-remove-title = Remove “{ $name }”?
connection-remove-text = Its secrets are removed from the keyring. Your conversations stay.
connection-remove-text-this-run = Its secrets, kept for this run only, are forgotten; the keyring never had them. Your conversations stay.
connection-remove-text-keyless = Your conversations stay.
connection-remove-confirm = Remove
connection-test-hint = The Doctor walks the connection and asks the default deployment, exactly as a chat does. That uses about 2,000 tokens.
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

## Connections

connection-in-use = In use
connection-use = Use
connection-use-one = Use { $name }
connection-status-ready = ready
connection-status-ambient = asks when it is needed
connection-status-not-agreed = waits for your word on its command
connection-status-expired = its token has expired
connection-status-expires = its token ends { $left }
connection-status-signed-out = nobody is signed in
connection-status-no-token = no token yet
connection-status-no-secret = no client secret yet
connection-status-no-key = no key yet
connection-describes = This describes a whole connection, not only an address.
connection-describes-look = Look at it
connection-more = More
headers-title = Extra headers
headers-row = Header { $number }
headers-name = Header name
headers-value = Header value
headers-secret = Secret
headers-add = Add header
headers-incomplete = Give each header a name and a value, or remove it.
headers-hint = Sent with every request, for a gateway in between. A secret value is kept in the keyring.
version-title = API version
version-fitting = The one that fits the model
version-hint = The value of the header anthropic-version.
limits-title = Limits
limits-hint = Empty fields take the default that they show.
limits-wrong = { $name }: a whole number from { $least } to { $most }.
limit-connect = Longest to connect, in seconds
limit-idle = Longest silence, in seconds
limit-whole = Longest for a whole answer, in seconds
limit-attempts = Attempts in all
limit-wait = Longest waiting in all, in seconds
hosting-title = Hosting option
hosting-unknown = Not known
hosting-azure = Azure
hosting-anthropic = Anthropic
capabilities-title = What is known
capabilities-deployment = Deployment to show
capabilities-measure = Measure
capabilities-again = Measure again
capabilities-hint = What a deployment showed by itself counts more than what is documented for its base model.
capabilities-what = Capability
capabilities-has = There
capabilities-origin = Known from
capabilities-limit-context = context
capabilities-limit-output = longest answer
capabilities-tokens = { $count } tokens
capabilities-effort = effort “{ $effort }”
capabilities-yes = Yes
capabilities-no = No

## Credentials

credential-kind = Credential
credential-kind-key = API key
    .hint = Key 1 or key 2 of the resource.
credential-kind-sign-in = Microsoft account
    .hint = Yours, in the browser or with a code. No other program is needed.
credential-kind-azure-cli = Azure CLI
    .hint = Whoever is signed in with “az login” on this machine.
credential-kind-azure-developer-cli = Azure Developer CLI
    .hint = Whoever is signed in with “azd auth login” on this machine.
credential-kind-client-secret = Application with a client secret
    .hint = A service principal: tenant, application and secret.
credential-kind-managed-identity = Managed identity
    .hint = The identity of the Azure machine that Hearth runs on.
credential-kind-workload-identity = Workload identity
    .hint = The identity of a Kubernetes workload.
credential-kind-token = Token from elsewhere
    .hint = A bearer token that you were given. It is used until it expires, and cannot be renewed.
credential-kind-command = Command that prints one
    .hint = A program of yours that prints a key or a token each time one is needed.
credential-client-secret = Client secret
credential-client-secret-placeholder = The secret’s value, not its id
credential-client-secret-missing = Enter the value of the application’s secret.
credential-token = Token
credential-token-placeholder = The token, without “Bearer”
credential-token-missing = Enter the token.
credential-token-expired = This token ended on { $when }. Enter a new one.
credential-token-expires = This token ends { $left }, on { $when }. Leave the field empty to keep it.
credential-tenant = Tenant
credential-tenant-placeholder = contoso.onmicrosoft.com, or the directory’s id
credential-tenant-hint = Only needed where your account belongs to several.
credential-tenant-missing = Enter the directory’s id or domain.
credential-client = Client id
credential-client-placeholder = The application’s id
credential-client-missing = Enter the application’s id.
credential-client-managed-hint = Only needed for an identity that was assigned by a user.
credential-client-sign-in-hint = Empty takes the public client of Microsoft’s developer tools.
credential-from-cluster = Empty takes what the cluster sets.
credential-token-file = File with the federated token
credential-token-file-placeholder = what AZURE_FEDERATED_TOKEN_FILE names
credential-scope = Scope
credential-scope-other = Another scope
credential-scope-typed = Scope to ask for
credential-scope-hint = For what service the token is. Change it when the Doctor says so.
credential-cloud = Cloud
credential-cloud-other = Another authority
credential-authority = Authority host
cloud-public = Azure
cloud-us-government = Azure for US Government
cloud-china = Azure in China
credential-command = Command
credential-command-program = Program
credential-command-argument = Argument { $number }
credential-command-add = Add argument
credential-command-remove = Remove argument { $number }
credential-command-missing = Enter the program to start, with its full path.
credential-command-hint = One field for the program and one for each argument. No shell reads them: quotes, pipes and variables mean nothing.
credential-command-started = Exactly this is started, whenever a new key or token is needed:
credential-command-empty = (empty)
credential-command-agree = I agree that Hearth starts this command
credential-command-agree-missing = Nothing is started before you agree to it.
credential-prints = It prints
credential-prints-key = an API key
credential-prints-token = a token
sign-in-title = Sign-in
sign-in-somebody = a Microsoft account
sign-in-hint = You sign in at Microsoft. Hearth keeps what renews the sign-in in the system’s keyring, and never sees your password.
sign-in-browser = Sign in with your browser
sign-in-with-code = Use a code instead
sign-in-again = Sign in again
sign-in-browser-lead = Finish signing in in your browser. This window goes on by itself.
sign-in-code-lead = Open this page on any device, and enter the code.
sign-in-code = Code to enter
sign-in-copy-code = Copy code
sign-in-copy-link = Copy link
sign-in-open = Open page
sign-in-open-again = Open the page again
sign-in-left = Valid for { $left }
sign-in-over = The time is over. Cancel, and begin again.
sign-in-done = Signed in as { $account }
sign-in-save = Save the connection to keep the sign-in.
sign-in-missing = Sign in first.
sign-in-other-host = The sign-in was for { $host }. Sign in for the new address.

# The page that the browser shows when a sign-in comes back to Hearth.
sign-in-page-done = You are signed in
sign-in-page-done-text = You can close this page and go back to Hearth.
sign-in-page-failed = The sign-in came to nothing
sign-in-page-failed-text = Go back to Hearth: it says why, and what would help.

## Network

network-title = Network and certificates
network-lead = How requests leave this machine. A connection can have its own proxy.
network-saved = Saved. It counts from the next request on.
network-changed = Not saved yet.
proxy-title = Proxy
proxy-inherit = As in the network settings
proxy-system = The system’s
proxy-system-is = It names { $proxy } for Azure’s addresses.
proxy-system-none = It names none for Azure’s addresses.
proxy-direct = None
proxy-manual = This one
proxy-address = Proxy address
proxy-url-placeholder = http://proxy.example.com:8080
proxy-address-missing = Enter the proxy’s address.
proxy-address-hint = http, https or socks5, a host and a port.
proxy-user = User
proxy-user-missing = A password needs a user.
proxy-password = Password
proxy-password-hint = Kept in the system’s keyring, never in a file.
proxy-password-keyring = Kept in the system’s keyring. Leave it empty to keep it.
proxy-password-this-run = Kept for this run only. Leave it empty to keep it.
proxy-except = Without proxy
proxy-no-proxy-placeholder = localhost, .example.com, 10.0.0.0/8
proxy-except-hint = Hosts, domains and networks, separated by commas. This machine itself is always reached without.
certificates-title = Trusted certificates
certificates-hint = The system’s are trusted anyway. Add your company’s authority where it inspects the traffic.
certificates-add = Add PEM file
certificate-remove = Remove { $path }
certificate-over = It has expired.
client-certificate-title = Certificate of this machine
client-certificate-hint = Only where a server asks for one: a PEM file with the certificate and its key.
client-certificate-choose = Choose PEM file
client-certificate-other = Choose another

## Import

import-open = Import settings
import-title = Import settings
import-lead = Connections that are described elsewhere. Nothing is saved before you say so, and no secret is shown.
import-looking = Looking at the environment and at files on this machine
import-nothing = Nothing was found on this machine. Choose a file, or paste what you have.
import-source-environment = This environment
import-source-env-block = Lines of variables
import-source-curl = A curl command
import-source-lite-llm = LiteLLM’s configuration
import-source-claude-code = Claude Code’s settings
import-drop = Leave out { $source }
import-credential = { $kind }, ending in { $lastFour }
import-no-credential = None was found: you will be asked for one.
import-no-deployments = None was found: you will be asked for one.
import-command-later = It is started only after you agree to it in the connection.
import-endpoint-was = Found as { $endpoint }
import-already-saved = Saved already
import-used = Used
import-left-out = Left out
import-accept = { $count ->
        [0] Nothing chosen
        [one] Save { $count } connection
       *[other] Save { $count } connections
    }
import-accept-hint = Secrets go to the system’s keyring.
import-paste = Paste a description
import-paste-placeholder = export ANTHROPIC_FOUNDRY_RESOURCE=…, curl https://…, model_list: …
import-paste-hint = Variables, a curl command, LiteLLM’s config.yaml or Claude Code’s settings.json. It is read on this machine only.
import-read = Read it
import-file = Choose a file
import-saved = { $count ->
        [one] Imported { $count } connection
       *[other] Imported { $count } connections
    }

## Tools

tool-current-time = Date and time
    .description = Tells the model what day and time it is, here or in another time zone. It sends your time zone and nothing else.

## The gateway, in the window
## Arguments: $name (of a key), $url, $connection, $model, $when, $count (tokens), $seconds

gateway-ui-title = Gateway
gateway-ui-lead = Lend a connection to other programs on this machine. Each asks with a key of the gateway’s own; the connection’s own credential stays with Hearth.
gateway-ui-loading = Asking how the gateway is
gateway-ui-unread = How the gateway is could not be found out
gateway-ui-switch = Lend to other programs
gateway-ui-state-off = Off. No other program can ask.
gateway-ui-state-starting = Starting.
gateway-ui-state-running = Running, and lending { $connection }. It stops when Hearth ends.
gateway-ui-state-failed = On, but nobody can ask. It starts by itself once it can.
gateway-ui-address = Address
gateway-ui-copy-address = Copy address
gateway-ui-make-this-run = Make a key for this run only
gateway-first-key = First key
gateway-ui-saved = Saved
gateway-ui-port = Port
gateway-ui-port-hint = On this machine only (127.0.0.1). With 0 the system chooses one at each start.
gateway-ui-port-wrong = A port is a whole number from 0 to 65535.
gateway-ui-connection = Connection that is lent
gateway-ui-connection-active = The one in use
gateway-ui-connection-active-is = The one in use ({ $connection })
gateway-ui-connection-gone = One that was removed
gateway-ui-connection-hint = Switched while answers run, they go on where they began.
gateway-ui-models = Models
gateway-ui-models-hint = Programs ask by these names.
gateway-ui-models-none = None yet. Programs ask by the names of the lent connection’s deployments, which stand here while the gateway is on.
gateway-ui-drop = Leave out what a model does not take
gateway-ui-drop-hint = Such as a temperature; LiteLLM calls this drop_params. Otherwise the request is refused and says why. It counts for requests in OpenAI’s form; those in Anthropic’s are passed on as they are.
gateway-ui-limit = Without a limit, use the model’s own
gateway-ui-limit-hint = For requests in OpenAI’s form that name no number of tokens. Otherwise their answers end after 4,096.
gateway-ui-origins = Web pages that may ask
gateway-ui-origins-hint = One address a line, such as https://tool.example.com. Without any, no page in a browser may ask.
gateway-ui-keys = Keys
gateway-ui-keys-hint = One for each program is best: what is lost can then be removed alone.
gateway-ui-keys-none = No keys
gateway-ui-keys-none-hint = Without one nobody can ask. When you switch the gateway on, it gets one.
gateway-ui-key-ending = hearth-…{ $ending }
gateway-ui-key-in-keyring = in the system keyring
gateway-ui-key-this-run = for this run only
gateway-ui-key-lost = The keyring does not give this key, so nobody can ask with it. Unlock the keyring, or remove the key and make another.
gateway-ui-key-expired = Expired
gateway-ui-key-until = until { $when }
gateway-ui-key-ended = ended { $when }
gateway-ui-key-all-models = all models
gateway-ui-key-never = never used
gateway-ui-key-used = used { $when }
gateway-ui-key-make = Make a key
gateway-ui-key-making = New key
gateway-ui-key-changing = Change “{ $name }”
gateway-ui-key-made = Made. Copy it from the list.
gateway-ui-key-removed = Removed.
gateway-ui-key-copy = Copy
gateway-ui-key-copy-one = Copy the key { $name }
gateway-ui-key-change = Change
gateway-ui-key-change-one = Change the key { $name }
gateway-ui-key-remove = Remove
gateway-ui-key-remove-one = Remove the key { $name }
gateway-ui-key-remove-title = Remove “{ $name }”?
gateway-ui-key-remove-text = Programs that ask with it are refused at once. It cannot be brought back.
gateway-ui-key-name = Name
gateway-ui-key-name-hint = The program or the person that it is for.
gateway-ui-key-name-missing = Enter a name.
gateway-ui-key-name-long = At most 80 characters.
gateway-ui-key-name-taken = Another key has this name.
gateway-ui-key-may = It may ask for
gateway-ui-key-every-model = Every model
gateway-ui-key-some-models = These only
gateway-ui-key-no-model = Choose one at least.
gateway-ui-key-nothing-lent = Switch the gateway on to see the models.
gateway-ui-key-expires = Last day
gateway-ui-key-expires-placeholder = 2027-01-31
gateway-ui-key-expires-hint = It ends with this day, in UTC. Leave it empty for a key that does not end.
gateway-ui-key-day = Write a day like 2027-01-31.
gateway-ui-key-day-over = This day is over in UTC. Write today’s date or a later one.
gateway-ui-key-create = Make it
gateway-ui-key-save = Save
gateway-ui-snippets = Set up a program
gateway-ui-snippets-hint = What is copied holds the key; what is shown does not.
gateway-ui-snippets-no-key-hint = There is no key to use, so what is copied says YOUR-KEY. Make one first.
gateway-ui-snippet-copy = Copy
gateway-ui-snippet-copy-one = Copy the set-up for { $name }
gateway-ui-snippet-key = With the key
gateway-ui-snippet-no-key = None yet
gateway-ui-openai-python = OpenAI, Python
gateway-ui-anthropic-python = Anthropic, Python
gateway-ui-openai-node = OpenAI, Node
gateway-ui-anthropic-node = Anthropic, Node
gateway-ui-claude-code = Claude Code
gateway-ui-curl = curl
gateway-ui-requests = Requests
gateway-ui-today = { $requests ->
        [0] None today.
        [one] 1 today, { $failed ->
            [0] answered
           *[other] not answered well
        }. { $input } tokens asked, { $output } answered.
       *[other] { $requests } today, { $failed ->
            [0] all answered
           *[other] { $failed } of them not answered well
        }. { $input } tokens asked, { $output } answered.
    }
gateway-ui-requests-hint = Who asked for what, and how it ended; never what was said.
gateway-ui-requests-none = No requests yet
gateway-ui-requests-none-hint = What programs ask shows here while it happens.
gateway-ui-at = Time
gateway-ui-by = Key
gateway-ui-model = Model
gateway-ui-end = Status
gateway-ui-duration = Took
gateway-ui-asked = Asked
gateway-ui-answered = Answered
gateway-ui-caller-left = caller left
gateway-ui-broke-off = broke off
gateway-ui-took = { $seconds } s
gateway-ui-count = { $count }
gateway-ui-unknown = –

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

## Doctor
## Rungs: the title, and a sentence for each state that has no problem of its own. Arguments: the
## rung's facts, and $why it was skipped.

doctor-not-reached = Not looked at, because something before it failed.
doctor-stopped = Not looked at: it was stopped.

doctor-address = Address
doctor-address-passed = Questions go to { $address }.
doctor-address-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }
doctor-dns = Name
doctor-dns-passed = { $host } is { $addresses }.
doctor-dns-skipped = { $why ->
        [stopped] { doctor-stopped }
        [through-proxy] The proxy looks the name up.
        [number] The address is a number: there is no name to look up.
       *[other] { doctor-not-reached }
    }
doctor-proxy = Proxy
doctor-proxy-passed = { $proxy } lets through.
doctor-proxy-skipped = { $why ->
        [stopped] { doctor-stopped }
        [nothing] No proxy is used.
       *[other] { doctor-not-reached }
    }
doctor-tcp = Connection
doctor-tcp-passed = { $peer } answers.
doctor-tcp-skipped = { $why ->
        [stopped] { doctor-stopped }
        [through-proxy] The proxy makes the connection.
       *[other] { doctor-not-reached }
    }
doctor-tls = Secure connection
doctor-tls-passed = { $issuer ->
        [none] Secure, and trusted.
       *[other] Secure, with a certificate signed by “{ $issuer }”, which this machine trusts.
    }
doctor-tls-skipped = { $why ->
        [stopped] { doctor-stopped }
        [this-machine] Not needed: the address is on this machine.
       *[other] { doctor-not-reached }
    }
doctor-credential = Credential
doctor-credential-passed = { $kind ->
        [key] There is a key to ask with.
       *[other] { $expires ->
            [none] A token was given.
           *[other] A token was given, for { $audience }, until { $expires }.
        }
    }
doctor-credential-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }
doctor-deployment = Deployment
doctor-deployment-passed = “{ $deployment }” answers; the first word came after { $first-word } ms.
doctor-deployment-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }
doctor-streaming = Streaming
doctor-streaming-passed = The answer comes as it is written.
doctor-streaming-warned = The answer came in one piece: something on the way holds it back. Hearth shows it once it is there.
doctor-streaming-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }
doctor-tools = Tools
doctor-tools-passed = The model called a tool and took its result.
doctor-tools-warned = Tools are taken, but the model did not call the one that it was asked to call.
doctor-tools-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }
doctor-thinking = Thinking
doctor-thinking-passed = Taken: { $kinds }.
doctor-thinking-skipped = { $why ->
        [stopped] { doctor-stopped }
        [documented] This model has no thinking to show.
       *[other] { doctor-not-reached }
    }
doctor-effort = Effort
doctor-effort-passed = An effort can be chosen.
doctor-effort-skipped = { $why ->
        [stopped] { doctor-stopped }
        [documented] This model has no effort to choose.
       *[other] { doctor-not-reached }
    }
doctor-vision = Images
doctor-vision-passed = Images are read.
doctor-vision-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }
doctor-structured-outputs = Structured outputs
doctor-structured-outputs-passed = Answers can be bound to a schema.
doctor-structured-outputs-skipped = { $why ->
        [stopped] { doctor-stopped }
        [documented] Deployments hosted on Azure do not have them.
       *[other] { doctor-not-reached }
    }
doctor-token-count = Token count
doctor-token-count-passed = Tokens are counted: { $tokens } for a short question.
doctor-token-count-skipped = { $why ->
        [stopped] { doctor-stopped }
       *[other] { doctor-not-reached }
    }

doctor-verdict-running = Looking
doctor-verdict-works = Everything works
doctor-verdict-partly = Chat works; something else does not
doctor-verdict-fails = Chat does not work
doctor-verdict-cancelled = Stopped

doctor-fact-address = Address
doctor-fact-host = Host
doctor-fact-addresses = Addresses
doctor-fact-proxy = Proxy
doctor-fact-peer = Connected to
doctor-fact-protocol = Protocol
doctor-fact-cipher = Cipher
doctor-fact-certificate = Certificate
doctor-fact-issuer = Signed by
doctor-fact-valid-until = Valid until
doctor-fact-clock = Clock of the server
doctor-fact-kind = Kind
doctor-fact-audience = Audience
doctor-fact-tenant = Tenant
doctor-fact-account = Account
doctor-fact-application = Application
doctor-fact-roles = Roles
doctor-fact-expires = Expires
doctor-fact-deployment = Deployment
doctor-fact-model = Model
doctor-fact-first-word = First word (ms)
doctor-fact-request-id = request-id
doctor-fact-apim-request-id = apim-request-id
doctor-fact-events = Events
doctor-fact-kinds = Kinds
doctor-fact-refused = Refused
doctor-fact-tried = Tried instead
doctor-fact-tokens = Tokens
doctor-fact-without = Asked without
doctor-fact-lowered-to = Tokens asked for at most

capability-streaming = streaming
capability-tools = tools
capability-adaptive-thinking = adaptive thinking
capability-budgeted-thinking = thinking within a budget
capability-thinking-between-tools = thinking between tools only
capability-thinking-off = switching thinking off
capability-effort = effort
capability-temperature = temperature
capability-structured-outputs = structured outputs
capability-vision = images
capability-token-count = token counting
capability-prefill = continuing its own answer

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
cli-doctor = Say what keeps a connection from answering, and what would help
cli-doctor-connection = The connection, by its name; without it, the one that questions go to, or what the environment names
cli-doctor-json = Print the whole report as one JSON object, at its end
cli-doctor-status = Ends with 0 when chat works, also where something else does not; with 1 when chat does not work, or there is nothing to look at; with 2 when the command line is wrong; with 130 when it was stopped by Ctrl+C.
cli-doctor-fix = This would work: { $fix }
cli-doctor-no-connection = There is no connection named { $name }. There are: { $list }
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
cli-emulator-tls = Serve over TLS, and an Entra tenant beside it: lines after the first name its address, its clients and the file with the certificate to trust
cli-emulator-ca-out = Where to write the certificate to trust; without it, to a temporary file
cli-emulator-faults = Deployments that misbehave, each named after what it does; N is a number of bytes. With -once behind it, a name strikes only the first time that a question is asked.
cli-emulator-limits = Deployments that lack one thing and are healthy otherwise; N is a number of requests.
cli-emulator-says = This is Hearth’s emulator: its answers were written beforehand and come from no model. Ctrl+C ends it.
cli-emulator-failed = The emulator could not start: { $message }
cli-fact-status = Status: { $fact }
cli-fact-message = The resource said: { $fact }
cli-fact-request-id = request-id: { $fact }
cli-fact-apim-request-id = apim-request-id: { $fact }
cli-no-connection = In a terminal, AZURE_API_BASE and AZURE_API_KEY, or ANTHROPIC_FOUNDRY_RESOURCE and ANTHROPIC_FOUNDRY_API_KEY, will do.

## Gateway

gateway-about = Lend the connection, or what a configuration names, to other programs of this machine
gateway-more = Programs that speak the Messages API, or OpenAI’s Chat Completions, ask the gateway with a key of its own: the one in HEARTH_GATEWAY_KEY, those made in Hearth’s settings, or those that the configuration names. The first line of output says where it listens. Ctrl+C lets answers come to their end; a second one does not wait.
gateway-config = Read the deployments and the keys from this file, as LiteLLM’s proxy has it (config.yaml), and not from the saved connections
gateway-listen = The address to serve on; port 0 picks one, which the first line of output names
gateway-no-key = Let in everybody on this machine, with any key or without one
gateway-environment-unreadable = { $name } in the environment is not the address of a Foundry resource, such as https://my-resource.services.ai.azure.com/anthropic.
gateway-environment-no-credential = The environment names a resource ({ $names }) and no credential for it. Set the key of the same family, such as AZURE_API_KEY beside AZURE_API_BASE.
gateway-lends = Lending the connection { $name }.
gateway-open = No key is asked for: every program on this machine can ask the models, and you pay.
gateway-needs-key = The gateway needs a key. Set HEARTH_GATEWAY_KEY to one of your choice, make one in Hearth’s settings, name a master_key in the configuration, or start with --no-key to let in everybody on this machine.
gateway-bad-key = The key in HEARTH_GATEWAY_KEY cannot be used: it holds a space or a letter outside of ASCII, or the configuration has the same. Choose another.
gateway-not-loopback = Without a key the gateway listens on this machine only, not on { $address }. Leave out --no-key, or listen on 127.0.0.1.
gateway-not-listening = The gateway cannot listen on { $address }: { $message }. Choose another address with --listen.
gateway-config-unreadable = { $path } cannot be read: { $message }
gateway-config-refused = { $place }: { $why }
gateway-config-left-out = { $place }: { $name } is not used, because another credential stands beside it.
gateway-config-from-environment = { $place }: { $name } is taken from the environment.
gateway-config-why-not-utf8 = This is not text in UTF-8. Save the file in that encoding.
gateway-config-why-twice = { $name ->
        [none] A name stands here twice. Remove one of them.
       *[other] “{ $name }” stands here twice. Remove one of them.
    }
gateway-config-why-not-yaml = This is not YAML. Check the indentation and the quotes.
gateway-config-why-unknown = { $name ->
        [none] The gateway does not know what stands here in the place of a name. It may be a secret, and is not repeated. Remove it, or correct it: a name, a colon, a space and the value.
       *[other] The gateway does not know “{ $name }”. Remove it, or correct its spelling.
    }
gateway-config-why-no-space = Behind “{ $name }” a colon with a space is missing. Write the name, a colon, a space and the value.
gateway-config-why-not-a-mapping = Members with names are expected here. Write each as a name, a colon, a space and the value.
gateway-config-why-not-a-list = “{ $name }” has to be a list.
gateway-config-why-not-text = { $name ->
        [none] The value has to be text. Put what looks like a number in quotes.
       *[other] “{ $name }” has to be text. Put what looks like a number in quotes.
    }
gateway-config-why-not-a-flag = “{ $name }” has to be true or false.
gateway-config-why-not-a-number = “{ $name }” has to be a number from 0.001.
gateway-config-why-not-a-whole-number = “{ $name }” has to be a whole number from 1.
gateway-config-why-missing = “{ $name }” is missing, or empty.
gateway-config-why-variable-missing = { $name ->
        [none] What stands behind os.environ/ names no environment variable that is set. Write the variable’s name there, or the value without os.environ/.
       *[other] The environment variable { $name } is not set. Set it, or write the value here.
    }
gateway-config-why-other-provider = Only models of the route azure_ai/ are served, such as azure_ai/claude-sonnet-4-5.
gateway-config-why-wildcard = Names with a star are not served. Write each deployment down.
gateway-config-why-bad-base-model = “{ $name }” is not a model that Hearth knows. Write its whole id, such as claude-sonnet-4-5, or leave it out.
gateway-config-why-bad-hosting = “{ $name }” has to be azure or anthropic, whoever hosts the deployment. Write one of them, or leave it out.
gateway-config-why-bad-endpoint = “{ $name }” is not the address of a Foundry resource, such as https://my-resource.services.ai.azure.com/anthropic.
gateway-config-why-no-credential = There is no credential for this resource. Name one, such as api_key: os.environ/AZURE_API_KEY.
gateway-config-why-bad-credential = “{ $name }” cannot be sent: it holds a space, a line break, or a letter outside of ASCII. Copy the value again.
gateway-config-why-half-an-application = “{ $name }” is missing: tenant_id, client_id and client_secret belong together.
gateway-config-why-token-exchange = Tokens that are got by oidc/ are not supported. Use tenant_id, client_id and client_secret.
gateway-config-why-bad-key = “{ $name }” cannot be used as a key: it holds a space or a letter outside of ASCII, or another key is the same.
gateway-config-why-bad-expiry = “{ $name }” has to be a day, such as 2027-01-31, or a moment, such as 2027-01-31T12:00:00Z.
gateway-config-why-bad-host = “{ $name }” holds something that is neither a host’s name, such as gateway.example.com, nor an origin, such as https://tool.example.com.
gateway-config-why-no-models = The list “{ $name }” names no model.
gateway-config-why-unknown-model = { $name ->
        [none] No model of the list has this name. Write a model_name of the list.
       *[other] No model of the list is named { $name }. Write a model_name of the list.
    }
gateway-config-why-no-client = No secure connection can be set up on this machine. Check SSL_CERT_FILE, HTTPS_PROXY and the other variables of the network.

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
