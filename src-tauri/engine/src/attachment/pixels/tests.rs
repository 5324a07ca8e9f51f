use std::io::Cursor;

use ::image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::attachment::image::Prepared;
use crate::attachment::{Fit, make_fit};

/// What nobody wants to send, in every carrier below.
const SECRET: &[u8] = b"GPS-HERE";

fn file(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(24, 16, |x, y| {
        let [x, y] = [x, y].map(|it| u8::try_from(it * 10).unwrap());
        Rgb([x, y, 90])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture)
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

fn prepared(bytes: &[u8]) -> Prepared {
    match make_fit(bytes, 1568).unwrap() {
        Fit::Image(prepared) => prepared,
        Fit::Text(text) => panic!("a text: {text}"),
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|it| it == needle)
}

fn spliced(bytes: &[u8], at: usize, part: &[u8]) -> Vec<u8> {
    [&bytes[..at], part, &bytes[at..]].concat()
}

/// The secret is found before, is gone afterwards, and the picture is the same.
fn sheds(carrier: &str, bytes: &[u8], format: ImageFormat) {
    assert!(holds(bytes, SECRET), "{carrier}: nothing to find");
    let kept = prepared(bytes);
    assert!(!holds(&kept.bytes, SECRET), "{carrier}");
    assert_eq!(::image::guess_format(&kept.bytes).unwrap(), format);
    let decoded = |bytes: &[u8]| ::image::load_from_memory(bytes).unwrap().to_rgba8();
    assert_eq!(decoded(&kept.bytes), decoded(bytes), "{carrier}");
    // Once is enough.
    assert_eq!(prepared(&kept.bytes).bytes, kept.bytes, "{carrier}");
}

/// A PNG chunk (PNG specification, section 5.3). Decoders pass over what they do not need
/// without its checksum, but not all of them.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    let named = [name, data].concat();
    let crc = super::super::tests::crc32(&named).to_be_bytes();
    [&length.to_be_bytes()[..], &named, &crc].concat()
}

#[test]
fn a_png_keeps_its_pixels_and_nothing_else() {
    let plain = file(ImageFormat::Png);
    let end = plain.len() - 12;
    let text = [b"Comment\0", SECRET].concat();
    let compressed = [b"Comment\0\0", SECRET].concat();
    let international = [b"Comment\0\0\0\0\0", SECRET].concat();
    let parts = [
        ("tEXt", chunk(b"tEXt", &text)),
        ("zTXt", chunk(b"zTXt", &compressed)),
        ("iTXt", chunk(b"iTXt", &international)),
        ("eXIf", chunk(b"eXIf", SECRET)),
        ("a chunk of a program's own", chunk(b"vpAg", SECRET)),
    ];
    for (name, part) in parts {
        // Behind the header, which has 25 bytes after the signature, and behind the pixels.
        sheds(name, &spliced(&plain, 33, &part), ImageFormat::Png);
        sheds(name, &spliced(&plain, end, &part), ImageFormat::Png);
    }
    let longer = [&plain, SECRET].concat();
    sheds("bytes behind the end", &longer, ImageFormat::Png);
}

/// A JPEG segment (ITU-T T.81, section B.1.1.4).
fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], data].concat()
}

#[test]
fn a_jpeg_keeps_its_pixels_and_nothing_else() {
    let plain = file(ImageFormat::Jpeg);
    let iptc = [b"Photoshop 3.0\0", SECRET].concat();
    let exif = [b"Exif\0\0", SECRET].concat();
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat();
    let thumbnail = [&b"JFIF\0\x01\x01\0\0\x01\0\x01\x01\x01"[..], SECRET].concat();
    let other = [b"FPXR\0", SECRET].concat();
    let parts = [
        ("COM", segment(0xfe, SECRET)),
        ("Exif that nobody can read", segment(0xe1, &exif)),
        ("XMP", segment(0xe1, &xmp)),
        ("IPTC", segment(0xed, &iptc)),
        ("a thumbnail in JFIF", segment(0xe0, &thumbnail)),
        ("FlashPix in APP2", segment(0xe2, &other)),
        ("APP11", segment(0xeb, SECRET)),
        ("APP15", segment(0xef, SECRET)),
    ];
    for (name, part) in parts {
        sheds(name, &spliced(&plain, 2, &part), ImageFormat::Jpeg);
    }
    let longer = [&plain, SECRET].concat();
    sheds("bytes behind the end", &longer, ImageFormat::Jpeg);
    // Between the scans of a picture anything may stand as well.
    let late = spliced(&plain, plain.len() - 2, &segment(0xfe, SECRET));
    sheds("a comment behind the pixels", &late, ImageFormat::Jpeg);
}

#[test]
fn a_gif_keeps_its_pixels_and_nothing_else() {
    let plain = file(ImageFormat::Gif);
    let end = plain.len() - 1;
    let length = u8::try_from(SECRET.len()).unwrap();
    let block = [&[length], SECRET, &[0]].concat();
    let comment = [&[0x21, 0xfe], &block[..]].concat();
    let application = [b"\x21\xff\x0bXMP DataXMP", &block[..]].concat();
    sheds(
        "a comment",
        &spliced(&plain, end, &comment),
        ImageFormat::Gif,
    );
    let xmp = spliced(&plain, end, &application);
    sheds("an application's extension", &xmp, ImageFormat::Gif);
    let longer = [&plain, SECRET].concat();
    sheds("bytes behind the end", &longer, ImageFormat::Gif);
}

/// A WebP chunk (WebP container specification, "RIFF File Format").
fn riff(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    let padding = vec![0; data.len() % 2];
    [name, &length[..], data, &padding].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff(b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
}

#[test]
fn a_webp_keeps_its_pixels_and_nothing_else() {
    let plain = file(ImageFormat::WebP);
    let pixels = plain[12..].to_vec();
    let own = webp(&[pixels.clone(), riff(b"OWN ", SECRET)]);
    sheds("a chunk of a program's own", &own, ImageFormat::WebP);
    for (flags, name) in [(0x08, b"EXIF"), (0x04, b"XMP "), (0, b"OWN ")] {
        // Flags, and the size less one.
        let extended = riff(b"VP8X", &[flags, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
        let parts = [extended, pixels.clone(), riff(name, SECRET)];
        sheds("extended", &webp(&parts), ImageFormat::WebP);
    }
    // A picture that moves: the flag for it, the background and how often, and one frame.
    let moving = riff(b"VP8X", &[0x02, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
    let place = [0, 0, 0, 0, 0, 0, 23, 0, 0, 15, 0, 0, 100, 0, 0, 0];
    let frame = [&place[..], &pixels, &riff(b"OWN ", SECRET)].concat();
    let parts = [moving, riff(b"ANIM", &[0; 6]), riff(b"ANMF", &frame)];
    sheds("a frame", &webp(&parts), ImageFormat::WebP);
    let longer = [&plain, SECRET].concat();
    sheds("bytes behind the end", &longer, ImageFormat::WebP);
}

#[test]
fn the_profile_of_the_colours_stays() {
    let plain = file(ImageFormat::Jpeg);
    let profile = [b"ICC_PROFILE\0\x01\x01", &[7; 40][..]].concat();
    let profiled = spliced(&plain, 2, &segment(0xe2, &profile));
    assert!(holds(&prepared(&profiled).bytes, b"ICC_PROFILE"));
    let plain = file(ImageFormat::Png);
    let profiled = spliced(&plain, 33, &chunk(b"gAMA", &45455_u32.to_be_bytes()));
    assert_eq!(prepared(&profiled).bytes, profiled);
}

#[test]
fn pictures_that_move_stay_so() {
    let mut bytes = Vec::new();
    {
        let mut encoder = ::image::codecs::gif::GifEncoder::new(&mut bytes);
        encoder
            .set_repeat(::image::codecs::gif::Repeat::Infinite)
            .unwrap();
        for shade in [0, 128, 255] {
            let frame = RgbaImage::from_pixel(4, 4, Rgba([shade, 0, 0, 255]));
            encoder.encode_frame(::image::Frame::new(frame)).unwrap();
        }
    }
    assert_eq!(prepared(&bytes).bytes, bytes);
}

#[test]
fn no_cut_and_no_flipped_byte_is_more_than_an_error() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
    ] {
        let whole = file(format);
        assert!(super::only(&whole, format).is_some());
        for at in 0..whole.len() {
            super::only(&whole[..at], format);
            let mut flipped = whole.clone();
            flipped[at] ^= 0xff;
            super::only(&flipped, format);
        }
    }
}
