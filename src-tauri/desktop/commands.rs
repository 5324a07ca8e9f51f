//! What the window can ask: each command one line into the engine.
//!
//! The list stands three times, and each has its own job: here, where a command
//! does something; in `handler`, where Tauri finds it; and in
//! `capabilities/default.json`, where the window is allowed to call it.

mod attachments;
mod connections;
mod gateway;

use hearth_engine::api::{
    AppState, ConversationId, ConversationSummary, ConversationView, Decision, ErrorReport,
    GrantView, MessageId, SearchHit, SendRequest, Sent, TranscriptFormat, TrashedConversation,
    TurnId, TurnSettings,
};
use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, State, WebviewWindow, Wry};

use crate::shell::Shell;
use crate::{clock, dialogs, links, window};

type Answer<T> = Result<T, ErrorReport>;

/// Tauri's way from a name to a command.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        app_state,
        watch,
        list_conversations,
        open_conversation,
        send,
        regenerate,
        continue_answer,
        fork_conversation,
        show_branch,
        stop,
        decide_tool,
        list_grants,
        revoke_grant,
        enable_tool,
        choose_settings,
        rename_conversation,
        trash_conversation,
        restore_conversation,
        pin_conversation,
        list_trash,
        delete_forever,
        empty_trash,
        attachments::load_draft,
        attachments::save_draft,
        attachments::attach_file,
        attachments::attach_dialog,
        attachments::attach_dropped,
        attachments::attach_clipboard,
        attachments::detach,
        attachments::load_attachment,
        search,
        save_transcript,
        connections::preview_endpoint,
        connections::save_connection,
        connections::remove_connection,
        connections::use_connection,
        connections::start_doctor,
        connections::cancel_doctor,
        connections::doctor_report,
        connections::apply_fix,
        connections::start_sign_in,
        connections::sign_in_view,
        connections::cancel_sign_in,
        connections::find_imports,
        connections::read_import,
        connections::read_import_file,
        connections::accept_import,
        connections::drop_import,
        connections::save_network,
        connections::trust_certificate,
        connections::choose_certificate_file,
        connections::choose_client_certificate,
        connections::retry_now,
        connections::forget_measured,
        gateway::gateway,
        gateway::save_gateway,
        gateway::save_gateway_key,
        gateway::remove_gateway_key,
        gateway::copy_gateway_key,
        gateway::copy_gateway_snippet,
        start_demo,
        leave_demo,
        open_link,
        copy_text,
        retry_saving,
        dismiss_rescued,
        new_window,
        set_zoom,
        ready,
    ]
}

#[tauri::command]
async fn app_state(shell: State<'_, Shell>) -> Answer<AppState> {
    Ok(shell.engine()?.state().await)
}

#[tauri::command]
async fn watch(shell: State<'_, Shell>, window: WebviewWindow, channel: Channel) -> Answer<()> {
    shell.watch(window.label(), channel)
}

#[tauri::command]
async fn list_conversations(shell: State<'_, Shell>) -> Answer<Vec<ConversationSummary>> {
    shell.engine()?.conversations().await
}

#[tauri::command]
async fn open_conversation(
    shell: State<'_, Shell>,
    id: ConversationId,
) -> Answer<ConversationView> {
    shell.engine()?.conversation(id).await
}

#[tauri::command]
async fn send(shell: State<'_, Shell>, request: SendRequest) -> Answer<Sent> {
    shell.engine()?.send(request).await
}

#[tauri::command]
async fn regenerate(
    shell: State<'_, Shell>,
    conversation: ConversationId,
    message: MessageId,
) -> Answer<Sent> {
    shell.engine()?.regenerate(conversation, message).await
}

#[tauri::command]
async fn continue_answer(
    shell: State<'_, Shell>,
    conversation: ConversationId,
    message: MessageId,
) -> Answer<Sent> {
    shell.engine()?.continue_answer(conversation, message).await
}

#[tauri::command]
async fn fork_conversation(
    shell: State<'_, Shell>,
    conversation: ConversationId,
    message: MessageId,
) -> Answer<ConversationId> {
    shell.engine()?.fork(conversation, message).await
}

#[tauri::command]
async fn show_branch(
    shell: State<'_, Shell>,
    conversation: ConversationId,
    message: MessageId,
) -> Answer<ConversationView> {
    shell.engine()?.show_branch(conversation, message).await
}

#[tauri::command]
async fn stop(shell: State<'_, Shell>, turn: TurnId) -> Answer<()> {
    shell.engine()?.stop(&turn);
    Ok(())
}

#[tauri::command]
async fn decide_tool(
    shell: State<'_, Shell>,
    turn: TurnId,
    call: String,
    decision: Decision,
) -> Answer<()> {
    shell.engine()?.decide(&turn, &call, decision);
    Ok(())
}

#[tauri::command]
async fn list_grants(
    shell: State<'_, Shell>,
    conversation: ConversationId,
) -> Answer<Vec<GrantView>> {
    shell.engine()?.grants(conversation).await
}

#[tauri::command]
async fn revoke_grant(
    shell: State<'_, Shell>,
    conversation: ConversationId,
    tool: String,
) -> Answer<()> {
    shell.engine()?.revoke(conversation, tool).await
}

#[tauri::command]
async fn enable_tool(shell: State<'_, Shell>, name: String, enabled: bool) -> Answer<()> {
    shell.engine()?.enable_tool(&name, enabled)
}

#[tauri::command]
async fn choose_settings(
    shell: State<'_, Shell>,
    conversation: ConversationId,
    settings: TurnSettings,
) -> Answer<()> {
    shell.engine()?.choose(conversation, settings).await
}

#[tauri::command]
async fn rename_conversation(
    shell: State<'_, Shell>,
    id: ConversationId,
    title: String,
) -> Answer<()> {
    shell.engine()?.rename(id, title).await
}

#[tauri::command]
async fn trash_conversation(shell: State<'_, Shell>, id: ConversationId) -> Answer<()> {
    shell.engine()?.trash(id).await
}

#[tauri::command]
async fn restore_conversation(shell: State<'_, Shell>, id: ConversationId) -> Answer<()> {
    shell.engine()?.restore(id).await
}

#[tauri::command]
async fn pin_conversation(shell: State<'_, Shell>, id: ConversationId, pinned: bool) -> Answer<()> {
    shell.engine()?.pin(id, pinned).await
}

#[tauri::command]
async fn list_trash(shell: State<'_, Shell>) -> Answer<Vec<TrashedConversation>> {
    shell.engine()?.trashed().await
}

/// Answers with the bytes that became free.
#[tauri::command]
async fn delete_forever(shell: State<'_, Shell>, id: ConversationId) -> Answer<u64> {
    shell.engine()?.delete_forever(id).await
}

/// Answers with the bytes that became free.
#[tauri::command]
async fn empty_trash(shell: State<'_, Shell>) -> Answer<u64> {
    shell.engine()?.empty_trash().await
}

#[tauri::command]
async fn search(shell: State<'_, Shell>, query: String) -> Answer<Vec<SearchHit>> {
    shell.engine()?.search(query).await
}

/// Answers with the path of the file, or nothing when the person cancelled.
#[tauri::command]
async fn save_transcript(
    shell: State<'_, Shell>,
    window: WebviewWindow,
    id: ConversationId,
    format: TranscriptFormat,
) -> Answer<Option<String>> {
    let engine = shell.engine()?;
    let suggested = engine.transcript(id.clone(), format).await?.file_name;
    let title = shell.word("header-save");
    let Some(path) = dialogs::transcript_path(&window, title, suggested, format).await else {
        return Ok(None);
    };
    engine.save_transcript(id, format, &path).await?;
    Ok(Some(path.display().to_string()))
}

#[tauri::command]
async fn start_demo(shell: State<'_, Shell>) -> Answer<AppState> {
    shell.start_demo().await
}

#[tauri::command]
async fn leave_demo(shell: State<'_, Shell>) -> Answer<AppState> {
    shell.leave_demo().await
}

#[tauri::command]
async fn open_link(url: String) -> Answer<()> {
    links::open(&url)
}

#[tauri::command]
async fn copy_text(shell: State<'_, Shell>, text: String) -> Answer<()> {
    shell.copy(text)
}

#[tauri::command]
async fn retry_saving(shell: State<'_, Shell>) -> Answer<()> {
    shell.engine()?.retry_saving().await
}

#[tauri::command]
async fn dismiss_rescued(shell: State<'_, Shell>, path: String) -> Answer<()> {
    shell.engine()?.dismiss_rescued(path).await
}

#[tauri::command]
async fn new_window(app: AppHandle) -> Answer<()> {
    window::open_another(&app)
}

#[tauri::command]
async fn set_zoom(window: WebviewWindow, factor: f64) -> Answer<()> {
    window::zoom(&window, factor)
}

#[tauri::command]
fn ready() {
    clock::first_frame();
}
