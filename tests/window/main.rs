//! The real window, driven through WebKitWebDriver: real pages, a real keyring,
//! real dialogs, and the emulator in place of the resource.
//!
//! `scripts/with-desktop` gives it a display, a session bus and a keyring. The
//! tests share one screen and therefore take turns.

mod accessible;
mod acts;
mod browser;
mod chat;
mod dragging;
mod harness;
mod processes;
mod resource;
mod screen;
mod shots;
mod words;

mod asking;
mod attachments;
mod banner;
mod branches;
mod branches_of_questions;
mod connect;
mod copying;
mod credentials;
mod demo;
mod drafts;
mod editing_files;
mod find;
mod first_run;
mod form;
mod hostile;
mod keyring;
mod names;
mod native;
mod neighbours;
mod pictures;
mod policy;
mod read_only;
mod refusals;
mod scrolling;
mod search;
mod secrets;
mod sidebar;
mod tools;
mod trash;
mod two_windows;
