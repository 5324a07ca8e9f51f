//! What the window can ask about drafts and attachments. Files come as bytes or through
//! dialogs and the clipboard, which the page has no right to itself.

use hearth_engine::api::{
    AttachmentId, AttachmentView, DraftKey, DraftView, ErrorCode, ErrorReport, NewFile,
};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use tauri::http::HeaderMap;
use tauri::ipc::{InvokeBody, Request, Response};
use tauri::{State, WebviewWindow};

use super::Answer;
use crate::dropping::DropNumber;
use crate::shell::Shell;
use crate::{clipboard, dialogs};

#[tauri::command]
pub(super) async fn load_draft(shell: State<'_, Shell>, key: DraftKey) -> Answer<DraftView> {
    shell.engine()?.draft(key).await
}

#[tauri::command]
pub(super) async fn save_draft(shell: State<'_, Shell>, key: DraftKey, text: String) -> Answer<()> {
    shell.engine()?.set_draft(key, text).await
}

/// The body is the file as it is. The headers `key` (a [`DraftKey`] as JSON) and `name` are
/// percent-encoded, because headers take ASCII only.
#[tauri::command]
pub(super) async fn attach_file(
    shell: State<'_, Shell>,
    request: Request<'_>,
) -> Answer<AttachmentView> {
    let (key, file) = file_in(request.headers(), request.body())?;
    shell.engine()?.attach(key, file).await
}

/// Answers with nothing when the person thought better of it.
#[tauri::command]
pub(super) async fn attach_dialog(
    shell: State<'_, Shell>,
    window: WebviewWindow,
    key: DraftKey,
) -> Answer<Vec<AttachmentView>> {
    let engine = shell.engine()?;
    let title = shell.word("dialog-attach");
    let paths = dialogs::files_to_attach(&window, title).await;
    engine.attach_files(key, paths).await
}

/// The files of one drop on this window; none when an earlier call fetched them, and when
/// they waited for too long.
#[tauri::command]
pub(super) async fn attach_dropped(
    shell: State<'_, Shell>,
    window: WebviewWindow,
    key: DraftKey,
    drop: DropNumber,
) -> Answer<Vec<AttachmentView>> {
    let paths = shell.take_dropped(window.label(), drop);
    shell.engine()?.attach_files(key, paths).await
}

/// Answers with null when there is no image on the clipboard.
#[tauri::command]
pub(super) async fn attach_clipboard(
    shell: State<'_, Shell>,
    key: DraftKey,
) -> Answer<Option<AttachmentView>> {
    let name = shell.word("attachment-pasted-image");
    let Some(bytes) = clipboard::image().await? else {
        return Ok(None);
    };
    let file = NewFile { name, bytes };
    shell.engine()?.attach(key, file).await.map(Some)
}

#[tauri::command]
pub(super) async fn detach(shell: State<'_, Shell>, key: DraftKey, id: AttachmentId) -> Answer<()> {
    shell.engine()?.detach(key, id).await
}

/// Answers with the bytes themselves.
#[tauri::command]
pub(super) async fn load_attachment(shell: State<'_, Shell>, id: AttachmentId) -> Answer<Response> {
    let content = shell.engine()?.attachment(id).await?;
    Ok(Response::new(content.bytes))
}

/// A file as the page sends it.
fn file_in(headers: &HeaderMap, body: &InvokeBody) -> Answer<(DraftKey, NewFile)> {
    let key = decoded(headers, "key")?;
    let name = decoded(headers, "name")?;
    let InvokeBody::Raw(bytes) = body else {
        return Err(malformed("the body is not the file's bytes".to_owned()));
    };
    let file = NewFile {
        name,
        bytes: bytes.clone(),
    };
    Ok((read_json(&key)?, file))
}

fn decoded(headers: &HeaderMap, name: &str) -> Answer<String> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    let value = value.ok_or_else(|| malformed(format!("no header {name}")))?;
    let text = percent_decode_str(value).decode_utf8();
    let text = text.map_err(|error| malformed(format!("header {name}: {error}")))?;
    Ok(text.into_owned())
}

fn read_json<T: DeserializeOwned>(text: &str) -> Answer<T> {
    serde_json::from_str(text).map_err(|error| malformed(error.to_string()))
}

fn malformed(how: String) -> ErrorReport {
    ErrorReport::new(ErrorCode::Internal).saying(how)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(key: &str, name: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("key", key.parse().unwrap());
        headers.insert("name", name.parse().unwrap());
        headers
    }

    #[test]
    fn a_file_is_read_out_of_headers_and_body() {
        let headers = headers(
            "%7B%22kind%22%3A%22conversation%22%2C%22id%22%3A%22c1%22%7D",
            "%E6%97%A5%E6%9C%AC%20%F0%9F%A6%8A.png",
        );
        let (key, file) = file_in(&headers, &InvokeBody::Raw(vec![1, 2, 3])).unwrap();
        let id = hearth_engine::api::ConversationId("c1".into());
        assert_eq!(key, DraftKey::Conversation { id });
        assert_eq!(file.name, "日本 🦊.png");
        assert_eq!(file.bytes, [1, 2, 3]);
    }

    #[test]
    fn what_does_not_fit_is_an_error_and_not_a_crash() {
        let raw = InvokeBody::Raw(Vec::new());
        assert!(file_in(&HeaderMap::new(), &raw).is_err());
        assert!(file_in(&headers("%7B%7D", "a"), &raw).is_err());
        assert!(file_in(&headers("%7B%22kind%22%3A%22new%22%7D", "%ff"), &raw).is_err());
        let json = InvokeBody::Json(serde_json::Value::Null);
        let good = headers("%7B%22kind%22%3A%22new%22%7D", "a");
        assert!(file_in(&good, &json).is_err());
        assert!(file_in(&good, &raw).is_ok());
    }
}
