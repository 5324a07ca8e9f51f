//! What is measured, and for how long.

use std::time::Duration;

use crate::answers::Pieces;
use crate::contestants::Contestant;
use crate::questions::{Dialect, Form};

/// When a caller asks its next question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anew {
    /// As soon as its own answer was there, as programs do that know nothing of each other.
    AtOnce,
    /// When everybody's answer was there, so that all begin together and wait in one queue.
    Together,
}

/// One question, asked by so many callers at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Case {
    pub(crate) dialect: Dialect,
    pub(crate) form: Form,
    pub(crate) callers: usize,
    pub(crate) anew: Anew,
}

/// One form of answer, asked for by ever more callers.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) form: Form,
    pub(crate) callers: Vec<usize>,
    pub(crate) anew: Anew,
}

impl Series {
    /// The figures of a series stand in one cell of the table, in this order.
    pub(crate) fn cases(&self, dialect: Dialect) -> impl Iterator<Item = Case> {
        let (form, anew) = (self.form, self.anew);
        self.callers.iter().map(move |&callers| Case {
            dialect,
            form,
            callers,
            anew,
        })
    }
}

/// How thorough to be.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) contestants: Vec<Contestant>,
    /// Each contestant is started so often.
    pub(crate) starts: usize,
    /// How long it is left alone before its memory at rest is read.
    pub(crate) rest: Duration,
    /// Callers ask for so long before it counts.
    pub(crate) warm_up: Duration,
    /// Callers ask for so long.
    pub(crate) time: Duration,
    pub(crate) series: Vec<Series>,
}

impl Plan {
    /// What the project's targets speak of.
    pub(crate) fn full() -> Self {
        Self {
            contestants: vec![
                Contestant::Direct,
                Contestant::Hearth,
                Contestant::Portkey,
                Contestant::LiteLlm { workers: 1 },
                Contestant::LiteLlm { workers: 2 },
            ],
            starts: 3,
            rest: Duration::from_secs(2),
            warm_up: Duration::from_secs(1),
            time: Duration::from_secs(5),
            series: series(&[1, 16, 64], 2_000, &[1, 32], 32),
        }
    }

    /// A minute's look at whether everything works; its figures say little.
    pub(crate) fn short() -> Self {
        Self {
            contestants: vec![
                Contestant::Direct,
                Contestant::Hearth,
                Contestant::Portkey,
                Contestant::LiteLlm { workers: 1 },
            ],
            starts: 1,
            rest: Duration::from_millis(200),
            warm_up: Duration::from_millis(50),
            time: Duration::from_millis(300),
            series: series(&[1, 4], 200, &[1, 4], 4),
        }
    }

    /// What is answered soonest of all that is asked in this way, in one piece or as a stream.
    pub(crate) fn quickest(&self, asked: Form) -> Form {
        let forms = self.series.iter().map(|series| series.form);
        let alike = forms.filter(|form| (*form == Form::Whole) == (asked == Form::Whole));
        alike.min().unwrap_or(asked)
    }

    /// The numbers of deltas that are asked for.
    pub(crate) fn lengths(&self) -> Vec<usize> {
        let streams = self.series.iter().filter_map(|series| match series.form {
            Form::Whole => None,
            Form::Stream { deltas, .. } => Some(deltas),
        });
        streams.collect()
    }
}

fn series(whole: &[usize], long: usize, streams: &[usize], crowd: usize) -> Vec<Series> {
    let stream = |deltas, pieces| Series {
        form: Form::Stream { deltas, pieces },
        callers: streams.to_vec(),
        anew: Anew::AtOnce,
    };
    let together = |pieces| Series {
        callers: vec![crowd],
        anew: Anew::Together,
        ..stream(long, pieces)
    };
    vec![
        Series {
            form: Form::Whole,
            callers: whole.to_vec(),
            anew: Anew::AtOnce,
        },
        stream(20, Pieces::Events),
        stream(long, Pieces::Segments),
        stream(long, Pieces::Events),
        together(Pieces::Segments),
        together(Pieces::Events),
    ]
}
