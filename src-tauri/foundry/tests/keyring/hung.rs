//! A Secret Service that is there and never answers.

use std::time::Duration;

use futures_util::future::join_all;
use hearth_foundry::{Vault, VaultState};

use super::Daemon;

/// However often is looked, one thread waits for it; and who looks after that does not wait.
pub(crate) async fn costs_one_look(vault: &Vault) {
    // A name with nobody behind it who reads what comes.
    let hung = zbus::connection::Builder::session().unwrap();
    let hung = hung.name("org.freedesktop.secrets").unwrap();
    let hung = hung.build().await.unwrap();
    assert_eq!(asking(), 0);
    let (named, has_begun) = std::sync::mpsc::channel();
    let planted = std::thread::Builder::new().name("keyring".into());
    let planted = planted.spawn(move || {
        named.send(()).unwrap();
        std::thread::park();
    });
    has_begun.recv().unwrap();
    assert_eq!(asking(), 1, "threads are counted");
    planted.unwrap().thread().unpark();

    let looks = join_all((0..8).map(|_| vault.state())).await;
    assert_eq!(looks, [VaultState::Missing; 8]);
    assert_eq!(vault.clone().state().await, VaultState::Missing);
    assert_eq!(asking(), 1);

    // It goes away, another comes, and is found.
    drop(hung);
    let _daemon = Daemon::unlocked(vault, "after").await;
    let gone = async {
        while asking() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .expect("a look never ends");
}

/// The threads that wait for the keyring.
fn asking() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| {
        // A thread may end while it is looked at.
        std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
    });
    names.filter(|name| name.trim() == "keyring").count()
}
