//! The real window, driven through WebKitWebDriver: real pages, a real keyring,
//! real dialogs, and the emulator in place of the resource.
//!
//! `scripts/with-desktop` gives it a display, a session bus and a keyring. The
//! tests share one screen and therefore take turns.

mod accessible;
mod acts;
mod chat;
mod harness;
mod processes;
mod resource;
mod screen;
mod shots;
mod words;

mod asking;
mod branches;
mod connect;
mod copying;
mod demo;
mod first_run;
mod form;
mod hostile;
mod keyring;
mod names;
mod pictures;
mod policy;
mod refusals;
mod scrolling;
mod secrets;
mod sidebar;
