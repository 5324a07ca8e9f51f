//! Finding words in titles and texts, newest first.
//!
//! The index (FTS5, `unicode61`) finds whole words, and the beginning of the last one,
//! whatever their case and, on Latin letters, their accents. It takes a run of letters for
//! a word, which is wrong for scripts that are written without spaces: between their
//! letters goes a mark, on the way in and in the query alike, so that a query in such a
//! script is found anywhere in a sentence, from one letter on. (The trigram tokenizer
//! needs three, and most Chinese words have two.)

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use rusqlite::{Row, Statement, Transaction, params};

use crate::{ConversationId, MessageId, Store, StoreError};

/// Stands between letters of scripts without spaces. Control characters of ASCII mean
/// nothing in a text, and to the index they are no letters (unassigned ones are).
const BETWEEN: char = '\u{1}';
const HIT_START: char = '\u{2}';
const HIT_END: char = '\u{3}';

/// Words of an excerpt; letters, in scripts without spaces.
const EXCERPT: u32 = 24;

/// Words of a query that count; the rest is ignored.
const MOST_WORDS: usize = 32;

/// A place where the words of a query were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message, or none when the title matched.
    pub message: Option<MessageId>,
    /// The conversation's title.
    pub title: String,
    /// The text around the hit, as it was written; a cut is marked with `…`.
    pub excerpt: String,
    /// Where the words stand in `excerpt`, in bytes.
    pub marks: Vec<Range<usize>>,
    /// When the conversation was last added to, in milliseconds since the Unix epoch.
    pub updated_at: i64,
    /// When what was found was written, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Whether the message lies on the branch that is shown; a title always is.
    pub shown: bool,
}

impl Store {
    /// Finds the places that contain every word of `query`, the last one also as the
    /// beginning of a word, the newest first. A title is mostly made of its question, so it
    /// is a place only where no message of its conversation is one. Every text is a valid
    /// query; one without words finds nothing. What is in the trash, or still being written,
    /// is not found.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn search(&self, query: &str, limit: u32) -> Result<Vec<SearchHit>, StoreError> {
        let expression = match_expression(query);
        if expression.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|tx| {
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let mut found = in_blocks(tx, &expression, most)?;
            let mut titles = in_titles(tx, &expression, limit)?;
            // Before they are counted: they would take the places of older messages.
            let told: HashSet<_> = found.iter().map(|it| &it.hit.conversation).collect();
            titles.retain(|title| !told.contains(&title.hit.conversation));
            found.extend(titles);
            found.sort_by_key(|found| std::cmp::Reverse(found.hit.at));
            found.truncate(most);
            mark_hidden(tx, &mut found)?;
            Ok(found.into_iter().map(|found| found.hit).collect())
        })
    }
}

pub(crate) fn index_block(tx: &Transaction<'_>, seq: i64, plain: &str) -> Result<(), StoreError> {
    if !plain.trim().is_empty() {
        tx.prepare_cached("INSERT INTO block_words (rowid, text) VALUES (?1, ?2)")?
            .execute(params![seq, apart(plain)])?;
    }
    Ok(())
}

pub(crate) fn index_title(tx: &Transaction<'_>, seq: i64, title: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM title_words WHERE rowid = ?1", [seq])?;
    tx.execute(
        "INSERT INTO title_words (rowid, text) VALUES (?1, ?2)",
        params![seq, apart(title)],
    )?;
    Ok(())
}

/// Parameters: the expression, start and end of a mark, words of an excerpt, rows.
/// Columns: conversation, message, title, excerpt, updated_at, at, the message's row, the
/// head's, whether there are branches.
const IN_TITLES: &str = "
    SELECT c.id, NULL, c.title, snippet(title_words, 0, ?2, ?3, '…', ?4), c.updated_at, c.updated_at,
           NULL, c.head, c.branched
    FROM title_words JOIN conversation c ON c.seq = title_words.rowid
    WHERE title_words MATCH ?1 AND c.trashed_at IS NULL
    ORDER BY c.updated_at DESC, c.seq DESC LIMIT ?5";

/// Parameters: as above, and in the place of the rows, which messages, as a JSON array of
/// their rows; none for all of them. Columns: as above, and whether the message is older
/// than its conversation: a copy, which has no excerpt unless it is asked for.
///
/// The order is that of the index itself, so that the commonest word costs no more than
/// the rarest.
const IN_BLOCKS: &str = "
    SELECT c.id, m.id, c.title,
           CASE WHEN m.created_at < c.created_at AND ?5 IS NULL THEN ''
                ELSE snippet(block_words, 0, ?2, ?3, '…', ?4) END,
           c.updated_at, m.created_at, m.seq, c.head, c.branched, m.created_at < c.created_at
    FROM block_words JOIN block b ON b.seq = block_words.rowid
         JOIN message m ON m.seq = b.message JOIN conversation c ON c.seq = m.conversation
    WHERE block_words MATCH ?1 AND c.trashed_at IS NULL
          AND (?5 IS NULL OR m.seq IN (SELECT value FROM json_each(?5)))
    ORDER BY block_words.rowid DESC";

/// A hit, with the rows of its message and of its conversation's head.
struct Found {
    message: Option<i64>,
    head: Option<i64>,
    branched: bool,
    hit: SearchHit,
}

impl Found {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (excerpt, marks) = excerpt(&row.get::<_, String>(3)?);
        Ok(Self {
            message: row.get(6)?,
            head: row.get(7)?,
            branched: row.get(8)?,
            hit: SearchHit {
                conversation: row.get(0)?,
                message: row.get(1)?,
                title: row.get(2)?,
                excerpt,
                marks,
                updated_at: row.get(4)?,
                at: row.get(5)?,
                shown: true,
            },
        })
    }
}

fn in_titles(tx: &Transaction<'_>, expression: &str, limit: u32) -> Result<Vec<Found>, StoreError> {
    let (start, end) = (HIT_START.to_string(), HIT_END.to_string());
    let mut statement = tx.prepare_cached(IN_TITLES)?;
    let parameters = params![expression, start, end, EXCERPT, limit];
    let rows = statement.query_map(parameters, Found::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The messages that were stored last, and of the copies that were made meanwhile those that
/// are not older: a fork stores old messages late. What was stored before all of these is
/// older, be it a copy or not.
fn in_blocks(
    tx: &Transaction<'_>,
    expression: &str,
    most: usize,
) -> Result<Vec<Found>, StoreError> {
    let mut statement = tx.prepare_cached(IN_BLOCKS)?;
    let (mut found, mut copies) = stored_last(&mut statement, expression, most)?;
    if found.len() == most {
        let oldest = found.iter().map(|it| it.hit.at).min();
        copies.retain(|copy| Some(copy.at) > oldest);
    }
    copies.sort_by_key(|copy| std::cmp::Reverse(copy.at));
    copies.truncate(most);
    let wanted = copies.into_iter().map(|copy| copy.message).collect();
    found.extend(these(&mut statement, expression, wanted)?);
    Ok(found)
}

/// A message that a fork has copied: its row, and when the original was written.
struct Copied {
    message: i64,
    at: i64,
}

/// As many messages as are wanted, beginning with the one that was stored last, and the
/// copies among them, which do not count.
fn stored_last(
    statement: &mut Statement<'_>,
    expression: &str,
    most: usize,
) -> Result<(Vec<Found>, Vec<Copied>), StoreError> {
    let (start, end) = (HIT_START.to_string(), HIT_END.to_string());
    let mut rows = statement.query(params![expression, start, end, EXCERPT, None::<&str>])?;
    let (mut found, mut copies) = (Vec::new(), Vec::new());
    // Several blocks of a message may match: it is one place to go to.
    let mut seen: HashSet<i64> = HashSet::new();
    while found.len() < most
        && let Some(row) = rows.next()?
    {
        let message = row.get(6)?;
        if !seen.insert(message) {
            continue;
        }
        match row.get(9)? {
            true => copies.push(Copied {
                message,
                at: row.get(5)?,
            }),
            false => found.push(Found::read(row)?),
        }
    }
    Ok((found, copies))
}

/// The messages of these rows.
fn these(
    statement: &mut Statement<'_>,
    expression: &str,
    mut wanted: HashSet<i64>,
) -> Result<Vec<Found>, StoreError> {
    let (start, end) = (HIT_START.to_string(), HIT_END.to_string());
    let list: Vec<String> = wanted.iter().map(i64::to_string).collect();
    let list = format!("[{}]", list.join(","));
    let mut rows = statement.query(params![expression, start, end, EXCERPT, list])?;
    let mut found = Vec::new();
    while !wanted.is_empty()
        && let Some(row) = rows.next()?
    {
        if wanted.remove(&row.get(6)?) {
            found.push(Found::read(row)?);
        }
    }
    Ok(found)
}

/// Finds out which messages the branches that are shown leave out.
fn mark_hidden(tx: &Transaction<'_>, found: &mut [Found]) -> Result<(), StoreError> {
    // By head, which is a conversation's own: the oldest hit in it.
    let mut oldest: HashMap<i64, i64> = HashMap::new();
    for it in found.iter().filter(|it| it.branched) {
        if let (Some(message), Some(head)) = (it.message, it.head) {
            let seq = oldest.entry(head).or_insert(message);
            *seq = message.min(*seq);
        }
    }
    let mut on_branches: HashSet<i64> = HashSet::new();
    for (head, oldest) in oldest {
        // Upwards from the head, no further than to the oldest hit.
        let mut branch = tx.prepare_cached(
            "WITH RECURSIVE branch (seq, parent) AS (
                 SELECT seq, parent FROM message WHERE seq = ?1
                 UNION ALL
                 SELECT m.seq, m.parent
                 FROM branch b JOIN message m ON m.seq = b.parent WHERE b.parent >= ?2
             )
             SELECT seq FROM branch",
        )?;
        let rows = branch.query_map([head, oldest], |row| row.get(0))?;
        for seq in rows {
            on_branches.insert(seq?);
        }
    }
    for it in found {
        it.hit.shown = match (it.message, it.head) {
            (None, _) => true,
            (Some(message), Some(_)) if it.branched => on_branches.contains(&message),
            // In a chain, the messages before the head lead to it.
            (Some(message), head) => head.is_some_and(|head| message <= head),
        };
    }
    Ok(())
}

/// The query in FTS5's language (sqlite.org/fts5.html, section 3): each word a string in
/// quotes, in which nothing but the quote has a meaning.
fn match_expression(query: &str) -> String {
    let words: Vec<String> = query
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .take(MOST_WORDS)
        .map(|word| format!("\"{}\"", apart(word).replace('"', "\"\"")))
        .collect();
    if words.is_empty() {
        return String::new();
    }
    format!("{} *", words.join(" "))
}

/// The text as it is indexed: with marks between the letters of scripts without spaces.
fn apart(text: &str) -> String {
    let mut marked = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            BETWEEN | HIT_START | HIT_END => {}
            c if is_written_without_spaces(c) => marked.extend([BETWEEN, c, BETWEEN]),
            c => marked.push(c),
        }
    }
    marked
}

/// Thai, Lao, Myanmar, Khmer, Hangul (which has spaces, but glues particles to its
/// words), kana, and Han with its extensions, by block (unicode.org/Public, Blocks.txt).
fn is_written_without_spaces(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF
        | 0x1000..=0x109F
        | 0x1780..=0x17FF
        | 0x3040..=0x30FF
        | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF)
}

/// The excerpt as it was written, and where its hits are.
fn excerpt(marked: &str) -> (String, Vec<Range<usize>>) {
    let mut text = String::with_capacity(marked.len());
    let mut marks = Vec::new();
    let mut start = 0;
    for c in marked.chars() {
        match c {
            BETWEEN => {}
            HIT_START => start = text.len(),
            HIT_END => marks.push(start..text.len()),
            c => text.push(c),
        }
    }
    (text, marks)
}
