//! Files that are dropped on a window.
//!
//! WebKitGTK gives the page a drop without its files, so the shell takes it: the page is
//! told that files are over it or were dropped, and asks for them to be attached. It never
//! learns their paths, and cannot name others. Each drop has a number, so that what was
//! dropped on one draft never reaches another.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tauri::{DragDropEvent, Manager, WebviewWindow};

use crate::shell::Shell;

/// Files of one drop that are kept at most. It is more than can be attached at once, so that
/// whoever drops more is told that they are too many, and misses none of them silently.
const MOST_FILES: usize = 100;

/// Drops on one window that wait at most. A page fetches each when the one before is read;
/// what it does not want, it never fetches.
const MOST_DROPS: usize = 16;

/// One drop, counted over all windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DropNumber(u64);

/// What was dropped on the windows and not fetched yet, by their labels, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Dropped {
    last: u64,
    waiting: HashMap<String, VecDeque<(DropNumber, Vec<PathBuf>)>>,
}

impl Dropped {
    /// Keeps the files of a drop. Of too many drops, the oldest is forgotten.
    pub(crate) fn keep(&mut self, label: &str, mut paths: Vec<PathBuf>) -> DropNumber {
        self.last += 1;
        let number = DropNumber(self.last);
        paths.truncate(MOST_FILES);
        let waiting = self.waiting.entry(label.to_owned()).or_default();
        waiting.push_back((number, paths));
        if waiting.len() > MOST_DROPS {
            waiting.pop_front();
        }
        number
    }

    /// The files of a drop on that window, once.
    pub(crate) fn take(&mut self, label: &str, number: DropNumber) -> Vec<PathBuf> {
        let Some(waiting) = self.waiting.get_mut(label) else {
            return Vec::new();
        };
        let place = waiting.iter().position(|(waits, _)| *waits == number);
        let taken = place.and_then(|place| waiting.remove(place));
        taken.map_or_else(Vec::new, |(_, paths)| paths)
    }

    /// Forgets what was dropped on a window.
    pub(crate) fn forget(&mut self, label: &str) {
        self.waiting.remove(label);
    }
}

/// Tells the page what a person drags over its window. The page hears of it as an event of
/// its own `window`: `hearth-drag-enter`, `hearth-drag-leave`, or `hearth-drop` with the
/// number of the drop as its detail.
pub(crate) fn tell(window: &WebviewWindow, event: &DragDropEvent) {
    let told = match event {
        DragDropEvent::Enter { .. } => "'hearth-drag-enter'".to_owned(),
        DragDropEvent::Leave => "'hearth-drag-leave'".to_owned(),
        DragDropEvent::Drop { paths, .. } => {
            let shell = window.state::<Shell>();
            let DropNumber(number) = shell.keep_dropped(window.label(), paths.clone());
            format!("'hearth-drop', {{ detail: {number} }}")
        }
        // Where the pointer is, the page sees itself.
        _ => return,
    };
    let script = format!("window.dispatchEvent(new CustomEvent({told}))");
    if let Err(error) = window.eval(script) {
        tracing::warn!(%error, "the page does not hear of a drop");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn each_drop_is_fetched_by_its_number_and_once() {
        let mut dropped = Dropped::default();
        let ignored = dropped.keep("main", paths(&["settings-were-open.png"]));
        let first = dropped.keep("main", paths(&["a.png", "b.png"]));
        let second = dropped.keep("main", paths(&["c.png"]));
        let elsewhere = dropped.keep("other", paths(&["d.png"]));
        // In any order: a draft that still reads fetches late.
        assert_eq!(dropped.take("main", second), paths(&["c.png"]));
        assert_eq!(dropped.take("main", first), paths(&["a.png", "b.png"]));
        assert_eq!(dropped.take("main", first), paths(&[]));
        assert_eq!(dropped.take("main", elsewhere), paths(&[]));
        assert_eq!(dropped.take("other", elsewhere), paths(&["d.png"]));
        assert_eq!(dropped.take("nowhere", ignored), paths(&[]));
        assert_eq!(
            dropped.take("main", ignored),
            paths(&["settings-were-open.png"])
        );
    }

    #[test]
    fn what_nobody_fetches_is_forgotten() {
        let mut dropped = Dropped::default();
        let first = dropped.keep("main", paths(&["a.png"]));
        let second = dropped.keep("main", paths(&["b.png"]));
        for _ in 1..MOST_DROPS {
            dropped.keep("main", paths(&["more.png"]));
        }
        assert_eq!(dropped.take("main", first), paths(&[]));
        assert_eq!(dropped.take("main", second), paths(&["b.png"]));
        let last = dropped.keep("main", paths(&["last.png"]));
        dropped.forget("main");
        assert_eq!(dropped.take("main", last), paths(&[]));
    }

    #[test]
    fn of_one_drop_more_is_kept_than_can_be_attached_and_not_everything() {
        let mut dropped = Dropped::default();
        let many = dropped.keep("main", paths(&["a.png"; 3 * MOST_FILES]));
        assert_eq!(dropped.take("main", many).len(), MOST_FILES);
    }
}
