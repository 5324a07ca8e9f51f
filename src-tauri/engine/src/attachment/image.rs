//! Images on their way to a model: checked by decoding them, turned as their camera was
//! held, made as small as the model sees them, and without what says where they were taken.
//!
//! Limits: Messages API, "Vision" (jpeg, png, gif, webp; 8000 pixels a side, 2000 where a
//! request has more than 20 images; 10 MB each as base64).

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, GenericImageView, ImageDecoder, ImageEncoder, ImageError, ImageFormat,
    ImageReader, ImageResult, Limits,
};

use super::{Refusal, pixels};

/// Bytes of an image's pixels at most: what a camera makes today, which is 100 megapixels of
/// four bytes, and a bound on what a file of a few bytes can claim.
const MOST_DECODED: u64 = 400_000_000;

/// Bytes that a decoder may take: the pixels, and what it needs beside them.
const MOST_MEMORY: u64 = 1 << 29;

/// Bytes of one image as it is sent: below 10 MB once it is base64.
const MOST_SENT: usize = 7_500_000;

/// An image as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prepared {
    /// `image/png`, …
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Width and height, in pixels.
    pub(crate) size: (u32, u32),
    /// The size that it had, where it was made smaller.
    pub(crate) original: Option<(u32, u32)>,
}

/// The format of an image that models read; none for everything else. Told by the content.
pub(super) fn format(bytes: &[u8]) -> Option<ImageFormat> {
    let format = image::guess_format(bytes).ok()?;
    media_type(format).map(|_| format)
}

/// Makes an image ready for a model that sees at most `edge` pixels along its longer side.
///
/// What needs no change keeps its pixels as they are compressed. Nothing else of the file
/// stays, whether it is written anew or not: nobody wants to send their address with a
/// picture of their cat.
///
/// # Errors
/// [`Refusal::TooLarge`] for more pixels than are ever decoded, [`Refusal::Broken`] for
/// what cannot be decoded.
pub(super) fn prepare(bytes: &[u8], format: ImageFormat, edge: u32) -> Result<Prepared, Refusal> {
    let read = read(bytes, format)?;
    let size = read.image.dimensions();
    let fits = size.0.max(size.1) <= edge;
    if let Some(media_type) = media_type(format)
        && fits
        && read.orientation == Orientation::NoTransforms
        && let Some(bytes) = pixels::only(bytes, format)
        && bytes.len() <= MOST_SENT
    {
        return Ok(Prepared {
            media_type,
            bytes,
            size,
            original: None,
        });
    }
    let upright = turned(size, read.orientation);
    let (image, media_type, bytes) = write_fitting(read, format, edge).map_err(broken)?;
    let size = image.dimensions();
    Ok(Prepared {
        media_type,
        bytes,
        size,
        original: (size != upright).then_some(upright),
    })
}

/// A decoded image.
struct Read {
    /// As it is stored.
    image: DynamicImage,
    /// How it is turned to stand upright.
    orientation: Orientation,
    /// Its colours' profile, where it fits what is written.
    profile: Option<Vec<u8>>,
}

/// The size of an image once it stands upright.
fn turned((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => (width, height),
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
    }
}

fn read(bytes: &[u8], format: ImageFormat) -> Result<Read, Refusal> {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    if decoder.total_bytes() > MOST_DECODED {
        return Err(Refusal::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(Read {
        profile: profile.filter(|profile| fits(profile, &image)),
        image,
        orientation,
    })
}

/// Whether a profile describes the colours as they are after decoding: those of a print are
/// converted then. Its colour space stands at byte 16 (ICC.1:2022, section 7.2).
fn fits(profile: &[u8], image: &DynamicImage) -> bool {
    let space = profile.get(16..20);
    let wanted: &[u8] = match image.color().has_color() {
        true => b"RGB ",
        false => b"GRAY",
    };
    space == Some(wanted)
}

/// Writes an image within both limits: the model's edge and the bytes of a request.
fn write_fitting(
    read: Read,
    format: ImageFormat,
    edge: u32,
) -> ImageResult<(DynamicImage, &'static str, Vec<u8>)> {
    let mut image = within(read.image, edge);
    // Turned only now, because turning takes as much memory again.
    image.apply_orientation(read.orientation);
    let profile = read.profile.as_deref();
    let transparent = image.color().has_alpha();
    // Photographs stay photographs, drawings stay sharp, and what is seen through stays so.
    let photograph = format == ImageFormat::Jpeg || (format == ImageFormat::WebP && !transparent);
    if !photograph {
        let bytes = png(&image, profile)?;
        if bytes.len() <= MOST_SENT {
            return Ok((image, "image/png", bytes));
        }
    }
    for quality in [92, 80, 60] {
        let bytes = jpeg(&image, profile, quality)?;
        if bytes.len() <= MOST_SENT {
            return Ok((image, "image/jpeg", bytes));
        }
    }
    loop {
        let edge = image.width().max(image.height()) / 2;
        image = within(image, edge.max(1));
        let bytes = jpeg(&image, profile, 80)?;
        if bytes.len() <= MOST_SENT {
            return Ok((image, "image/jpeg", bytes));
        }
    }
}

fn within(image: DynamicImage, edge: u32) -> DynamicImage {
    if image.width().max(image.height()) <= edge {
        return image;
    }
    image.resize(edge, edge, image::imageops::FilterType::Lanczos3)
}

fn png(image: &DynamicImage, profile: Option<&[u8]>) -> ImageResult<Vec<u8>> {
    let image = match (image.color().has_color(), image.color().has_alpha()) {
        (true, true) => DynamicImage::from(image.to_rgba8()),
        (true, false) => DynamicImage::from(image.to_rgb8()),
        (false, true) => DynamicImage::from(image.to_luma_alpha8()),
        (false, false) => DynamicImage::from(image.to_luma8()),
    };
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    keep_profile(&mut encoder, profile);
    image.write_with_encoder(encoder)?;
    Ok(bytes)
}

/// JPEG has no transparency: what shines through is white, as paper is.
fn jpeg(image: &DynamicImage, profile: Option<&[u8]>, quality: u8) -> ImageResult<Vec<u8>> {
    let image = match (image.color().has_color(), image.color().has_alpha()) {
        (false, false) => DynamicImage::from(image.to_luma8()),
        (_, false) => DynamicImage::from(image.to_rgb8()),
        (_, true) => DynamicImage::from(on_white(image)),
    };
    // A grey profile does not describe a picture that has become one of three colours.
    let profile = profile.filter(|profile| fits(profile, &image));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    keep_profile(&mut encoder, profile);
    image.write_with_encoder(encoder)?;
    Ok(bytes)
}

fn on_white(image: &DynamicImage) -> image::RgbImage {
    let image = image.to_rgba8();
    let mut opaque = image::RgbImage::new(image.width(), image.height());
    for (to, from) in opaque.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let over = |channel: u32| {
            let mixed = (channel * alpha + 255 * (255 - alpha)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        to.0 = [over(red), over(green), over(blue)];
    }
    opaque
}

fn keep_profile(encoder: &mut impl ImageEncoder, profile: Option<&[u8]>) {
    if let Some(profile) = profile {
        // Without it the colours are a little off, which is no reason to refuse.
        let _ = encoder.set_icc_profile(profile.to_vec());
    }
}

fn media_type(format: ImageFormat) -> Option<&'static str> {
    match format {
        ImageFormat::Png => Some("image/png"),
        ImageFormat::Jpeg => Some("image/jpeg"),
        ImageFormat::Gif => Some("image/gif"),
        ImageFormat::WebP => Some("image/webp"),
        _ => None,
    }
}

fn broken(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::TooLarge,
        error => Refusal::Broken(error.to_string()),
    }
}
