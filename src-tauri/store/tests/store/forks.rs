//! Forks: verbatim copies of a branch, which live on their own.

use std::collections::HashMap;

use hearth_store::{
    AnswerFacts, AttachmentId, ContinueTurn, Conversation, DraftKey, Ending, Fork, Json,
    MessageState, NewAnswer, NewBlock, NewMessage, Purpose, Question, Role, Store, StoreError,
    StoredMessage, StoredTurn, TitleBy, TurnState, Where,
};
use proptest::prelude::*;

use crate::support::*;
use crate::tree::odd_json;

fn fork(from: &str, up_to: &str, id: &str) -> Fork {
    Fork {
        from: from.into(),
        up_to: up_to.into(),
        id: id.into(),
        title: format!("copy {id}"),
        created_at: 100,
    }
}

/// What was said, without the names that a copy has for itself.
#[derive(Debug, PartialEq)]
struct Said {
    messages: Vec<StoredMessage>,
    turns: Vec<StoredTurn>,
}

/// The branch of these messages with its turns, with the identifiers replaced by places.
fn said(conversation: &Conversation, branch: &[&StoredMessage]) -> Said {
    let places: HashMap<_, _> = branch
        .iter()
        .zip(0..)
        .map(|(message, place): (_, usize)| (message.id.clone(), place))
        .collect();
    let place = |id: &hearth_store::MessageId| places[id].to_string().as_str().into();
    let mut turns: Vec<StoredTurn> = Vec::new();
    let mut messages = Vec::new();
    let mut names: HashMap<_, usize> = HashMap::new();
    for message in branch {
        let turn = message.turn.as_ref().map(|id| {
            let next = names.len();
            let number = *names.entry(id.clone()).or_insert(next);
            if number == turns.len() {
                let turn = conversation.turn(id).unwrap();
                turns.push(StoredTurn {
                    id: number.to_string().as_str().into(),
                    question: place(&turn.question),
                    ..turn.clone()
                });
            }
            number.to_string().as_str().into()
        });
        messages.push(StoredMessage {
            id: place(&message.id),
            parent: message.parent.as_ref().map(place),
            turn,
            ..(*message).clone()
        });
    }
    Said { messages, turns }
}

/// What a fork up to this message has to say: everything, as far as it is over.
fn expected(conversation: &Conversation, up_to: &str) -> Said {
    let mut conversation = conversation.clone();
    conversation.row.head = Some(up_to.into());
    let branch = conversation.branch();
    let over = branch
        .iter()
        .take_while(|it| it.state != MessageState::Streaming);
    let branch: Vec<&StoredMessage> = over.copied().collect();
    let mut said = said(&conversation, &branch);
    for turn in &mut said.turns {
        if turn.state == TurnState::Running {
            (turn.state, turn.ended_at) = (TurnState::Interrupted, Some(100));
        }
    }
    said
}

fn check(store: &Store, up_to: &str, id: &str) -> Conversation {
    let original = store.conversation(&"c".into()).unwrap();
    store.fork(&fork("c", up_to, id)).unwrap();
    assert_eq!(store.conversation(&"c".into()).unwrap(), original);
    let copy = store.conversation(&id.into()).unwrap();
    let branch = copy.branch();
    assert_eq!(branch.len(), copy.messages.len(), "nothing but the branch");
    assert_eq!(said(&copy, &branch), expected(&original, up_to));
    let used = said(&copy, &branch).turns.len();
    assert_eq!(copy.turns.len(), used, "no turns but its own");
    for message in &copy.messages {
        assert!(original.messages.iter().all(|it| it.id != message.id));
    }
    for turn in &copy.turns {
        assert!(original.turn(&turn.id).is_none());
    }
    copy
}

#[test]
fn a_fork_is_a_conversation_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "about owls", "owls hoot", 1);
    let settings = json(r#"{"effort":"high"}"#);
    store.set_settings(&"c".into(), &settings).unwrap();
    store.rename(&"c".into(), "Mine").unwrap();
    store.set_pinned(&"c".into(), Some(5)).unwrap();
    store.grant(&"c".into(), "current_time", 6).unwrap();
    store
        .set_draft(&DraftKey::Of("c".into()), "next", 7)
        .unwrap();
    let copy = check(&store, "c-t-a", "forked");
    assert_eq!(copy.row.title, "copy forked");
    assert_eq!(copy.row.title_by, TitleBy::Question);
    assert_eq!((copy.row.created_at, copy.row.updated_at), (100, 100));
    assert_eq!((copy.row.pinned_at, copy.row.trashed_at), (None, None));
    assert_eq!(copy.row.settings, settings);
    assert_eq!(store.grants(&"forked".into()).unwrap(), []);
    assert_eq!(store.draft(&DraftKey::Of("forked".into())).unwrap(), None);
    assert_eq!(store.search("hoot", 10).unwrap().len(), 2);
    assert_eq!(store.search("copy", 10).unwrap().len(), 1);

    // It goes on by itself, and survives the other.
    let head = copy.row.head.unwrap();
    let more = ask("more", Some(head.as_str()), "and bears?", 110);
    let next = turn("next", existing("forked"), more, 110);
    store.begin_turn(&next).unwrap();
    let end = finish("next", complete(), vec![text_block("They do not.")], 111);
    store.finish_turn(&end).unwrap();
    store.delete(&"c".into()).unwrap();
    assert_eq!(branch(&store, "forked").len(), 4);
    assert_eq!(store.search("hoot", 10).unwrap().len(), 1);
    store.delete(&"forked".into()).unwrap();
    for table in ["message", "turn", "block", "block_words", "answer"] {
        assert_eq!(count(&store, &format!("SELECT count(*) FROM {table}")), 0);
    }
}

#[test]
fn a_fork_in_mid_turn_ends_before_what_is_still_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let place = Where::New(new_conversation("c", 1));
    store
        .begin_turn(&turn("t", place, ask("q", None, "?", 1), 1))
        .unwrap();
    let step = ContinueTurn {
        turn: "t".into(),
        finished: finish("t", complete(), vec![text_block("called")], 2).answer,
        results: Some(NewMessage {
            id: "r".into(),
            purpose: None,
            blocks: vec![text_block("result")],
            created_at: 3,
        }),
        next: NewAnswer {
            id: "a2".into(),
            created_at: 4,
        },
    };
    store.continue_turn(&step).unwrap();
    let copy = check(&store, "a2", "forked");
    assert_eq!(copy.messages.len(), 3);
    assert_eq!(copy.row.last_turn, Some(TurnState::Interrupted));
    // Nothing of it is taken for a turn that somebody runs, or that crashed.
    let other = Store::open(folder.path()).unwrap();
    assert_eq!(other.running_elsewhere(&"forked".into()).unwrap(), None);
    let head = copy.row.head.unwrap();
    let next = ask("q2", Some(head.as_str()), "?", 110);
    let begin = turn("t2", existing("forked"), next, 110);
    other.begin_turn(&begin).unwrap();
    drop(store);
    let of_c: Vec<_> = other.unfinished().unwrap();
    assert_eq!(of_c.len(), 1);
    assert_eq!(of_c[0].answer, "a2".into());
}

#[test]
fn a_fork_that_is_refused_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    answered(&store, "d", "question", "answer", 1);
    let all = store.conversations(hearth_store::Shelf::Current).unwrap();
    let nowhere = store.fork(&fork("nowhere", "c-q", "f"));
    let error = StoreError::NoSuchConversation("nowhere".into());
    assert_eq!(nowhere, Err(error));
    let elsewhere = store.fork(&fork("c", "d-q", "f"));
    assert_eq!(elsewhere, Err(StoreError::NoSuchMessage("d-q".into())));
    let taken = store.fork(&fork("c", "c-q", "d"));
    assert!(matches!(taken, Err(StoreError::Failed(_))), "{taken:?}");
    let unchanged = store.conversations(hearth_store::Shelf::Current).unwrap();
    assert_eq!(unchanged, all);
    store.trash(&"c".into(), 9).unwrap();
    let trashed = store.fork(&fork("c", "c-q", "f"));
    assert_eq!(trashed, Err(StoreError::NoSuchConversation("c".into())));
}

/// A message of a random tree; the numbers choose among what is there.
#[derive(Debug, Clone)]
struct Added {
    below: usize,
    bodies: Vec<String>,
    kind: usize,
    ending: usize,
}

fn added() -> impl Strategy<Value = Added> {
    let n = any::<usize>;
    let bodies = prop::collection::vec(odd_json(), 0..3);
    (n(), bodies, n(), n()).prop_map(|(below, bodies, kind, ending)| Added {
        below,
        bodies,
        kind,
        ending,
    })
}

fn blocks(bodies: &[String], attachment: Option<&str>) -> Vec<NewBlock> {
    let odd = bodies.iter().map(|body| NewBlock {
        kind: "text".into(),
        body: Json::parse(body).unwrap(),
        plain: body.clone(),
        seconds: Some(0.25),
        attachment: None,
    });
    odd.chain(attachment.map(picture_block)).collect()
}

fn ending(choice: usize) -> Option<Ending> {
    match choice % 6 {
        0 => Some(Ending::Stopped),
        1 => Some(Ending::Interrupted),
        2 => Some(Ending::Failed {
            error: json(r#"{"code": 1.0}"#),
        }),
        // Still being written.
        3 => None,
        _ => Some(complete()),
    }
}

/// Asks below some message, and answers, in one request or two.
fn add(store: &Store, number: usize, step: &Added) {
    let name = format!("t{number}");
    let picture_id = format!("p{number}");
    let known = store.conversation(&"c".into());
    let messages = known.map_or_else(|_| Vec::new(), |it| it.messages);
    let parent = messages.get(step.below % messages.len().max(1));
    let attached = step.kind.is_multiple_of(3).then_some(picture_id.as_str());
    if let Some(id) = attached {
        let bytes = [u8::try_from(number).unwrap(); 50];
        store.attach(&DraftKey::New, &picture(id, &bytes)).unwrap();
    }
    let question = Question::New {
        parent: parent.map(|it| it.id.clone()),
        message: NewMessage {
            id: format!("q{number}").as_str().into(),
            purpose: step.kind.is_multiple_of(4).then_some(Purpose::Continue),
            blocks: blocks(&step.bodies, attached),
            created_at: 1,
        },
    };
    let question = match parent {
        // Regenerated, or gone on with.
        Some(parent) if attached.is_none() && step.kind % 5 == 1 => {
            Question::Existing(parent.id.clone())
        }
        Some(_) | None => question,
    };
    let place = match parent {
        Some(_) => existing("c"),
        None => Where::New(new_conversation("c", 1)),
    };
    let mut begin = turn(&name, place, question, 2);
    begin.clears = sent(DraftKey::New, "");
    store.begin_turn(&begin).unwrap();
    let mut end = finish(&name, complete(), blocks(&step.bodies, None), 3);
    end.answer.facts = AnswerFacts {
        first_token_at: Some(9),
        usage: Some(json(r#"{"n":[1.0]}"#)),
        ..AnswerFacts::default()
    };
    if step.kind.is_multiple_of(2) {
        let next = NewAnswer {
            id: format!("{name}-b").as_str().into(),
            created_at: 5,
        };
        let results = (!step.kind.is_multiple_of(8)).then(|| NewMessage {
            id: format!("{name}-r").as_str().into(),
            purpose: None,
            blocks: blocks(&step.bodies, None),
            created_at: 4,
        });
        let (turn, finished) = (end.turn.clone(), end.answer.clone());
        let step = ContinueTurn {
            turn,
            finished,
            results,
            next: next.clone(),
        };
        store.continue_turn(&step).unwrap();
        end.answer.id = next.id;
    }
    if let Some(ending) = ending(step.ending) {
        end.answer.ending = ending;
        store.finish_turn(&end).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn every_branch_is_copied_verbatim(
        steps in prop::collection::vec(added(), 1..10),
        choices in prop::collection::vec(any::<usize>(), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        for (number, step) in steps.iter().enumerate() {
            add(&store, number, step);
        }
        let original = store.conversation(&"c".into()).unwrap();
        let mut copies = Vec::new();
        for (number, choice) in choices.iter().enumerate() {
            let up_to = &original.messages[choice % original.messages.len()];
            copies.push(check(&store, up_to.id.as_str(), &format!("f{number}")));
        }
        // Without the original, everything of the copies is still there, pictures included.
        store.delete(&"c".into()).unwrap();
        let mut used: Vec<AttachmentId> = Vec::new();
        for copy in &copies {
            prop_assert_eq!(&store.conversation(&copy.row.id).unwrap(), copy);
            let blocks = copy.messages.iter().flat_map(|it| &it.blocks);
            used.extend(blocks.filter_map(|it| it.attachment.as_ref()).map(|it| it.id.clone()));
            prop_assert_eq!(copy.messages[0].role, Role::User);
        }
        used.sort();
        used.dedup();
        let kept = count(&store, "SELECT count(*) FROM attachment");
        prop_assert_eq!(usize::try_from(kept).unwrap(), used.len());
    }
}
