//! What the window can ask: each command one line into the engine.
//!
//! The list stands three times, and each has its own job: here, where a command
//! does something; in `handler`, where Tauri finds it; and in
//! `capabilities/default.json`, where the window is allowed to call it.

use hearth_engine::api::{
    AppState, ConnectionDraft, ConnectionId, ConnectionView, ConversationId, ConversationSummary,
    ConversationView, EndpointPreview, ErrorReport, MessageId, SearchHit, SendRequest, Sent,
    TestOutcome, TranscriptFormat, TurnId, TurnSettings,
};
use tauri::ipc::{Channel, Invoke};
use tauri::{State, WebviewWindow, Wry};

use crate::shell::Shell;
use crate::{clock, dialogs, links};

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
        show_branch,
        stop,
        choose_settings,
        rename_conversation,
        trash_conversation,
        restore_conversation,
        search,
        save_transcript,
        preview_endpoint,
        save_connection,
        remove_connection,
        test_connection,
        start_demo,
        leave_demo,
        open_link,
        copy_text,
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
async fn preview_endpoint(shell: State<'_, Shell>, text: String) -> Answer<EndpointPreview> {
    Ok(shell.engine()?.preview_endpoint(&text))
}

#[tauri::command]
async fn save_connection(
    shell: State<'_, Shell>,
    draft: ConnectionDraft,
) -> Answer<ConnectionView> {
    shell.save_connection(draft).await
}

#[tauri::command]
async fn remove_connection(shell: State<'_, Shell>, id: ConnectionId) -> Answer<()> {
    shell.engine()?.remove_connection(id).await
}

#[tauri::command]
async fn test_connection(shell: State<'_, Shell>, draft: ConnectionDraft) -> Answer<TestOutcome> {
    Ok(shell.engine()?.test_connection(draft).await)
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
fn ready() {
    clock::first_frame();
}
