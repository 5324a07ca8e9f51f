//! Short forms for what the tests store.

use hearth_store::{
    AnswerFacts, BeginTurn, ConversationId, Ending, FinishTurn, FinishedAnswer, Json, MessageId,
    NewAnswer, NewBlock, NewConversation, NewMessage, NewTurn, Question, Store, Where,
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
    }
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
    }
}

pub(crate) fn ask(id: &str, parent: Option<&str>, text: &str, at: i64) -> Question {
    Question::New {
        parent: parent.map(MessageId::from),
        message: NewMessage {
            id: id.into(),
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
