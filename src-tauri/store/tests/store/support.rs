//! Short forms for what the tests store.

use hearth_store::{
    AnswerFacts, AttachmentInfo, BeginTurn, ConversationId, DraftKey, Ending, FinishTurn,
    FinishedAnswer, Json, MessageId, NewAnswer, NewAttachment, NewBlock, NewConversation,
    NewMessage, NewTurn, PixelSize, Question, SentDraft, Store, Where,
};

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

pub(crate) fn text_block(text: &str) -> NewBlock {
    let quoted = serde_json::to_string(text).unwrap();
    NewBlock {
        kind: "text".into(),
        body: json(&format!(r#"{{"type":"text","text":{quoted}}}"#)),
        plain: text.into(),
        seconds: None,
        attachment: None,
    }
}

/// A picture of this content, whose block is [`picture_block`].
pub(crate) fn picture(id: &str, bytes: &[u8]) -> NewAttachment {
    NewAttachment {
        id: id.into(),
        name: format!("{id}.png"),
        media_type: "image/png".into(),
        bytes: bytes.to_vec(),
        size: Some(PixelSize {
            width: 30,
            height: 20,
        }),
        original: Some(PixelSize {
            width: 3000,
            height: 2000,
        }),
        created_at: 5,
    }
}

pub(crate) fn text_file(id: &str, name: &str, text: &str) -> NewAttachment {
    NewAttachment {
        id: id.into(),
        name: name.into(),
        media_type: "text/plain".into(),
        bytes: text.into(),
        size: None,
        original: None,
        created_at: 6,
    }
}

/// What is read back of an attachment, without its bytes.
pub(crate) fn info(new: &NewAttachment) -> AttachmentInfo {
    AttachmentInfo {
        id: new.id.clone(),
        name: new.name.clone(),
        media_type: new.media_type.clone(),
        length: new.bytes.len().try_into().unwrap(),
        size: new.size,
        original: new.original,
        created_at: new.created_at,
    }
}

pub(crate) fn picture_block(id: &str) -> NewBlock {
    let source = format!(r#"{{"type":"attachment","id":"{id}","media_type":"image/png"}}"#);
    NewBlock {
        kind: "image".into(),
        body: json(&format!(r#"{{"type":"image","source":{source}}}"#)),
        plain: String::new(),
        seconds: None,
        attachment: Some(id.into()),
    }
}

/// A question with a picture and a text.
pub(crate) fn ask_about(id: &str, parent: Option<&str>, picture: &str, at: i64) -> Question {
    Question::New {
        parent: parent.map(MessageId::from),
        message: NewMessage {
            id: id.into(),
            purpose: None,
            blocks: vec![picture_block(picture), text_block("What is this?")],
            created_at: at,
        },
    }
}

/// What was sent of a draft.
pub(crate) fn sent(key: DraftKey, text: &str) -> Option<SentDraft> {
    let text = text.into();
    Some(SentDraft { key, text })
}

/// One number out of the database file.
pub(crate) fn count(store: &Store, sql: &str) -> i64 {
    let file = rusqlite::Connection::open(store.folder().join("hearth.db")).unwrap();
    file.query_row(sql, (), |row| row.get(0)).unwrap()
}

pub(crate) fn complete() -> Ending {
    Ending::Complete {
        stop_reason: Some("end_turn".into()),
    }
}

pub(crate) fn new_conversation(id: &str, at: i64) -> NewConversation {
    NewConversation {
        id: id.into(),
        title: format!("title of {id}"),
        created_at: at,
        demo: false,
        settings: Json::empty_object(),
    }
}

pub(crate) fn existing(id: &str) -> Where {
    Where::Existing {
        id: id.into(),
        settings: None,
        head: None,
    }
}

pub(crate) fn ask(id: &str, parent: Option<&str>, text: &str, at: i64) -> Question {
    Question::New {
        parent: parent.map(MessageId::from),
        message: NewMessage {
            id: id.into(),
            purpose: None,
            blocks: vec![text_block(text)],
            created_at: at,
        },
    }
}

/// The turn `name` answers in the message `name-a`.
pub(crate) fn turn(name: &str, conversation: Where, question: Question, at: i64) -> BeginTurn {
    BeginTurn {
        conversation,
        question,
        attachments: Vec::new(),
        answer: NewAnswer {
            id: format!("{name}-a").into(),
            created_at: at,
        },
        turn: NewTurn {
            id: name.into(),
            connection: "Work".into(),
            deployment: "my-sonnet".into(),
            base_model: Some("claude-sonnet-4-5".into()),
            settings: json(r#"{"max_tokens":32000}"#),
            started_at: at,
        },
        clears: None,
    }
}

pub(crate) fn finish(name: &str, ending: Ending, blocks: Vec<NewBlock>, at: i64) -> FinishTurn {
    FinishTurn {
        turn: name.into(),
        answer: FinishedAnswer {
            id: format!("{name}-a").into(),
            ending,
            blocks,
            facts: AnswerFacts::default(),
            ended_at: at,
        },
    }
}

/// A new conversation `id` with one answered question: messages `{id}-q` and `{id}-t-a`.
pub(crate) fn answered(store: &Store, id: &str, question: &str, answer: &str, at: i64) {
    let name = format!("{id}-t");
    let begin = turn(
        &name,
        Where::New(new_conversation(id, at)),
        ask(&format!("{id}-q"), None, question, at),
        at,
    );
    store.begin_turn(&begin).unwrap();
    let blocks = vec![text_block(answer)];
    store
        .finish_turn(&finish(&name, complete(), blocks, at + 1))
        .unwrap();
}

pub(crate) fn branch(store: &Store, id: &str) -> Vec<String> {
    let conversation = store.conversation(&ConversationId::from(id)).unwrap();
    let branch = conversation.branch();
    branch.iter().map(|m| m.id.to_string()).collect()
}
