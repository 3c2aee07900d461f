-- What messages that arrived have in common with others: for each account, telephone
-- number, document number and person in one, the first 8 octets of an HMAC-SHA-256 of its
-- kind and value. The HMAC's key lies in the setting likeness_key, sealed by the vault's
-- storage key, which is not on this disk. Who has the disk alone learns which rows are
-- equal, hence which messages share some value, and how many values of each kind a
-- message has; not the values, and cannot try guesses. Rows go when a message is erased.
CREATE TABLE likeness (
  kind   TEXT    NOT NULL CHECK (kind IN ('account', 'phone', 'document', 'person')),
  digest BLOB    NOT NULL CHECK (length(digest) = 8),
  n      INTEGER NOT NULL, -- of the message
  PRIMARY KEY (kind, digest, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX likeness_by_message ON likeness (n);
