-- People of this jurisdiction. In the plural, because USER is a word of SQL.
CREATE TABLE users (
  name      TEXT    PRIMARY KEY,
  display   TEXT    NOT NULL,
  authority TEXT    NOT NULL, -- '' for all
  roles     TEXT    NOT NULL, -- names, separated by spaces
  disabled  INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  created   INTEGER NOT NULL,
  handle    BLOB    NOT NULL UNIQUE
) STRICT;

-- A secret is kept as its SHA-256 alone.
CREATE TABLE token (
  sum  BLOB    PRIMARY KEY,
  user TEXT    NOT NULL,
  made INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_user ON token (user);

-- The authority of this jurisdiction that a message belongs to: its author's, or its
-- addressee's if it arrived. NULL until the program has looked at an older message.
ALTER TABLE message ADD COLUMN authority TEXT;
CREATE INDEX message_by_authority ON message (authority, n) WHERE authority IS NOT NULL;
CREATE INDEX message_unassigned   ON message (n) WHERE authority IS NULL;

-- record holds the public key, the counter and flags.
CREATE TABLE passkey (
  id     BLOB    PRIMARY KEY,
  user   TEXT    NOT NULL,
  record BLOB    NOT NULL,
  made   INTEGER NOT NULL,
  used   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time links to enrol a passkey; of the first operator with user ''.
CREATE TABLE link (
  sum  BLOB    PRIMARY KEY,
  user TEXT    NOT NULL,
  made INTEGER NOT NULL,
  ends INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Acts that wait for a second person, or waited. Rows stay.
CREATE TABLE pending (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  act      TEXT    NOT NULL,
  subject  TEXT    NOT NULL,
  ordered  BLOB    NOT NULL,
  digest   BLOB    NOT NULL,
  base     TEXT    NOT NULL,
  by       TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  ends     INTEGER NOT NULL,
  state    TEXT    NOT NULL,
  decider  TEXT    NOT NULL,
  decided  INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_waiting ON pending (state) WHERE state = 'waiting';
