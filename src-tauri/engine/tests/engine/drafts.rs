//! What is typed and not sent yet.

use hearth_engine::Engine;
use hearth_engine::api::{ConversationId, DraftKey, DraftView, ErrorCode, MessageId, SendRequest};

use crate::attachments::{file, png};
use crate::support::*;

fn of(id: &ConversationId) -> DraftKey {
    DraftKey::Conversation { id: id.clone() }
}

fn edit(conversation: &ConversationId, message: &MessageId) -> DraftKey {
    DraftKey::Edit {
        conversation: conversation.clone(),
        message: message.clone(),
    }
}

async fn text_of(engine: &Engine, key: DraftKey) -> String {
    engine.draft(key).await.unwrap().text
}

#[tokio::test]
async fn a_draft_survives_the_end_of_the_program() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let set = async |key, text: &str| {
        let kept = house.engine.set_draft(key, text.into()).await;
        kept.unwrap();
    };
    set(DraftKey::New, "a new one 🦊").await;
    set(of(&sent.conversation), "the next\nquestion").await;
    set(edit(&sent.conversation, &sent.question), "another Hello").await;
    let picture = file("a.png", png(4, 4));
    house.engine.attach(DraftKey::New, picture).await.unwrap();

    // Killed at this moment.
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let new = later.draft(DraftKey::New).await.unwrap();
    assert_eq!(new.text, "a new one 🦊");
    assert_eq!(new.attachments[0].name, "a.png");
    let content = later.attachment(new.attachments[0].id.clone()).await;
    assert_eq!(content.unwrap().bytes, png(4, 4));
    let next = text_of(&later, of(&sent.conversation)).await;
    assert_eq!(next, "the next\nquestion");
    let edited = text_of(&later, edit(&sent.conversation, &sent.question)).await;
    assert_eq!(edited, "another Hello");
}

#[tokio::test]
async fn only_a_stored_question_clears_its_draft_and_no_other() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let key = of(&sent.conversation);
    house
        .engine
        .set_draft(key.clone(), "next".into())
        .await
        .unwrap();
    house
        .engine
        .set_draft(DraftKey::New, "new".into())
        .await
        .unwrap();
    let nowhere = SendRequest {
        settings: hearth_engine::api::TurnSettings::default(),
        ..question(Some(&ConversationId("gone".into())), "next", None)
    };
    assert!(house.engine.send(nowhere).await.is_err());
    assert_eq!(text_of(&house.engine, key.clone()).await, "next");
    house.ask(Some(&sent.conversation), "next").await;
    assert_eq!(text_of(&house.engine, key).await, "");
    assert_eq!(text_of(&house.engine, DraftKey::New).await, "new");
}

#[tokio::test]
async fn an_edit_begins_with_the_question_and_keeps_what_was_taken_away() {
    let house = House::new().await;
    let image = house
        .engine
        .attach(DraftKey::New, file("a.png", png(4, 4)))
        .await
        .unwrap();
    let mut window = house.engine.subscribe();
    let request = SendRequest {
        attachments: vec![image.id.clone()],
        ..question(None, "What is this?", None)
    };
    let sent = house.engine.send(request).await.unwrap();
    ended(&mut window, &sent.turn).await;

    let key = edit(&sent.conversation, &sent.question);
    let begun = house.engine.draft(key.clone()).await.unwrap();
    let whole = DraftView {
        text: "What is this?".into(),
        attachments: vec![image.clone()],
    };
    assert_eq!(begun, whole);
    house
        .engine
        .detach(key.clone(), image.id.clone())
        .await
        .unwrap();
    house
        .engine
        .set_draft(key.clone(), String::new())
        .await
        .unwrap();
    house
        .engine
        .set_draft(key.clone(), "And this?".into())
        .await
        .unwrap();
    let edited = house.engine.draft(key.clone()).await.unwrap();
    assert_eq!(
        (edited.text.as_str(), edited.attachments.len()),
        ("And this?", 0)
    );
    // The question itself has lost nothing.
    assert!(house.engine.attachment(image.id.clone()).await.is_ok());

    let mut window = house.engine.subscribe();
    let request = SendRequest {
        replaces: Some(sent.question.clone()),
        ..question(Some(&sent.conversation), "And this?", None)
    };
    let again = house.engine.send(request).await.unwrap();
    ended(&mut window, &again.turn).await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(view.messages[0].branches, [sent.question, again.question]);
    // The edit has become a question: the next edit of the old one begins anew.
    assert_eq!(house.engine.draft(key).await.unwrap(), whole);
}

#[tokio::test]
async fn drafts_of_what_is_not_there_are_refused() {
    let house = House::new().await;
    let nowhere = of(&ConversationId("gone".into()));
    let error = house.engine.draft(nowhere.clone()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ConversationNotFound);
    let error = house
        .engine
        .set_draft(nowhere, "a".into())
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::ConversationNotFound);
    assert_eq!(house.engine.state().await.storage, None);
    let (sent, _) = house.ask(None, "Hello").await;
    let no_question = edit(&sent.conversation, &MessageId("gone".into()));
    let error = house.engine.draft(no_question).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::MessageNotFound);
}

#[tokio::test]
async fn a_question_takes_nothing_that_another_window_has_put_into_the_draft() {
    let house = House::new().await;
    let (begun, _) = house.ask(None, "Hello").await;
    for key in [DraftKey::New, of(&begun.conversation)] {
        let picture = file("theirs.png", png(4, 4));
        let theirs = house.engine.attach(key.clone(), picture).await.unwrap();
        let own = file("own.png", png(5, 5));
        let own = house.engine.attach(key.clone(), own).await.unwrap();
        let typed = "What do you make of this?";
        let kept = house.engine.set_draft(key.clone(), typed.into()).await;
        kept.unwrap();

        let conversation = match &key {
            DraftKey::Conversation { id } => Some(id),
            DraftKey::New | DraftKey::Edit { .. } => None,
        };
        let mut window = house.engine.subscribe();
        let request = SendRequest {
            attachments: vec![own.id.clone()],
            ..question(conversation, "ok", None)
        };
        let sent = house.engine.send(request).await.unwrap();
        ended(&mut window, &sent.turn).await;
        let draft = house.engine.draft(key).await.unwrap();
        assert_eq!(draft.text, typed);
        assert_eq!(draft.attachments, [theirs]);
        // What was sent is the question's now.
        assert!(house.engine.attachment(own.id).await.is_ok());
    }
}
