//! What of a request did not reach the model.

use std::fmt;

use crate::object::Object;
use crate::raw::Raw;

/// A member of a request that was accepted and not, or not exactly, sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// The member, such as `seed` or `messages[2].name`.
    pub param: String,
    /// Why.
    pub why: Why,
}

impl Dropped {
    /// The members as the value of a response header: in their order, each once, in
    /// visible ASCII, and not longer than servers take.
    ///
    /// Names of members come from the client, so what a header cannot hold is replaced.
    #[must_use]
    pub fn header(all: &[Self]) -> String {
        const MOST: usize = 1024;
        let mut names: Vec<String> = Vec::new();
        let mut length = 0;
        for dropped in all {
            let plain = |c: char| {
                if c.is_ascii_graphic() && c != ',' {
                    c
                } else {
                    '?'
                }
            };
            let name: String = dropped.param.chars().take(100).map(plain).collect();
            if names.contains(&name) {
                continue;
            }
            length += name.len() + 2;
            if length > MOST {
                names.push("...".to_owned());
                break;
            }
            names.push(name);
        }
        if all.len() >= Noted::MOST && length <= MOST {
            names.push("...".to_owned());
        }
        names.join(", ")
    }
}

/// What was noted so far. A header has no room for more than is kept.
#[derive(Debug, Default)]
pub(super) struct Noted(Vec<Dropped>);

impl Noted {
    const MOST: usize = 1_000;

    pub(super) fn note(&mut self, param: impl Into<String>, why: Why) {
        if self.0.len() < Self::MOST {
            let param = param.into();
            self.0.push(Dropped { param, why });
        }
    }

    /// Notes the members of something that nobody reads, unless there is nothing in them.
    pub(super) fn unread(&mut self, object: &Object, path: &str, read: &[&str]) {
        let says_something = |value: &Raw| {
            let empty = matches!(value.json(), "[]" | "{}" | "\"\"" | "false");
            !empty && !value.is_null()
        };
        for (key, value) in object.iter() {
            if says_something(value) && !read.contains(&key.as_str()) {
                self.note(format!("{path}.{key}"), Why::NothingLikeIt);
            }
        }
    }

    pub(super) fn into_list(self) -> Vec<Dropped> {
        self.0
    }
}

/// Why a member was not sent on as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its value asks for what happens anyway, or for nothing that an answer shows.
    NoEffect,
    /// The Messages API has nothing like it.
    NothingLikeIt,
    /// The model does not take it.
    NotThisModel,
    /// It was sent in the nearest form that the API or the model takes.
    Nearest,
    /// Another member of the request took precedence.
    Overruled,
    /// It is no member that Hearth knows, and `drop_params` is on.
    Unknown,
    /// The API refuses it in this place.
    RefusedHere,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEffect => "it changes nothing",
            Self::NothingLikeIt => "the Messages API has nothing like it",
            Self::NotThisModel => "the model does not take it",
            Self::Nearest => "the nearest that is possible was sent",
            Self::Overruled => "another member took precedence",
            Self::Unknown => "it is not known",
            Self::RefusedHere => "the API refuses it in this place",
        })
    }
}
