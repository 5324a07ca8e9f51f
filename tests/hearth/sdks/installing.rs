//! Other people's clients, installed once under the build folder in the versions that stand
//! beside this file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the programs stand.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hearth/sdks")
}

/// The interpreter of an environment that has the clients for Python.
pub(crate) fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gateway-sdks-python");
    let python = folder.join("bin/python");
    let requirements = sources().join("requirements.txt");
    installed(&folder, &["requirements.txt"], || {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-input"]);
        run(pip.arg("--requirement").arg(&requirements));
    });
    python
}

/// A folder that has the clients for JavaScript, and the programs.
pub(crate) fn javascript() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gateway-sdks-javascript");
    let described = ["package.json", "package-lock.json"];
    installed(&folder, &described, || {
        std::fs::create_dir_all(&folder).unwrap();
        for file in described {
            std::fs::copy(sources().join(file), folder.join(file)).unwrap();
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        run(npm.current_dir(&folder));
    });
    for file in ["checks.mjs", "openai_client.mjs", "anthropic_client.mjs"] {
        std::fs::copy(sources().join(file), folder.join(file)).unwrap();
    }
    folder
}

/// Installs anew unless that was done from these very files. An installation that was
/// interrupted has no mark, and begins again. Tests run at once, in one process or in several:
/// one of them installs, and the others wait.
fn installed(folder: &Path, files: &[&str], install: impl FnOnce()) {
    let read = |file: &&str| std::fs::read_to_string(sources().join(file)).unwrap();
    let wanted: String = files.iter().map(read).collect();
    let mark = folder.join("installed-from");
    let lock = std::fs::File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return;
    }
    // It may not be there, which is as good.
    let _ = std::fs::remove_dir_all(folder);
    install();
    std::fs::write(&mark, wanted).unwrap();
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "This test needs python3 with venv, node with npm, and the network from which these two \
         fetch packages. {}",
        said(&output)
    );
}

/// What a program said on both of its ways.
pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    text.concat()
}
