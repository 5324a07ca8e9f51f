//! Where the programs come from: ours from beside this one, the others from their packagers,
//! each in the version that is written down here, into the user's cache folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::program::Program;

/// Of `peers/litellm.txt`, which names everything that it needs, too.
pub(crate) const LITELLM: &str = "1.106.2";
/// Of `peers/portkey/package-lock.json`.
pub(crate) const PORTKEY: &str = "1.15.2";

const LITELLM_PACKAGES: &str = include_str!("../peers/litellm.txt");
const PORTKEY_PACKAGE: &str = include_str!("../peers/portkey/package.json");
const PORTKEY_LOCK: &str = include_str!("../peers/portkey/package-lock.json");

/// A slow network brings a hundred packages within this.
const INSTALLING: Duration = Duration::from_secs(20 * 60);
const GLANCE: Duration = Duration::from_millis(100);
/// Written last, with what was installed.
const DONE: &str = "installed";

/// Why a contestant cannot take part.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotInstalled {
    #[error("{} is not there: build it with cargo build --release -p hearth", .0.display())]
    NotBuilt(PathBuf),
    #[error("there is no cache folder: neither XDG_CACHE_HOME nor HOME is set")]
    NoCache,
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{program} cannot be started: {error}")]
    NotStarted {
        program: String,
        error: std::io::Error,
    },
    #[error("{program} failed: {said}")]
    Failed { program: String, said: String },
    #[error("{program} took longer than {} minutes", INSTALLING.as_secs() / 60)]
    Late { program: String },
}

/// Built by the same cargo into the same folder as this program.
pub(crate) fn hearth() -> Result<PathBuf, NotInstalled> {
    let path = std::env::current_exe()?.with_file_name("hearth");
    match path.is_file() {
        true => Ok(path),
        false => Err(NotInstalled::NotBuilt(path)),
    }
}

/// A virtual environment with LiteLLM's proxy.
pub(crate) async fn litellm() -> Result<PathBuf, NotInstalled> {
    let folder = cache()?.join(format!("litellm-{LITELLM}"));
    let program = folder.join("bin/litellm");
    once(&folder, LITELLM_PACKAGES, async || {
        let packages = folder.join("packages.txt");
        fs::write(&packages, LITELLM_PACKAGES)?;
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&folder);
        limited(make, &folder).await?;
        let mut fill = Command::new(folder.join("bin/python"));
        // Complete as it stands, so that nothing else is looked for.
        fill.args(["-m", "pip", "install", "--no-deps", "--requirement"]);
        fill.arg(&packages);
        limited(fill, &folder).await
    })
    .await?;
    Ok(program)
}

/// A folder with Portkey's gateway.
pub(crate) async fn portkey() -> Result<PathBuf, NotInstalled> {
    let folder = cache()?.join(format!("portkey-{PORTKEY}"));
    let program = folder.join("node_modules/@portkey-ai/gateway/build/start-server.js");
    once(&folder, PORTKEY_LOCK, async || {
        fs::write(folder.join("package.json"), PORTKEY_PACKAGE)?;
        fs::write(folder.join("package-lock.json"), PORTKEY_LOCK)?;
        let mut fill = Command::new("npm");
        // Its packages need no scripts of their own to run.
        fill.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        fill.current_dir(&folder);
        limited(fill, &folder).await
    })
    .await?;
    Ok(program)
}

fn cache() -> Result<PathBuf, NotInstalled> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    Ok(cache.ok_or(NotInstalled::NoCache)?.join("hearth-bench"))
}

/// Installs unless exactly this was installed to its end before.
async fn once(
    folder: &Path,
    what: &str,
    install: impl AsyncFnOnce() -> Result<(), NotInstalled>,
) -> Result<(), NotInstalled> {
    let done = folder.join(DONE);
    if fs::read_to_string(&done).is_ok_and(|installed| installed == what) {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    install().await?;
    fs::write(done, what)?;
    Ok(())
}

/// Runs an installer to its end, with a limit, and tells the last thing that it said if it fails.
async fn limited(command: Command, folder: &Path) -> Result<(), NotInstalled> {
    let program = command.get_program().to_string_lossy().into_owned();
    let log = folder.join("install.log");
    let started = Program::start(command, &log);
    let mut running = started.map_err(|error| NotInstalled::NotStarted {
        program: program.clone(),
        error,
    })?;
    let until = Instant::now() + INSTALLING;
    loop {
        match running.ended()? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => {
                let said = running.last_line();
                return Err(NotInstalled::Failed { program, said });
            }
            None if Instant::now() > until => return Err(NotInstalled::Late { program }),
            None => tokio::time::sleep(GLANCE).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_installed_to_its_end_is_not_installed_again() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("peer");
        let mut installed = 0;
        for (what, fails, expected) in [
            ("one", true, 1),
            ("one", false, 2),
            ("one", false, 2),
            ("two", false, 3),
        ] {
            let result = once(&folder, what, async || {
                installed += 1;
                fs::write(folder.join("piece"), what)?;
                match fails {
                    true => Err(NotInstalled::NoCache),
                    false => Ok(()),
                }
            })
            .await;
            assert_eq!(result.is_err(), fails);
            assert_eq!(installed, expected, "{what}");
        }
    }

    #[tokio::test]
    async fn an_installer_that_fails_is_told_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo first; echo no such package >&2; exit 3"]);
        let failure = limited(command, folder.path()).await.unwrap_err();
        assert_eq!(failure.to_string(), "/bin/sh failed: no such package");
        let missing = Command::new("/nowhere/installer");
        let failure = limited(missing, folder.path()).await.unwrap_err();
        assert!(matches!(failure, NotInstalled::NotStarted { .. }));
    }
}
