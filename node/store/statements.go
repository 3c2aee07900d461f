package store

// All SQL of the store but the migrations. A name is what the statement does.

const (
	begin     = `BEGIN IMMEDIATE`
	beginRead = `BEGIN DEFERRED`
	commit    = `COMMIT`
	rollback  = `ROLLBACK`
	mark      = `SAVEPOINT one`
	keep      = `RELEASE one`
	undo      = `ROLLBACK TO one`
)

const (
	readHead   = `SELECT size, root, edge FROM head`
	writeHead  = `UPDATE head SET size = ?, root = ?, edge = ?`
	lastNumber = `SELECT coalesce(max(n), 0) FROM message`
)

const (
	messageColumns = `n, id, box, peer, type, case_ref, re, state, code, created, stored, settled,
		queue, epoch, seq, size, sha256, policy, rule, actor`

	addMessage    = `INSERT INTO message (` + messageColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	findMessage   = `SELECT ` + messageColumns + ` FROM message WHERE id = ? AND box = ?`
	listMessages  = `SELECT ` + messageColumns + ` FROM message WHERE `
	listOrder     = ` ORDER BY n DESC LIMIT ?`
	queueHead     = `SELECT ` + messageColumns + ` FROM message WHERE peer = ? AND state = 'queued' AND queue > ? ORDER BY queue LIMIT ?`
	acceptMembers = `UPDATE message SET state = 'accepted', settled = ?, epoch = ?, seq = ?
		WHERE state = 'queued' AND peer = ? AND queue BETWEEN ? AND ?`
	refuseMember = `UPDATE message SET state = 'refused', code = ?, settled = ?, epoch = ?, seq = ?
		WHERE id = ? AND box = 'out' AND state = 'queued' AND peer = ? AND queue BETWEEN ? AND ?`
	denyMessage = `UPDATE message SET state = 'denied', code = ? WHERE state = 'queued' AND peer = ? AND queue = ?`

	raiseTally = `INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`
	lowerTally = `UPDATE tally SET n = n - ? WHERE box = 'out' AND peer = ? AND state = 'queued'`
	readTally  = `SELECT box, peer, state, n FROM tally WHERE n > 0 ORDER BY box, peer, state`
)

const (
	contentColumns = `name, sealed, wrapped`

	addContent  = `INSERT INTO content (` + contentColumns + `) VALUES (?, ?, ?)`
	findContent = `SELECT ` + contentColumns + ` FROM content WHERE name = ?`
	// '0' follows '/', so the range holds everything under prefix + "/".
	listContent = `SELECT ` + contentColumns + ` FROM content WHERE name >= ?1 AND name < ?1 || '0'
		AND (name = ?1 OR substr(name, length(?1) + 1, 1) = '/') ORDER BY name`
)

const (
	pouchColumns = `box, peer, epoch, seq, hash, manifest, signature, first, last, committed, receipt, receipt_sig, settled, closed`

	addPouch    = `INSERT INTO pouch (` + pouchColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	settlePouch = `UPDATE pouch SET receipt = ?, receipt_sig = ?, settled = ?
		WHERE box = ? AND peer = ? AND epoch = ? AND seq = ? AND receipt IS NULL AND closed = 0`
	findPouch     = `SELECT ` + pouchColumns + ` FROM pouch WHERE box = ? AND peer = ? AND epoch = ? AND seq = ?`
	lastPouch     = `SELECT ` + pouchColumns + ` FROM pouch WHERE box = ? AND peer = ? ORDER BY epoch DESC, seq DESC LIMIT 1`
	pouchInFlight = `SELECT ` + pouchColumns + ` FROM pouch WHERE box = 'out' AND receipt IS NULL AND closed = 0 AND peer = ?`
	addEvidence   = `INSERT INTO evidence (peer, code, evidence) VALUES (?, ?, ?)`
)

const (
	closePouch = `UPDATE pouch SET closed = ? WHERE box = 'out' AND receipt IS NULL AND closed = 0 AND peer = ?`
	putEpoch   = `INSERT OR REPLACE INTO epoch (peer, epoch) VALUES (?, ?)`
	findEpoch  = `SELECT epoch FROM epoch WHERE peer = ?`
	// What was accepted in a pouch from a certain number on.
	acceptedFrom = `SELECT ` + messageColumns + ` FROM message WHERE peer = ?1 AND box = 'out' AND state = 'accepted'
		AND (epoch > ?2 OR epoch = ?2 AND seq >= ?3) ORDER BY queue`
	queueAgain = `UPDATE message SET state = 'queued', settled = 0, epoch = 0, seq = 0 WHERE n = ?`
	backTally  = `UPDATE tally SET n = n - ? WHERE box = 'out' AND peer = ? AND state = 'accepted'`

	disputeColumns = `peer, box, code, epoch, seq, want_epoch, want_seq, at`
	putDispute     = `INSERT OR REPLACE INTO dispute (` + disputeColumns + `) VALUES (?,?,?,?,?,?,?,?)`
	dropDispute    = `DELETE FROM dispute WHERE peer = ? AND box = ?`
	listDisputes   = `SELECT ` + disputeColumns + ` FROM dispute ORDER BY peer, box DESC`
)

const (
	addEntry     = `INSERT INTO journal (n, subject, record, hashes) VALUES (?, ?, ?, ?)`
	readJournal  = `SELECT n, subject, record, hashes FROM journal ORDER BY n`
	findHashes   = `SELECT hashes FROM journal WHERE n = ?`
	listRecords  = `SELECT record FROM journal WHERE n > ? ORDER BY n LIMIT ?`
	recordsOf    = `SELECT record FROM journal WHERE subject = ? ORDER BY n`
	putPeer      = `INSERT OR REPLACE INTO peer (code, fingerprint, card, suspended, added) VALUES (?, ?, ?, ?, ?)`
	removePeer   = `DELETE FROM peer WHERE code = ?`
	listPeers    = `SELECT code, fingerprint, card, suspended, added FROM peer ORDER BY code`
	addPolicy    = `INSERT INTO policy (sha256, text, actor, at) VALUES (?, ?, ?, ?)`
	findPolicy   = `SELECT version, sha256, text, actor, at FROM policy WHERE version = ?`
	newestPolicy = `SELECT version, sha256, text, actor, at FROM policy ORDER BY version DESC LIMIT 1`
	listPolicies = `SELECT version, sha256, text, actor, at FROM policy ORDER BY version`
	findIdem     = `SELECT client, key, body, id, at FROM idempotency WHERE client = ? AND key = ?`
	putSetting   = `INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)`
	findSetting  = `SELECT value FROM setting WHERE name = ?`
)

const (
	addIdempotent = `INSERT INTO idempotency (client, key, body, id, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET body = excluded.body, id = excluded.id, at = excluded.at WHERE at <= ?`
	sweepEnd   = `SELECT client, key FROM idempotency WHERE (client, key) > (?, ?) ORDER BY client, key LIMIT 1 OFFSET ?`
	forgetKeys = `DELETE FROM idempotency WHERE (client, key) > (?, ?) AND (client, key) <= (?, ?) AND at <= ?`
	forgetLast = `DELETE FROM idempotency WHERE (client, key) > (?, ?) AND at <= ?`
)

const (
	keepCard = `INSERT INTO card (code, card, at) SELECT ?1, ?2, ?3
		WHERE (SELECT card FROM card WHERE code = ?1 ORDER BY at DESC, n DESC LIMIT 1) IS NOT ?2`
	cardAt = `SELECT card FROM card WHERE code = ?1 ORDER BY at > ?2, CASE WHEN at > ?2 THEN at ELSE -at END, n DESC LIMIT 1`
)

const (
	draftColumns = `id, owner, type, peer, re, made, changed, version`

	addDraft         = `INSERT INTO draft (` + draftColumns + `) VALUES (?,?,?,?,?,?,?,?)`
	findDraft        = `SELECT ` + draftColumns + ` FROM draft WHERE id = ?`
	listDrafts       = `SELECT ` + draftColumns + ` FROM draft WHERE owner = ? ORDER BY changed DESC, id DESC LIMIT ?`
	saveDraft        = `UPDATE draft SET peer = ?, changed = ?, version = version + 1 WHERE id = ? AND version = ?`
	dropDraft        = `DELETE FROM draft WHERE id = ?`
	putDraftContent  = `INSERT OR REPLACE INTO draft_content (name, draft, sealed, wrapped) VALUES (?, ?, ?, ?)`
	listDraftContent = `SELECT ` + contentColumns + ` FROM draft_content WHERE draft = ? ORDER BY name`
	findDraftContent = `SELECT ` + contentColumns + ` FROM draft_content WHERE name = ?`
	dropDraftContent = `DELETE FROM draft_content WHERE name = ?`
)
