//! A program of the person's own that prints a key or a token.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::entra;
use super::facts::TokenFacts;
use super::problem::{SignInKind, SignInProblem};
use super::process::{self, Outcome};
use super::source::{Fetched, Life, TokenSource};
use super::tokens::{Token, Tokens};
use crate::client::Client;
use crate::failure::Failure;
use crate::secret::Secret;

/// A program with its arguments, started as they stand, without a shell, in the home folder.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    argv: Vec<String>,
}

impl Command {
    /// The program and its arguments. Nothing is started before somebody asks.
    #[must_use]
    pub fn new(argv: Vec<String>) -> Self {
        Self { argv }
    }

    /// Runs it, for what it prints: one line, the key or token and nothing else.
    pub(super) async fn fetch(&self) -> Result<Fetched, Failure> {
        let Some((program, arguments)) = self.argv.split_first() else {
            return Err(failed("no command is set").into());
        };
        if program.trim().is_empty() {
            return Err(failed("no command is set").into());
        }
        let outcome = process::run(OsStr::new(program), arguments).await;
        let outcome = outcome.map_err(|error| failed(&not_run(program, &error)))?;
        if !outcome.status.success() {
            return Err(failed(&ended(&outcome)).into());
        }
        let secret = Secret::new(printed(outcome.stdout)?);
        let life = life(&TokenFacts::read(secret.expose()));
        Ok(Fetched {
            secret: Arc::new(secret),
            life,
        })
    }
}

fn failed(said: &str) -> SignInProblem {
    SignInProblem::new(SignInKind::CommandFailed, entra::clean(said, &[]))
}

fn not_run(program: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => format!("there is no program {program}"),
        io::ErrorKind::FileTooLarge => format!("{program} prints without end"),
        _ => format!("{program}: {error}"),
    }
}

/// How it ended, with the last line that it wrote about it.
fn ended(outcome: &Outcome) -> String {
    let said = String::from_utf8_lossy(&outcome.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let words = last.unwrap_or_default().split_whitespace();
    let words: Vec<&str> = words
        .map(|word| {
            if may_be_secret(word) {
                "<redacted>"
            } else {
                word
            }
        })
        .collect();
    format!("{} {}", outcome.status, words.join(" "))
}

/// A long word that is neither a path nor an address, or an address with a login or a query in
/// it: programs that fail print odd things.
fn may_be_secret(word: &str) -> bool {
    if word.contains("://") {
        return word.contains(['@', '?', '#']);
    }
    word.len() > 24 && !word.starts_with('/')
}

/// The one line that was printed.
fn printed(stdout: Vec<u8>) -> Result<String, SignInProblem> {
    let text = String::from_utf8(stdout).map_err(|_| failed("what it printed is not text"))?;
    let text = Secret::new(text);
    if text.is_empty() {
        return Err(failed("it printed nothing"));
    }
    if text.header("").is_none() {
        return Err(failed("it printed more than a key or token on one line"));
    }
    Ok(text.expose().to_owned())
}

/// How long a token says that it lasts. Its clock is the issuer's: what is said to have ended
/// already was printed to be used all the same.
fn life(facts: &TokenFacts) -> Life {
    let Some(end) = facts.expires_at else {
        return Life::Unknown;
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
    let whole = facts
        .issued_at
        .map_or(i64::MAX, |start| end.saturating_sub(start));
    match u64::try_from(end.saturating_sub(now).min(whole)) {
        Ok(left) if left > 0 => Life::Known(Duration::from_millis(left)),
        _ => Life::Unknown,
    }
}

impl fmt::Debug for Command {
    // People write secrets into arguments.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Command")
            .field("program", &self.argv.first())
            .finish_non_exhaustive()
    }
}

/// An API key that a command prints, cached as tokens are. Clones share it.
#[derive(Debug, Clone)]
pub struct Printed(Tokens);

impl Printed {
    /// The key that `command` prints.
    #[must_use]
    pub fn new(command: Command) -> Self {
        Self(Tokens::new(TokenSource::Command(command), String::new()))
    }

    pub(super) async fn get(&self, client: &Client) -> Result<Token, Failure> {
        self.0.get(client).await
    }

    pub(super) fn refused(&self, key: &Token) -> bool {
        self.0.refused(key)
    }
}
