//! Cuts at every byte of an answer: what is kept is exactly the beginning of it.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use hearth_emulator::{Emulator, Script};
use hearth_engine::ClientOptions;
use hearth_engine::api::{ErrorCode, MessageState, MessageView, SendRequest, TurnSettings};

use crate::support::*;

/// Characters of one, two, three and four bytes.
const PIECES: [&str; 3] = ["Grüße, ", "世界 ", "👋!"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Fin,
    Reset,
    Stall,
}

fn script(how: How, at: usize) -> Script {
    let answer = Script::reply(PIECES);
    match how {
        How::Fin => answer.cut_after_bytes(at),
        How::Reset => answer.reset_after_bytes(at),
        How::Stall => answer.stall_after_bytes(at),
    }
}

async fn house() -> House {
    let limits = ClientOptions {
        max_attempts: 1,
        idle_timeout: Duration::from_secs(1),
        ..ClientOptions::default()
    };
    House::with(Emulator::builder(), limits).await
}

/// The bytes of the answer's body, found by cutting ever later until nothing is missing.
async fn length_of_answer(house: &House) -> usize {
    let (mut too_short, mut enough) = (0, 4096);
    while enough - too_short > 1 {
        let middle = (too_short + enough) / 2;
        let answer = cut(house, How::Fin, middle, false).await;
        match answer.state {
            MessageState::Complete { .. } => enough = middle,
            _ => too_short = middle,
        }
    }
    enough
}

/// Asks a deployment of its own, so that many can be asked at once.
async fn cut(house: &House, how: How, at: usize, whole: bool) -> MessageView {
    let deployment = format!("fault-cut-at-{at}.claude-opus-5-5");
    let deployment = match how {
        How::Fin => deployment,
        How::Reset => deployment.replace("cut", "reset"),
        How::Stall => deployment.replace("cut", "stall"),
    };
    house.emulator.next_for(&deployment, script(how, at));
    let mut window = house.engine.subscribe();
    let request = SendRequest {
        settings: TurnSettings {
            deployment: Some(deployment),
            whole,
            ..TurnSettings::default()
        },
        ..question(None, "Hello", None)
    };
    let sent = house.engine.send(request).await.unwrap();
    ended(&mut window, &sent.turn).await
}

/// What is wrong with an answer that was cut off there.
fn complaint(answer: &MessageView, how: How) -> Option<String> {
    let said = text(answer);
    // Whole pieces only: an event counts when all of it has come.
    let beginnings = (0..=PIECES.len()).map(|n| PIECES[..n].concat());
    let is_beginning = beginnings.into_iter().any(|beginning| beginning == said);
    let expected = match how {
        How::Fin | How::Reset => [ErrorCode::StreamCut, ErrorCode::UnexpectedAnswer],
        How::Stall => [ErrorCode::StreamStalled; 2],
    };
    match &answer.state {
        MessageState::Failed { error } if expected.contains(&error.code) => {
            let kept = error.kept == Some(said.chars().count() as u64);
            (!is_beginning || !kept).then(|| format!("{error:?} after {said:?}"))
        }
        state => Some(format!("{state:?} after {said:?}")),
    }
}

async fn try_all(house: &House, cuts: Vec<(How, usize)>, whole: bool) -> Vec<String> {
    let complaints = stream::iter(cuts).map(|(how, at)| async move {
        let answer = cut(house, how, at, whole).await;
        let wrong = complaint(&answer, how)?;
        Some(format!("{how:?} at {at}: {wrong}"))
    });
    let complaints: Vec<_> = complaints.buffer_unordered(8).collect().await;
    complaints.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_a_stream_is_cut_the_beginning_is_kept() {
    let house = house().await;
    let length = length_of_answer(&house).await;
    assert!((600..4000).contains(&length), "{length}");
    let offsets = 0..length;
    let cuts: Vec<_> = offsets
        .flat_map(|at| [(How::Fin, at), (How::Reset, at)])
        .collect();
    assert!(cuts.len() > 1200);
    let wrong = try_all(&house, cuts, false).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_a_stream_stalls_the_beginning_is_kept() {
    let house = house().await;
    let length = length_of_answer(&house).await;
    let offsets = (0..length).step_by(length / 40);
    let stalls: Vec<_> = offsets.map(|at| (How::Stall, at)).collect();
    assert!(stalls.len() >= 40);
    let wrong = try_all(&house, stalls, false).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_an_answer_in_one_piece_is_cut_there_is_none() {
    let house = house().await;
    let cuts = (0..500).step_by(25);
    let cuts = cuts.flat_map(|at| [(How::Fin, at), (How::Reset, at)]);
    let wrong = try_all(&house, cuts.collect(), true).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
