-- The epoch that the ledgers with a peer are in, both directions; without a row: 1.
CREATE TABLE epoch (
  peer  TEXT    PRIMARY KEY,
  epoch INTEGER NOT NULL CHECK (epoch > 1)
) STRICT, WITHOUT ROWID;

-- How two ledgers last differed, by the direction of the pouch that was refused.
CREATE TABLE dispute (
  peer       TEXT    NOT NULL,
  box        TEXT    NOT NULL CHECK (box IN ('out', 'in')),
  code       TEXT    NOT NULL,
  epoch      INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  want_epoch INTEGER NOT NULL,
  want_seq   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (peer, box)
) STRICT, WITHOUT ROWID;

-- When the epoch of an outgoing pouch ended before its receipt came, 0 otherwise.
ALTER TABLE pouch ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
DROP INDEX pouch_in_flight;
CREATE UNIQUE INDEX pouch_in_flight ON pouch (peer) WHERE box = 'out' AND receipt IS NULL AND closed = 0;
