//! What is done to a profile: each step is chosen by a seed and by what is stored, so that
//! two stores with the same content take the same step.

use hearth_store::{
    AnswerFacts, ContinueTurn, Conversation, ConversationId, DraftKey, Ending, FinishTurn,
    FinishedAnswer, Fork, MessageId, MessageState, NewAnswer, NewBlock, NewMessage, Purpose,
    Question, Role, Shelf, Store, StoredMessage, TurnId, Where,
};

use crate::support::*;

/// SplitMix64: numbers that follow from a seed, on every machine the same.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn from_the_system() -> Self {
        use std::hash::{BuildHasher, RandomState};
        Self(RandomState::new().hash_one(0))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let length = u64::try_from(among.len()).unwrap();
        let index = self.below(length.max(1));
        among.get(usize::try_from(index).unwrap())
    }
}

/// The calls of one process: first it finishes what the one before left unfinished, then
/// it goes on with the script.
pub(super) struct Plan {
    seed: u64,
    from: u64,
    interrupted: Vec<MessageId>,
}

impl Plan {
    pub(super) fn new(
        seed: u64,
        from: u64,
        interrupted: impl IntoIterator<Item = MessageId>,
    ) -> Self {
        Self {
            seed,
            from,
            interrupted: interrupted.into_iter().collect(),
        }
    }

    /// The call of this number.
    pub(super) fn call(&self, store: &Store, number: u64) {
        match self.interrupted.get(usize::try_from(number).unwrap()) {
            Some(answer) => end(store, answer, Ending::Interrupted),
            None => step(store, self.seed, self.step_after(number)),
        }
    }

    /// The step of the script that follows on so many calls.
    pub(super) fn step_after(&self, calls: u64) -> u64 {
        let interrupted = u64::try_from(self.interrupted.len()).unwrap();
        self.from + calls.saturating_sub(interrupted)
    }
}

/// The answers that are being written, in the order in which they are found unfinished.
pub(super) fn running(store: &Store) -> Vec<MessageId> {
    let file = rusqlite::Connection::open(store.folder().join("hearth.db")).unwrap();
    let mut rows = file
        .prepare("SELECT id FROM message WHERE state = 'streaming' ORDER BY seq")
        .unwrap();
    let ids = rows.query_map((), |row| row.get::<_, String>(0)).unwrap();
    ids.map(|id| id.unwrap().into()).collect()
}

/// What a step writes can be found by this word.
pub(super) fn word(step: u64) -> String {
    format!("w{step}x")
}

/// One call that changes the store, or none where nothing fits.
fn step(store: &Store, seed: u64, step: u64) {
    let mut random = Random::new(seed ^ step.wrapping_mul(0xA076_1D64_78BD_642F));
    let rows = store.conversations(Shelf::Current).unwrap();
    let some = random.pick(&rows).map(|row| row.id.clone());
    let at = i64::try_from(step).unwrap();
    let mut now = Now {
        store,
        step,
        at,
        random,
    };
    match some {
        Some(id) if rows.len() >= 3 || !now.chance(3) => {
            let conversation = store.conversation(&id).unwrap();
            if conversation.messages.len() > 60 || rows.len() > 6 {
                store.delete(&id).unwrap();
                return;
            }
            now.in_conversation(&conversation);
        }
        Some(_) | None => now.begin_conversation(),
    }
}

/// A step and what it needs.
struct Now<'a> {
    store: &'a Store,
    step: u64,
    at: i64,
    random: Random,
}

impl Now<'_> {
    fn chance(&mut self, of: u64) -> bool {
        self.random.below(of) == 0
    }

    fn in_conversation(&mut self, conversation: &Conversation) {
        let streaming = conversation
            .messages
            .iter()
            .find(|it| it.state == MessageState::Streaming);
        let id = &conversation.row.id;
        match (self.random.below(30), streaming) {
            (0..9, Some(answer)) => self.journal(&answer.id),
            (9..11, Some(answer)) => self.next_request(answer),
            (11..15, Some(answer)) => self.finish(&answer.id),
            (0..11, None) => self.begin(conversation),
            (11..15, None) => self.fork(conversation),
            (15..17, _) => self.type_draft(conversation),
            (17..20, _) => self.attach(conversation),
            (20, _) => self.adopt(conversation),
            (21, _) => self.detach(conversation),
            (22, _) => self.store.trash(id, self.at).unwrap(),
            (23, _) => self.restore(),
            (24, _) => drop(self.store.purge_trash(self.at - 20).unwrap()),
            (25, _) => self.store.grant(id, &word(self.step), self.at).unwrap(),
            (26, _) => self.store.rename(id, &word(self.step)).unwrap(),
            (27, _) => self.store.set_pinned(id, Some(self.at)).unwrap(),
            _ => {
                let head = self.random.pick(&conversation.messages).unwrap();
                self.store.set_head(id, &head.id).unwrap();
            }
        }
    }

    fn text(&mut self) -> NewBlock {
        let length = usize::try_from(self.random.below(600)).unwrap();
        text_block(&format!("{} {}", word(self.step), "ä€😀".repeat(length)))
    }

    /// The question that a draft has become: its pictures, and a text.
    fn question(&mut self, draft: &DraftKey, purpose: Option<Purpose>) -> NewMessage {
        let draft = self.store.draft(draft).unwrap();
        let attached = draft.map_or_else(Vec::new, |it| it.attachments);
        let pictures = attached.iter().map(|it| picture_block(it.id.as_str()));
        let mut blocks: Vec<NewBlock> = pictures.collect();
        blocks.push(self.text());
        NewMessage {
            id: format!("q-{}", self.step).as_str().into(),
            purpose,
            blocks,
            created_at: self.at,
        }
    }

    fn begin_turn(&self, place: Where, question: Question, clears: DraftKey) {
        let mut begin = turn(&format!("t-{}", self.step), place, question, self.at);
        let draft = self.store.draft(&clears).unwrap();
        begin.clears = sent(clears, &draft.map_or_else(String::new, |it| it.text));
        self.store.begin_turn(&begin).unwrap();
    }

    fn begin_conversation(&mut self) {
        let place = Where::New(new_conversation(&format!("c-{}", self.step), self.at));
        let message = self.question(&DraftKey::New, None);
        let parent = None;
        self.begin_turn(place, Question::New { parent, message }, DraftKey::New);
    }

    /// Asks the next question, asks the model to go on, edits a question, or answers a
    /// message again.
    fn begin(&mut self, conversation: &Conversation) {
        let place = existing(conversation.row.id.as_str());
        let of = DraftKey::Of(conversation.row.id.clone());
        let head = conversation.row.head.clone();
        let some = self.random.pick(&conversation.messages).unwrap();
        match self.random.below(4) {
            0 => self.begin_turn(place, Question::Existing(some.id.clone()), of),
            1 if some.role == Role::User => {
                let edit = DraftKey::Edit(some.id.clone());
                let message = self.question(&edit, None);
                let parent = some.parent.clone();
                self.begin_turn(place, Question::New { parent, message }, edit);
            }
            kind => {
                let purpose = (kind == 1).then_some(Purpose::Continue);
                let message = self.question(&of, purpose);
                let parent = head;
                self.begin_turn(place, Question::New { parent, message }, of);
            }
        }
    }

    fn journal(&mut self, answer: &MessageId) {
        let count = 1 + self.random.below(3);
        let entries: Vec<String> = (0..count)
            .map(|n| {
                let length = usize::try_from(self.random.below(400)).unwrap();
                format!("{}/{n} {}", self.step, "ä€😀".repeat(length))
            })
            .collect();
        self.store.append_journal(answer, &entries).unwrap();
    }

    fn next_request(&mut self, answer: &StoredMessage) {
        let turn = answer.turn.clone().unwrap();
        let results = NewMessage {
            id: format!("r-{}", self.step).as_str().into(),
            purpose: None,
            blocks: vec![self.text()],
            created_at: self.at,
        };
        let step = ContinueTurn {
            turn: turn.clone(),
            finished: finished(self.store, &answer.id, complete()),
            results: (!self.chance(3)).then_some(results),
            next: NewAnswer {
                id: format!("{turn}-{}", self.step).as_str().into(),
                created_at: self.at,
            },
        };
        self.store.continue_turn(&step).unwrap();
    }

    fn finish(&mut self, answer: &MessageId) {
        let ending = match self.random.below(4) {
            0 => Ending::Stopped,
            1 => Ending::Failed { error: json("{}") },
            _ => complete(),
        };
        end(self.store, answer, ending);
    }

    fn fork(&mut self, conversation: &Conversation) {
        let up_to = self.random.pick(&conversation.messages).unwrap();
        let fork = Fork {
            from: conversation.row.id.clone(),
            up_to: up_to.id.clone(),
            id: format!("f-{}", self.step).as_str().into(),
            title: word(self.step),
            created_at: self.at,
        };
        self.store.fork(&fork).unwrap();
    }

    fn draft_key(&mut self, conversation: &Conversation) -> DraftKey {
        let message = self.random.pick(&conversation.messages).unwrap();
        match self.random.below(3) {
            0 => DraftKey::New,
            1 if message.role == Role::User => DraftKey::Edit(message.id.clone()),
            _ => DraftKey::Of(conversation.row.id.clone()),
        }
    }

    fn type_draft(&mut self, conversation: &Conversation) {
        let key = self.draft_key(conversation);
        let length = usize::try_from(self.random.below(4) * 50).unwrap();
        let text = word(self.step).repeat(length);
        self.store.set_draft(&key, &text, self.at).unwrap();
    }

    fn attach(&mut self, conversation: &Conversation) {
        let key = self.draft_key(conversation);
        let length = usize::try_from(self.random.below(40_000)).unwrap();
        let bytes = word(self.step).repeat(1 + length / 4);
        let picture = picture(&format!("p-{}", self.step), bytes.as_bytes());
        self.store.attach(&key, &picture).unwrap();
    }

    fn adopt(&mut self, conversation: &Conversation) {
        let key = self.draft_key(conversation);
        let blocks = conversation.messages.iter().flat_map(|it| &it.blocks);
        let attached: Vec<_> = blocks.filter_map(|it| it.attachment.as_ref()).collect();
        if let Some(attachment) = self.random.pick(&attached) {
            self.store
                .adopt_attachment(&key, &attachment.id, self.at)
                .unwrap();
        }
    }

    fn detach(&mut self, conversation: &Conversation) {
        let key = self.draft_key(conversation);
        let attached = self
            .store
            .draft(&key)
            .unwrap()
            .map_or_else(Vec::new, |it| it.attachments);
        if let Some(attachment) = self.random.pick(&attached) {
            self.store.detach(&key, &attachment.id).unwrap();
        }
    }

    fn restore(&mut self) {
        let trash = self.store.conversations(Shelf::Trash).unwrap();
        let ids: Vec<ConversationId> = trash.into_iter().map(|row| row.id).collect();
        if let Some(id) = self.random.pick(&ids) {
            self.store.restore(id).unwrap();
        }
    }
}

/// Ends an answer and its turn with what the journal has.
fn end(store: &Store, answer: &MessageId, ending: Ending) {
    let turn: TurnId = store.message(answer).unwrap().turn.unwrap();
    let answer = finished(store, answer, ending);
    store.finish_turn(&FinishTurn { turn, answer }).unwrap();
}

fn finished(store: &Store, answer: &MessageId, ending: Ending) -> FinishedAnswer {
    let entries = store.journal_since(answer, 0).unwrap();
    FinishedAnswer {
        id: answer.clone(),
        ending,
        blocks: vec![text_block(&entries.concat())],
        facts: AnswerFacts::default(),
        ended_at: 1,
    }
}
