-- Images and text files, drafts that hold them, drafts of edits, and tools that may run
-- without asking.

-- `bytes` stands last: what is read of a row ends before it.
CREATE TABLE attachment (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    media_type      TEXT NOT NULL,
    -- Pixels of an image; none for a text.
    width           INTEGER,
    height          INTEGER,
    -- What the person gave, where the image was made smaller.
    original_width  INTEGER,
    original_height INTEGER,
    created_at      INTEGER NOT NULL,
    bytes           BLOB NOT NULL,
    CHECK ((width IS NULL) = (height IS NULL)),
    CHECK ((original_width IS NULL) = (original_height IS NULL))
) STRICT;

ALTER TABLE block ADD COLUMN attachment INTEGER REFERENCES attachment (seq);
CREATE INDEX block_attachment ON block (attachment) WHERE attachment IS NOT NULL;

-- Set on what was written in the person's place.
ALTER TABLE message ADD COLUMN purpose TEXT CHECK (purpose IN ('continue'));

-- Whether two messages have one parent. A conversation without branches is a chain, in
-- which a search need not look for the way to a message.
ALTER TABLE conversation ADD COLUMN branched INTEGER NOT NULL DEFAULT 0
    CHECK (branched IN (0, 1));
UPDATE conversation SET branched = 1 WHERE EXISTS (
    SELECT 1 FROM message WHERE conversation = conversation.seq
    GROUP BY parent HAVING count(*) > 1
);
CREATE TRIGGER message_branched AFTER INSERT ON message
WHEN EXISTS (SELECT 1 FROM message
             WHERE conversation = new.conversation AND parent IS new.parent AND seq <> new.seq)
BEGIN
    UPDATE conversation SET branched = 1 WHERE seq = new.conversation;
END;

CREATE TABLE draft_of_v2 (
    seq          INTEGER PRIMARY KEY,
    -- Both none: the draft of a conversation that does not exist yet.
    conversation INTEGER REFERENCES conversation (seq) ON DELETE CASCADE,
    -- The question whose edit this is.
    edits        INTEGER REFERENCES message (seq) ON DELETE CASCADE,
    text         TEXT NOT NULL,
    updated_at   INTEGER NOT NULL,
    CHECK (conversation IS NULL OR edits IS NULL)
) STRICT;
INSERT INTO draft_of_v2 (conversation, text, updated_at)
    SELECT conversation, text, updated_at FROM draft;
DROP TABLE draft;
ALTER TABLE draft_of_v2 RENAME TO draft;
CREATE UNIQUE INDEX draft_place ON draft (ifnull(conversation, 0), ifnull(edits, 0));
-- For the deletion of a conversation or a message.
CREATE INDEX draft_conversation ON draft (conversation) WHERE conversation IS NOT NULL;
CREATE INDEX draft_edits ON draft (edits) WHERE edits IS NOT NULL;

CREATE TABLE draft_attachment (
    seq        INTEGER PRIMARY KEY,
    draft      INTEGER NOT NULL REFERENCES draft (seq) ON DELETE CASCADE,
    attachment INTEGER NOT NULL REFERENCES attachment (seq),
    UNIQUE (draft, attachment)
) STRICT;
CREATE INDEX draft_attachment_attachment ON draft_attachment (attachment);

-- A tool that may run in a conversation without asking.
CREATE TABLE tool_grant (
    conversation INTEGER NOT NULL REFERENCES conversation (seq) ON DELETE CASCADE,
    tool         TEXT NOT NULL,
    granted_at   INTEGER NOT NULL,
    PRIMARY KEY (conversation, tool)
) STRICT, WITHOUT ROWID;

-- An attachment lives as long as a block or a draft uses it.
CREATE TRIGGER block_left_attachment AFTER DELETE ON block
WHEN old.attachment IS NOT NULL BEGIN
    DELETE FROM attachment WHERE seq = old.attachment
        AND NOT EXISTS (SELECT 1 FROM block WHERE attachment = old.attachment)
        AND NOT EXISTS (SELECT 1 FROM draft_attachment WHERE attachment = old.attachment);
END;
CREATE TRIGGER draft_left_attachment AFTER DELETE ON draft_attachment BEGIN
    DELETE FROM attachment WHERE seq = old.attachment
        AND NOT EXISTS (SELECT 1 FROM block WHERE attachment = old.attachment)
        AND NOT EXISTS (SELECT 1 FROM draft_attachment WHERE attachment = old.attachment);
END;
