//! Programs that are asked for a key or a token.
//!
//! They get no input and none of the secrets that this program's variables may hold. Their output
//! is read to a limit, never logged, and nothing of them is left when nobody waits any more. What
//! they leave running when they end by themselves, such as an agent, is theirs.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::environment::SECRETS;

/// Most bytes that are read of each output.
const LONGEST: u64 = 256 * 1024;
/// How long outputs are still read that stay open after the program ended.
const LEFT_OPEN: Duration = Duration::from_millis(500);

/// Where programs are that people install, besides what `PATH` says: what is started from a
/// desktop does not get the `PATH` of the person's shell.
#[cfg(unix)]
const USUAL_PLACES: [&str; 7] = [
    "/usr/local/bin",
    "/usr/bin",
    "/bin",
    "/opt/homebrew/bin",
    "/home/linuxbrew/.linuxbrew/bin",
    "/snap/bin",
    "/opt/az/bin",
];
/// The same below the home folder.
#[cfg(unix)]
const USUAL_PLACES_AT_HOME: [&str; 2] = [".local/bin", "bin"];
#[cfg(not(unix))]
const USUAL_PLACES: [&str; 1] = [r"C:\Program Files\Microsoft SDKs\Azure\CLI2\wbin"];
#[cfg(not(unix))]
const USUAL_PLACES_AT_HOME: [&str; 1] = [r"AppData\Local\Programs\Azure Dev CLI"];

/// What a program left behind.
pub(super) struct Outcome {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Runs `program` with `arguments`, without a shell, to its end. Dropping the future ends it and
/// everything it started.
///
/// # Errors
///
/// When it cannot be started, and [`io::ErrorKind::FileTooLarge`] when it prints without end.
pub(super) async fn run<A: AsRef<OsStr>>(program: &OsStr, arguments: &[A]) -> io::Result<Outcome> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("PATH", path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(home) = std::env::home_dir().filter(|home| home.is_dir()) {
        command.current_dir(home);
    }
    for name in SECRETS {
        command.env_remove(name);
    }
    #[cfg(unix)]
    command.process_group(0);
    let mut running = Running::new(command.spawn()?);
    let (out, err) = (running.child.stdout.take(), running.child.stderr.take());
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let status = {
        let mut reading =
            pin!(async { tokio::try_join!(read(out, &mut stdout), read(err, &mut stderr)) });
        let ended = tokio::select! {
            read = &mut reading => { read?; None }
            status = running.child.wait() => Some(status?),
        };
        match ended {
            None => running.child.wait().await?,
            Some(status) => {
                // An agent that it started keeps its outputs open, but has nothing to say.
                if let Ok(read) = tokio::time::timeout(LEFT_OPEN, reading).await {
                    read?;
                }
                status
            }
        }
    };
    Ok(Outcome {
        status,
        stdout,
        stderr,
    })
}

async fn read(output: Option<impl AsyncRead + Unpin>, bytes: &mut Vec<u8>) -> io::Result<()> {
    let Some(output) = output else {
        return Ok(());
    };
    output.take(LONGEST + 1).read_to_end(bytes).await?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(())
}

/// `PATH` with the usual places behind it.
fn path() -> OsString {
    let named = std::env::var_os("PATH").unwrap_or_default();
    let home = std::env::home_dir().unwrap_or_default();
    let usual = USUAL_PLACES.iter().map(PathBuf::from);
    let at_home = USUAL_PLACES_AT_HOME.iter().map(|place| home.join(place));
    let all: Vec<PathBuf> = std::env::split_paths(&named)
        .chain(usual)
        .chain(at_home)
        .filter(|place| place.is_absolute())
        .collect();
    std::env::join_paths(all).unwrap_or(named)
}

/// A program with all that it started, which ends with this value.
struct Running {
    child: Child,
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
}

impl Running {
    fn new(child: Child) -> Self {
        Self {
            #[cfg(unix)]
            group: child
                .id()
                .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())),
            child,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A shell that is killed leaves its own children running. Once it was waited for, its
        // group's number may be somebody else's.
        #[cfg(unix)]
        if let (Some(_), Some(group)) = (self.child.id(), self.group) {
            // It may just have ended by itself.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
