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
	readHead  = `SELECT size, root, edge FROM head`
	writeHead = `UPDATE head SET size = ?, root = ?, edge = ?`
	// A released message may have the highest number, as its place in the queue.
	lastNumber = `SELECT max(coalesce((SELECT max(n) FROM message), 0), coalesce((SELECT max(queue) FROM message WHERE releaser > ''), 0))`
)

const (
	messageColumns = `n, id, box, peer, type, case_ref, re, state, code, created, stored, settled,
		queue, epoch, seq, size, sha256, policy, rule, actor, deadline, room, releaser, authority, erased, reason, remains`

	addMessage    = `INSERT INTO message (` + messageColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`
	findMessage   = `SELECT ` + messageColumns + ` FROM message WHERE id = ? AND box = ?`
	listMessages  = `SELECT ` + messageColumns + ` FROM message WHERE `
	listOrder     = ` ORDER BY n DESC LIMIT ?`
	queueHead     = `SELECT ` + messageColumns + ` FROM message WHERE peer = ? AND state = 'queued' AND queue > ? ORDER BY queue LIMIT ?`
	acceptMembers = `UPDATE message SET state = 'accepted', settled = ?, epoch = ?, seq = ?
		WHERE state = 'queued' AND peer = ? AND queue BETWEEN ? AND ?`
	refuseMember = `UPDATE message SET state = 'refused', code = ?, settled = ?, epoch = ?, seq = ?
		WHERE id = ? AND box = 'out' AND state = 'queued' AND peer = ? AND queue BETWEEN ? AND ?`
	denyMessage = `UPDATE message SET state = 'denied', code = ? WHERE state = 'queued' AND peer = ? AND queue = ?`

	// A deadline names one wait of a message: who has seen an earlier one comes too late.
	holdMessage    = `UPDATE message SET state = 'held', deadline = ?, queue = 0, releaser = '' WHERE state = 'queued' AND peer = ? AND queue = ?`
	releaseMessage = `UPDATE message SET state = ?, queue = ?, policy = ?, rule = ?, releaser = ?, code = '', deadline = 0, room = 0
		WHERE n = ? AND state = ? AND deadline > 0 AND deadline = ?`
	dismissMessage = `UPDATE message SET state = ?, deadline = 0, room = 0 WHERE n = ? AND state = ? AND deadline > 0 AND deadline = ?`
	listWaiting    = `SELECT ` + messageColumns + ` FROM message WHERE deadline > 0 AND (deadline, n) > (?1, ?2) AND (?3 = '' OR authority = ?3) ORDER BY deadline, n LIMIT ?4`
	listOverdue    = `SELECT ` + messageColumns + ` FROM message WHERE deadline > 0 AND deadline <= ? AND state = 'held' ORDER BY deadline, n LIMIT ?`
	quarantineOf   = `SELECT count(*), coalesce(sum(room), 0) FROM message WHERE state = 'quarantined' AND peer = ?`

	raiseTally = `INSERT INTO tally VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n`
	lowerTally = `UPDATE tally SET n = n - ? WHERE box = 'out' AND peer = ? AND state = 'queued'`
	moveTally  = `UPDATE tally SET n = n - 1 WHERE box = ? AND peer = ? AND state = ?`
	readTally  = `SELECT box, peer, state, n FROM tally WHERE n > 0 ORDER BY box, peer, state`
)

const (
	factColumns = `n, opening, box, name, at, noted, actor`

	addFact   = `INSERT INTO event (opening, box, name, at, noted, actor) VALUES (?,?,?,?,?,?)`
	listFacts = `SELECT ` + factColumns + ` FROM event WHERE n IN
		(SELECT max(n) FROM event WHERE opening = ? AND box = ? GROUP BY name) ORDER BY n`
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
	acceptedFrom = `SELECT ` + messageColumns + ` FROM message WHERE peer = ?1 AND box = 'out' AND state = 'accepted' AND erased = 0
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
	addPolicy    = `INSERT INTO policy (sha256, text, actor, at, tests, tested) VALUES (?, ?, ?, ?, ?, ?)`
	findPolicy   = `SELECT version, sha256, text, actor, at, tests, tested FROM policy WHERE version = ?`
	newestPolicy = `SELECT version, sha256, text, actor, at, tests, tested FROM policy ORDER BY version DESC LIMIT 1`
	listPolicies = `SELECT version, sha256, text, actor, at, tests, tested FROM policy ORDER BY version`
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
	userColumns = `name, display, authority, roles, disabled, created, handle`

	addUser   = `INSERT INTO users (` + userColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?)`
	putUser   = `UPDATE users SET display = ?, authority = ?, roles = ?, disabled = ? WHERE name = ?`
	listUsers = `SELECT ` + userColumns + ` FROM users ORDER BY name`

	addToken   = `INSERT INTO token (sum, user, made, ends, used) VALUES (?, ?, ?, ?, ?)`
	listTokens = `SELECT sum, user, made, ends, used FROM token`
	useToken   = `UPDATE token SET used = ? WHERE sum = ?`
	dropToken  = `DELETE FROM token WHERE sum = ?`
	dropTokens = `DELETE FROM token WHERE user = ?`

	addPasskey   = `INSERT INTO passkey (id, user, record, made, used) VALUES (?, ?, ?, ?, ?)`
	usePasskey   = `UPDATE passkey SET record = ?, used = ? WHERE id = ?`
	dropPasskeys = `DELETE FROM passkey WHERE user = ?`
	listPasskeys = `SELECT id, user, record, made, used FROM passkey ORDER BY made, id`

	addLink   = `INSERT INTO link (sum, user, made, ends) VALUES (?, ?, ?, ?)`
	dropLinks = `DELETE FROM link WHERE user = ?`
	findLink  = `SELECT sum, user, made, ends FROM link WHERE sum = ?`

	pendingColumns = `id, act, subject, ordered, digest, base, by, at, ends, state, decider, decided`

	addPending    = `INSERT INTO pending (act, subject, ordered, digest, base, by, at, ends, state, decider, decided) VALUES (?,?,?,?,?,?,?,?,?,?,?)`
	endPending    = `UPDATE pending SET state = ?, decider = ?, decided = ? WHERE id = ? AND state = 'waiting'`
	listPendings  = `SELECT ` + pendingColumns + ` FROM pending ORDER BY id DESC`
	listUndecided = `SELECT ` + pendingColumns + ` FROM pending WHERE state = 'waiting' ORDER BY id DESC`

	listUnassigned = `SELECT ` + messageColumns + ` FROM message WHERE authority IS NULL ORDER BY n LIMIT ?`
	assign         = `UPDATE message SET authority = ? WHERE n = ?`
)

const (
	// '0' follows '/', as in listContent.
	dropContent = `DELETE FROM content WHERE name >= ?1 AND name < ?1 || '0'
		AND (name = ?1 OR substr(name, length(?1) + 1, 1) = '/')`
	eraseMessage = `UPDATE message SET erased = ?, reason = ?, remains = ? WHERE id = ? AND box = ? AND erased = 0`
	countQueued  = `SELECT count(*) FROM message WHERE peer = ? AND state = 'queued' AND queue BETWEEN ? AND ?`

	dutyColumns = `n, kind, message, box, peer, due, state, made, ended, actor, cause, result, code`

	addDuty    = `INSERT INTO duty (` + dutyColumns + `) VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?)`
	putDuty    = `UPDATE duty SET state = ?, ended = ?, actor = ?, result = ?, code = ? WHERE n = ?`
	listDuties = `SELECT ` + dutyColumns + ` FROM duty WHERE `
	dutyOrder  = ` ORDER BY n LIMIT ?`
	dutyCounts = `SELECT count(*), coalesce(sum(due > 0 AND due < ?), 0) FROM duty WHERE state = 'open'`

	addDerivation = `INSERT OR IGNORE INTO derivation (parent, box, child) VALUES (?, ?, ?)`
	listChildren  = `SELECT child FROM derivation WHERE parent = ? AND box = ? ORDER BY child`
	listParents   = `SELECT parent, box FROM derivation WHERE child = ? ORDER BY parent, box`
	addAmendment  = `INSERT OR IGNORE INTO amendment (message, box, cause) VALUES (?, ?, ?)`
	amendmentsOf  = `SELECT cause FROM amendment WHERE message = ? AND box = ? ORDER BY cause`
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
