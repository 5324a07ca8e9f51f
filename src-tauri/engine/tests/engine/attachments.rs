//! Files on their way from a person to a model.

use std::io::Cursor;

use hearth_emulator::Emulator;
use hearth_engine::api::{
    AttachmentId, AttachmentView, BlockView, ConnectionDraft, DraftKey, ErrorCode, NewFile,
    SendRequest, TurnSettings,
};
use hearth_engine::{ClientOptions, Words};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::support::*;

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let image = DynamicImage::from(RgbImage::from_pixel(width, height, Rgb([10, 120, 60])));
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

pub(crate) fn file(name: &str, bytes: impl Into<Vec<u8>>) -> NewFile {
    NewFile {
        name: name.into(),
        bytes: bytes.into(),
    }
}

fn with(text: &str, attachments: Vec<AttachmentId>) -> SendRequest {
    SendRequest {
        attachments,
        ..question(None, text, None)
    }
}

async fn refused(house: &House, file: NewFile) -> (ErrorCode, Option<String>) {
    let error = house.engine.attach(DraftKey::New, file).await.unwrap_err();
    assert!(
        error.subject.is_some(),
        "a refusal names its file: {error:?}"
    );
    (error.code, error.message)
}

#[tokio::test]
async fn an_image_and_a_file_go_to_the_model_with_their_question() {
    let house = House::new().await;
    let picture = png(40, 30);
    let image = house
        .engine
        .attach(DraftKey::New, file("garden.png", picture.clone()))
        .await
        .unwrap();
    assert_eq!((image.width, image.height), (Some(40), Some(30)));
    assert_eq!(image.original_width, None);
    let notes = house
        .engine
        .attach(DraftKey::New, file("/home/me/notes.rs", "fn main() {}\n"))
        .await
        .unwrap();
    assert_eq!(
        (notes.name.as_str(), notes.media_type.as_str()),
        ("notes.rs", "text/plain")
    );
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(draft.attachments, [image.clone(), notes.clone()]);

    let mut window = house.engine.subscribe();
    let request = with("What is this?", vec![image.id.clone(), notes.id.clone()]);
    let sent = house.engine.send(request).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));

    // The emulator has looked at it as the service would; this is what it got.
    let body = &bodies(&house.emulator.log())[0];
    let sent_blocks = body["messages"][0]["content"].to_string();
    assert!(sent_blocks.contains("image/png"), "{sent_blocks}");
    assert!(sent_blocks.contains("fn main() {}"), "{sent_blocks}");
    assert!(sent_blocks.contains("notes.rs"), "{sent_blocks}");

    // The draft is the question now, and the content is still there.
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert!(draft.attachments.is_empty() && draft.text.is_empty());
    let kept = house.engine.attachment(image.id.clone()).await.unwrap();
    assert_eq!(
        (kept.media_type.as_str(), kept.bytes),
        ("image/png", picture)
    );
    let view = house.view(&sent.conversation).await;
    let attached: Vec<&AttachmentView> = view.messages[0]
        .blocks
        .iter()
        .filter_map(|block| match block {
            BlockView::Image { attachment } | BlockView::File { attachment } => Some(attachment),
            _ => None,
        })
        .collect();
    assert_eq!(attached, [&image, &notes]);
}

#[tokio::test]
async fn an_image_is_as_large_as_the_model_of_the_conversation_sees_it() {
    let house = House::new().await;
    let wide = png(4000, 100);
    let attach = async |key| {
        let attached = house.engine.attach(key, file("wide.png", wide.clone()));
        let attached = attached.await.unwrap();
        (attached.width, attached.original_width)
    };
    // The connection's first deployment sees 2576 pixels, an older one 1568.
    let (newest, _) = house.ask_deployment(None, "Hello", SONNET).await;
    let (older, _) = house.ask_deployment(None, "Hello", HAIKU).await;
    let id = |sent: hearth_engine::api::Sent| DraftKey::Conversation {
        id: sent.conversation,
    };
    assert_eq!(attach(id(newest)).await, (Some(2576), Some(4000)));
    assert_eq!(attach(id(older)).await, (Some(1568), Some(4000)));
    assert_eq!(attach(DraftKey::New).await, (Some(2576), Some(4000)));
}

#[tokio::test]
async fn a_deployment_that_nobody_knows_gets_what_every_model_sees() {
    let house = House::with(Emulator::builder(), ClientOptions::default()).await;
    let draft = ConnectionDraft {
        deployments: vec![unmapped("experiment")],
        ..house.draft()
    };
    house.engine.save_connection(draft).await.unwrap();
    let wide = file("wide.png", png(4000, 100));
    let attached = house.engine.attach(DraftKey::New, wide).await.unwrap();
    assert_eq!(attached.width, Some(1568));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_it_is_sent() {
    let house = House::new().await;
    let pdf = file("paper.pdf", "%PDF-1.7\n%%EOF\n");
    assert_eq!(
        refused(&house, pdf).await,
        (
            ErrorCode::AttachmentUnknownType,
            Some("application/pdf".into())
        )
    );
    // What it is called does not matter.
    let disguised = file("photo.png", "%PDF-1.7\n%%EOF\n");
    assert_eq!(
        refused(&house, disguised).await.0,
        ErrorCode::AttachmentUnknownType
    );
    let cut = file("cut.png", &png(500, 500)[..60]);
    assert_eq!(refused(&house, cut).await.0, ErrorCode::AttachmentBroken);
    let empty = file("empty.txt", "");
    assert_eq!(refused(&house, empty).await.0, ErrorCode::AttachmentBroken);
    let book = file("book.txt", "words ".repeat(200_000));
    assert_eq!(refused(&house, book).await.0, ErrorCode::AttachmentTooLarge);
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(draft.attachments, []);
}

#[tokio::test]
async fn twenty_files_go_with_one_question_and_no_more() {
    let house = House::new().await;
    let files = |count: usize| (0..count).map(|n| file(&format!("{n}.txt"), "a"));
    let many = house
        .engine
        .attach_all(DraftKey::New, files(20).collect())
        .await
        .unwrap();
    assert_eq!(many.len(), 20);
    let one_more = house.engine.attach(DraftKey::New, file("more.txt", "a"));
    assert_eq!(
        one_more.await.unwrap_err().code,
        ErrorCode::AttachmentsTooMany
    );
    let first = many[0].id.clone();
    house
        .engine
        .detach(DraftKey::New, first.clone())
        .await
        .unwrap();
    house
        .engine
        .attach(DraftKey::New, file("more.txt", "a"))
        .await
        .unwrap();
    // What nobody has any more is gone.
    let gone = house.engine.attachment(first.clone()).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::AttachmentNotFound);
    // Taking it away twice is no failure.
    house.engine.detach(DraftKey::New, first).await.unwrap();
}

#[tokio::test]
async fn several_files_are_attached_together_or_not_at_all() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("good.txt"), "good").unwrap();
    std::fs::write(path("bad.bin"), [0, 1, 2, 3]).unwrap();
    let all = vec![path("good.txt"), path("bad.bin")];
    let error = house
        .engine
        .attach_files(DraftKey::New, all)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::AttachmentUnknownType);
    assert_eq!(error.subject.as_deref(), Some("bad.bin"));
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(draft.attachments, []);
    for (what, code) in [
        (path("missing.txt"), ErrorCode::AttachmentBroken),
        (folder.path().to_owned(), ErrorCode::AttachmentUnknownType),
        ("/dev/zero".into(), ErrorCode::AttachmentUnknownType),
    ] {
        let refused = house.engine.attach_files(DraftKey::New, vec![what]).await;
        assert_eq!(refused.unwrap_err().code, code);
    }
    let good = vec![path("good.txt")];
    let attached = house.engine.attach_files(DraftKey::New, good).await;
    assert_eq!(attached.unwrap()[0].name, "good.txt");
}

/// An image of about 6.8 MB, which is 9 MB as it travels: no compression finds anything.
fn heavy() -> Vec<u8> {
    let mut pixels = vec![0; 1300 * 1300 * 4];
    StdRng::seed_from_u64(7).fill(&mut pixels[..]);
    let image = RgbaImage::from_raw(1300, 1300, pixels).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image)
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn files_that_are_too_many_are_not_even_read() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let missing = |count: usize| vec![folder.path().join("missing.txt"); count];
    let refused = async |paths| {
        let refused = house.engine.attach_files(DraftKey::New, paths).await;
        refused.unwrap_err().code
    };
    // As many as there may be are read, which finds that they are not there.
    assert_eq!(refused(missing(20)).await, ErrorCode::AttachmentBroken);
    assert_eq!(refused(missing(21)).await, ErrorCode::AttachmentsTooMany);
    let one = file("one.txt", "a");
    house.engine.attach(DraftKey::New, one).await.unwrap();
    assert_eq!(refused(missing(20)).await, ErrorCode::AttachmentsTooMany);
}

#[tokio::test]
async fn files_are_read_until_they_are_too_large_together() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("heavy.png"), heavy()).unwrap();
    let attach = async |heavy: usize| {
        let mut paths = vec![path("heavy.png"); heavy];
        paths.push(path("missing.txt"));
        let refused = house.engine.attach_files(DraftKey::New, paths).await;
        refused.unwrap_err().code
    };
    assert_eq!(attach(3).await, ErrorCode::AttachmentBroken);
    assert_eq!(attach(4).await, ErrorCode::AttachmentsTooMany);
}

#[tokio::test]
async fn a_conversation_takes_no_more_files_than_one_request() {
    let house = House::new().await;
    let heavy = heavy();
    let mut window = house.engine.subscribe();
    let attach = async |key, name: &str| {
        let file = file(name, heavy.clone());
        house.engine.attach(key, file).await
    };
    let first = attach(DraftKey::New, "first.png").await.unwrap();
    let second = attach(DraftKey::New, "second.png").await.unwrap();
    let request = with("Compare them", vec![first.id.clone(), second.id]);
    let sent = house.engine.send(request).await.unwrap();
    ended(&mut window, &sent.turn).await;
    let id = sent.conversation.clone();
    let here = DraftKey::Conversation { id: id.clone() };

    // A third goes along, a fourth is more than a request takes.
    let third = attach(here.clone(), "third.png").await.unwrap();
    let refused = attach(here.clone(), "fourth.png").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttachmentsTooMany);
    let named = refused.subject.clone().unwrap();
    let said = Words::english().explain(&refused);
    assert!(named.ends_with(".png") && said.contains(&named), "{said}");

    // Another draft's attachment cannot slip past at the last moment.
    let other = attach(DraftKey::New, "other.png").await.unwrap();
    let request = SendRequest {
        attachments: vec![third.id, other.id],
        ..question(Some(&id), "And these?", None)
    };
    let refused = house.engine.send(request).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttachmentsTooMany);
    assert!(refused.subject.unwrap().contains(".png"));
    assert_eq!(house.view(&id).await.messages.len(), 2, "nothing is stored");

    // An edit stands in place of the question, whose files do not count twice.
    let edit = DraftKey::Edit {
        conversation: id.clone(),
        message: sent.question.clone(),
    };
    house.engine.draft(edit.clone()).await.unwrap();
    attach(edit, "fourth.png").await.unwrap();
}

#[tokio::test]
async fn an_attachment_alone_is_a_question() {
    let house = House::new().await;
    let image = house
        .engine
        .attach(DraftKey::New, file("alone.png", png(8, 8)))
        .await
        .unwrap();
    let mut window = house.engine.subscribe();
    let request = SendRequest {
        settings: TurnSettings::default(),
        ..with("", vec![image.id])
    };
    let sent = house.engine.send(request).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    let listed = house.engine.conversations().await.unwrap();
    assert!(!listed[0].title.is_empty());
}

#[tokio::test]
async fn more_images_than_a_model_takes_are_refused_before_anything_leaves() {
    let house = House::new().await;
    let picture = png(4, 4);
    let (first, _) = house.ask_deployment(None, "Look", HAIKU).await;
    let id = first.conversation;
    let key = DraftKey::Conversation { id: id.clone() };
    let many = |count: usize| -> Vec<NewFile> {
        let one = |number| file(&format!("{number}.png"), picture.clone());
        (0..count).map(one).collect()
    };
    let ask = async |deployment: &str, files: usize| {
        let attached = house.engine.attach_all(key.clone(), many(files)).await?;
        let request = SendRequest {
            attachments: attached.into_iter().map(|it| it.id).collect(),
            ..question(Some(&id), "And these?", Some(deployment))
        };
        let mut window = house.engine.subscribe();
        let sent = house.engine.send(request).await?;
        Ok(ended(&mut window, &sent.turn).await)
    };
    for _ in 0..5 {
        let answer = ask(HAIKU, 20).await.unwrap();
        assert_eq!(answer.state, complete("end_turn"));
    }
    // A hundred go; one more is refused where it would be attached.
    let error: hearth_engine::api::ErrorReport = ask(HAIKU, 1).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ImagesTooMany);
    assert_eq!(error.subject.as_deref(), Some("100"));
    let draft = house.engine.draft(key.clone()).await.unwrap();
    assert_eq!(draft.attachments, []);
    assert_eq!(ask(HAIKU, 0).await.unwrap().state, complete("end_turn"));

    // A larger model takes more of them, and then the smaller one is not asked at all.
    assert_eq!(ask(SONNET, 0).await.unwrap().state, complete("end_turn"));
    assert_eq!(ask(SONNET, 1).await.unwrap().state, complete("end_turn"));
    let asked = house.emulator.log().len();
    let before = house.view(&id).await.messages.len();
    let error = ask(HAIKU, 0).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ImagesTooMany);
    assert_eq!(house.emulator.log().len(), asked);
    assert_eq!(house.view(&id).await.messages.len(), before);
    let answer = house.view(&id).await.messages.last().unwrap().id.clone();
    let again = house.engine.regenerate(id.clone(), answer).await;
    assert!(again.is_ok(), "{again:?}");
}
