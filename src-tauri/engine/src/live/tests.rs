use super::*;
use crate::api::{ErrorCode, ErrorReport, MessageId, MessageState, Role};
use crate::engine::Engine;
use crate::{Environment, Profile};

fn message(id: &str) -> MessageView {
    MessageView {
        id: MessageId(id.into()),
        parent: None,
        role: Role::Assistant,
        blocks: Vec::new(),
        state: MessageState::Streaming,
        created_at: 0,
        answer: None,
        branch: 0,
        branches: Vec::new(),
        purpose: None,
    }
}

fn text(text: &str) -> BlockView {
    BlockView::Text { text: text.into() }
}

struct Room {
    live: Live,
    conversation: ConversationId,
    turn: TurnId,
}

fn room() -> Room {
    let mut room = Room {
        live: Live::new(),
        conversation: ConversationId("c".into()),
        turn: TurnId("t".into()),
    };
    let cancel = CancellationToken::new();
    assert!(room.live.reserve(&room.conversation, &room.turn, cancel));
    room
}

impl Room {
    fn show(&mut self, steps: Vec<Step>) {
        self.live.show(&self.conversation, &self.turn, steps);
    }

    fn snapshot(&self) -> (u64, Option<(LiveTurn, MessageView)>) {
        self.live.snapshot(&self.conversation)
    }

    fn start(&mut self) {
        self.show(vec![Step::Started {
            question: message("q"),
            answer: message("a"),
        }]);
    }
}

#[test]
fn a_place_is_taken_once_and_given_back() {
    let mut room = room();
    let other = TurnId("u".into());
    let take = |room: &mut Room| {
        let cancel = CancellationToken::new();
        room.live.reserve(&room.conversation, &other, cancel)
    };
    assert!(!take(&mut room));
    room.live.release(&room.conversation, &other);
    assert!(!take(&mut room));
    room.live.release(&room.conversation, &room.turn);
    assert!(take(&mut room));
}

#[tokio::test]
async fn a_place_is_given_back_by_whoever_breaks_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::in_folder(folder.path());
    let engine = Engine::open(profile, Environment::from_vars([]))
        .await
        .unwrap();
    let (conversation, turn) = (ConversationId("c".into()), TurnId("t".into()));
    let take = || {
        let cancel = CancellationToken::new();
        engine.shared.reserve(&conversation, &turn, cancel)
    };
    let taken = take().unwrap();
    assert!(take().is_none());
    let broke = engine.to_its_end::<()>(async move {
        let _taken = taken;
        panic!("a defect");
    });
    assert_eq!(broke.await.unwrap_err().code, ErrorCode::Internal);
    take().unwrap().hand_over();
    assert!(take().is_none(), "the turn has it");
}

#[test]
fn a_turn_is_seen_from_its_first_step_to_its_last() {
    let mut room = room();
    assert_eq!(room.snapshot(), (0, None));
    room.start();
    let (seq, running) = room.snapshot();
    assert_eq!(seq, 1);
    assert_eq!(running.unwrap().1, message("a"));
    room.show(vec![Step::Ended {
        answer: message("a"),
    }]);
    assert_eq!(room.snapshot(), (2, None));
}

#[test]
fn steps_add_up_to_the_message() {
    let mut room = room();
    room.start();
    let id = MessageId("a".into());
    let grow = |index, text: &str| Step::Delta {
        message: id.clone(),
        index,
        text: text.into(),
    };
    let start = |index, block| Step::BlockStarted {
        message: id.clone(),
        index,
        block,
    };
    let call = |input: &str| BlockView::ToolCall {
        id: "i".into(),
        name: "n".into(),
        input: input.into(),
        state: crate::api::CallState::Asked,
    };
    room.show(vec![
        start(0, text("")),
        grow(0, "One"),
        start(1, call("")),
        grow(1, "{\"a\""),
    ]);
    room.show(vec![grow(1, ":1}"), grow(0, " two")]);
    let blocks = room.snapshot().1.unwrap().1.blocks;
    assert_eq!(blocks, [text("One two"), call("{\"a\":1}")]);
    room.show(vec![Step::BlockFinished {
        message: id.clone(),
        index: 0,
        block: text("One two!"),
    }]);
    let (seq, running) = room.snapshot();
    assert_eq!(running.unwrap().1.blocks[0], text("One two!"));
    assert_eq!(seq, 8);
}

#[test]
fn a_wait_is_seen_until_it_is_over() {
    let mut room = room();
    room.start();
    let waiting = Waiting {
        attempt: 2,
        attempts: 4,
        until: 1,
        reason: ErrorReport::new(ErrorCode::Overloaded),
    };
    room.show(vec![Step::Waiting {
        waiting: waiting.clone(),
    }]);
    assert_eq!(room.snapshot().1.unwrap().0.waiting, Some(waiting));
    room.show(vec![Step::Asking]);
    assert_eq!(room.snapshot().1.unwrap().0.waiting, None);
}

#[test]
fn stop_finds_its_turn_and_no_other() {
    let mut room = room();
    let cancel = CancellationToken::new();
    let (other, turn) = (ConversationId("d".into()), TurnId("u".into()));
    assert!(room.live.reserve(&other, &turn, cancel.clone()));
    room.live.stop(&room.turn);
    room.live.stop_in(&room.conversation);
    assert!(!cancel.is_cancelled());
    room.live.stop(&turn);
    assert!(cancel.is_cancelled());
}
