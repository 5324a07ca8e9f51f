use std::io::Cursor;

use ::image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const EDGE: u32 = 1568;

/// A picture whose left half is red and whose right half is blue.
fn picture(width: u32, height: u32) -> DynamicImage {
    let half = width / 2;
    DynamicImage::from(RgbImage::from_fn(width, height, |x, _| {
        if x < half {
            Rgb([220, 20, 20])
        } else {
            Rgb([20, 20, 220])
        }
    }))
}

fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Colours that no compression can do anything about.
fn noise(width: u32, height: u32) -> DynamicImage {
    let mut state = 0x2545_f491_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    DynamicImage::from(RgbaImage::from_fn(width, height, |_, _| Rgba(next())))
}

/// A JPEG as a telephone writes it: held upright, with the place where it was taken
/// (Exif 2.32, sections 4.5.4 and 4.6.6).
fn photograph(width: u32, height: u32) -> Vec<u8> {
    let plain = file(&picture(width, height), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    // Orientation: turned by a quarter, clockwise.
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    // The pointer to what follows: a position.
    exif.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0");
    exif.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0GPS-HERE");
    let mut bytes = plain[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    bytes.extend(exif);
    bytes.extend(&plain[2..]);
    bytes
}

fn image_of(bytes: &[u8], edge: u32) -> Prepared {
    match make_fit(bytes, edge).unwrap() {
        Fit::Image(prepared) => prepared,
        Fit::Text(text) => panic!("a text: {text}"),
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|it| it == needle)
}

#[test]
fn an_image_that_fits_stays_as_it_is() {
    for (format, media_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let bytes = file(&picture(64, 48), format);
        let prepared = image_of(&bytes, EDGE);
        assert_eq!(prepared.media_type, media_type);
        assert_eq!(prepared.bytes, bytes, "{media_type}");
        assert_eq!((prepared.size, prepared.original), ((64, 48), None));
    }
}

#[test]
fn a_large_image_gets_as_small_as_the_model_sees_it() {
    let bytes = file(&picture(3000, 1500), ImageFormat::Png);
    let prepared = image_of(&bytes, EDGE);
    assert_eq!(prepared.media_type, "image/png");
    assert_eq!(prepared.size, (1568, 784));
    assert_eq!(prepared.original, Some((3000, 1500)));
    let image = ::image::load_from_memory(&prepared.bytes).unwrap();
    assert_eq!(image.dimensions(), (1568, 784));
    assert_eq!(image.get_pixel(10, 10), Rgba([220, 20, 20, 255]));
    // The same for another model.
    assert_eq!(image_of(&bytes, 2576).size, (2576, 1288));
    assert_eq!(image_of(&bytes, 3000).original, None);
}

#[test]
fn a_photograph_is_turned_upright_and_does_not_say_where_it_was_taken() {
    let bytes = photograph(40, 20);
    assert!(holds(&bytes, b"GPS-HERE"), "the test has nothing to find");
    let prepared = image_of(&bytes, EDGE);
    assert_eq!(prepared.media_type, "image/jpeg");
    assert_eq!((prepared.size, prepared.original), ((20, 40), None));
    assert!(!holds(&prepared.bytes, b"GPS-HERE"));
    assert!(!holds(&prepared.bytes, b"Exif"));
    // What was left is at the top after a quarter clockwise.
    let image = ::image::load_from_memory(&prepared.bytes).unwrap();
    let [red, _, blue, _] = image.get_pixel(10, 4).0;
    assert!(red > 150 && blue < 100, "{red} {blue}");
}

#[test]
fn an_image_of_many_bytes_becomes_one_of_fewer() {
    let bytes = file(&noise(1500, 1500), ImageFormat::Png);
    assert!(bytes.len() > 7_500_000, "{}", bytes.len());
    let prepared = image_of(&bytes, EDGE);
    assert!(
        prepared.bytes.len() <= 7_500_000,
        "{}",
        prepared.bytes.len()
    );
    assert_eq!(prepared.media_type, "image/jpeg");
    assert!(::image::load_from_memory(&prepared.bytes).is_ok());
}

#[test]
fn what_shines_through_stays_so_unless_it_is_too_large() {
    let glass = DynamicImage::from(RgbaImage::from_pixel(3000, 10, Rgba([9, 9, 9, 128])));
    let prepared = image_of(&file(&glass, ImageFormat::WebP), EDGE);
    assert_eq!(prepared.media_type, "image/png");
    let image = ::image::load_from_memory(&prepared.bytes).unwrap();
    assert_eq!(image.get_pixel(0, 0), Rgba([9, 9, 9, 128]));
}

#[test]
fn a_broken_image_is_refused_and_not_sent() {
    let whole = file(&picture(200, 100), ImageFormat::Png);
    let cut = &whole[..whole.len() / 2];
    assert!(matches!(make_fit(cut, EDGE), Err(Refusal::Broken(_))));
    let only_a_head = b"\x89PNG\r\n\x1a\n and then nothing of the kind";
    assert!(matches!(
        make_fit(only_a_head, EDGE),
        Err(Refusal::Broken(_))
    ));
}

/// The head of a PNG (PNG specification, section 11.2.1) that claims a size.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = file(&picture(1, 1), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.to_be_bytes());
    bytes
}

pub(super) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

#[test]
fn a_few_bytes_that_claim_to_be_a_wall_are_not_decoded() {
    assert!(matches!(
        make_fit(&claims(20_000, 20_000), EDGE),
        Err(Refusal::TooLarge)
    ));
    // The same file with an honest size would have got as far as being decoded.
    assert!(make_fit(&claims(1, 1), EDGE).is_ok());
}

#[test]
fn pixels_count_by_their_bytes() {
    // Ten thousand a side, of which each has eight bytes, are 800 MB; of four they are 400.
    let mut deep = claims(10_000, 10_000);
    deep[24..26].copy_from_slice(&[16, 6]);
    let crc = crc32(&deep[12..29]);
    deep[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(make_fit(&deep, EDGE), Err(Refusal::TooLarge));
    let shallow = make_fit(&claims(10_000, 10_000), EDGE);
    assert!(matches!(shallow, Err(Refusal::Broken(_))), "{shallow:?}");
}

#[test]
fn a_large_photograph_is_turned_and_made_smaller() {
    let prepared = image_of(&photograph(3000, 1500), EDGE);
    assert_eq!(prepared.size, (784, 1568));
    assert_eq!(prepared.original, Some((1500, 3000)));
    let image = ::image::load_from_memory(&prepared.bytes).unwrap();
    let [red, _, blue, _] = image.get_pixel(400, 100).0;
    assert!(red > 150 && blue < 100, "{red} {blue}");
}

#[test]
fn text_is_text_whatever_its_name_says() {
    let text = "#!/bin/sh\necho 日本 🦊\n";
    assert_eq!(
        make_fit(text.as_bytes(), EDGE),
        Ok(Fit::Text(text.to_owned()))
    );
    let page = "<!DOCTYPE html><html><svg></svg></html>";
    assert_eq!(
        make_fit(page.as_bytes(), EDGE),
        Ok(Fit::Text(page.to_owned()))
    );
}

#[test]
fn everything_else_is_refused_by_its_type() {
    let pdf = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n";
    assert_eq!(
        make_fit(pdf, EDGE),
        Err(Refusal::UnknownType(Some("application/pdf")))
    );
    let archive = b"PK\x03\x04\x14\0\0\0\0\0";
    assert_eq!(
        make_fit(archive, EDGE),
        Err(Refusal::UnknownType(Some("application/zip")))
    );
    let bitmap = b"BM\x3a\0\0\0\0\0\0\0";
    assert_eq!(
        make_fit(bitmap, EDGE),
        Err(Refusal::UnknownType(Some("image/bmp")))
    );
    assert_eq!(
        make_fit(b"\0\x01\x02\x03", EDGE),
        Err(Refusal::UnknownType(None))
    );
}

#[test]
fn nothing_and_too_much_are_refused() {
    assert_eq!(make_fit(b"", EDGE), Err(Refusal::Empty));
    assert_eq!(make_fit(b" \n\t ", EDGE), Err(Refusal::Empty));
    let most = "a".repeat(text::MOST_TEXT);
    assert!(make_fit(most.as_bytes(), EDGE).is_ok());
    let more = "a".repeat(text::MOST_TEXT + 1);
    assert_eq!(make_fit(more.as_bytes(), EDGE), Err(Refusal::TooLarge));
}

#[test]
fn an_image_among_many_is_made_smaller_once_more() {
    let bytes = file(&picture(2500, 1000), ImageFormat::Jpeg);
    let smaller = fit(&bytes, 2000).unwrap();
    assert_eq!(smaller.size, (2000, 800));
    assert_eq!(fit(&smaller.bytes, 2000), None);
    assert_eq!(fit(b"no image", 2000), None);
}

#[test]
fn names_are_one_line_and_have_no_tricks() {
    assert_eq!(tidy_name("notes.md"), "notes.md");
    assert_eq!(tidy_name("../../etc/passwd"), "passwd");
    assert_eq!(tidy_name("C:\\Users\\me\\a.png"), "a.png");
    assert_eq!(tidy_name("a\nb\u{202e}gnp.exe\u{0}"), "abgnp.exe");
    assert_eq!(tidy_name(" \t "), "file");
    assert_eq!(tidy_name("日本 🦊.txt"), "日本 🦊.txt");
    assert_eq!(tidy_name(&"x".repeat(999)).chars().count(), 200);
}
