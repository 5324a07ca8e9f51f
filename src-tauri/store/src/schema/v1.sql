-- `seq` is the order in which rows came: time stamps may go backwards, it does not.
-- Times are milliseconds since the Unix epoch.

CREATE TABLE conversation (
    seq        INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    title      TEXT NOT NULL,
    title_by   TEXT NOT NULL CHECK (title_by IN ('question', 'person')),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    demo       INTEGER NOT NULL CHECK (demo IN (0, 1)),
    pinned_at  INTEGER,
    trashed_at INTEGER,
    settings   TEXT NOT NULL,
    -- The last message of the branch that is shown.
    head       INTEGER,
    FOREIGN KEY (seq, head) REFERENCES message (conversation, seq) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX conversation_newest ON conversation (updated_at DESC, seq DESC);

CREATE TABLE turn (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL REFERENCES conversation (seq) ON DELETE CASCADE,
    -- The message that is answered.
    question     INTEGER NOT NULL,
    connection   TEXT NOT NULL,
    deployment   TEXT NOT NULL,
    base_model   TEXT,
    -- As sent, in the words of the caller.
    settings     TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    state        TEXT NOT NULL
                 CHECK (state IN ('running', 'complete', 'stopped', 'failed', 'interrupted')),
    -- The process that runs it: the name of a lock file in `running/`.
    run          TEXT NOT NULL,
    FOREIGN KEY (conversation, question) REFERENCES message (conversation, seq)
        DEFERRABLE INITIALLY DEFERRED,
    UNIQUE (conversation, seq)
) STRICT;
CREATE INDEX turn_question ON turn (conversation, question);
CREATE INDEX turn_running ON turn (state) WHERE state = 'running';

CREATE TABLE message (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    conversation INTEGER NOT NULL REFERENCES conversation (seq) ON DELETE CASCADE,
    parent       INTEGER,
    -- None for questions: several turns may answer one.
    turn         INTEGER,
    role         TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    state        TEXT NOT NULL
                 CHECK (state IN ('streaming', 'complete', 'stopped', 'failed', 'interrupted')),
    stop_reason  TEXT,
    error        TEXT,
    created_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    CHECK ((error IS NOT NULL) = (state = 'failed')),
    CHECK (parent < seq),
    UNIQUE (conversation, seq),
    -- Within one conversation: a branch never leaves it.
    FOREIGN KEY (conversation, parent) REFERENCES message (conversation, seq)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (conversation, turn) REFERENCES turn (conversation, seq)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX message_parent ON message (conversation, parent);
CREATE INDEX message_turn ON message (conversation, turn);

-- What one request of a turn brought: one row for each answer message.
CREATE TABLE answer (
    message         INTEGER PRIMARY KEY REFERENCES message (seq) ON DELETE CASCADE,
    first_token_at  INTEGER,
    model           TEXT,
    usage           TEXT,
    request_id      TEXT,
    apim_request_id TEXT
) STRICT;

CREATE TABLE block (
    seq      INTEGER PRIMARY KEY,
    message  INTEGER NOT NULL REFERENCES message (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    -- The block as JSON, verbatim.
    body     TEXT NOT NULL,
    seconds  REAL,
    UNIQUE (message, position)
) STRICT;

-- What arrived of an answer that has no ending yet.
CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message (seq) ON DELETE CASCADE,
    entry   TEXT NOT NULL
) STRICT;
CREATE INDEX journal_message ON journal (message, seq);

CREATE TABLE draft (
    -- None: the draft of a conversation that does not exist yet.
    conversation INTEGER REFERENCES conversation (seq) ON DELETE CASCADE,
    text         TEXT NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX draft_conversation ON draft (ifnull(conversation, 0));

-- The index holds the searched text itself (rowid: block.seq and conversation.seq), with
-- a mark between the letters of scripts that are written without spaces.
CREATE VIRTUAL TABLE block_words USING fts5 (
    text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE VIRTUAL TABLE title_words USING fts5 (
    text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
-- Deleted words leave the index at once, not at its next merge.
INSERT INTO block_words (block_words, rank) VALUES ('secure-delete', 1);
INSERT INTO title_words (title_words, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER block_deleted AFTER DELETE ON block BEGIN
    DELETE FROM block_words WHERE rowid = old.seq;
END;
CREATE TRIGGER conversation_deleted AFTER DELETE ON conversation BEGIN
    DELETE FROM title_words WHERE rowid = old.seq;
END;
