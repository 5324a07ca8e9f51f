//! A Hearth that is ending, and one that begins meanwhile.

use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::gateway::Asking;
use crate::harness::{Hearth, Home, Theme, free_port, patiently};
use crate::processes;
use crate::resource::{DEPLOYMENT, MODEL, resource};

/// The name under which a Hearth can be asked to show its window begins with this.
const NAME: &str = "dev.hearth.desktop.profile_";

#[tokio::test]
async fn a_launch_while_the_last_hearth_is_ending_opens_a_window() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    assert_eq!(names_on_the_bus(), 1, "it is there to be found");
    let [first] = &processes::with_argument(&home.profile())[..] else {
        panic!("one Hearth runs");
    };

    // Another program's answer is what its end waits for.
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "Gateway").await;
    let port = free_port();
    hearth.listen_on(port).await;
    hearth.click(Role::Checkbox, "Lend to other programs").await;
    let key = hearth.make_a_key().await;
    let (script, gate) = Script::reply(["It begins, ", "and it ends."]).gate();
    resource.next(script);
    let mut running = Asking::begin(port, &key, true).await;
    gate.release(1);
    running.hears("It begins, ").await;
    signal("TERM", first.id);
    patiently(async || (names_on_the_bus() == 0).then_some(()))
        .await
        .expect("it gives up its name");
    // It takes as long as the test wants: a slow machine has such ends by itself.
    let stopped = Stopped::new(first.id);
    assert!(
        running.goes_on(),
        "its name goes while its end is waited for"
    );
    assert!(processes::any_lives(std::slice::from_ref(first)));

    let second = Launched::with(&home);
    second.has_a_window().await;
    assert!(processes::any_lives(std::slice::from_ref(first)));
    drop(stopped);
    gate.open();
    patiently(async || (!processes::any_lives(std::slice::from_ref(first))).then_some(()))
        .await
        .expect("the first ends");
    assert_eq!(second.ended(), None, "it goes on alone");
}

/// How many Hearths can be asked to show their windows.
fn names_on_the_bus() -> usize {
    let listed = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.DBus"])
        .args(["/", "org.freedesktop.DBus.ListNames"])
        .output()
        .expect("the package dbus is installed");
    let listed = String::from_utf8_lossy(&listed.stdout);
    listed.matches(NAME).count()
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status();
    assert!(sent.expect("kill is there").success());
}

/// A program that does nothing until this is dropped.
struct Stopped(u32);

impl Stopped {
    fn new(process: u32) -> Self {
        signal("STOP", process);
        Self(process)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("CONT", self.0);
    }
}

/// A Hearth that was started as a desktop starts one; it is gone with this.
pub(crate) struct Launched(Mutex<Child>);

impl Launched {
    fn with(home: &Home) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_hearth-desktop"));
        Self::by(program.arg("--profile").arg(home.profile()))
    }

    /// Started by a command that becomes Hearth.
    pub(crate) fn by(command: &mut Command) -> Self {
        Self(Mutex::new(command.spawn().expect("it is launched")))
    }

    /// Waits until it has opened a window.
    pub(crate) async fn has_a_window(&self) {
        patiently(async || {
            assert_eq!(self.ended(), None, "it ended without a window");
            self.shows_one().then_some(())
        })
        .await
        .expect("a window of its own");
    }

    fn shows_one(&self) -> bool {
        let id = self.child().id().to_string();
        let found = Command::new("xdotool")
            .args(["search", "--onlyvisible", "--pid", &id])
            .output()
            .expect("xdotool is installed");
        !found.stdout.is_empty()
    }

    /// How it ended; none while it runs.
    fn ended(&self) -> Option<ExitStatus> {
        self.child().try_wait().expect("it was launched")
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Launched {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child().kill();
        let _ = self.child().wait();
    }
}
