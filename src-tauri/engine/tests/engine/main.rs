//! The engine against the emulator, over HTTP and with a real database.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod attachments;
mod branches;
mod connections;
mod credentials;
mod dice;
mod disk;
mod drafts;
mod editions;
mod endings;
mod faults;
mod faults_cuts;
mod faults_table;
mod full_disk;
mod gateway;
mod gateway_keys;
mod half_saved;
mod history;
mod hosts;
mod imports;
mod kept;
mod kept_files;
mod keyring;
mod kills;
mod ledger;
mod neighbours;
mod networks;
mod property;
mod read_only;
mod refusals;
mod sequences;
mod support;
mod switching;
mod tools;
mod transcripts;
mod trash;
mod waiting;
mod windows;
