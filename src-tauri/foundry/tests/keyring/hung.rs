//! A Secret Service that is there and never answers.

use std::time::Duration;

use futures_util::future::join_all;
use hearth_foundry::{Secret, Vault, VaultState};

use super::{CANARY, Daemon};

/// However often is looked and asked, one thread waits for each; and who looks after that does
/// not wait.
pub(crate) async fn costs_one_look_and_one_question(vault: &Vault) {
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

    // Keeping, reading and removing, all at once.
    let secret = Secret::new(CANARY.into());
    let mut asked = Vec::new();
    for number in 0..8 {
        let (name, vault) = (format!("c{number}"), vault.clone());
        let secret = Secret::new(secret.expose().to_owned());
        asked.push(tokio::spawn(async move {
            match number % 3 {
                0 => vault.store(&name, &secret).await.is_ok(),
                1 => vault.load(&name).await.is_ok(),
                _ => vault.forget(&name).await.is_ok(),
            }
        }));
    }
    while asking() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Each of them has had its chance by then.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(asking(), 2, "each question took a thread");
    assert!(asked.iter().all(|asked| !asked.is_finished()));

    // It goes away, another comes, is found, and those that still wait are answered by it: what
    // is to be kept is kept, or its caller knows that it is not.
    drop(hung);
    let _daemon = Daemon::unlocked(vault, "after").await;
    let done = tokio::time::timeout(Duration::from_secs(60), join_all(asked));
    let done = done.await.expect("they wait for ever");
    for (number, done) in done
        .into_iter()
        .enumerate()
        .filter(|(number, _)| number % 3 == 0)
    {
        let kept = vault.load(&format!("c{number}")).await.unwrap();
        assert_eq!(kept.is_some(), done.unwrap(), "c{number}");
    }
    vault.store("later", &secret).await.unwrap();
    let kept = vault.load("later").await.unwrap().unwrap();
    assert_eq!(kept.expose(), CANARY);
    let gone = async {
        while asking() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone)
        .await
        .expect("a look or a question never ends");
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
