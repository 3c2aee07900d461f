-- Until when a message waits for its release, 0 when it does not; what it takes of the
-- room in quarantine, octets; and who released it.
ALTER TABLE message ADD COLUMN deadline INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN room     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN releaser TEXT    NOT NULL DEFAULT '';
CREATE INDEX message_waiting     ON message (deadline, n) WHERE deadline > 0;
CREATE INDEX message_quarantined ON message (peer, room)  WHERE state = 'quarantined';
-- A released message has a place in the queue above its number.
CREATE INDEX message_released    ON message (queue)       WHERE releaser > '';
