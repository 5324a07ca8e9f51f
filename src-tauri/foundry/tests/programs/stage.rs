//! A scene's own folder, its programs, and the process that it is played in.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use hearth_foundry::{
    Client, ClientOptions, Credential, Failure, SignInProblem, TokenSource, Tokens,
};

/// Which scene a process is to play.
pub(crate) const SCENE: &str = "HEARTH_PROGRAMS_SCENE";
/// The folder of the scene.
const FOLDER: &str = "HEARTH_PROGRAMS_FOLDER";

/// Secrets that this program's variables may hold, each with its canary.
pub(crate) const OURS: [(&str, &str); 3] = [
    ("AZURE_CLIENT_SECRET", "canary-client-secret"),
    ("ANTHROPIC_FOUNDRY_API_KEY", "canary-foundry-key"),
    ("AZURE_AD_TOKEN", "canary-static-token"),
];

/// Where a scene is set up.
pub(crate) struct Stage {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
    path: String,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        let path = format!("{}:/usr/bin:/bin", folder.path().join("bin").display());
        Self {
            folder,
            variables: Vec::new(),
            path,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A program in a folder below the scene's, which is also the home folder.
    pub(crate) fn program(self, place: &str, name: &str, script: &str) -> Self {
        let folder = self.folder.path().join(place);
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn path(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    /// Plays the scene in a process of its own.
    #[track_caller]
    pub(crate) fn play(self, scene: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .env(SCENE, scene)
            .env(FOLDER, self.folder())
            .env("HOME", self.folder())
            .env("PATH", &self.path);
        for (name, canary) in OURS {
            command.env(name, canary);
        }
        command.envs(self.variables.iter().cloned());
        let status = command.status().unwrap();
        assert!(status.success(), "the scene `{scene}` failed");
        self
    }
}

/// The scene's folder, seen from within it.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os(FOLDER).unwrap().into()
}

/// What a program of the scene wrote into a file there.
pub(crate) fn written(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap_or_default()
}

/// Waits until a program of the scene wrote a file, and returns its lines.
pub(crate) async fn wait_for_lines(name: &str, lines: usize) -> Vec<String> {
    let since = Instant::now();
    loop {
        let seen: Vec<String> = written(name).lines().map(str::to_owned).collect();
        if seen.len() >= lines {
            return seen;
        }
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{name} is never written"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn client() -> Client {
    Client::new(ClientOptions::default()).unwrap()
}

pub(crate) fn tokens(source: TokenSource) -> Credential {
    Credential::Tokens(Tokens::new(source, String::new()))
}

#[track_caller]
pub(crate) fn problem<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> SignInProblem {
    match outcome {
        Err(Failure::SignIn(problem)) => *problem,
        other => panic!("not a problem of the sign-in: {other:?}"),
    }
}

pub(crate) fn block_on<T>(scene: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(scene)
}
