//! The architecture as a test: what `ARCHITECTURE.md` claims about who may know
//! what is read off the source here.
//!
//! Every check is a function from sources to violations, and each plants a
//! violation of its own and finds it before it is believed to find none.

#[path = "tidy/graph.rs"]
mod graph;
#[path = "tidy/names.rs"]
mod names;
#[path = "tidy/policy.rs"]
mod policy;
#[path = "tidy/prose.rs"]
mod prose;
#[path = "tidy/secrets.rs"]
mod secrets;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/state.rs"]
mod state;
#[path = "tidy/words.rs"]
mod words;
