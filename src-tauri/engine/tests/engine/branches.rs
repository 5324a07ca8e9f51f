//! Edits, continuations and forks: everything can be done again, and nothing is overwritten.

use hearth_emulator::Script;
use hearth_engine::api::{
    ConversationId, DraftKey, ErrorCode, MessageId, MessageState, MessageView, NewFile, Purpose,
    Role, SendRequest, Sent,
};
use serde_json::{Value, json};

use crate::support::*;

fn edit(conversation: &ConversationId, replaced: &MessageId, text: &str) -> SendRequest {
    SendRequest {
        replaces: Some(replaced.clone()),
        ..question(Some(conversation), text, None)
    }
}

async fn answered(house: &House, request: SendRequest) -> (Sent, MessageView) {
    let mut window = house.engine.subscribe();
    let sent = house.engine.send(request).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    (sent, answer)
}

async fn continued(
    house: &House,
    conversation: &ConversationId,
    answer: &MessageView,
) -> (Sent, MessageView) {
    let mut window = house.engine.subscribe();
    let more = house
        .engine
        .continue_answer(conversation.clone(), answer.id.clone());
    let sent = more.await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    (sent, answer)
}

async fn regenerated(
    house: &House,
    conversation: &ConversationId,
    message: &MessageId,
) -> (Sent, MessageView) {
    let mut window = house.engine.subscribe();
    let again = house
        .engine
        .regenerate(conversation.clone(), message.clone());
    let sent = again.await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    (sent, answer)
}

fn last_messages(house: &House) -> Vec<Value> {
    let body = bodies(&house.emulator.log()).pop().unwrap();
    body["messages"].as_array().unwrap().clone()
}

fn texts(messages: &[MessageView]) -> Vec<String> {
    messages.iter().map(text).collect()
}

#[tokio::test]
async fn an_edit_stands_beside_the_question_and_both_stay() {
    let house = House::new().await;
    let (first, one) = house.ask(None, "Hello").await;
    let conversation = first.conversation.clone();
    house.ask(Some(&conversation), "And then?").await;
    let before = house.view(&conversation).await.messages;

    let (again, two) = answered(&house, edit(&conversation, &first.question, "Good evening")).await;
    let view = house.view(&conversation).await;
    assert_eq!(view.messages.len(), 2);
    assert_eq!(view.messages[0].id, again.question);
    assert_eq!(
        view.messages[0].branches,
        [first.question.clone(), again.question]
    );
    assert_eq!(text(&view.messages[0]), "Good evening");
    assert_eq!(view.messages[1], two);
    assert_eq!(last_messages(&house).len(), 1);

    let old = house
        .engine
        .show_branch(conversation.clone(), one.id.clone())
        .await
        .unwrap();
    assert_eq!(texts(&old.messages), texts(&before));
    // The title stays that of the first question.
    assert_eq!(old.summary.title, "Hello");
}

#[tokio::test]
async fn an_edit_in_the_middle_keeps_what_is_before_it() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "One").await;
    let conversation = first.conversation.clone();
    let (second, _) = house.ask(Some(&conversation), "Two").await;
    house.ask(Some(&conversation), "Three").await;
    answered(&house, edit(&conversation, &second.question, "Zwei")).await;
    let sent = last_messages(&house);
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0]["content"][0]["text"], "One");
    assert_eq!(sent[2]["content"][0]["text"], "Zwei");
}

#[tokio::test]
async fn only_a_question_can_be_edited() {
    let house = House::new().await;
    let (first, answer) = house.ask(None, "Hello").await;
    for replaced in [&answer.id, &MessageId("nothing".into())] {
        let refused = house
            .engine
            .send(edit(&first.conversation, replaced, "x"))
            .await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::MessageNotFound);
    }
    assert_eq!(house.view(&first.conversation).await.messages.len(), 2);
}

#[tokio::test]
async fn a_question_ends_the_draft_that_it_was_and_no_other() {
    let house = House::new().await;
    let engine = &house.engine;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation.clone();
    let keys = [
        DraftKey::New,
        DraftKey::Conversation {
            id: conversation.clone(),
        },
        DraftKey::Edit {
            conversation: conversation.clone(),
            message: first.question.clone(),
        },
    ];
    for (key, typed) in keys.into_iter().zip(["New", "Next", "Edited"]) {
        engine.set_draft(key, typed.into()).await.unwrap();
    }
    let drafts = async || {
        let mut drafts = Vec::new();
        // The draft of an edit begins with its question again, so it is looked at in the store.
        let database = rusqlite::Connection::open(house.folder.path().join("hearth.db")).unwrap();
        let mut rows = database
            .prepare("SELECT text FROM draft ORDER BY seq")
            .unwrap();
        let rows = rows.query_map([], |row| row.get::<_, String>(0)).unwrap();
        drafts.extend(rows.map(Result::unwrap));
        drafts.len()
    };
    assert_eq!(drafts().await, 3);
    answered(&house, edit(&conversation, &first.question, "Edited")).await;
    assert_eq!(drafts().await, 2);
    answered(&house, question(Some(&conversation), "Next", None)).await;
    assert_eq!(drafts().await, 1);
    answered(&house, question(None, "New", None)).await;
    assert_eq!(drafts().await, 0);
}

#[tokio::test]
async fn an_older_model_goes_on_with_its_own_words() {
    let house = House::new().await;
    let script = Script::message()
        .thinking(["Hm."])
        .text(["Once upon ", "a time \n"]);
    house.emulator.next(script.stop("max_tokens"));
    let (sent, cut) = house.ask_deployment(None, "Tell me a story", HAIKU).await;
    let conversation = sent.conversation;
    house
        .emulator
        .next(Script::reply([" there was", " a fox."]));
    let (more, rest) = continued(&house, &conversation, &cut).await;
    assert_eq!(more.question, cut.id);
    let body = bodies(&house.emulator.log()).pop().unwrap();
    assert_eq!(body.get("thinking"), None);
    let messages = last_messages(&house);
    assert_eq!(messages.len(), 2);
    assert_eq!(
        messages[1],
        json!({"role": "assistant", "content": [{"type": "text", "text": "Once upon a time"}]})
    );
    let view = house.view(&conversation).await;
    assert_eq!(
        texts(&view.messages)[1..],
        ["Once upon a time \n", " there was a fox."]
    );
    // What was cut stays as it was.
    assert_eq!(view.messages[1].blocks, cut.blocks);

    // Written again, it is a branch beside the first continuation.
    let (again, other) = regenerated(&house, &conversation, &rest.id).await;
    assert_eq!(again.question, cut.id);
    assert_eq!(other.branches, [rest.id.clone(), other.id.clone()]);
    assert_eq!(last_messages(&house).len(), 2);

    // And the conversation goes on with both in it, as one message.
    house.ask(Some(&conversation), "Nice").await;
    let roles: Vec<_> = last_messages(&house)
        .iter()
        .map(|message| message["role"].clone())
        .collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
}

#[tokio::test]
async fn a_newer_model_is_asked_to_go_on() {
    let house = House::new().await;
    let end = "and so the fox went ".repeat(20);
    let script = Script::reply(["Once upon a time ", &end, "home", "never"]).cut_after_events(5);
    house.emulator.next(script);
    let (sent, cut) = house.ask(None, "Tell me a story").await;
    assert!(matches!(cut.state, MessageState::Failed { .. }));
    let conversation = sent.conversation;
    let (more, rest) = continued(&house, &conversation, &cut).await;
    assert_eq!(rest.state, complete("end_turn"));
    let view = house.view(&conversation).await;
    let prompt = &view.messages[2];
    assert_eq!(prompt.id, more.question);
    assert_eq!(prompt.purpose, Some(Purpose::Continue));
    assert_eq!(prompt.role, Role::User);
    let said = text(prompt);
    assert!(
        said.contains("and so the fox went home") || said.contains("the fox went"),
        "{said}"
    );
    assert!(!said.contains("Once upon a time"), "{said}");
    assert_eq!(last_messages(&house).len(), 3);
    // Nobody wrote it, so no search finds it.
    let hits = house.engine.search("repeat anything".into()).await.unwrap();
    assert_eq!(hits, []);
    let hits = house.engine.search("fox".into()).await.unwrap();
    assert!(
        hits.iter().any(|hit| hit.message.as_ref() == Some(&cut.id)),
        "{hits:?}"
    );

    let (again, other) = regenerated(&house, &conversation, &rest.id).await;
    assert_eq!(again.question, prompt.id);
    assert_eq!(other.branches, [rest.id, other.id.clone()]);
}

#[tokio::test]
async fn what_has_no_words_or_came_to_its_end_cannot_be_continued() {
    let house = House::new().await;
    let (sent, whole) = house.ask(None, "Hello").await;
    let conversation = sent.conversation;
    let refused = async |message: &MessageView| {
        let more = house
            .engine
            .continue_answer(conversation.clone(), message.id.clone());
        more.await.unwrap_err().code
    };
    assert_eq!(refused(&whole).await, ErrorCode::NothingToContinue);
    let only_thought = Script::message()
        .thinking(["Hm.", "So."])
        .cut_after_events(4);
    house.emulator.next(only_thought);
    let (_, cut) = house.ask(Some(&conversation), "And?").await;
    assert!(matches!(cut.state, MessageState::Failed { .. }));
    assert_eq!(refused(&cut).await, ErrorCode::NothingToContinue);
    // Something follows this one.
    assert_eq!(refused(&whole).await, ErrorCode::MessageNotFound);
    let before = house.view(&conversation).await.messages.len();
    assert_eq!(before, 4);
}

#[tokio::test]
async fn a_fork_is_a_conversation_of_its_own() {
    let house = House::new().await;
    let thoughtful = Script::message().thinking(["Hm."]).text(["Yes."]);
    house.emulator.next(thoughtful);
    let (first, one) = house.ask(None, "Think").await;
    let conversation = first.conversation.clone();
    house.ask(Some(&conversation), "And then?").await;
    let before = house.view(&conversation).await;
    let fork = house.engine.fork(conversation.clone(), one.id.clone());
    let fork = fork.await.unwrap();
    let copy = house.view(&fork).await;
    assert_eq!(texts(&copy.messages), texts(&before.messages[..2]));
    assert_eq!(copy.messages[1].blocks, one.blocks);
    assert_ne!(copy.messages[1].id, one.id);
    assert!(
        copy.summary.title.starts_with("Think"),
        "{}",
        copy.summary.title
    );
    assert_ne!(copy.summary.title, before.summary.title);
    // Nothing before the thinking is different, so it goes back.
    let (_, answer) = house.ask(Some(&fork), "Elsewhere").await;
    assert_eq!(answer.state, complete("end_turn"));
    assert!(last_messages(&house)[1].to_string().contains("thinking"));
    assert_eq!(house.view(&conversation).await.messages, before.messages);
    let list = house.engine.conversations().await.unwrap();
    assert_eq!(list.len(), 2);
}

#[tokio::test]
async fn nothing_begins_while_an_answer_is_written() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation.clone();
    let (script, gate) = Script::reply(["So", " it goes"]).gate();
    house.emulator.next(script);
    let sent = house.send(Some(&conversation), "Write").await;
    let engine = &house.engine;
    let refused = [
        engine.send(question(Some(&conversation), "x", None)).await,
        engine.send(edit(&conversation, &first.question, "x")).await,
        engine
            .regenerate(conversation.clone(), first.answer.clone())
            .await,
        engine
            .continue_answer(conversation.clone(), sent.answer.clone())
            .await,
    ];
    for refused in refused {
        assert_eq!(refused.unwrap_err().code, ErrorCode::TurnRunning);
    }
    // A fork takes what is there.
    let fork = engine
        .fork(conversation.clone(), sent.answer)
        .await
        .unwrap();
    assert_eq!(texts(&house.view(&fork).await.messages)[2..], ["Write"]);
    let mut window = Window::open(engine, &conversation).await;
    gate.open();
    window.until_over().await;
}

/// A PNG of one colour.
fn picture(width: u32, height: u32) -> NewFile {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_pixel(width, height, image::Rgb([20, 80, 160]));
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    NewFile {
        name: "Blue.png".into(),
        bytes: bytes.into_inner(),
    }
}

#[tokio::test]
async fn what_is_attached_goes_along_and_is_asked_again_in_an_edit() {
    let house = House::new().await;
    let engine = &house.engine;
    let image = engine.attach(DraftKey::New, picture(64, 48)).await.unwrap();
    let file = NewFile {
        name: "notes.txt".into(),
        bytes: b"Remember the milk".to_vec(),
    };
    let file = engine.attach(DraftKey::New, file).await.unwrap();
    let request = SendRequest {
        attachments: vec![image.id.clone(), file.id.clone()],
        ..question(None, "What is this?", None)
    };
    let (sent, answer) = answered(&house, request).await;
    assert_eq!(answer.state, complete("end_turn"));
    let content = last_messages(&house)[0]["content"].clone();
    assert_eq!(content[0]["source"]["media_type"], "image/png");
    assert!(
        content[0]["source"]["data"]
            .as_str()
            .unwrap()
            .starts_with("iVBOR")
    );
    assert_eq!(content[1]["source"]["data"], "Remember the milk");
    assert_eq!(content[1]["title"], "notes.txt");
    assert_eq!(content[2]["text"], "What is this?");
    let view = house.view(&sent.conversation).await;
    use hearth_engine::api::BlockView;
    assert_eq!(
        view.messages[0].blocks[..2],
        [
            BlockView::Image {
                attachment: image.clone()
            },
            BlockView::File {
                attachment: file.clone()
            }
        ]
    );
    // Words are not needed where there is something to look at.
    let edited = SendRequest {
        attachments: vec![image.id],
        ..edit(&sent.conversation, &sent.question, " ")
    };
    let (_, answer) = answered(&house, edited).await;
    assert_eq!(answer.state, complete("end_turn"));
    let sent_again = last_messages(&house);
    assert_eq!(sent_again[0]["content"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_attachment_that_is_not_there_is_refused_before_anything_is_stored() {
    let house = House::new().await;
    let request = SendRequest {
        attachments: vec![hearth_engine::api::AttachmentId("nothing".into())],
        ..question(None, "Look", None)
    };
    let refused = house.engine.send(request).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttachmentNotFound);
    assert_eq!(house.engine.conversations().await.unwrap(), []);
}

#[tokio::test]
async fn more_than_twenty_images_are_made_smaller() {
    let house = House::new().await;
    let engine = &house.engine;
    let mut conversation = None;
    for round in 0..2 {
        let key = match &conversation {
            None => DraftKey::New,
            Some(id) => DraftKey::Conversation {
                id: ConversationId::clone(id),
            },
        };
        let mut attachments = Vec::new();
        for _ in 0..11 {
            let image = engine.attach(key.clone(), picture(2100, 20)).await.unwrap();
            attachments.push(image.id);
        }
        let request = SendRequest {
            attachments,
            ..question(conversation.as_ref(), "Look", None)
        };
        let (sent, answer) = answered(&house, request).await;
        assert_eq!(answer.state, complete("end_turn"), "round {round}");
        let widths = widths(&last_messages(&house));
        let expected = [vec![2100; 11], vec![2000; 22]];
        assert_eq!(widths, expected[round]);
        conversation = Some(sent.conversation);
    }
}

/// The widths of the images in a request.
fn widths(messages: &[Value]) -> Vec<u32> {
    use base64::Engine as _;
    let blocks = messages
        .iter()
        .flat_map(|message| message["content"].as_array().unwrap());
    let images = blocks.filter_map(|block| block["source"]["data"].as_str());
    images
        .map(|data| {
            let standard = base64::engine::general_purpose::STANDARD;
            let bytes = standard.decode(data).unwrap();
            image::load_from_memory(&bytes).unwrap().width()
        })
        .collect()
}

#[tokio::test]
async fn a_question_goes_after_what_its_window_shows() {
    let house = House::new().await;
    let (first, answer) = house.ask(None, "Hello").await;
    let conversation = first.conversation;
    let after = |message: &MessageId, text: &str| SendRequest {
        after: Some(message.clone()),
        ..question(Some(&conversation), text, None)
    };
    // Another window has asked on: to that one's end.
    let (on, _) = house.ask(Some(&conversation), "On").await;
    let (more, _) = answered(&house, after(&answer.id, "More")).await;
    let view = house.view(&conversation).await;
    let asked = view.messages.iter().find(|it| it.id == more.question);
    assert_eq!(asked.unwrap().parent, Some(on.answer));
    // Another window shows another branch: to the one that this window shows.
    regenerated(&house, &conversation, &answer.id).await;
    let (here, _) = answered(&house, after(&more.answer, "And here")).await;
    let view = house.view(&conversation).await;
    assert_eq!(
        texts(&view.messages)
            .into_iter()
            .step_by(2)
            .collect::<Vec<_>>(),
        ["Hello", "On", "More", "And here"]
    );
    assert_eq!(last_messages(&house).len(), 7);
    let asked = view.messages.iter().find(|it| it.id == here.question);
    assert_eq!(asked.unwrap().parent, Some(more.answer));
    let nowhere = after(&MessageId("nowhere".into()), "Hm");
    let refused = house.engine.send(nowhere).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::MessageNotFound);
}
