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
mod keyring_bus;
mod notices;
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
mod capabilities;
mod connect;
mod copying;
mod credentials;
mod demo;
mod doctor;
mod drafts;
mod editing_files;
mod ending;
mod faults;
mod faults_of_identity;
mod faults_on_the_way;
mod find;
mod first_run;
mod form;
mod gateway;
mod gateway_setup;
mod hostile;
mod imports;
mod keyring;
mod names;
mod native;
mod neighbours;
mod network;
mod pictures;
mod policy;
mod read_only;
mod refusals;
mod saving_over;
mod scrolling;
mod search;
mod secrets;
mod sidebar;
mod switching;
mod tools;
mod trash;
mod two_windows;
