-- What officers need to order their day, one row for each message that was looked at
-- since it came. A message without a row is new to the desk. The order of work is kept
-- here so that a list follows no thread.
CREATE TABLE desk (
  n        INTEGER PRIMARY KEY,                    -- of the message
  box      TEXT    NOT NULL CHECK (box IN ('out', 'in')),
  live     INTEGER NOT NULL CHECK (live IN (0, 1)), -- its thread has not ended
  due      INTEGER NOT NULL,                        -- next time limit; the largest number for none
  look     INTEGER NOT NULL,                        -- when its thread must be followed again, 0 for not by itself
  standing TEXT    NOT NULL,                        -- JSON: state, time limit, what was out of turn
  seen     INTEGER NOT NULL,                        -- first opened by a person
  holder   TEXT    NOT NULL,                        -- who took it, empty for nobody
  snooze   INTEGER NOT NULL,                        -- not shown until then
  open     INTEGER NOT NULL GENERATED ALWAYS AS (live OR (box = 'in' AND seen = 0)) VIRTUAL
) STRICT;
CREATE INDEX desk_open ON desk (box, open, due, n);
CREATE INDEX desk_look ON desk (look) WHERE look > 0;
