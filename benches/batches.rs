//! What it takes until a piece of an answer is on disk, which it is before anybody sees it.
//!
//!     cargo bench --bench batches
//!
//! A profile on the disk of the target folder: 200 turns are begun, filled with 50 batches of
//! eight events each, and finished, as the engine does it.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::time::{Duration, Instant};

use hearth_store::{
    AnswerFacts, BeginTurn, ConversationId, Ending, FinishTurn, FinishedAnswer, Json, MessageId,
    NewAnswer, NewBlock, NewConversation, NewMessage, NewTurn, Question, Store, TurnId, Where,
};

const TURNS: usize = 200;
const BATCHES: usize = 50;
/// What comes between two frames when a model is fast: 500 events a second.
const EVENTS: usize = 8;
const EVENT: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" and the kettle sings"}}"#;

fn main() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
    let store = Store::open(folder.path()).expect("a store");
    let batch = vec![EVENT.to_owned(); EVENTS];
    let (mut begun, mut appended, mut finished) = (vec![], vec![], vec![]);
    for number in 0..TURNS {
        let (begin, finish) = turn(number);
        begun.push(timed(|| store.begin_turn(&begin).expect("a turn")));
        for _ in 0..BATCHES {
            appended.push(timed(|| {
                let appended = store.append_journal(&begin.answer.id, &batch);
                appended.expect("a batch");
            }));
        }
        finished.push(timed(|| store.finish_turn(&finish).expect("an ending")));
    }
    println!("ms\n");
    println!("| | median | 99 of 100 | longest |");
    println!("|---|---|---|---|");
    print_row("a question, before it is sent", begun);
    print_row("a batch of eight events", appended);
    print_row("an ending", finished);
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn print_row(name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
    println!(
        "| {name} | {:.3} | {:.3} | {:.3} |",
        at(50),
        at(99),
        at(100)
    );
}

fn turn(number: usize) -> (BeginTurn, FinishTurn) {
    let answer = MessageId::from(format!("answer-{number}"));
    let turn = TurnId::from(format!("turn-{number}"));
    let begin = BeginTurn {
        conversation: Where::New(NewConversation {
            id: ConversationId::from(format!("conversation-{number}")),
            title: "Does the kettle sing?".into(),
            created_at: 0,
            demo: false,
            settings: Json::empty_object(),
        }),
        question: Question::New {
            parent: None,
            message: NewMessage {
                id: MessageId::from(format!("question-{number}")),
                purpose: None,
                blocks: vec![text("Does the kettle sing?")],
                created_at: 0,
            },
        },
        attachments: Vec::new(),
        answer: NewAnswer {
            id: answer.clone(),
            created_at: 0,
        },
        turn: NewTurn {
            id: turn.clone(),
            connection: "bench".into(),
            deployment: "bench".into(),
            base_model: None,
            settings: Json::empty_object(),
            started_at: 0,
        },
        clears: None,
    };
    let finish = FinishTurn {
        turn,
        answer: FinishedAnswer {
            id: answer,
            ending: Ending::Complete {
                stop_reason: Some("end_turn".into()),
            },
            blocks: vec![text(&" and the kettle sings".repeat(BATCHES * EVENTS))],
            facts: AnswerFacts::default(),
            ended_at: 0,
        },
    };
    (begin, finish)
}

fn text(words: &str) -> NewBlock {
    NewBlock {
        kind: "text".into(),
        body: Json::parse(&format!(r#"{{"type":"text","text":"{words}"}}"#)).expect("a block"),
        plain: words.into(),
        seconds: None,
        attachment: None,
    }
}
