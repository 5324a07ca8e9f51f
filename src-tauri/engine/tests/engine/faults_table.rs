//! Every way in which the emulator misbehaves, streamed and in one piece: the right code,
//! what was kept, how often it was asked, and one ending. The table is printed.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use hearth_emulator::{Emulator, fault_modes};
use hearth_engine::ClientOptions;
use hearth_engine::api::{
    ErrorCode, MessageState, MessageView, SendRequest, Step, TurnId, TurnSettings,
};

use crate::support::*;

const QUESTION: &str = "Hello, what can you do?";

/// How an answer should end.
#[derive(Debug, Clone, Copy)]
enum End {
    /// All of it came.
    Good,
    /// It ended by itself for this reason, and less of it came.
    Early(&'static str),
    /// It failed with this code. Kept is the beginning of it, or nothing.
    Bad(ErrorCode, Kept),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Nothing,
    Beginning,
}

struct Row {
    deployment: &'static str,
    /// Both: the end, and the number of requests.
    streamed: (End, usize),
    whole: (End, usize),
}

const fn row(deployment: &'static str, streamed: (End, usize), whole: (End, usize)) -> Row {
    Row {
        deployment,
        streamed,
        whole,
    }
}

const fn both(deployment: &'static str, end: (End, usize)) -> Row {
    row(deployment, end, end)
}

/// Failed for good: asked once.
const fn bad(code: ErrorCode) -> (End, usize) {
    (End::Bad(code, Kept::Nothing), 1)
}

/// Failed, and once more: this client makes two attempts.
const fn twice(code: ErrorCode) -> (End, usize) {
    (End::Bad(code, Kept::Nothing), 2)
}

/// Failed after some of the answer, which is kept, and not asked again.
const fn kept(code: ErrorCode) -> (End, usize) {
    (End::Bad(code, Kept::Beginning), 1)
}

const GOOD: (End, usize) = (End::Good, 1);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    both("fault-400", bad(ErrorCode::RequestInvalid)),
    both("fault-400-azure", bad(ErrorCode::RequestInvalid)),
    both("fault-401", bad(ErrorCode::KeyRefused)),
    both("fault-401-anthropic", bad(ErrorCode::KeyRefused)),
    both("fault-402", bad(ErrorCode::BillingProblem)),
    both("fault-402-azure", bad(ErrorCode::BillingProblem)),
    both("fault-403", bad(ErrorCode::RoleMissing)),
    both("fault-403-anthropic", bad(ErrorCode::PermissionDenied)),
    both("fault-404", bad(ErrorCode::DeploymentNotFound)),
    both("fault-404-anthropic", bad(ErrorCode::DeploymentNotFound)),
    both("fault-404-api_not_supported", bad(ErrorCode::ApiNotSupported)),
    both("fault-408", twice(ErrorCode::UpstreamTimeout)),
    both("fault-408-anthropic", twice(ErrorCode::UpstreamTimeout)),
    both("fault-409", twice(ErrorCode::UpstreamFailed)),
    both("fault-409-azure", twice(ErrorCode::UpstreamFailed)),
    both("fault-413", bad(ErrorCode::RequestTooLarge)),
    both("fault-413-azure", bad(ErrorCode::RequestTooLarge)),
    // The waits that these ask for are longer than this client has.
    both("fault-429", bad(ErrorCode::RateLimited)),
    both("fault-429-anthropic", bad(ErrorCode::RateLimited)),
    both("fault-429-date", bad(ErrorCode::RateLimited)),
    both("fault-429-day", bad(ErrorCode::RateLimited)),
    both("fault-429-bare", twice(ErrorCode::RateLimited)),
    both("fault-429-ms", twice(ErrorCode::RateLimited)),
    both("fault-429-spend-limit", bad(ErrorCode::SpendLimit)),
    both("fault-500", twice(ErrorCode::UpstreamFailed)),
    both("fault-500-azure", twice(ErrorCode::UpstreamFailed)),
    both("fault-500-empty", twice(ErrorCode::UpstreamFailed)),
    both("fault-502", twice(ErrorCode::UpstreamFailed)),
    both("fault-503", twice(ErrorCode::Overloaded)),
    both("fault-503-anthropic", twice(ErrorCode::Overloaded)),
    both("fault-504", twice(ErrorCode::UpstreamTimeout)),
    both("fault-504-azure", twice(ErrorCode::UpstreamTimeout)),
    both("fault-529", twice(ErrorCode::Overloaded)),
    both("fault-context-exceeded", bad(ErrorCode::ContextExceeded)),
    both("fault-redirect-301", bad(ErrorCode::RedirectRefused)),
    both("fault-redirect-302", bad(ErrorCode::RedirectRefused)),
    both("fault-redirect-303", bad(ErrorCode::RedirectRefused)),
    both("fault-redirect-307", bad(ErrorCode::RedirectRefused)),
    both("fault-redirect-308", bad(ErrorCode::RedirectRefused)),
    both("fault-hang-up", twice(ErrorCode::Unreachable)),
    both("fault-hang-up-reset", twice(ErrorCode::Unreachable)),
    both("fault-silence", bad(ErrorCode::StreamStalled)),
    // An answer in one piece may take longer to begin.
    row("fault-slow-headers", bad(ErrorCode::StreamStalled), GOOD),
    both("fault-200-html", bad(ErrorCode::UnexpectedAnswer)),
    both("fault-empty", bad(ErrorCode::UnexpectedAnswer)),
    both("fault-200-json", bad(ErrorCode::UnexpectedAnswer)),
    both("fault-200-error", twice(ErrorCode::StreamError)),
    both("fault-endless-line", bad(ErrorCode::UnexpectedAnswer)),
    row("fault-error", kept(ErrorCode::StreamError), twice(ErrorCode::Overloaded)),
    row("fault-error-first", twice(ErrorCode::StreamError), twice(ErrorCode::Overloaded)),
    row("fault-cut", kept(ErrorCode::StreamCut), bad(ErrorCode::StreamCut)),
    row("fault-reset", kept(ErrorCode::StreamCut), bad(ErrorCode::StreamCut)),
    row("fault-stall", kept(ErrorCode::StreamStalled), bad(ErrorCode::StreamStalled)),
    row("fault-end", kept(ErrorCode::StreamCut), bad(ErrorCode::UnexpectedAnswer)),
    both("fault-unknown", GOOD),
    both("fault-duplicate-start", GOOD),
    row("fault-second-message", kept(ErrorCode::UnexpectedAnswer), GOOD),
    row("fault-delta-before-start", bad(ErrorCode::UnexpectedAnswer), GOOD),
    both("fault-no-message-stop", kept(ErrorCode::StreamCut)),
    both("fault-no-block-stop", GOOD),
    row("fault-after-stop", GOOD, bad(ErrorCode::UnexpectedAnswer)),
    row("fault-bad-json", kept(ErrorCode::UnexpectedAnswer), bad(ErrorCode::UnexpectedAnswer)),
    both("fault-invalid-utf8", GOOD),
    row("fault-huge-event", kept(ErrorCode::UnexpectedAnswer), bad(ErrorCode::UnexpectedAnswer)),
    both("fault-unnamed-events", GOOD),
    both("fault-done-marker", GOOD),
    both("fault-bom", GOOD),
    both("fault-cr", GOOD),
    both("fault-crlf", GOOD),
    both("fault-bytewise", GOOD),
    both("fault-split-utf8", GOOD),
    // Longer than this client takes of silence, which pings are not.
    both("fault-pings", GOOD),
    both("fault-gzip", GOOD),
    row("fault-half-gzip", kept(ErrorCode::StreamCut), bad(ErrorCode::StreamCut)),
    both("fault-no-content-type", GOOD),
    both("fault-refusal", (End::Early("refusal"), 1)),
    both("fault-refusal-late", (End::Early("refusal"), 1)),
    both("fault-max-tokens", (End::Early("max_tokens"), 1)),
    both("fault-context-full", (End::Early("model_context_window_exceeded"), 1)),
    both("fault-pause-turn", (End::Good, 2)),
    row("fault-cut-at-1200", kept(ErrorCode::StreamCut), bad(ErrorCode::StreamCut)),
    row("fault-reset-at-1200", kept(ErrorCode::StreamCut), bad(ErrorCode::StreamCut)),
    row("fault-stall-at-1200", kept(ErrorCode::StreamStalled), bad(ErrorCode::StreamStalled)),
    row("fault-end-at-1200", kept(ErrorCode::StreamCut), bad(ErrorCode::UnexpectedAnswer)),
];

/// Two attempts, short waits, and two seconds of silence.
fn limits() -> ClientOptions {
    ClientOptions {
        max_attempts: 2,
        max_wait_total: Duration::from_secs(1),
        idle_timeout: Duration::from_secs(2),
        whole_timeout: Duration::from_secs(8),
        ..ClientOptions::default()
    }
}

#[test]
fn every_mode_of_the_emulator_is_in_the_table() {
    let listed: BTreeSet<&str> = fault_modes().map(|mode| mode.name).collect();
    assert!(listed.len() >= 30, "only {} modes", listed.len());
    let name = |row: &Row| row.deployment.trim_end_matches("1200");
    let tried: BTreeSet<&str> = ROWS.iter().map(name).collect();
    assert_eq!(tried, listed);
    assert_eq!(ROWS.len(), listed.len(), "a mode is tried twice");
}

/// What came of a row.
struct Outcome {
    answer: MessageView,
    /// The text of the whole turn: a paused one has several messages.
    said: String,
    turn: TurnId,
    attempts: usize,
}

async fn tried(house: &House, deployment: &str, whole: bool) -> Outcome {
    let mut window = house.engine.subscribe();
    let request = SendRequest {
        settings: TurnSettings {
            deployment: Some(deployment.to_owned()),
            whole,
            ..TurnSettings::default()
        },
        ..question(None, QUESTION, None)
    };
    let sent = house.engine.send(request).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    // The same is on disk, and there is room for another question.
    let stored = house.view(&sent.conversation).await;
    assert_eq!(stored.messages.last(), Some(&answer), "{deployment}");
    assert_eq!(stored.turn, None, "{deployment}");
    let said = stored.messages[1..].iter().map(text).collect();
    let log = house.emulator.log();
    let requests = log.iter().filter(|it| {
        it.received.deployment.as_deref() == Some(deployment)
            && it.received.body.contains("\"stream\":true") != whole
    });
    Outcome {
        answer,
        said,
        turn: sent.turn,
        attempts: requests.count(),
    }
}

/// What is wrong with an outcome; nothing when all is well.
fn complaint(outcome: &Outcome, end: End, requests: usize, good: &str) -> Option<String> {
    let said = &outcome.said;
    let wrong = match (end, &outcome.answer.state) {
        (End::Good, MessageState::Complete { .. }) => {
            // What was no UTF-8 has become a mark, and the answer to a pause begins anew.
            let said = said.replace('\u{FFFD}', "");
            (!said.ends_with(good)).then(|| format!("other text: {said}"))
        }
        (End::Early(reason), MessageState::Complete { stop_reason }) => {
            let other = stop_reason.as_deref() != Some(reason);
            (other || said == good || !good.starts_with(said.as_str()))
                .then(|| format!("{stop_reason:?} after: {said}"))
        }
        (End::Bad(code, kept), MessageState::Failed { error }) => {
            let is_beginning = good.starts_with(said.as_str());
            let as_much = said.is_empty() == (kept == Kept::Nothing);
            let counted = error.kept == Some(said.chars().count() as u64);
            (error.code != code || !is_beginning || !as_much || !counted)
                .then(|| format!("{error:?} after: {said}"))
        }
        (_, state) => Some(format!("{state:?}")),
    };
    let asked = outcome.attempts;
    let asked = (asked != requests).then(|| format!("{asked} requests"));
    wrong.or(asked)
}

fn printed(rows: &[(&str, bool, &Outcome, Option<String>)]) -> String {
    let mut table = String::new();
    for (deployment, whole, outcome, wrong) in rows {
        let form = if *whole { "one piece" } else { "streamed" };
        let end = match &outcome.answer.state {
            MessageState::Complete { stop_reason } => {
                format!("complete: {}", stop_reason.as_deref().unwrap_or("-"))
            }
            MessageState::Failed { error } => format!("{:?}", error.code),
            other => format!("{other:?}"),
        };
        let kept = outcome.said.chars().count();
        let asked = outcome.attempts;
        let verdict = wrong.as_deref().map_or("as it should be", |_| "WRONG");
        table.push_str(&format!(
            "{deployment:<28} {form:<10} {end:<40} {kept:>5} kept {asked:>2} asked  {verdict}\n"
        ));
    }
    table
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_in_both_forms_ends_once_and_says_what_it_was() {
    let other_host = Emulator::builder().start().await.unwrap();
    let elsewhere = format!("{}/anthropic/v1/messages", other_host.url());
    let house = House::with(Emulator::builder().elsewhere(elsewhere), limits()).await;
    let keys_seen_elsewhere = planted_key(&house, &other_host).await;

    let good = house.ask(None, QUESTION).await.1;
    let good = text(&good);
    assert!(good.chars().count() > 500, "{good}");
    let forms = ROWS.iter().flat_map(|row| [(row, false), (row, true)]);
    let outcomes: Vec<_> = stream::iter(forms)
        .map(|(row, whole)| {
            let house = &house;
            async move { (row, whole, tried(house, row.deployment, whole).await) }
        })
        .buffered(6)
        .collect()
        .await;

    let judged: Vec<_> = outcomes
        .iter()
        .map(|(row, whole, outcome)| {
            let (end, requests) = if *whole { row.whole } else { row.streamed };
            let wrong = complaint(outcome, end, requests, &good);
            (row.deployment, *whole, outcome, wrong)
        })
        .collect();
    let table = printed(&judged);
    // Not by `print!`, which is swallowed when the test passes.
    std::io::stdout().write_all(table.as_bytes()).unwrap();
    let wrong: Vec<_> = judged
        .iter()
        .filter_map(|(name, whole, _, wrong)| {
            let form = if *whole { "one piece" } else { "streamed" };
            Some(format!("{name}, {form}: {}", wrong.as_ref()?))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));

    assert_eq!(
        keys(&other_host),
        keys_seen_elsewhere,
        "a key went elsewhere"
    );
    let turns: Vec<_> = outcomes.iter().map(|(_, _, it)| it.turn.clone()).collect();
    let (events, _) = house.close().await;
    for turn in &turns {
        let steps = steps(&events, turn);
        assert_whole(&steps);
        assert!(count(&steps, |it| matches!(it, Step::Waiting { .. })) <= 1);
    }
}

/// Sends the key to the other host on purpose, which shows that it would be noticed there.
async fn planted_key(house: &House, other_host: &Emulator) -> usize {
    let draft = draft_to(&other_host.url(), house.emulator.key());
    let before = connection_of(&house.engine.state().await);
    let planted = house.engine.save_connection(draft).await.unwrap();
    house.ask(None, "Hello").await;
    house.engine.remove_connection(planted.id).await.unwrap();
    house.engine.use_connection(before).await.unwrap();
    let seen = keys(other_host);
    assert!(seen > 0, "the other host does not notice a key");
    seen
}

fn keys(host: &Emulator) -> usize {
    let log = host.log();
    let with_key = log.iter().filter(|it| {
        let header = |name| it.received.header(name).is_some();
        header("x-api-key") || header("api-key") || header("authorization")
    });
    with_key.count()
}
