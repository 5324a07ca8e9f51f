//! What goes to the terminal, and how a command ends.

use std::io::{self, Write};
use std::process::ExitCode;

use hearth_engine::Words;
use hearth_engine::api::{ErrorCode, ErrorReport};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failed {
    /// With a code, whose words are in the catalogue.
    Reported(Box<ErrorReport>),
    /// With a sentence of the catalogue.
    Said(String),
    /// The result that was written says it all.
    Told,
    /// The person pressed Ctrl+C.
    Interrupted(String),
}

impl From<ErrorReport> for Failed {
    fn from(report: ErrorReport) -> Self {
        Self::Reported(Box::new(report))
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Said(error.to_string())
    }
}

/// Standard output for results, standard error for everything else.
pub(crate) struct Terminal<'a> {
    pub(crate) words: &'a Words,
}

impl<'a> Terminal<'a> {
    pub(crate) fn new(words: &'a Words) -> Self {
        Self { words }
    }

    /// The sentence of a key, as an ending.
    pub(crate) fn refuse(&self, key: &str, facts: &[(&str, String)]) -> Failed {
        Failed::Said(self.words.say(key, facts))
    }

    /// Writes a piece of a result at once.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) fn write(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Says something that is not part of the result.
    pub(crate) fn note(&self, sentence: &str) {
        // A closed standard error has nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{sentence}");
    }

    /// Says why, and with which code the program ends.
    pub(crate) fn failed(&self, failed: &Failed) -> ExitCode {
        let (sentence, code) = match failed {
            Failed::Told => return ExitCode::FAILURE,
            Failed::Reported(report) => (self.explain(report), ExitCode::FAILURE),
            Failed::Said(sentence) => (sentence.clone(), ExitCode::FAILURE),
            // 128 + SIGINT, as shells have it.
            Failed::Interrupted(sentence) => (sentence.clone(), ExitCode::from(130)),
        };
        self.note(&sentence);
        code
    }

    /// The words of a failure, with what a support desk asks for.
    pub(crate) fn explain(&self, report: &ErrorReport) -> String {
        let mut lines = vec![self.words.explain(report)];
        let facts = [
            ("cli-fact-status", report.status.map(|it| it.to_string())),
            ("cli-fact-message", report.message.clone()),
            ("cli-fact-request-id", report.request_id.clone()),
            ("cli-fact-apim-request-id", report.apim_request_id.clone()),
        ];
        for (key, fact) in facts {
            if let Some(fact) = fact
                && !lines[0].contains(&fact)
            {
                lines.push(self.words.say(key, &[("fact", fact)]));
            }
        }
        if report.code == ErrorCode::NoConnection {
            lines.push(self.words.say("cli-no-connection", &[]));
        }
        lines.join("\n  ")
    }
}
