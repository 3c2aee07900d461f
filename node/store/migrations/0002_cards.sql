-- Every card that was ever in force here, a peer's or our own, so that a proof shows
-- those of its day.
CREATE TABLE card (
  n    INTEGER PRIMARY KEY,
  code TEXT    NOT NULL,
  card BLOB    NOT NULL,
  at   INTEGER NOT NULL -- in force from here on
) STRICT;
CREATE INDEX card_by_code ON card (code, at);
INSERT INTO card (code, card, at) SELECT code, card, added FROM peer ORDER BY code;
