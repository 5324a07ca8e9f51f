//! One question at a time to a keyring that may show a dialog, or never answer.
//!
//! Each question waits for another process on a thread of its own, which nothing can end. With
//! one of them at a time, a keyring that hangs costs one thread however often it is asked, and
//! what is kept and forgotten under one name happens in the order in which it was asked for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

/// Those who ask, one after the other.
#[derive(Default)]
pub(super) struct Queue {
    asked: Mutex<Option<Asked>>,
}

/// The question that was asked last.
#[derive(Clone)]
struct Asked {
    /// Closed as soon as it is answered.
    answered: watch::Receiver<()>,
    /// Nobody waits for the answer after that.
    until: Instant,
}

impl Queue {
    /// The answer to `ask`; none when it does not come within `limit`. Whoever asks meanwhile
    /// waits until the one before is answered and, once that has had its time, no longer: a
    /// keyring that hangs is not asked anew before it moves.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        ask: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let mine = self.turn(limit).await?;
        let (sender, receiver) = oneshot::channel();
        on_a_thread(move || {
            let _mine = mine;
            // Nobody is listening any more when the limit was reached.
            let _ = sender.send(ask());
        })?;
        timeout(limit, receiver).await.ok()?.ok()
    }

    /// Waits for the turn, which lasts as long as its value.
    async fn turn(&self, limit: Duration) -> Option<watch::Sender<()>> {
        let patience = Instant::now() + limit;
        loop {
            let mut before = match self.take(limit) {
                Ok(turn) => return Some(turn),
                Err(before) => before,
            };
            let until = before.until.min(patience);
            // It never changes, so this ends with the turn of the one before.
            let answered = before.answered.changed();
            timeout_at(until, answered).await.ok()?.err()?;
        }
    }

    /// The turn, or who has it.
    fn take(&self, limit: Duration) -> Result<watch::Sender<()>, Asked> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |asked: &&Asked| asked.answered.has_changed().is_ok();
        if let Some(asked) = asked.as_ref().filter(waiting) {
            return Err(asked.clone());
        }
        let (turn, answered) = watch::channel(());
        let until = Instant::now() + limit;
        *asked = Some(Asked { answered, until });
        Ok(turn)
    }
}

/// Runs `ask` on a thread of its own; none when there is none to be had. Not on the runtime's
/// blocking threads: a runtime that ends waits for those, and a dialog that nobody answers would
/// keep the program from ending.
pub(super) fn on_a_thread(ask: impl FnOnce() + Send + 'static) -> Option<()> {
    let thread = std::thread::Builder::new().name("keyring".into());
    thread.spawn(ask).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(90);

    #[tokio::test(start_paused = true)]
    async fn what_hangs_is_waited_for_once_and_asked_again_when_it_moves() {
        let queue = Arc::new(Queue::default());
        let (release, hangs) = mpsc::channel::<()>();
        let begin = Instant::now();
        let first = queue.ask(LIMIT, move || hangs.recv());
        // Who comes in time waits no longer than the first does.
        let second = async {
            tokio::time::sleep(LIMIT / 2).await;
            queue
                .ask(LIMIT, || unreachable!("it was asked twice"))
                .await
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first, second), (None, None::<()>));
        assert_eq!(begin.elapsed(), LIMIT);
        // Who comes after that does not wait at all.
        let late = queue.ask(LIMIT, || unreachable!("it was asked again"));
        assert_eq!(late.await, None::<()>);
        assert_eq!(begin.elapsed(), LIMIT);
        // From here on nobody is to be out of time while a thread still runs.
        tokio::time::resume();
        release.send(()).unwrap();
        while queue.take(LIMIT).is_err() {
            tokio::task::yield_now().await;
        }
        assert_eq!(queue.ask(LIMIT, || "answered").await, Some("answered"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn everybody_is_answered_and_nobody_beside_another() {
        let queue = Arc::new(Queue::default());
        let asking = Arc::new(AtomicUsize::new(0));
        let all = (0..40).map(|number| {
            let (queue, asking) = (queue.clone(), asking.clone());
            tokio::spawn(async move {
                let answer = queue.ask(LIMIT, move || {
                    assert_eq!(asking.fetch_add(1, Ordering::SeqCst), 0, "two at once");
                    std::thread::sleep(Duration::from_millis(1));
                    asking.fetch_sub(1, Ordering::SeqCst);
                    number
                });
                answer.await
            })
        });
        let all: Vec<_> = all.collect();
        for (number, answer) in all.into_iter().enumerate() {
            assert_eq!(answer.await.unwrap(), Some(number));
        }
    }

    #[tokio::test]
    async fn a_caller_that_leaves_ends_no_question_and_a_panic_leaves_nobody_waiting() {
        let queue = Queue::default();
        let (release, hangs) = mpsc::channel::<()>();
        let left = queue.ask(LIMIT, move || hangs.recv());
        let left = timeout(Duration::ZERO, left).await;
        assert!(left.is_err());
        assert!(queue.take(LIMIT).is_err(), "the question is still asked");
        release.send(()).unwrap();
        assert_eq!(queue.ask(LIMIT, || 1).await, Some(1));
        let panicked = queue.ask(LIMIT, || -> i32 { panic!("as a test wants it") });
        assert_eq!(panicked.await, None);
        assert_eq!(queue.ask(LIMIT, || 2).await, Some(2));
    }
}
