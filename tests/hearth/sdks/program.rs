//! `hearth gateway` as a program, in front of the emulator.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The key of the resource, which nobody but the gateway has.
pub(crate) const UPSTREAM_KEY: &str = "canary-upstream-key";

/// The gateway, ended when dropped.
pub(crate) struct Program {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
}

impl Program {
    /// Starts it with these arguments and variables, on a port of its own.
    pub(crate) fn start(profile: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
        command
            .args(["gateway", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_clear()
            .env("HEARTH_PROFILE", profile)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ");
        let url = url.map(str::to_owned).unwrap_or_else(|| {
            let mut said = String::new();
            let mut errors = child.stderr.take().unwrap();
            errors.read_to_string(&mut said).unwrap();
            panic!("{line} {said}")
        });
        Self { child, url }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
