//! What the window can ask about connections: credentials, sign-ins, imports, the network,
//! and the Doctor. Files are chosen in native dialogs, which the page has no right to itself.

use hearth_engine::api::{
    AppState, CertificateFile, ConnectionDraft, ConnectionId, ConnectionView, DoctorReport,
    DoctorRunId, DoctorTarget, EndpointPreview, Fix, ImportId, ImportOffer, ImportOutcome,
    NetworkDraft, NetworkView, SignInId, SignInMethod, SignInRequest, SignInState, SignInView,
    TurnId,
};
use tauri::{State, WebviewWindow};

use super::Answer;
use crate::shell::Shell;
use crate::{dialogs, links};

#[tauri::command]
pub(super) async fn preview_endpoint(
    shell: State<'_, Shell>,
    text: String,
) -> Answer<EndpointPreview> {
    Ok(shell.engine()?.preview_endpoint(&text))
}

#[tauri::command]
pub(super) async fn save_connection(
    shell: State<'_, Shell>,
    draft: ConnectionDraft,
) -> Answer<ConnectionView> {
    shell.save_connection(draft).await
}

#[tauri::command]
pub(super) async fn remove_connection(shell: State<'_, Shell>, id: ConnectionId) -> Answer<()> {
    shell.engine()?.remove_connection(id).await
}

#[tauri::command]
pub(super) async fn use_connection(shell: State<'_, Shell>, id: ConnectionId) -> Answer<AppState> {
    shell.use_connection(id).await
}

#[tauri::command]
pub(super) async fn start_doctor(
    shell: State<'_, Shell>,
    target: DoctorTarget,
) -> Answer<DoctorReport> {
    shell.engine()?.start_doctor(target).await
}

#[tauri::command]
pub(super) async fn cancel_doctor(shell: State<'_, Shell>, run: DoctorRunId) -> Answer<()> {
    shell.engine()?.cancel_doctor(&run);
    Ok(())
}

/// For a window that missed what it was told of a walk; nothing when nobody remembers it.
#[tauri::command]
pub(super) async fn doctor_report(
    shell: State<'_, Shell>,
    run: DoctorRunId,
) -> Answer<Option<DoctorReport>> {
    Ok(shell.engine()?.doctor_report(&run))
}

#[tauri::command]
pub(super) async fn apply_fix(
    shell: State<'_, Shell>,
    connection: ConnectionId,
    fix: Fix,
) -> Answer<ConnectionView> {
    shell.engine()?.apply_fix(connection, fix).await
}

/// Opens the browser at once: the click that began the sign-in is the person's consent. Where
/// no browser opens, the window still shows the address.
#[tauri::command]
pub(super) async fn start_sign_in(
    shell: State<'_, Shell>,
    request: SignInRequest,
) -> Answer<SignInView> {
    let view = shell.engine()?.start_sign_in(request).await?;
    if let (SignInMethod::Browser, SignInState::Waiting { url, .. }) = (view.method, &view.state)
        && let Err(error) = links::open(url)
    {
        tracing::warn!(code = ?error.code, "the browser did not open for a sign-in");
    }
    Ok(view)
}

/// For a window that missed what it was told of a sign-in; nothing when nobody remembers it.
#[tauri::command]
pub(super) async fn sign_in_view(
    shell: State<'_, Shell>,
    id: SignInId,
) -> Answer<Option<SignInView>> {
    Ok(shell.engine()?.sign_in_view(&id))
}

#[tauri::command]
pub(super) async fn cancel_sign_in(shell: State<'_, Shell>, id: SignInId) -> Answer<()> {
    shell.engine()?.cancel_sign_in(&id).await;
    Ok(())
}

#[tauri::command]
pub(super) async fn find_imports(shell: State<'_, Shell>) -> Answer<Vec<ImportOffer>> {
    shell.engine()?.find_imports().await
}

#[tauri::command]
pub(super) async fn read_import(shell: State<'_, Shell>, text: String) -> Answer<ImportOffer> {
    shell.engine()?.read_import(&text)
}

/// Answers with nothing when the person thought better of it.
#[tauri::command]
pub(super) async fn read_import_file(
    shell: State<'_, Shell>,
    window: WebviewWindow,
) -> Answer<Option<ImportOffer>> {
    let title = shell.word("dialog-import");
    let Some(path) = dialogs::one_file(&window, title).await else {
        return Ok(None);
    };
    shell.engine()?.read_import_file(path).await.map(Some)
}

#[tauri::command]
pub(super) async fn accept_import(
    shell: State<'_, Shell>,
    id: ImportId,
    indexes: Vec<u32>,
    this_run_only: bool,
) -> Answer<ImportOutcome> {
    shell.accept_import(id, indexes, this_run_only).await
}

#[tauri::command]
pub(super) async fn drop_import(shell: State<'_, Shell>, id: ImportId) -> Answer<()> {
    shell.engine()?.drop_import(&id);
    Ok(())
}

#[tauri::command]
pub(super) async fn save_network(
    shell: State<'_, Shell>,
    draft: NetworkDraft,
) -> Answer<NetworkView> {
    shell.engine()?.save_network(draft).await
}

#[tauri::command]
pub(super) async fn trust_certificate(shell: State<'_, Shell>, pem: String) -> Answer<NetworkView> {
    shell.engine()?.trust_certificate(pem).await
}

/// Answers with nothing when the person thought better of it.
#[tauri::command]
pub(super) async fn choose_certificate_file(
    shell: State<'_, Shell>,
    window: WebviewWindow,
) -> Answer<Option<CertificateFile>> {
    let title = shell.word("dialog-certificate");
    let Some(path) = dialogs::one_file(&window, title).await else {
        return Ok(None);
    };
    Ok(Some(shell.engine()?.read_certificate_file(path).await))
}

/// Answers with nothing when the person thought better of it.
#[tauri::command]
pub(super) async fn choose_client_certificate(
    shell: State<'_, Shell>,
    window: WebviewWindow,
) -> Answer<Option<CertificateFile>> {
    let title = shell.word("dialog-client-certificate");
    let Some(path) = dialogs::one_file(&window, title).await else {
        return Ok(None);
    };
    Ok(Some(shell.engine()?.read_client_certificate(path).await))
}

#[tauri::command]
pub(super) async fn retry_now(shell: State<'_, Shell>, turn: TurnId) -> Answer<()> {
    shell.engine()?.retry_now(&turn);
    Ok(())
}

#[tauri::command]
pub(super) async fn forget_measured(
    shell: State<'_, Shell>,
    connection: ConnectionId,
    deployment: String,
) -> Answer<()> {
    shell
        .engine()?
        .forget_measured(connection, deployment)
        .await
}
