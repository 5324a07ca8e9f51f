//! Turns: begun, journalled, continued, finished, found unfinished.

use hearth_store::{
    AnswerFacts, ContinueTurn, Conversation, ConversationId, ConversationRow, Ending, MessageId,
    MessageState, NewAnswer, NewBlock, NewMessage, Question, Role, Shelf, Store, StoreError,
    StoredBlock, StoredMessage, StoredTurn, TitleBy, TurnState, Unfinished, Where,
};

use crate::support::*;

#[test]
fn a_turn_is_read_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let begin = turn(
        "t",
        Where::New(new_conversation("c", 1)),
        ask("q", None, "Why?", 2),
        3,
    );
    store.begin_turn(&begin).unwrap();
    store
        .append_journal(&"t-a".into(), &["{}".to_owned()])
        .unwrap();
    let thinking = NewBlock {
        kind: "thinking".into(),
        body: json(r#"{"signature":"c2ln","type":"thinking","thinking":"Hm."}"#),
        plain: String::new(),
        seconds: Some(1.5),
        attachment: None,
    };
    let mut end = finish("t", complete(), vec![thinking, text_block("Because.")], 9);
    end.answer.facts = AnswerFacts {
        first_token_at: Some(5),
        model: Some("claude-sonnet-4-5-20250929".into()),
        usage: Some(json(r#"{"output_tokens":7,"new":[1.0]}"#)),
        request_id: Some("req_1".into()),
        apim_request_id: Some("apim-1".into()),
    };
    store.finish_turn(&end).unwrap();
    drop(store);

    let store = Store::open(folder.path()).unwrap();
    let question = StoredMessage {
        id: "q".into(),
        parent: None,
        turn: None,
        role: Role::User,
        purpose: None,
        state: MessageState::Ended(Ending::Complete { stop_reason: None }),
        created_at: 2,
        ended_at: None,
        blocks: vec![StoredBlock {
            kind: "text".into(),
            seconds: None,
            attachment: None,
            body: json(r#"{"type":"text","text":"Why?"}"#),
        }],
        answer: None,
    };
    let answer = StoredMessage {
        id: "t-a".into(),
        parent: Some("q".into()),
        turn: Some("t".into()),
        role: Role::Assistant,
        purpose: None,
        state: MessageState::Ended(complete()),
        created_at: 3,
        ended_at: Some(9),
        blocks: vec![
            StoredBlock {
                kind: "thinking".into(),
                seconds: Some(1.5),
                attachment: None,
                body: json(r#"{"signature":"c2ln","type":"thinking","thinking":"Hm."}"#),
            },
            StoredBlock {
                kind: "text".into(),
                seconds: None,
                attachment: None,
                body: json(r#"{"type":"text","text":"Because."}"#),
            },
        ],
        answer: Some(end.answer.facts),
    };
    let row = ConversationRow {
        id: "c".into(),
        title: "title of c".into(),
        title_by: TitleBy::Question,
        created_at: 1,
        updated_at: 3,
        demo: false,
        pinned_at: None,
        trashed_at: None,
        settings: json("{}"),
        head: Some("t-a".into()),
        last_turn: Some(TurnState::Complete),
    };
    assert_eq!(store.message(&"t-a".into()).unwrap(), answer);
    assert_eq!(
        store.conversations(Shelf::Current).unwrap(),
        std::slice::from_ref(&row)
    );
    assert_eq!(
        store.conversation(&"c".into()).unwrap(),
        Conversation {
            row,
            messages: vec![question, answer],
            turns: vec![StoredTurn {
                id: "t".into(),
                question: "q".into(),
                connection: "Work".into(),
                deployment: "my-sonnet".into(),
                base_model: Some("claude-sonnet-4-5".into()),
                settings: json(r#"{"max_tokens":32000}"#),
                started_at: 3,
                ended_at: Some(9),
                state: TurnState::Complete,
            }],
        }
    );
}

#[test]
fn a_finished_answer_has_no_journal() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let place = Where::New(new_conversation("c", 1));
    let begin = turn("t", place, ask("q", None, "?", 1), 1);
    store.begin_turn(&begin).unwrap();
    let entries = ["one".to_owned(), "two".to_owned()];
    store.append_journal(&"t-a".into(), &entries).unwrap();
    let file = rusqlite::Connection::open(folder.path().join("hearth.db")).unwrap();
    let journalled = || -> i64 {
        file.query_row("SELECT count(*) FROM journal", (), |row| row.get(0))
            .unwrap()
    };
    assert_eq!(journalled(), 2);
    store
        .finish_turn(&finish("t", complete(), vec![text_block("one two")], 2))
        .unwrap();
    assert_eq!(journalled(), 0);
}

#[test]
fn everything_is_there_before_the_answer_begins() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let begin = turn(
        "t",
        Where::New(new_conversation("c", 1)),
        ask("q", None, "Why?", 2),
        3,
    );
    store.begin_turn(&begin).unwrap();
    // A handle of its own sees what is in the file, not what this one remembers.
    let other = Store::open(folder.path()).unwrap();
    assert_eq!(branch(&other, "c"), ["q", "t-a"]);
    let row = other.conversation_row(&"c".into()).unwrap();
    assert_eq!(row.last_turn, Some(TurnState::Running));
    let answer = other.message(&"t-a".into()).unwrap();
    assert_eq!(answer.state, MessageState::Streaming);
}

#[test]
fn each_ending_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let error = json(r#"{"code":"cut", "status":null}"#);
    let endings = [
        (complete(), TurnState::Complete),
        (Ending::Stopped, TurnState::Stopped),
        (Ending::Failed { error }, TurnState::Failed),
        (Ending::Interrupted, TurnState::Interrupted),
    ];
    for (number, (ending, state)) in endings.into_iter().enumerate() {
        let (c, t) = (format!("c{number}"), format!("t{number}"));
        let question = ask(&format!("q{number}"), None, "?", 1);
        let place = Where::New(new_conversation(&c, 1));
        store.begin_turn(&turn(&t, place, question, 1)).unwrap();
        let end = finish(&t, ending.clone(), vec![text_block("so far")], 2);
        store.finish_turn(&end).unwrap();
        let conversation = store.conversation(&c.as_str().into()).unwrap();
        let answer = &conversation.messages[1];
        assert_eq!(answer.state, MessageState::Ended(ending));
        assert_eq!(answer.blocks[0].body, text_block("so far").body);
        assert_eq!(conversation.turns[0].state, state);
        assert_eq!(conversation.row.last_turn, Some(state));
    }
}

#[test]
fn a_turn_of_several_requests_is_one_turn() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let begin = turn(
        "t",
        Where::New(new_conversation("c", 1)),
        ask("q", None, "What time is it?", 2),
        3,
    );
    store.begin_turn(&begin).unwrap();
    let call = NewBlock {
        kind: "tool_use".into(),
        body: json(r#"{"type":"tool_use","id":"toolu_1","name":"current_time","input":{ }}"#),
        plain: String::new(),
        seconds: None,
        attachment: None,
    };
    let result = NewBlock {
        kind: "tool_result".into(),
        body: json(r#"{"type":"tool_result","tool_use_id":"toolu_1","content":"noon"}"#),
        plain: String::new(),
        seconds: None,
        attachment: None,
    };
    let over = Ending::Complete {
        stop_reason: Some("tool_use".into()),
    };
    let step = ContinueTurn {
        turn: "t".into(),
        finished: finish("t", over, vec![call], 4).answer,
        results: Some(NewMessage {
            id: "r".into(),
            purpose: None,
            blocks: vec![result],
            created_at: 5,
        }),
        next: NewAnswer {
            id: "a2".into(),
            created_at: 6,
        },
    };
    store.continue_turn(&step).unwrap();
    assert_eq!(
        store.conversation_row(&"c".into()).unwrap().last_turn,
        Some(TurnState::Running)
    );
    let mut end = finish("t", complete(), vec![text_block("It is noon.")], 9);
    end.answer.id = "a2".into();
    store.finish_turn(&end).unwrap();
    assert_eq!(branch(&store, "c"), ["q", "t-a", "r", "a2"]);
    let conversation = store.conversation(&"c".into()).unwrap();
    let turns: Vec<Option<&str>> = conversation
        .messages
        .iter()
        .map(|m| m.turn.as_ref().map(|t| t.as_str()))
        .collect();
    assert_eq!(turns, [None, Some("t"), Some("t"), Some("t")]);
    assert_eq!(conversation.turns.len(), 1);
    assert_eq!(conversation.turns[0].state, TurnState::Complete);
}

#[test]
fn editing_and_regenerating_add_branches() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "first", "one", 1);
    // Regenerate: a second answer to the same question.
    let again = turn("again", existing("c"), Question::Existing("c-q".into()), 10);
    store.begin_turn(&again).unwrap();
    store
        .finish_turn(&finish("again", complete(), vec![text_block("two")], 11))
        .unwrap();
    assert_eq!(branch(&store, "c"), ["c-q", "again-a"]);
    // Edit: another first question.
    let edited = turn("edit", existing("c"), ask("q2", None, "edited", 20), 20);
    store.begin_turn(&edited).unwrap();
    assert_eq!(branch(&store, "c"), ["q2", "edit-a"]);

    let ids = |names: &[&str]| -> Vec<MessageId> { names.iter().map(|n| (*n).into()).collect() };
    let conversation = store.conversation(&"c".into()).unwrap();
    let roots: Vec<MessageId> = conversation.children(None).into_iter().cloned().collect();
    assert_eq!(roots, ids(&["c-q", "q2"]));
    assert_eq!(store.siblings(&"c-q".into()).unwrap(), ids(&["c-q", "q2"]));
    assert_eq!(
        store.siblings(&"again-a".into()).unwrap(),
        ids(&["c-t-a", "again-a"])
    );
    assert_eq!(conversation.newest_leaf(&"c-q".into()), &"again-a".into());

    store.set_head(&"c".into(), &"c-t-a".into()).unwrap();
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a"]);
    assert_eq!(
        store.set_head(&"c".into(), &"nowhere".into()),
        Err(StoreError::NoSuchMessage("nowhere".into()))
    );
}

#[test]
fn a_refused_turn_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    answered(&store, "other", "question", "answer", 2);
    let before = store.conversation(&"c".into()).unwrap();

    let elsewhere = ask("q2", Some("other-t-a"), "?", 3);
    assert_eq!(
        store.begin_turn(&turn("t2", existing("c"), elsewhere, 3)),
        Err(StoreError::NoSuchMessage("other-t-a".into()))
    );
    let twice = ask("c-q", Some("c-t-a"), "?", 3);
    let taken = store.begin_turn(&turn("t2", existing("c"), twice, 3));
    assert!(matches!(taken, Err(StoreError::Failed(_))), "{taken:?}");
    let settings = Where::Existing {
        id: "c".into(),
        settings: Some(json(r#"{"effort":"low"}"#)),
        head: None,
    };
    let nowhere = turn("t2", settings, Question::Existing("nowhere".into()), 3);
    assert_eq!(
        store.begin_turn(&nowhere),
        Err(StoreError::NoSuchMessage("nowhere".into()))
    );
    assert_eq!(store.conversation(&"c".into()).unwrap(), before);

    store.trash(&"c".into(), 5).unwrap();
    for id in ["c", "nowhere"] {
        let begin = turn("t2", existing(id), ask("q2", None, "?", 3), 3);
        assert_eq!(
            store.begin_turn(&begin),
            Err(StoreError::NoSuchConversation(ConversationId::from(id)))
        );
    }
}

#[test]
fn a_message_gets_one_ending() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let id = MessageId::from("c-t-a");
    let again = finish("c-t", Ending::Stopped, vec![], 5);
    let finished = Err(StoreError::AlreadyFinished(id.clone()));
    assert_eq!(store.finish_turn(&again), finished);
    assert_eq!(store.append_journal(&id, &["late".to_owned()]), finished);
    assert_eq!(
        store.append_journal(&"nowhere".into(), &[]),
        Err(StoreError::NoSuchMessage("nowhere".into()))
    );
    let answer = store.message(&id).unwrap();
    assert_eq!(answer.state, MessageState::Ended(complete()));
    assert_eq!(answer.blocks.len(), 1);

    let open = turn("t2", existing("c"), ask("q2", None, "?", 6), 6);
    store.begin_turn(&open).unwrap();
    let mut foreign = finish("c-t", Ending::Stopped, vec![], 7);
    foreign.answer.id = "t2-a".into();
    assert_eq!(
        store.finish_turn(&foreign),
        Err(StoreError::NoSuchTurn("c-t".into()))
    );
}

#[test]
fn the_unfinished_are_found_once_and_only_when_their_process_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let begin = turn(
        "t",
        Where::New(new_conversation("c", 1)),
        ask("q", None, "?", 2),
        3,
    );
    store.begin_turn(&begin).unwrap();
    let entries = ["one".to_owned(), "two\0\u{2028}".to_owned()];
    store.append_journal(&"t-a".into(), &entries[..1]).unwrap();
    store.append_journal(&"t-a".into(), &entries[1..]).unwrap();

    let other = Store::open(folder.path()).unwrap();
    assert_eq!(store.unfinished().unwrap(), []);
    assert_eq!(other.unfinished().unwrap(), []);
    assert_eq!(other.abandoned().unwrap(), []);
    drop(store);
    let third = Store::open(folder.path()).unwrap();
    let found = Unfinished {
        conversation: "c".into(),
        turn: "t".into(),
        answer: "t-a".into(),
        journal: entries.to_vec(),
    };
    // Who only reads them takes them from nobody.
    for _ in 0..2 {
        assert_eq!(third.abandoned().unwrap(), std::slice::from_ref(&found));
    }
    assert_eq!(other.unfinished().unwrap(), std::slice::from_ref(&found));
    assert_eq!(other.unfinished().unwrap(), []);
    assert_eq!(other.abandoned().unwrap(), []);
    assert_eq!(third.unfinished().unwrap(), []);
    // Whoever took it over and ended without finishing it passes it on.
    drop(other);
    assert_eq!(third.unfinished().unwrap(), [found]);
    let end = finish("t", Ending::Interrupted, vec![text_block("one two")], 9);
    third.finish_turn(&end).unwrap();
    drop(third);
    let last = Store::open(folder.path()).unwrap();
    assert_eq!(last.unfinished().unwrap(), []);
    let row = last.conversation_row(&"c".into()).unwrap();
    assert_eq!(row.last_turn, Some(TurnState::Interrupted));
}
