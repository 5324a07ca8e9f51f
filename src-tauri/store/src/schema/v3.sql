-- What was asked of resources, by chats and through the gateway: who, what, how it ended and
-- what it used. Never what was said.

CREATE TABLE request (
    seq             INTEGER PRIMARY KEY,
    at              INTEGER NOT NULL,
    source          TEXT NOT NULL CHECK (source IN ('chat', 'gateway')),
    -- Its identifier, and no reference: the row outlives the conversation.
    conversation    TEXT,
    -- The name of the gateway's key.
    key             TEXT,
    connection      TEXT NOT NULL,
    deployment      TEXT,
    -- As asked for, and as the answer calls it.
    model           TEXT,
    answered_by     TEXT,
    status          INTEGER,
    outcome         TEXT NOT NULL CHECK (outcome IN ('answered', 'refused', 'broke_off', 'left')),
    -- Milliseconds.
    duration        INTEGER NOT NULL,
    -- None where the resource did not say. Input is without what the cache had to do with.
    input_tokens    INTEGER,
    output_tokens   INTEGER,
    cache_read_tokens     INTEGER,
    cache_creation_tokens INTEGER
) STRICT;
CREATE INDEX request_at ON request (source, at);
CREATE INDEX request_key ON request (key, at) WHERE key IS NOT NULL;

-- The same, summed by quarters of an hour: a day begins at one of them in every time zone.
-- Sums stay when there are too many requests for each to be kept.
CREATE TABLE request_sum (
    -- Milliseconds since the Unix epoch, divided by 900,000.
    quarter         INTEGER NOT NULL,
    source          TEXT NOT NULL,
    connection      TEXT NOT NULL,
    -- Empty where none answered.
    deployment      TEXT NOT NULL,
    requests        INTEGER NOT NULL,
    failed          INTEGER NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cache_creation_tokens INTEGER NOT NULL,
    PRIMARY KEY (quarter, source, connection, deployment)
) STRICT, WITHOUT ROWID;
