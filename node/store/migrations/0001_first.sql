-- Times are milliseconds since 1970-01-01 UTC, 0 for none. Digests are 32 octets.
-- Content and keys are never in the clear; what is searched holds only type, peer,
-- case, state and times.

CREATE TABLE message (
  n        INTEGER PRIMARY KEY,
  id       TEXT    NOT NULL,
  box      TEXT    NOT NULL CHECK (box IN ('out', 'in')),
  peer     TEXT    NOT NULL,
  type     TEXT    NOT NULL,
  case_ref TEXT,              -- NULL for none, so that the index holds only cases
  re       TEXT,              -- likewise
  state    TEXT    NOT NULL,
  code     TEXT    NOT NULL,
  created  INTEGER NOT NULL,
  stored   INTEGER NOT NULL,
  settled  INTEGER NOT NULL,
  queue    INTEGER NOT NULL,
  epoch    INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  sha256   BLOB    NOT NULL,
  policy   BLOB    NOT NULL,
  rule     TEXT    NOT NULL,
  actor    TEXT    NOT NULL,
  UNIQUE (id, box)
) STRICT;
-- Without statistics the planner takes the latest of several that fit: least selective first.
CREATE INDEX message_queued  ON message (peer, queue) WHERE state = 'queued';
CREATE INDEX message_by_box  ON message (box, n);
CREATE INDEX message_by_peer ON message (peer, n);
CREATE INDEX message_by_case ON message (case_ref, n) WHERE case_ref IS NOT NULL;
CREATE INDEX message_by_re   ON message (re, n) WHERE re IS NOT NULL;

-- How many messages there are, kept by every statement that adds or moves one.
CREATE TABLE tally (
  box   TEXT    NOT NULL,
  peer  TEXT    NOT NULL,
  state TEXT    NOT NULL,
  n     INTEGER NOT NULL CHECK (n >= 0),
  PRIMARY KEY (box, peer, state)
) STRICT, WITHOUT ROWID;

-- Insert only. Settling a message never rewrites its content.
CREATE TABLE content (
  n       INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  sealed  BLOB NOT NULL,
  wrapped BLOB NOT NULL
) STRICT;

CREATE TABLE pouch (
  n           INTEGER PRIMARY KEY,
  box         TEXT    NOT NULL CHECK (box IN ('out', 'in')),
  peer        TEXT    NOT NULL,
  epoch       INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  hash        BLOB    NOT NULL,
  manifest    BLOB    NOT NULL,
  signature   BLOB    NOT NULL,
  first       INTEGER NOT NULL,
  last        INTEGER NOT NULL,
  committed   INTEGER NOT NULL,
  receipt     BLOB,
  receipt_sig BLOB,
  settled     INTEGER NOT NULL,
  UNIQUE (box, peer, epoch, seq)
) STRICT;
-- At most one pouch is in flight to a peer.
CREATE UNIQUE INDEX pouch_in_flight ON pouch (peer) WHERE box = 'out' AND receipt IS NULL;

CREATE TABLE evidence (
  n        INTEGER PRIMARY KEY,
  peer     TEXT NOT NULL,
  code     TEXT NOT NULL,
  evidence BLOB NOT NULL
) STRICT;

-- One leaf of the RFC 6962 tree a row. hashes holds the roots of the subtrees that
-- this leaf completes, the leaf's own hash first, 32 octets each.
CREATE TABLE journal (
  n       INTEGER PRIMARY KEY,
  subject TEXT,
  record  TEXT NOT NULL,
  hashes  BLOB NOT NULL
) STRICT;
CREATE INDEX journal_by_subject ON journal (subject) WHERE subject IS NOT NULL;

-- The journal's right edge: the roots of its complete subtrees, largest first.
CREATE TABLE head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  root BLOB    NOT NULL,
  edge BLOB    NOT NULL
) STRICT;
-- The root of the empty tree is the SHA-256 of nothing (RFC 6962 2.1).
INSERT INTO head VALUES (1, 0, x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', x'');

CREATE TABLE peer (
  code        TEXT    PRIMARY KEY,
  fingerprint BLOB    NOT NULL,
  card        BLOB    NOT NULL,
  suspended   INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  added       INTEGER NOT NULL
) STRICT;

CREATE TABLE policy (
  version INTEGER PRIMARY KEY,
  sha256  BLOB    NOT NULL,
  text    BLOB    NOT NULL,
  actor   TEXT    NOT NULL,
  at      INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency (
  client TEXT    NOT NULL,
  key    TEXT    NOT NULL,
  body   BLOB    NOT NULL,
  id     TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
