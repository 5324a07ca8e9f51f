//! Finding words.

use hearth_store::{Fork, SearchHit, Store};

use crate::support::*;

fn messages(hits: &[SearchHit]) -> Vec<&str> {
    let ids = hits.iter();
    ids.map(|hit| hit.message.as_ref().map_or("title", |id| id.as_str()))
        .collect()
}

/// One answer with this text; whether the query finds it.
#[track_caller]
fn check(text: &str, found_by: &[&str], missed_by: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "?", text, 1);
    for query in found_by {
        let hits = store.search(query, 10).unwrap();
        assert_eq!(messages(&hits), ["c-t-a"], "{query}");
        assert!(!hits[0].marks.is_empty(), "{query}");
    }
    for query in missed_by {
        assert_eq!(store.search(query, 10).unwrap(), [], "{query}");
    }
}

#[test]
fn words_are_found_whatever_their_case_and_accents() {
    check(
        "Der Bär trank Café au lait im naïven Zürich.",
        &[
            "bär",
            "BAR",
            "cafe",
            "cafe\u{301}",
            "zurich lait",
            "naiv",
            "Zü",
        ],
        &["ar", "lai trank", "tee", "café tee"],
    );
    // Written with a combining accent.
    check(
        "cafe\u{301} Ελλάδα ПРИВЕТ",
        &["café", "ελλάδα", "привет"],
        &["привех"],
    );
}

#[test]
fn the_last_word_may_be_unfinished() {
    check("a fine example", &["exam", "fine ex", "e"], &["exam fine"]);
}

#[test]
fn scripts_without_spaces_are_found_anywhere() {
    check(
        "我昨天在东京吃了拉面。",
        &["东京", "京", "吃了拉面", "东京 拉面"],
        &["京东", "北京", "面拉"],
    );
    check(
        "昨日は東京でラーメンを食べました",
        &["ラーメン", "東京", "食べ"],
        &["メラ"],
    );
    check("한국어를 공부합니다", &["한국", "국어", "공부"], &["어국"]);
    check("ฉันชอบกินข้าว", &["กิน", "ข้าว"], &["นิก"]);
    check("Rust言語は速い", &["rust", "言語", "Rust言語"], &["言葉"]);
}

#[test]
fn odd_characters_hide_nothing() {
    check(
        "before\0after \u{1}one\u{2}two\u{3} \u{2028}line \u{FEFF}bom",
        &["before", "after", "onetwo", "line", "bom"],
        &["beforeafter"],
    );
}

#[test]
fn every_text_is_a_query() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(
        &store,
        "x",
        "?",
        "say \"hello\" AND (NEAR) a-b: C++ {x} ^y 100%",
        1,
    );
    for query in [
        "\"hello",
        "hello\"\"",
        "hello*",
        "AND",
        "NEAR(",
        "a-b",
        "a-b:",
        "C++",
        "text:hello",
        "^y",
        "{x}",
        "hello\0",
        "100%",
        "OR",
        "NOT hello AND",
    ] {
        let hits = store.search(query, 10);
        assert!(hits.is_ok(), "{query}: {hits:?}");
    }
    for query in [
        "\"hello",
        "hello*",
        "AND",
        "a-b",
        "C++",
        "100%",
        "^y",
        "hello !!!",
    ] {
        assert_eq!(
            messages(&store.search(query, 10).unwrap()),
            ["x-t-a"],
            "{query}"
        );
    }
    for query in ["", " ", "\"", "*", "-", "()", "\0", "\u{1}", "💬"] {
        assert_eq!(store.search(query, 10).unwrap(), [], "{query}");
    }
    let long = "word ".repeat(100_000);
    assert_eq!(store.search(&long, 10).unwrap(), []);
}

#[test]
fn the_excerpt_is_as_written_and_its_marks_are_right() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let text = format!(
        "{}Das Café in 東京, **gut**. {}",
        "vor ".repeat(80),
        "nach ".repeat(80)
    );
    answered(&store, "c", "?", &text, 1);
    let hits = store.search("cafe 東京", 10).unwrap();
    let [hit] = hits.as_slice() else {
        panic!("{hits:?}")
    };
    let inner = hit.excerpt.trim_matches('…');
    assert!(text.contains(inner), "{:?}", hit.excerpt);
    assert_ne!(inner, text);
    let marked: Vec<&str> = hit.marks.iter().map(|m| &hit.excerpt[m.clone()]).collect();
    assert_eq!(marked[0], "Café");
    assert_eq!(marked[1..].concat().replace(' ', ""), "東京");
}

#[test]
fn the_newest_come_first_and_titles_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "a", "about owls", "owls hoot", 10);
    answered(&store, "b", "nothing", "owls again", 30);
    answered(&store, "c", "nothing", "nothing", 20);
    store.rename(&"c".into(), "Owls").unwrap();
    let hits = store.search("owls", 10).unwrap();
    assert_eq!(messages(&hits), ["b-t-a", "title", "a-t-a", "a-q"]);
    assert_eq!(hits[1].excerpt, "Owls");
    assert_eq!(hits[1].marks, vec![std::ops::Range { start: 0, end: 4 }]);
    assert_eq!(
        messages(&store.search("owls", 2).unwrap()),
        ["b-t-a", "title"]
    );
    // A title that was changed is found by the new one only.
    store.rename(&"c".into(), "Bears").unwrap();
    assert_eq!(messages(&store.search("owls", 10).unwrap()).len(), 3);
    assert_eq!(messages(&store.search("bears", 10).unwrap()), ["title"]);
}

#[test]
fn a_title_that_says_what_its_messages_say_takes_no_place_of_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let conversation = |number: i64| {
        let id = format!("c{number}");
        answered(&store, &id, &format!("deploy {number}"), "done", number);
        store
            .rename(&id.as_str().into(), &format!("deploy {number}"))
            .unwrap();
    };
    // The oldest of all is found by its title alone.
    answered(&store, "only-title", "nothing", "nothing", 0);
    store.rename(&"only-title".into(), "Deploy").unwrap();
    for number in 1..=60 {
        conversation(number);
    }
    let found = |limit| -> Vec<String> {
        let hits = store.search("deploy", limit).unwrap();
        messages(&hits).into_iter().map(str::to_owned).collect()
    };
    let newest_first = (1..=60).rev().map(|number| format!("c{number}-q"));
    let newest_first: Vec<String> = newest_first.collect();
    assert_eq!(found(50), newest_first[..50]);
    assert_eq!(found(100)[..60], newest_first);
    assert_eq!(found(100)[60..], ["title"]);
}

#[test]
fn copies_of_old_messages_hide_none_that_are_newer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "older", "nothing", "owls", 5);
    answered(&store, "old", "owls", "owls", 10);
    answered(&store, "new", "nothing", "owls", 50);
    let fork = |from: &str, id: &str| {
        let fork = Fork {
            from: from.into(),
            up_to: format!("{from}-t-a").as_str().into(),
            id: id.into(),
            title: "copy".into(),
            created_at: 60,
        };
        store.fork(&fork).unwrap();
    };
    fork("old", "copy-of-old");
    fork("new", "copy-of-new");
    for number in 0..5 {
        fork("older", &format!("copy-{number}"));
    }
    let found = |limit| {
        let hits = store.search("owls", limit).unwrap();
        let places = hits.iter();
        places
            .map(|hit| (hit.conversation.to_string(), hit.at))
            .collect::<Vec<_>>()
    };
    let expected = [
        ("new", 50),
        ("copy-of-new", 50),
        ("old", 10),
        ("old", 10),
        ("copy-of-old", 10),
    ];
    let expected: Vec<_> = expected.map(|(id, at)| (id.to_owned(), at)).into();
    assert_eq!(found(5), expected);
    assert_eq!(found(2), expected[..2]);
    assert_eq!(found(50).len(), 12);
    // Of a copy, the excerpt is marked like any other.
    let hits = store.search("owls", 5).unwrap();
    for hit in &hits {
        assert_eq!((hit.excerpt.as_str(), hit.marks.len()), ("owls", 1));
    }
    // The copies of what was deleted are found in its place.
    store.delete(&"new".into()).unwrap();
    assert_eq!(found(1), expected[1..2]);
}

#[test]
fn a_message_is_one_hit() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "?", "nothing", 1);
    let begin = turn("t", existing("c"), ask("q", Some("c-t-a"), "?", 2), 2);
    store.begin_turn(&begin).unwrap();
    let blocks = vec![text_block("owls first"), text_block("owls second")];
    store
        .finish_turn(&finish("t", complete(), blocks, 3))
        .unwrap();
    let hits = store.search("owls", 10).unwrap();
    assert_eq!(messages(&hits), ["t-a"]);
    assert_eq!(hits[0].excerpt, "owls second");
}

#[test]
fn the_trash_is_not_searched() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "owls", "owls", 1);
    answered(&store, "d", "nothing", "nothing", 1);
    store.rename(&"d".into(), "owls").unwrap();
    assert_eq!(store.search("owls", 10).unwrap().len(), 3);
    for id in ["c", "d"] {
        store.trash(&id.into(), 2).unwrap();
    }
    assert_eq!(store.search("owls", 10).unwrap(), []);
    for id in ["c", "d"] {
        store.restore(&id.into()).unwrap();
    }
    assert_eq!(store.search("owls", 10).unwrap().len(), 3);
}

#[test]
fn a_hit_tells_whether_its_branch_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "owls one", "owls two", 1);
    let below = ask("q2", Some("c-t-a"), "owls three", 2);
    for (name, question) in [("deep", below), ("edit", ask("q3", None, "owls four", 3))] {
        store
            .begin_turn(&turn(name, existing("c"), question, 4))
            .unwrap();
        let blocks = vec![text_block("owls and more owls")];
        store
            .finish_turn(&finish(name, complete(), blocks, 5))
            .unwrap();
    }
    // A chain, of which only the beginning is shown.
    answered(&store, "d", "owls", "owls", 1);
    store.set_head(&"d".into(), &"d-q".into()).unwrap();
    store.rename(&"c".into(), "Owls").unwrap();
    let hidden = || -> Vec<String> {
        let hits = store.search("owls", 50).unwrap();
        assert_eq!(hits.len(), 8, "{hits:?}");
        let hidden = hits.iter().filter(|hit| !hit.shown);
        let mut ids: Vec<String> = hidden
            .map(|hit| hit.message.as_ref().unwrap().to_string())
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(hidden(), ["c-q", "c-t-a", "d-t-a", "deep-a", "q2"]);
    store.set_head(&"c".into(), &"deep-a".into()).unwrap();
    assert_eq!(hidden(), ["d-t-a", "edit-a", "q3"]);
    // The branch that is shown may end before what else there is.
    store.set_head(&"c".into(), &"c-q".into()).unwrap();
    assert_eq!(hidden(), ["c-t-a", "d-t-a", "deep-a", "edit-a", "q2", "q3"]);
}
