//! A disk that takes nothing more, and takes it again.

use std::path::Path;
use std::process::Command;

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, in_both_themes};
use crate::processes;
use crate::resource::{DEPLOYMENT, MODEL, resource};

/// Lets Hearth live on where the system would end a program that writes too much: then a
/// write fails, as it does on a full disk.
const DRIVER: &str = "#!/bin/sh\n\
    trap '' XFSZ\n\
    real=$(PATH=${PATH#*:} command -v WebKitWebDriver)\n\
    exec \"$real\" \"$@\"\n";

#[tokio::test]
async fn an_answer_that_the_disk_does_not_take_is_saved_once_it_does() {
    in_both_themes(async |theme| {
        let resource = resource().await;
        let home = Home::new(theme);
        home.install("WebKitWebDriver", DRIVER);
        let hearth = Hearth::open(&home).await;
        hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
        let (script, gate) = Script::reply(["Before, ", "after, ", "and to the end."]).gate();
        resource.next(script);
        hearth.ask("Is there room?").await;
        gate.release(1);
        hearth.last_says("Before,").await;
        assert!(!hearth.reads("Not saved").await, "all is well so far");

        files_of(&home.profile(), "1");
        gate.open();
        // The answer is not held up, and not called a failure.
        hearth.answered("Before, after, and to the end.").await;
        hearth.says("Not saved").await;
        hearth.says("1 answer is kept in memory.").await;
        assert!(hearth.reads(&home.profile().display().to_string()).await);
        hearth.picture("storage", theme).await;
        hearth.click(Role::Button, "Try now").await;
        hearth.the(Role::Button, "Try now").await;
        hearth.says("1 answer is kept in memory.").await;

        files_of(&home.profile(), "unlimited");
        hearth.click(Role::Button, "Try now").await;
        hearth.says_no_more("Not saved").await;
        hearth.close().await;

        let hearth = Hearth::open(&home).await;
        hearth.open_conversation("Is there room?").await;
        hearth.answered("Before, after, and to the end.").await;
        hearth.close().await;
    })
    .await;
}

/// How large the files may become that Hearth writes from now on.
fn files_of(profile: &Path, most: &str) {
    let running = processes::with_argument(profile);
    assert!(!running.is_empty(), "Hearth runs");
    for process in running {
        let set = Command::new("prlimit")
            .arg(format!("--pid={}", process.id))
            .arg(format!("--fsize={most}:unlimited"))
            .status()
            .expect("util-linux is installed");
        assert!(set.success(), "the limit of a process can be set");
    }
}
