-- When a message's content was erased, 0 while it is here, and the code of the reason.
ALTER TABLE message ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN reason TEXT NOT NULL DEFAULT '';
-- Of an erased message, JSON: the codes that clocks and the statistics of a year still need.
ALTER TABLE message ADD COLUMN remains TEXT NOT NULL DEFAULT '';

-- What this node or its people owe for data of a message. Rows stay when they end.
CREATE TABLE duty (
  n       INTEGER PRIMARY KEY,
  kind    TEXT    NOT NULL,
  message TEXT    NOT NULL,
  box     TEXT    NOT NULL CHECK (box IN ('out', 'in')),
  peer    TEXT    NOT NULL,
  due     INTEGER NOT NULL, -- last moment, 0 if none is named
  state   TEXT    NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
  made    INTEGER NOT NULL,
  ended   INTEGER NOT NULL,
  actor   TEXT    NOT NULL, -- who ended it
  cause   TEXT    NOT NULL, -- the message that asks for it
  result  TEXT    NOT NULL, -- the message that fulfils it
  code    TEXT    NOT NULL
) STRICT;
CREATE INDEX duty_open ON duty (kind, due) WHERE state = 'open';
CREATE INDEX duty_by_message ON duty (message, box);

-- Which of our messages were made from which; box is that of the parent.
CREATE TABLE derivation (
  parent TEXT NOT NULL,
  box    TEXT NOT NULL CHECK (box IN ('out', 'in')),
  child  TEXT NOT NULL,
  PRIMARY KEY (parent, box, child)
) STRICT, WITHOUT ROWID;
CREATE INDEX derivation_by_child ON derivation (child);

-- Which messages correct or revoke data of which; both lie in the same box.
CREATE TABLE amendment (
  message TEXT NOT NULL,
  box     TEXT NOT NULL CHECK (box IN ('out', 'in')),
  cause   TEXT NOT NULL,
  PRIMARY KEY (message, box, cause)
) STRICT, WITHOUT ROWID;

-- The newest message of before this table whose duties are not made yet, as a decimal
-- number; the node works down to 0.
INSERT INTO setting (name, value) SELECT 'duty_backlog', CAST(coalesce(max(n), 0) AS BLOB) FROM message;
