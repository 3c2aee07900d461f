-- Events of threads that no message tells, as they were noted. The last of a name
-- counts; the earlier ones stay, and the journal tells who noted them.
CREATE TABLE event (
  n       INTEGER PRIMARY KEY,
  opening TEXT    NOT NULL, -- message that opened the thread
  box     TEXT    NOT NULL CHECK (box IN ('out', 'in')),
  name    TEXT    NOT NULL,
  at      INTEGER NOT NULL, -- when it happened
  noted   INTEGER NOT NULL,
  actor   TEXT    NOT NULL
) STRICT;
CREATE INDEX event_by_opening ON event (opening, box, name, n);
