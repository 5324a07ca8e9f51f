//! SIGKILL at any moment: what was acknowledged is there, and nothing is there by half.
//!
//! A child process uses a profile by a script that depends on nothing but a seed, and
//! says after each call that it is done. It is killed at a random moment, again and again
//! in the same profile. A mirror, which nobody kills, does the same calls: what the child
//! left behind has to be the mirror after as many calls as were acknowledged, or after
//! one more, which the child had no time to acknowledge.

mod script;

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hearth_store::{Shelf, Store};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use script::{Plan, Random};

const CHILD: &str = "HEARTH_STORE_TEST_KILLED";
const PROFILES: u64 = 4;
const KILLS: usize = 50;

/// The child: goes on with the script from a step on, until it is killed.
fn use_until_killed(instruction: &str) {
    let mut words = instruction.splitn(3, ' ');
    let mut number = || words.next().unwrap().parse().unwrap();
    let (seed, step) = (number(), number());
    let store = Store::open(words.next().unwrap().as_ref()).unwrap();
    let mut out = std::io::stdout().lock();
    let interrupted = store.unfinished().unwrap();
    let plan = Plan::new(seed, step, interrupted.into_iter().map(|it| it.answer));
    for call in 0.. {
        plan.call(&store, call);
        writeln!(out, "done {call}").unwrap();
        out.flush().unwrap();
    }
}

fn start(folder: &Path, seed: u64, step: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::what_was_acknowledged_survives_200_kills",
            "--nocapture",
        ])
        .env(CHILD, format!("{seed} {step} {}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a child at a random moment after a random number of acknowledgements; how many
/// it gave.
fn killed(mut child: Child, random: &mut Random) -> u64 {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    let at_least = random.below(24);
    while acknowledged(&text) < at_least {
        assert_ne!(output.read_line(&mut text).unwrap(), 0, "{text}");
    }
    // Without any acknowledgement, it may still be opening the database.
    let longest = if at_least == 0 { 30_000 } else { 3_000 };
    std::thread::sleep(Duration::from_micros(random.below(longest)));
    child.kill().unwrap();
    child.wait().unwrap();
    output.read_to_string(&mut text).unwrap();
    acknowledged(&text)
}

/// A line that the kill cut in two is no acknowledgement.
fn acknowledged(text: &str) -> u64 {
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    whole.matches("done ").count().try_into().unwrap()
}

/// Everything that is stored, as text. Rows that name others do so by their place; what a
/// fork names itself, and which process runs a turn, is left out.
fn everything(folder: &Path) -> Vec<String> {
    let file = Connection::open(folder.join("hearth.db")).unwrap();
    let tables = [
        ("conversation", "id, *"),
        (
            "turn",
            "iif(instr(id, '-'), id, ''), seq, conversation, question, state, ended_at",
        ),
        (
            "message",
            "iif(instr(id, '-'), id, ''), seq, conversation, parent, turn, role, purpose, state,
             stop_reason, error, created_at, ended_at",
        ),
        ("answer", "*"),
        ("block", "*"),
        ("block_words", "rowid, *"),
        ("title_words", "rowid, *"),
        ("journal", "*"),
        ("draft", "*"),
        ("draft_attachment", "*"),
        ("attachment", "*"),
        ("tool_grant", "*"),
    ];
    let mut lines = Vec::new();
    for (table, columns) in tables {
        let mut rows = file
            .prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2"))
            .unwrap();
        let width = rows.column_count();
        let mut rows = rows.query(()).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let mut line = table.to_owned();
            for column in 0..width {
                write!(line, " {}", short(row.get_ref(column).unwrap())).unwrap();
            }
            lines.push(line);
        }
    }
    lines
}

/// Short values as they are, long ones by their hash.
fn short(value: ValueRef<'_>) -> String {
    let bytes = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) if bytes.len() > 60 => bytes,
        value => return format!("{value:?}"),
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{} bytes {:016x}", bytes.len(), hasher.finish())
}

fn check_sound(folder: &Path) {
    let file = Connection::open(folder.join("hearth.db")).unwrap();
    let check = |sql: &str| -> String { file.query_row(sql, (), |row| row.get(0)).unwrap() };
    assert_eq!(check("PRAGMA quick_check"), "ok");
    let mut broken = file.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(!broken.exists(()).unwrap());
    file.execute_batch(
        "INSERT INTO block_words (block_words) VALUES ('integrity-check');
         INSERT INTO title_words (title_words) VALUES ('integrity-check')",
    )
    .unwrap();
}

/// Both find the same words, as far as anything of these steps can be found; how often.
fn check_search(store: &Store, mirror: &Store, random: &mut Random, steps: u64) -> usize {
    let mut hits = 0;
    for _ in 0..3 {
        let word = script::word(random.below(steps + 1));
        let found = |store: &Store| -> Vec<(String, bool)> {
            let hits = store.search(&word, 20).unwrap();
            hits.into_iter().map(|it| (it.excerpt, it.shown)).collect()
        };
        let in_store = found(store);
        assert_eq!(in_store, found(mirror), "{word}");
        hits += in_store.len();
    }
    for shelf in [Shelf::Current, Shelf::Trash] {
        let rows = |store: &Store| store.conversations(shelf).unwrap().len();
        assert_eq!(rows(store), rows(mirror));
    }
    hits
}

/// What was seen in a profile.
#[derive(Debug, Default)]
struct Seen {
    /// Calls that were acknowledged.
    acknowledged: u64,
    /// Kills that left one call more done than was acknowledged.
    one_more: usize,
    /// Answers that a kill interrupted.
    interrupted: usize,
    /// Places that a search found.
    hits: usize,
}

/// One profile, killed many times.
fn check_profile(seed: u64) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let mirrored = tempfile::tempdir().unwrap();
    let mirror = Store::open(mirrored.path()).unwrap();
    let mut random = Random::new(seed);
    let (mut step, mut seen) = (0, Seen::default());
    for kill in 0..KILLS {
        let acknowledged = killed(start(folder.path(), seed, step), &mut random);
        seen.acknowledged += acknowledged;
        let running = script::running(&mirror);
        seen.interrupted += running.len();
        let plan = Plan::new(seed, step, running);
        for call in 0..acknowledged {
            plan.call(&mirror, call);
        }
        // A child may be killed before there is a database.
        let begun = folder.path().join("hearth.db").exists();
        assert!(
            begun || step + acknowledged == 0,
            "seed {seed}, kill {kill}"
        );
        if !begun {
            continue;
        }
        check_sound(folder.path());
        let left = everything(folder.path());
        let mut done = acknowledged;
        if left != everything(mirrored.path()) {
            plan.call(&mirror, done);
            done += 1;
            seen.one_more += 1;
        }
        assert_eq!(
            left,
            everything(mirrored.path()),
            "seed {seed}, kill {kill}, after {acknowledged} calls from step {step} on"
        );
        step = plan.step_after(done);
        let store = Store::open(folder.path()).unwrap();
        seen.hits += check_search(&store, &mirror, &mut random, step);
    }
    seen
}

#[test]
fn what_was_acknowledged_survives_200_kills() {
    if let Ok(instruction) = std::env::var(CHILD) {
        use_until_killed(&instruction);
        return;
    }
    let seed = match std::env::var("HEARTH_STORE_TEST_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => Random::from_the_system().next() >> 16,
    };
    println!("seed {seed}; again with HEARTH_STORE_TEST_SEED={seed}");
    let seen: Vec<Seen> = std::thread::scope(|scope| {
        let profiles: Vec<_> = (0..PROFILES)
            .map(|profile| scope.spawn(move || check_profile(seed.wrapping_add(profile))))
            .collect();
        profiles.into_iter().map(|it| it.join().unwrap()).collect()
    });
    println!("{} kills: {seen:#?}", seen.len() * KILLS);
    // There was something to lose, in every profile.
    for seen in &seen {
        assert!(seen.acknowledged > 100, "{seen:?}");
        assert!(seen.interrupted > 5 && seen.hits > 5, "{seen:?}");
    }
}
