//! An image file reduced to what its pixels and their colours need. What is not known to be
//! needed is left out, so that nothing travels with a picture that nobody can see in it:
//! neither a comment nor a place, a preview, or whatever was written behind its end.
//!
//! The pixels themselves are copied as they are and lose nothing.

use image::ImageFormat;

/// The same image without anything else; none where its structure cannot be followed.
pub(super) fn only(bytes: &[u8], format: ImageFormat) -> Option<Vec<u8>> {
    match format {
        ImageFormat::Png => png(bytes),
        ImageFormat::Jpeg => jpeg(bytes),
        ImageFormat::Gif => gif(bytes),
        ImageFormat::WebP => webp(bytes),
        _ => None,
    }
}

/// Reads from the front of a slice.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let taken = self.take(1)?;
        taken.first().copied()
    }

    /// What was read since the reader stood before `from`.
    fn since(&self, from: &'a [u8]) -> &'a [u8] {
        &from[..from.len() - self.rest.len()]
    }
}

/// Chunks of a PNG (PNG specification, third edition, sections 5.6 and 11): its pixels,
/// those of its further pictures, and how their colours are meant.
const PNG_CHUNKS: [&[u8]; 14] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"sBIT", b"acTL", b"fcTL", b"fdAT",
];

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: bytes };
    let mut kept = reader.take(8)?.to_vec();
    loop {
        let chunk = reader.rest;
        let length = u32::from_be_bytes(reader.take(4)?.try_into().ok()?);
        let name = reader.take(4)?;
        // The data and its checksum.
        reader.take(usize::try_from(length).ok()?.checked_add(4)?)?;
        if PNG_CHUNKS.contains(&name) {
            kept.extend(reader.since(chunk));
        }
        if name == b"IEND" {
            return Some(kept);
        }
    }
}

/// Markers of a JPEG: ITU-T T.81, table B.1.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: bytes };
    let mut kept = reader.take(2)?.to_vec();
    loop {
        if reader.byte()? != 0xff {
            return None;
        }
        let mut marker = reader.byte()?;
        // Any number of these may stand before a marker.
        while marker == 0xff {
            marker = reader.byte()?;
        }
        if marker == 0xd9 {
            kept.extend([0xff, marker]);
            return Some(kept);
        }
        let length = u16::from_be_bytes(reader.take(2)?.try_into().ok()?);
        let data = reader.take(usize::from(length).checked_sub(2)?)?;
        if let Some(data) = jpeg_segment(marker, data) {
            let length = u16::try_from(data.len() + 2).ok()?;
            kept.extend([0xff, marker]);
            kept.extend(length.to_be_bytes());
            kept.extend(data);
        }
        if marker == 0xda {
            kept.extend(scan(&mut reader)?);
        }
    }
}

/// What is needed of a segment.
fn jpeg_segment(marker: u8, data: &[u8]) -> Option<Vec<u8>> {
    match marker {
        // Frames, tables, intervals and scans; neither extensions nor hierarchies of frames.
        0xc0..=0xc7 | 0xc9..=0xcf | 0xda..=0xdd => Some(data.to_vec()),
        // JFIF (ITU-T T.871, section 10.1), without its thumbnail.
        0xe0 if data.starts_with(b"JFIF\0") => Some([data.get(..12)?, &[0, 0]].concat()),
        // The profile of its colours (ICC.1:2022, annex B.4).
        0xe2 if data.starts_with(b"ICC_PROFILE\0") => Some(data.to_vec()),
        // Whether the colours were transformed (ITU-T T.872, section 6.5.3).
        0xee if data.starts_with(b"Adobe") => Some(data.get(..12)?.to_vec()),
        _ => None,
    }
}

/// The compressed pixels up to the next marker that is not one of theirs.
fn scan<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let from = reader.rest;
    let belongs = |next: u8| next == 0 || (0xd0..=0xd7).contains(&next);
    let end = from
        .windows(2)
        .position(|it| it[0] == 0xff && it[1] != 0xff && !belongs(it[1]))?;
    reader.take(end)
}

/// Blocks of a GIF (GIF89a specification, sections 17 to 27).
fn gif(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: bytes };
    let head = reader.take(13)?;
    reader.take(colour_table(head[10]))?;
    let mut kept = reader.since(bytes).to_vec();
    loop {
        let block = reader.rest;
        match reader.byte()? {
            0x3b => {
                kept.push(0x3b);
                return Some(kept);
            }
            0x2c => {
                let described = reader.take(9)?;
                reader.take(colour_table(described[8]))?;
                reader.byte()?;
                sub_blocks(&mut reader)?;
                kept.extend(reader.since(block));
            }
            0x21 => {
                let kind = reader.byte()?;
                sub_blocks(&mut reader)?;
                kept.extend(gif_extension(kind, reader.since(block))?);
            }
            _ => return None,
        }
    }
}

/// What is needed of an extension; none for text that is part of the picture and that no
/// program draws any more.
fn gif_extension(kind: u8, whole: &[u8]) -> Option<&[u8]> {
    match kind {
        0x01 => None,
        // How long a picture is seen, and through which colour others shine.
        0xf9 if whole.len() == 8 => Some(whole),
        // How often the pictures are seen.
        0xff if whole.len() == 19 && whole.get(3..14) == Some(b"NETSCAPE2.0") => Some(whole),
        _ => Some(&[]),
    }
}

/// Bytes of a colour table, of which a byte of flags says whether it is there.
fn colour_table(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 0x07) + 1),
    }
}

fn sub_blocks(reader: &mut Reader) -> Option<()> {
    loop {
        let length = reader.byte()?;
        reader.take(usize::from(length))?;
        if length == 0 {
            return Some(());
        }
    }
}

/// Chunks of a WebP (RFC 9649, section 2.7).
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: bytes };
    reader.take(4)?;
    let length = u32::from_le_bytes(reader.take(4)?.try_into().ok()?);
    let within = reader.take(usize::try_from(length).ok()?)?;
    let chunks = webp_chunks(within.strip_prefix(b"WEBP")?)?;
    let length = u32::try_from(chunks.len() + 4).ok()?.to_le_bytes();
    Some([b"RIFF", &length[..], b"WEBP", &chunks].concat())
}

fn webp_chunks(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: bytes };
    let mut kept = Vec::new();
    while !reader.rest.is_empty() {
        let name = reader.take(4)?;
        let length = u32::from_le_bytes(reader.take(4)?.try_into().ok()?);
        let data = reader.take(usize::try_from(length).ok()?)?;
        let data = match name {
            b"VP8 " | b"VP8L" | b"ALPH" | b"ICCP" | b"ANIM" => data.to_vec(),
            // The flags that announce Exif and XMP are no longer true.
            b"VP8X" => [&[data.first()? & !0x0c], data.get(1..10)?].concat(),
            // A picture of several: where it stands and its own chunks.
            b"ANMF" => [data.get(..16)?, &webp_chunks(data.get(16..)?)?].concat(),
            _ => Vec::new(),
        };
        if !data.is_empty() {
            kept.extend(name);
            kept.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
            kept.extend(&data);
            kept.extend(&[0][..data.len() % 2]);
        }
        // A chunk of odd length is followed by one byte; the last one's may be missing.
        if length % 2 == 1 && !reader.rest.is_empty() {
            reader.take(1)?;
        }
    }
    Some(kept)
}

#[cfg(test)]
mod tests;
