//! What the window can ask about the gateway. Keys never reach the page: they are copied here.

use hearth_engine::api::{
    GatewayKeyDraft, GatewayKeyId, GatewaySettings, GatewayView, SnippetKind,
};
use tauri::State;

use super::Answer;
use crate::shell::Shell;

#[tauri::command]
pub(super) async fn gateway(shell: State<'_, Shell>) -> Answer<GatewayView> {
    Ok(shell.engine()?.gateway().await)
}

#[tauri::command]
pub(super) async fn save_gateway(
    shell: State<'_, Shell>,
    settings: GatewaySettings,
) -> Answer<GatewayView> {
    shell.engine()?.save_gateway(settings).await
}

#[tauri::command]
pub(super) async fn save_gateway_key(
    shell: State<'_, Shell>,
    draft: GatewayKeyDraft,
) -> Answer<GatewayView> {
    shell.engine()?.save_gateway_key(draft).await
}

#[tauri::command]
pub(super) async fn remove_gateway_key(
    shell: State<'_, Shell>,
    id: GatewayKeyId,
) -> Answer<GatewayView> {
    shell.engine()?.remove_gateway_key(&id).await
}

#[tauri::command]
pub(super) async fn copy_gateway_key(shell: State<'_, Shell>, id: GatewayKeyId) -> Answer<()> {
    let key = shell.engine()?.gateway_key(&id).await?;
    shell.copy(key.expose().to_owned())
}

/// With this key in its place; without one, with a word that says where it belongs.
#[tauri::command]
pub(super) async fn copy_gateway_snippet(
    shell: State<'_, Shell>,
    kind: SnippetKind,
    key: Option<GatewayKeyId>,
) -> Answer<()> {
    let text = shell.engine()?.gateway_snippet(kind, key.as_ref()).await?;
    shell.copy(text.expose().to_owned())
}
