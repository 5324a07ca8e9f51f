//! `hearth doctor`: what keeps a connection from answering, rung by rung.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use hearth_engine::api::{
    DoctorReport, DoctorTarget, ErrorReport, Fix, RungState, RungView, Verdict,
};
use hearth_engine::{Environment, Profile, Words};
use serde_json::{Value, json};

use crate::arguments::{Doctor, Output};
use crate::named;
use crate::terminal::{Failed, Terminal};

/// Columns of a rung's name: as wide as the longest.
const NAME: usize = 19;
/// Columns of a rung's time.
const TIME: usize = 9;

pub(crate) async fn run(
    doctor: Doctor,
    profile: Option<PathBuf>,
    environment: Environment,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let profile = Profile::from_args(profile)?;
    let engine = crate::open(profile, environment).await?;
    let connection = match &doctor.connection {
        None => None,
        Some(name) => Some(named::connection(&engine.state().await, name, terminal)?),
    };
    let target = DoctorTarget::Saved {
        connection,
        deployment: doctor.model,
    };
    let progress = Progress::new();
    let shown = progress.clone();
    let walk = engine.diagnose(target, move |report| shown.show(report));
    let report = tokio::select! {
        report = walk => report,
        _ = tokio::signal::ctrl_c() => {
            progress.clear();
            let stopped = terminal.words.say("doctor-verdict-cancelled", &[]);
            return Err(Failed::Interrupted(stopped));
        }
    };
    progress.clear();
    // What was measured is on disk before the program ends.
    engine.shutdown().await;
    let text = match doctor.output {
        Output::Json => {
            let json = serde_json::to_string(&report).expect("BUG: a report is not JSON");
            format!("{json}\n")
        }
        Output::Text => written(&report, terminal, Marks::for_standard_output()),
    };
    terminal.write(&text)?;
    match report.verdict {
        Verdict::Works | Verdict::Partly => Ok(()),
        Verdict::Fails | Verdict::Cancelled | Verdict::Running => Err(Failed::Told),
    }
}

/// The rung that is being looked at, on a terminal that is watched.
#[derive(Clone)]
struct Progress {
    watched: bool,
}

impl Progress {
    fn new() -> Self {
        Self {
            watched: std::io::stderr().is_terminal(),
        }
    }

    fn show(&self, report: &DoctorReport) {
        let running = report
            .rungs
            .iter()
            .find(|rung| rung.state == RungState::Running);
        if let Some(rung) = running.filter(|_| self.watched) {
            let title = title(&Words::english(), rung);
            // A closed standard error has nobody to tell.
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K{title} …");
        }
    }

    fn clear(&self) {
        if self.watched {
            let _ = write!(std::io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}

/// How states are marked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// For people at a terminal.
    Signs,
    /// For files and pipes: nothing but ASCII.
    Letters,
}

impl Marks {
    fn for_standard_output() -> Self {
        match std::io::stdout().is_terminal() {
            true => Self::Signs,
            false => Self::Letters,
        }
    }

    fn of(self, state: RungState) -> &'static str {
        match (self, state) {
            (Self::Signs, RungState::Passed) => "✓",
            (Self::Letters, RungState::Passed) => "+",
            (_, RungState::Warned) => "!",
            (Self::Signs, RungState::Failed) => "✗",
            (Self::Letters, RungState::Failed) => "x",
            (Self::Signs, RungState::Skipped | RungState::Waiting | RungState::Running) => "–",
            (Self::Letters, RungState::Skipped | RungState::Waiting | RungState::Running) => "-",
        }
    }
}

/// The whole ladder, as text.
fn written(report: &DoctorReport, terminal: &Terminal<'_>, marks: Marks) -> String {
    let mut text = String::new();
    if !report.name.is_empty() {
        text.push_str(&report.name);
        text.push('\n');
    }
    for rung in &report.rungs {
        let mark = marks.of(rung.state);
        let title = title(terminal.words, rung);
        let took = rung
            .took_ms
            .map_or_else(String::new, |took| format!("{took} ms"));
        let sentence = sentence(rung, terminal);
        text.push_str(&format!("{mark} {title:NAME$}{took:>TIME$}  {sentence}\n"));
    }
    let verdict = format!("doctor-verdict-{}", word(&json!(report.verdict)));
    text.push_str(&terminal.words.say(&verdict, &[]));
    text.push('\n');
    match marks {
        Marks::Signs => text,
        Marks::Letters => in_ascii(&text),
    }
}

fn title(words: &Words, rung: &RungView) -> String {
    words.say(&format!("doctor-{}", word(&json!(rung.id))), &[])
}

fn sentence(rung: &RungView, terminal: &Terminal<'_>) -> String {
    if let Some(problem) = &rung.problem {
        return explained(problem, terminal);
    }
    let facts: Vec<_> = rung
        .facts
        .iter()
        .map(|fact| (fact.name.as_str(), fact.value.clone()))
        .collect();
    let key = format!(
        "doctor-{}-{}",
        word(&json!(rung.id)),
        word(&json!(rung.state))
    );
    terminal.words.say(&key, &with_none(&facts))
}

/// Sentences may name facts that were not found.
fn with_none<'a>(facts: &[(&'a str, String)]) -> Vec<(&'a str, String)> {
    let mut all = facts.to_vec();
    for name in ["issuer", "expires", "audience", "why"] {
        if all.iter().all(|(known, _)| *known != name) {
            all.push((name, "none".to_owned()));
        }
    }
    all
}

fn explained(problem: &ErrorReport, terminal: &Terminal<'_>) -> String {
    let mut text = terminal.explain(problem);
    let instead = match &problem.fix {
        Some(Fix::UseEndpoint { endpoint }) => Some(endpoint),
        Some(Fix::UseScope { scope }) => Some(scope),
        Some(Fix::UseTenant { tenant }) => Some(tenant),
        Some(_) | None => None,
    };
    if let Some(fix) = instead.filter(|fix| !text.contains(fix.as_str())) {
        let facts = [("fix", fix.clone())];
        text.push_str("\n  ");
        text.push_str(&terminal.words.say("cli-doctor-fix", &facts));
    }
    // Further lines stand below the sentence.
    text.replace('\n', &format!("\n{}", " ".repeat(2 + NAME + TIME)))
}

/// A state or a rung by its name in words and in JSON.
fn word(value: &Value) -> &str {
    value.as_str().expect("BUG: a state is not a word")
}

/// Quotes, dashes and the like as ASCII has them; what somebody else wrote stays readable.
fn in_ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '“' | '”' | '„' => plain.push('"'),
            '‘' | '’' => plain.push('\''),
            '–' | '—' => plain.push('-'),
            '·' => plain.push('*'),
            '…' => plain.push_str("..."),
            '\u{a0}' => plain.push(' '),
            letter if letter.is_ascii() => plain.push(letter),
            letter => plain.extend(letter.escape_unicode()),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
