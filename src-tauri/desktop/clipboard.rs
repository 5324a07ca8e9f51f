//! Images on the system's clipboard. WebKitGTK gives the page an empty paste for them.

use std::io::Cursor;

use hearth_engine::api::{ErrorCode, ErrorReport};
use image::{ImageFormat, RgbaImage};

/// The image on the clipboard as a PNG file; none when there is none.
///
/// # Errors
/// When the clipboard cannot be read at all.
pub(crate) async fn image() -> Result<Option<Vec<u8>>, ErrorReport> {
    // Whoever owns the clipboard is asked, and may take its time.
    tauri::async_runtime::spawn_blocking(read)
        .await
        .map_err(|stopped| failed(&stopped))?
}

fn read() -> Result<Option<Vec<u8>>, ErrorReport> {
    let mut clipboard = arboard::Clipboard::new().map_err(|error| failed(&error))?;
    let pixels = match clipboard.get_image() {
        Ok(pixels) => pixels,
        Err(arboard::Error::ContentNotAvailable | arboard::Error::ConversionFailure) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(&error)),
    };
    let size = u32::try_from(pixels.width)
        .ok()
        .zip(u32::try_from(pixels.height).ok());
    let image = size
        .and_then(|(width, height)| RgbaImage::from_raw(width, height, pixels.bytes.into_owned()));
    let image = image.ok_or_else(|| failed(&"the image is not as large as it says"))?;
    let mut file = Cursor::new(Vec::new());
    image
        .write_to(&mut file, ImageFormat::Png)
        .map_err(|error| failed(&error))?;
    Ok(Some(file.into_inner()))
}

fn failed(error: &impl std::fmt::Display) -> ErrorReport {
    ErrorReport::new(ErrorCode::Internal).saying(format!("clipboard: {error}"))
}
