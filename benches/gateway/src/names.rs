//! How what is measured is named in the table, and what follows from figures by division.

use std::time::Duration;

use crate::answers::Pieces;
use crate::measure::Figures;
use crate::plan::{Anew, Case, Series};
use crate::questions::{Dialect, Form};

impl Dialect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chat => "Chat Completions",
            Self::Messages => "Messages",
        }
    }
}

impl Form {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Whole => "whole answers".to_owned(),
            Self::Stream { deltas, pieces } => {
                let pieces = match pieces {
                    Pieces::Segments => "in segments",
                    Pieces::Events => "event by event",
                };
                format!("{deltas} deltas {pieces}")
            }
        }
    }
}

impl Anew {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Together => "begun together",
        }
    }
}

impl Case {
    pub(crate) fn name(self) -> String {
        let (dialect, form, anew) = (self.dialect.name(), self.form.name(), self.anew.name());
        format!("{dialect}, {form}, {} {anew}", self.callers)
    }
}

impl Series {
    pub(crate) fn name(&self, dialect: Dialect) -> String {
        let loads: Vec<_> = self.callers.iter().map(usize::to_string).collect();
        let (dialect, form, anew) = (dialect.name(), self.form.name(), self.anew.name());
        format!("{dialect}, {form}, {} {anew}", loads.join(" / "))
    }
}

impl Figures {
    /// Answers in a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.took.as_secs_f64()
    }

    /// Processor time for an answer. The time of what failed is part of it.
    pub(crate) fn processor_each(&self) -> Option<Duration> {
        let answers = u32::try_from(self.answers).ok()?;
        self.processor?.checked_div(answers)
    }
}
