-- What officers are still writing. Like messages, drafts are never in the clear; what
-- is listed holds only owner, type, peer and times.
CREATE TABLE draft (
  id      TEXT    PRIMARY KEY,
  owner   TEXT    NOT NULL,
  type    TEXT    NOT NULL,
  peer    TEXT    NOT NULL,
  re      TEXT    NOT NULL, -- the message it answers, '' for none
  made    INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_by_owner ON draft (owner, changed);

-- A draft's text and files, each under a key of its own, replaced as a whole.
CREATE TABLE draft_content (
  name    TEXT PRIMARY KEY,
  draft   TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
  sealed  BLOB NOT NULL,
  wrapped BLOB NOT NULL
) STRICT;
CREATE INDEX draft_content_by_draft ON draft_content (draft, name);
