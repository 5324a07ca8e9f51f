//! Random use: whatever the order, the tree stays whole and the index agrees with it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use hearth_store::transcript::Format;
use hearth_store::{
    ContinueTurn, Conversation, ConversationId, Ending, Json, MessageState, NewAnswer, NewBlock,
    NewMessage, Question, Shelf, Store, Where,
};
use proptest::prelude::*;

use crate::support::*;

/// A step; the numbers choose among what is there at that moment.
#[derive(Debug, Clone)]
enum Step {
    NewConversation,
    AskBelow(usize, usize),
    AskAnew(usize),
    Regenerate(usize, usize),
    Journal(usize),
    Continue(usize),
    Finish(usize, usize),
    SetHead(usize, usize),
    Trash(usize),
    Restore(usize),
    Delete(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let n = any::<usize>;
    prop_oneof![
        2 => Just(Step::NewConversation),
        4 => (n(), n()).prop_map(|(c, m)| Step::AskBelow(c, m)),
        1 => n().prop_map(Step::AskAnew),
        2 => (n(), n()).prop_map(|(c, m)| Step::Regenerate(c, m)),
        2 => n().prop_map(Step::Journal),
        2 => n().prop_map(Step::Continue),
        6 => (n(), n()).prop_map(|(t, e)| Step::Finish(t, e)),
        2 => (n(), n()).prop_map(|(c, m)| Step::SetHead(c, m)),
        1 => n().prop_map(Step::Trash),
        1 => n().prop_map(Step::Restore),
        1 => n().prop_map(Step::Delete),
        1 => Just(Step::Reopen),
    ]
}

/// What the store should hold.
#[derive(Default)]
struct Expected {
    /// Messages with their word, in order, by conversation.
    conversations: BTreeMap<String, Vec<(String, Option<String>)>>,
    trashed: BTreeSet<String>,
    deleted_words: Vec<String>,
    /// Turn, conversation and the answer that is being written.
    running: Vec<(String, String, String)>,
    count: usize,
}

impl Expected {
    fn next(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    fn conversation(&self, choice: usize) -> Option<String> {
        let current: Vec<&String> = self
            .conversations
            .keys()
            .filter(|id| !self.trashed.contains(*id))
            .collect();
        Some(current.get(choice % current.len().max(1))?.to_string())
    }

    fn message(&self, conversation: &str, choice: usize) -> String {
        let messages = &self.conversations[conversation];
        messages[choice % messages.len()].0.clone()
    }

    fn add(&mut self, conversation: &str, message: &str, word: Option<String>) {
        let messages = self
            .conversations
            .entry(conversation.to_owned())
            .or_default();
        messages.push((message.to_owned(), word));
    }

    fn begin(
        &mut self,
        store: &Store,
        place: Where,
        c: &str,
        question: Option<Option<String>>,
        at: Option<String>,
    ) {
        let n = self.next();
        let question = match (question, at) {
            (Some(parent), _) => {
                let id = format!("q{n}");
                let word = format!("word{n}x");
                let question = ask(&id, parent.as_deref(), &word, 1);
                self.add(c, &id, Some(word));
                question
            }
            (None, at) => Question::Existing(at.unwrap().as_str().into()),
        };
        let name = format!("t{n}");
        store.begin_turn(&turn(&name, place, question, 1)).unwrap();
        let answer = format!("{name}-a");
        self.add(c, &answer, None);
        self.running.push((name, c.to_owned(), answer));
    }

    fn set_word(&mut self, conversation: &str, message: &str, word: String) {
        let messages = self.conversations.get_mut(conversation).unwrap();
        let slot = messages.iter_mut().find(|(id, _)| id == message).unwrap();
        slot.1 = Some(word);
    }

    fn apply(&mut self, store: &mut Store, step: &Step) {
        match *step {
            Step::NewConversation => {
                let c = format!("c{}", self.next());
                let place = Where::New(new_conversation(&c, 1));
                self.begin(store, place, &c, Some(None), None);
            }
            Step::AskBelow(c, m) => {
                let Some(c) = self.conversation(c) else {
                    return;
                };
                let parent = self.message(&c, m);
                self.begin(store, existing(&c), &c, Some(Some(parent)), None);
            }
            Step::AskAnew(c) => {
                let Some(c) = self.conversation(c) else {
                    return;
                };
                self.begin(store, existing(&c), &c, Some(None), None);
            }
            Step::Regenerate(c, m) => {
                let Some(c) = self.conversation(c) else {
                    return;
                };
                let at = self.message(&c, m);
                self.begin(store, existing(&c), &c, None, Some(at));
            }
            Step::Journal(t) => {
                let Some((_, _, answer)) = self.running.get(t % self.running.len().max(1)) else {
                    return;
                };
                let answer = answer.as_str().into();
                store.append_journal(&answer, &["{}".to_owned()]).unwrap();
            }
            Step::Continue(t) => self.go_on(store, t),
            Step::Finish(t, e) => self.finish(store, t, e),
            Step::SetHead(c, m) => {
                let Some(c) = self.conversation(c) else {
                    return;
                };
                let head = self.message(&c, m);
                store
                    .set_head(&c.as_str().into(), &head.as_str().into())
                    .unwrap();
            }
            Step::Trash(c) => {
                let Some(c) = self.conversation(c) else {
                    return;
                };
                store.trash(&c.as_str().into(), 1).unwrap();
                self.trashed.insert(c);
            }
            Step::Restore(c) => {
                let choice = c % self.trashed.len().max(1);
                let Some(c) = self.trashed.iter().nth(choice).cloned() else {
                    return;
                };
                store.restore(&c.as_str().into()).unwrap();
                self.trashed.remove(&c);
            }
            Step::Delete(c) => {
                let Some(c) = self.conversation(c) else {
                    return;
                };
                store.delete(&c.as_str().into()).unwrap();
                let messages = self.conversations.remove(&c).unwrap();
                let words = messages.into_iter().filter_map(|(_, word)| word);
                self.deleted_words.extend(words);
                self.running
                    .retain(|(_, conversation, _)| *conversation != c);
            }
            Step::Reopen => {
                let folder = store.folder().to_owned();
                *store = Store::open(&folder).unwrap();
            }
        }
    }

    fn go_on(&mut self, store: &Store, choice: usize) {
        if self.running.is_empty() {
            return;
        }
        let n = self.next();
        let index = choice % self.running.len();
        let (name, c, answer) = self.running[index].clone();
        let mut finished =
            finish(&name, complete(), vec![text_block(&format!("word{n}x"))], 2).answer;
        finished.id = answer.as_str().into();
        let (results, next) = (format!("r{n}"), format!("a{n}"));
        let step = ContinueTurn {
            turn: name.as_str().into(),
            finished,
            results: (!n.is_multiple_of(3)).then(|| NewMessage {
                id: results.as_str().into(),
                purpose: None,
                blocks: vec![text_block(&format!("word{n}y"))],
                created_at: 2,
            }),
            next: NewAnswer {
                id: next.as_str().into(),
                created_at: 2,
            },
        };
        store.continue_turn(&step).unwrap();
        self.set_word(&c, &answer, format!("word{n}x"));
        if step.results.is_some() {
            self.add(&c, &results, Some(format!("word{n}y")));
        }
        self.add(&c, &next, None);
        self.running[index].2 = next;
    }

    fn finish(&mut self, store: &Store, choice: usize, ending: usize) {
        if self.running.is_empty() {
            return;
        }
        let n = self.next();
        let (name, c, answer) = self.running.remove(choice % self.running.len());
        let ending = match ending % 4 {
            0 => Ending::Stopped,
            1 => Ending::Interrupted,
            2 => Ending::Failed { error: json("{}") },
            _ => complete(),
        };
        let mut end = finish(&name, ending, vec![text_block(&format!("word{n}x"))], 2);
        end.answer.id = answer.as_str().into();
        store.finish_turn(&end).unwrap();
        self.set_word(&c, &answer, format!("word{n}x"));
    }

    fn check(&self, store: &Store) {
        let listed: BTreeSet<String> = [Shelf::Current, Shelf::Trash]
            .into_iter()
            .flat_map(|shelf| store.conversations(shelf).unwrap())
            .map(|row| row.id.to_string())
            .collect();
        assert_eq!(listed, self.conversations.keys().cloned().collect());
        for (id, messages) in &self.conversations {
            let conversation = store
                .conversation(&ConversationId::from(id.as_str()))
                .unwrap();
            let stored: Vec<&str> = conversation
                .messages
                .iter()
                .map(|m| m.id.as_str())
                .collect();
            let expected: Vec<&str> = messages.iter().map(|(id, _)| id.as_str()).collect();
            assert_eq!(stored, expected);
            check_tree(&conversation);
            let branch = conversation.branch();
            for (message, word) in messages {
                let Some(word) = word else { continue };
                let hits = store.search(word, 10).unwrap();
                let found: Vec<&str> = hits
                    .iter()
                    .map(|hit| hit.message.as_ref().unwrap().as_str())
                    .collect();
                let listed = !self.trashed.contains(id);
                assert_eq!(found, Vec::from_iter(listed.then_some(message.as_str())));
                let shown = branch.iter().any(|it| it.id.as_str() == message);
                assert!(hits.iter().all(|hit| hit.shown == shown));
            }
        }
        for word in &self.deleted_words {
            assert_eq!(store.search(word, 10).unwrap(), []);
        }
    }
}

fn check_tree(conversation: &Conversation) {
    let mut seen = HashSet::new();
    for message in &conversation.messages {
        assert!(
            message
                .parent
                .as_ref()
                .is_none_or(|parent| seen.contains(parent))
        );
        seen.insert(&message.id);
        let streaming = message.state == MessageState::Streaming;
        assert_eq!(message.blocks.len(), usize::from(!streaming));
    }
    let branch = conversation.branch();
    assert_eq!(branch.last().map(|m| &m.id), conversation.row.head.as_ref());
    assert_eq!(branch[0].parent, None);
    for pair in branch.windows(2) {
        assert_eq!(pair[1].parent.as_ref(), Some(&pair[0].id));
        let children = conversation.children(Some(&pair[0].id));
        assert!(children.contains(&&pair[1].id));
    }
    for message in &conversation.messages {
        let leaf = conversation.newest_leaf(&message.id);
        assert_eq!(
            conversation.children(Some(leaf)),
            Vec::<&hearth_store::MessageId>::new()
        );
    }
}

/// JSON as a careless or future server may write it.
pub(crate) fn odd_json() -> impl Strategy<Value = String> {
    let odd = prop_oneof![
        any::<String>().prop_map(|s| serde_json::to_string(&s).unwrap()),
        Just(r#""\ud800 \udfff lone""#.to_owned()),
        Just(r#""\u0000\/\u00e9 \uD83D\uDE00""#.to_owned()),
        Just("\"\u{2028}\u{2029}\u{FEFF}\u{7f}😀e\u{301}\u{202e}\"".to_owned()),
        Just("1.0E+02".to_owned()),
        Just("-0.0".to_owned()),
        Just("123456789012345678901234567890.10".to_owned()),
        Just("[ ]".to_owned()),
        Just("null".to_owned()),
    ];
    prop::collection::vec((odd.clone(), odd), 0..5).prop_map(|pairs| {
        let fields = pairs.into_iter().enumerate().map(|(n, (key, value))| {
            // A key that comes twice is the server's business as well.
            let key = if key.starts_with('"') {
                key
            } else {
                "\"k\"".into()
            };
            format!("{key}{}:\n\t{value}", " ".repeat(n))
        });
        format!(
            "{{ \"type\" : \"text\",{} \"z\":0}}",
            fields.map(|f| f + ",").collect::<String>()
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_stays_whole(steps in prop::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let mut expected = Expected::default();
        for step in &steps {
            expected.apply(&mut store, step);
        }
        expected.check(&store);
    }

    #[test]
    fn blocks_are_kept_byte_for_byte(bodies in prop::collection::vec(odd_json(), 1..6)) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let place = Where::New(new_conversation("c", 1));
        store.begin_turn(&turn("t", place, ask("q", None, "?", 1), 1)).unwrap();
        let blocks = bodies.iter().map(|body| NewBlock {
            kind: "text".into(),
            body: Json::parse(body).unwrap(),
            plain: body.clone(),
            seconds: Some(0.1),
            attachment: None,
        });
        store.finish_turn(&finish("t", complete(), blocks.collect(), 2)).unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        let conversation = store.conversation(&"c".into()).unwrap();
        let exported = store.export(&"c".into(), Format::Json).unwrap();
        prop_assert_eq!(&exported.conversation, &conversation);
        let transcript = hearth_store::transcript::json(&exported);
        let read = hearth_store::transcript::read(&transcript).unwrap();
        prop_assert_eq!(&read, &exported);
        for message in [&conversation.messages[1], &read.conversation.messages[1]] {
            let kept: Vec<&str> = message.blocks.iter().map(|b| b.body.as_str()).collect();
            prop_assert_eq!(kept, bodies.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}
