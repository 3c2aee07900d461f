package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/language"
)

// languages of the pages; the first is for readers of none of them.
var languages = []string{"en", "fr"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.French})

// languageOf follows the browser.
func languageOf(r *http.Request) string {
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return languages[i]
}

// voices are the languages in which problems are told, English first.
type voices struct {
	names []string
	language.Matcher
}

func voicesOf(labelled []string) voices {
	v := voices{names: []string{languages[0]}}
	for _, name := range labelled {
		if name != languages[0] {
			v.names = append(v.names, name)
		}
	}
	tags := make([]language.Tag, len(v.names))
	for i, name := range v.names {
		tags[i] = language.Make(name)
	}
	v.Matcher = language.NewMatcher(tags)
	return v
}

// spoken is the language in which the one who asks is told of a problem: the one
// chosen on the pages, else what the request accepts.
func (w *Web) spoken(r *request) string {
	if s := r.caller.session; s != nil && s.lang != "" {
		return s.lang
	}
	_, i := language.MatchStrings(w.voices, r.Header.Get("Accept-Language"))
	return w.voices.names[i]
}

// rightToLeft tells how a language is written.
func rightToLeft(lang string) bool { return lang == "ar" }

func direction(lang string) string {
	if rightToLeft(lang) {
		return "rtl"
	}
	return "ltr"
}

func isLanguage(s string) bool { return slices.Contains(languages, s) }

// words of the pages by language; every language has every word.
var words = map[string]map[string]string{
	"en": {
		"self": "English", "inbox": "Inbox", "sent": "Sent", "signout": "Sign out", "skip": "Skip to content", "language": "Language",
		"nav": "Main", "arrived": "Arrived", "handed_in": "Handed in", "from": "From", "to": "To", "subject": "Subject", "case": "Case",
		"state": "State", "older": "Older", "newest": "Newest", "pages": "Pages",
		"no_inbox": "Nothing has arrived yet. Messages from your peers appear here as soon as their signature is verified.",
		"no_sent":  "Nothing has been sent yet. What your systems hand in appears here.",
		"received": "Received", "queued": "Waiting for receipt", "accepted": "Accepted", "refused": "Refused", "denied": "Held back",
		"what": "What this is", "content": "Content", "timeline": "Timeline", "handling": "Handling", "marking": "Marking",
		"codes": "Handling codes", "instrument": "Legal basis", "attachments": "Attachments", "thread": "Related messages", "details": "Reference",
		"id": "Message id", "digest": "SHA-256", "languages": "Languages", "created": "Written", "rule": "Rule", "answers": "answers this",
		"answered": "this answers it", "proof": "Download proof", "no_proof": "Proof becomes available with the signed receipt.",
		"download": "Download", "missing": "not here", "sound": "hash verified", "octets": "octets", "code": "Code",
		"urgent": "Urgent", "wanted_by": "wanted by", "conditions": "Conditions of use", "until": "until", "restrictions": "Other restrictions",
		"set_by": "set by", "necessity": "Strictly necessary because", "withheld": "Withheld from this message",
		"original": "The message as it was written", "as_sent": "The message as it was sent",
		"original_note": "This is the whole message. Some parts of it stayed here: the peer got it without them.",
		"delete_by":     "Delete by", "review_by": "Review by",
		"free":              "Free text is shown as its author wrote it. Codes are shown in English.",
		"message.submitted": "Handed in",
		"message.received":  "Accepted into this inbox",
		"message.repeated":  "Arrived again, unchanged; not delivered twice",
		"message.denied":    "Held back by this node's policy",
		"message.refused":   "Refused",
		"pouch.committed":   "Sealed for the peer",
		"pouch.received":    "Arrived; the peer's signature is verified",
		"receipt.verified":  "Receipt came; the peer's signature is verified",
		"event.noted":       "Event noted",
		"receipt.waiting":   "Waiting for the peer's signed receipt",
		"pouch":             "pouch", "verified": "verified", "problem": "That did not work", "next": "What to do", "back": "Back to the inbox",
		"due": "Due", "clocks": "Time limits", "stands": "State of the request", "flaws": "Out of turn", "us": "this side", "them": "the other side",
		"flaws_note": "This message is here although its thread did not allow it. It may have crossed another on the way. Decide what it is worth.",
		"running":    "running", "due-soon": "due soon", "overdue": "overdue", "suspended": "suspended", "met": "met", "late": "met late", "ended": "ended", "expired": "expired", "extended": "extended",
		"signed_out":     "You are signed out",
		"signed_out_how": "Sign in with your passkey. In a demo, open its login link; each works once.",
		"signin":         "Sign in", "signin_how": "This node knows you by a passkey: a key on this device, on your telephone, or on a security key.", "signin_button": "Sign in with a passkey",
		"enrol": "Make your passkey", "enrol_how": "A passkey takes the place of a password. It stays on your device; this node keeps only what checks it. This link works once.", "enrol_button": "Make a passkey",
		"enrol_name": "Login name, for example a.weber", "passkey_cancelled": "Your device did not answer. Try again.", "passkey_unable": "This browser has no passkeys. Use another.",
		"passkey_script": "Signing in with a passkey needs JavaScript. Everything after it works without.", "no_origin": "Nobody can sign in here yet. An operator sets web_origin in comity.yaml.",
		"account": "Your account", "roles": "Roles", "authority": "Authority", "sessions": "Where you are signed in", "began": "Since", "last_used": "last used", "this_one": "this one", "end": "End",
		"passkeys": "Your passkeys", "made": "Made", "no_passkeys": "You have none yet. An operator gives you a link: comity user enrol-link.", "passkey_lost": "Lost a device? Tell an operator at once: comity user revoke --passkeys.",
		"role_officer": "officer", "role_approver": "approver", "role_operator": "operator", "role_keyholder": "keyholder", "role_auditor": "auditor",
		"releases": "Releases", "held": "Waits for release", "returned": "Returned", "quarantined": "Quarantined", "discarded": "Discarded",
		"no_releases": "Nothing waits for release. Messages that the policy holds for a second person appear here.",
		"by":          "by", "own": "Your own", "decide_by": "Decide by", "denied_today": "Denied by today's policy", "first": "First", "more": "More",
		"decide": "What you decide", "decision": "Your decision", "author": "Written by", "waiting": "Waits because of", "minor": "under 18",
		"leaves":      "All that is on this page leaves, as it stands, to",
		"enters":      "All that is on this page goes to the inbox. It was sent by",
		"own_note":    "You have submitted this message yourself. A second person decides on its release.",
		"denied_note": "The policy of today does not let this message cross, whoever releases it.",
		"release":     "Release it", "return": "Return it to its author", "let_in": "Let it into the inbox", "discard": "Discard it",
		"look_release": "What a second person decides on", "why_return": "Why it goes back; its author reads this", "why_discard": "Why it is discarded", "reason": "Why it was returned",
		"message.held":        "Held for release by a second person",
		"message.released":    "Released by a second person",
		"message.returned":    "Returned to its author",
		"message.expired":     "Expired: nobody released it in time",
		"message.quarantined": "Accepted into quarantine",
		"message.discarded":   "Discarded from quarantine",
		"overview":            "Overview", "since": "Since", "counted_at": "counted", "with_us": "Open with us", "with_them": "Open with them", "overdue_us": "Overdue with us", "overdue_them": "Overdue with them",
		"duties": "Duties", "amended": "Corrected or revoked", "erased": "Erased",
		"erased_note":            "The content and the attached files were deleted for good. What proves that the message crossed is still here.",
		"erased_by-originator":   "Its sender asked for it.",
		"erased_period-expired":  "The day by which it had to be deleted has passed.",
		"duty_erase":             "The node erases it",
		"duty_review":            "Review whether the data is still needed",
		"duty_use-report":        "Report what use was made of it",
		"duty_return":            "Send back what was handed over",
		"duty_correct":           "Correct the data where it was taken over",
		"duty_restrict":          "Restrict the use of the data",
		"duty_pass-on":           "The node passes a correction or erasure on",
		"duty_inform-originator": "Tell the originator that its data is not right",
		"message.erased":         "Content erased",
		"message.withdrawn":      "Withdrawn before it left",
		"duty.made":              "Duty arose",
		"duty.done":              "Duty done",
		"duty.cancelled":         "Duty ended without object",
		"duty.overdue":           "Duty overdue",
		"duty.waits":             "Could not be passed on yet",
		"duty.refused":           "Demand of a peer about data that is not its own; nothing was done",
		"open_by_peer":           "Open work by peer", "days_to_answer": "Median days to answer", "by_us": "by us", "by_them": "by them", "by_month": "Messages by month", "by_type": "Most frequent types", "reciprocity": "Requests in both directions",
		"asked_us": "asked of us", "we_asked": "asked by us", "in": "In", "out": "Out", "as_table": "As a table", "peer": "Peer", "type": "Type", "month": "Month", "ack_us": "Acknowledged by us", "answer_us": "Answered by us", "ack_them": "Acknowledged by them", "answer_them": "Answered by them",
		"no_figures": "Nothing has been exchanged in the last twelve months.", "yearly": "Figures of a year", "yearly_note": "For the statistics that the law asks for every year: messages, outcomes, grounds of refusal, emergencies and waiting times, by peer, type and instrument. Numbers only, no personal data.",
		"search": "Search", "show": "Show", "apply": "Apply", "clear": "Clear", "new": "New", "held_by": "Taken by", "every_peer": "Everybody", "every_type": "All types",
		"show_open": "Open", "show_mine": "Mine and nobody's", "show_new": "New", "show_all": "All", "due_any": "At any time", "due_late": "Overdue", "due_today": "Today", "due_week": "Within a week",
		"no_match": "Nothing matches. Clear the filters to see everything that is open.", "first_page": "First page", "next_page": "Next", "search_on": "Search on", "looked": "Messages searched so far:",
		"take": "Take this", "give_back": "Give back", "put_off": "Put off", "put_off_for": "Put off for", "day_count": "days", "show_again": "Show again", "put_off_until": "Put off until", "taken": "Taken by",
		"keys_on": "Keys on (turn off)", "keys_off": "Keys off (turn on)", "keys_help": "shows the keys", "keys_title": "Keys", "key_move": "Next and previous message", "key_open": "Open it", "key_up": "Back to the list", "key_print": "Print", "close": "Close",
		"news":      "Show # new messages",
		"days_left": "# days left", "days_left_one": "1 day left", "hours_left": "# hours left", "hours_left_one": "1 hour left", "days_late": "# days late", "days_late_one": "1 day late", "hours_late": "# hours late", "hours_late_one": "1 hour late",
		"messages": "Messages", "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
		"write": "Write", "drafts": "Drafts", "error": "Error", "there_is_a_problem": "There is a problem", "optional_word": "optional", "not_stated": "Not stated", "yes": "Yes", "no": "No",
		"kind": "What kind of message", "kind_how": "Each entry says what the message does under the law.", "choose_peer": "Choose whom to write to", "choose_type": "Choose what kind of message",
		"not_taken": "This peer does not take messages of this kind", "no_peers": "There is nobody to write to yet. An operator adds peers by their cards.", "go_on": "Continue", "begin": "Start the draft",
		"instrument_how": "Its rules decide which fields are needed and which time limits run.", "no_drafts": "There are no drafts. What you begin to write is kept here until you send it.",
		"changed": "Changed", "draft_lost": "Cannot be opened any more", "ready_to_check": "Ready to check", "sections_open": "Sections to complete:", "all_filled": "Everything that is needed is filled in. Check it before it leaves.",
		"status.completed": "Completed", "status.incomplete": "Incomplete", "status.wrong": "There is a problem", "status.optional": "Optional",
		"tasks_message": "About the message", "section_word": "Section", "section.addressing": "Addressing", "section.handling": "Handling", "section.urgency": "Urgency", "section.particulars": "Particulars", "section.attachments": "Attachments",
		"about.addressing": "Who writes to whom, and about what. The subject line is seen in lists: leave names of persons out of it.",
		"about.handling":   "Marking and conditions travel with the data and bind whoever receives it.",
		"about.urgency":    "Only if it cannot wait. A date wished for needs a reason.",
		"save":             "Save and continue", "save_later": "Save and return to the list", "add": "Add", "add_another": "Add another", "remove": "Remove", "one_more": "One more line",
		"fill_in": "Fill in this field", "fill_one": "Fill in at least one field here, or those that belong together", "fill_group": "Fill in this part", "choose_one": "Choose one",
		"minor_units_how": "In the smallest unit, without a point: 1,234.56 euros are 123456.", "utc_how": "In UTC, to the second.", "attach_first": "Attach the file first; then it can be chosen here.",
		"file": "File", "file_first": "Attach a file", "file_another": "Attach another file", "file_most": "Largest file that still fits:", "file_holds": "What data it holds", "attach": "Attach", "keep": "Keep", "done": "Done",
		"file_holds_how": "Policy judges a file by this. One that is not stated counts as the most sensitive.", "unstated_word": "Not stated: counts as the most sensitive",
		"file.attachment_too_large": "The file is larger than 512 KiB, or the files together are larger than what fits one message. Larger files go as evidence.",
		"file.too_large":            "The message and its files together do not fit. Take a file out, or send several messages of the same case.",
		"file.no_file":              "Choose a file first", "file.unknown_category": "Choose what data the file holds from the list", "file.too_many": "A message has at most 32 files",
		"delete_draft": "Delete draft", "delete_how": "The text and its files are deleted for good. Nothing has been sent.", "keep_draft": "Keep it",
		"check": "Check and send", "to_word": "to", "go_back": "Go back to the sections", "send": "Send", "send_release": "Hand in for release", "leaves_here": "What leaves", "not_now": "It cannot be sent as it is",
		"verdict.allow": "May leave", "verdict.hold": "A second officer must release it", "verdict.deny": "The policy does not let it leave",
		"allow_how": "It is sealed and signed as soon as you send it.", "hold_how": "It is kept here until an approver who is not you releases it, or returns it to you with a reason.",
		"redact_how": "The parts marked below are taken out before it leaves, and the message says so.",
		"data_in_it": "Personal and case data in it", "no_data": "None that policy asks about.", "sensitive": "sensitive", "needs_release": "needs release", "taken_out": "taken out",
		"trace": "Rules for this peer", "covers": "covers it", "covers_not": "does not cover it", "fails": "fails",
		"cond.peer": "peer", "cond.direction": "direction", "cond.type": "kind of message", "cond.instrument": "legal basis", "cond.marking": "marking", "cond.codes": "handling codes", "cond.purposes": "purposes",
		"cond.languages": "languages", "cond.day": "day", "cond.categories": "data", "cond.subjects": "whom the data is about", "cond.minors": "persons under 18",
		"reply": "Answer", "reply_none": "Nothing can be answered now.", "reply_not": "Not possible now", "reply_more": "More answers", "so_far": "What policy says so far", "so_far_how": "Judged by the data that is in the draft now.", "sending": "Sending",
		"family.arrest": "Arrest", "family.asset": "Freezing and confiscation", "family.consultation": "Consultation", "family.data": "Use of data", "family.directory": "Directory", "family.evidence": "Electronic evidence and transfer",
		"family.extradition": "Extradition", "family.fiu": "Financial intelligence units", "family.incident": "Incidents", "family.information": "Spontaneous information", "family.intel": "Police information", "family.jit": "Joint investigation teams",
		"family.medicine": "Falsified medicine", "family.mla": "Mutual legal assistance", "family.notice": "Notices", "family.seizure": "Seizures", "family.sis": "SIS supplementary information", "family.speciality": "Speciality", "family.status": "Status",
		"family.surrender": "Surrender", "family.transit": "Transit",
	},
	"fr": {
		"self": "Français", "inbox": "Reçus", "sent": "Envoyés", "signout": "Se déconnecter", "skip": "Aller au contenu", "language": "Langue",
		"nav": "Principal", "arrived": "Arrivé", "handed_in": "Remis", "from": "De", "to": "À", "subject": "Objet", "case": "Affaire",
		"state": "État", "older": "Plus anciens", "newest": "Plus récents", "pages": "Pages",
		"no_inbox": "Rien n'est encore arrivé. Les messages de vos partenaires paraissent ici dès que leur signature est vérifiée.",
		"no_sent":  "Rien n'a encore été envoyé. Ce que vos systèmes remettent paraît ici.",
		"received": "Reçu", "queued": "En attente de l'accusé", "accepted": "Accepté", "refused": "Refusé", "denied": "Retenu",
		"what": "De quoi il s'agit", "content": "Contenu", "timeline": "Déroulement", "handling": "Traitement", "marking": "Mention de protection",
		"codes": "Codes de traitement", "instrument": "Base juridique", "attachments": "Pièces jointes", "thread": "Messages liés", "details": "Référence",
		"id": "Identifiant", "digest": "SHA-256", "languages": "Langues", "created": "Rédigé", "rule": "Règle", "answers": "y répond",
		"answered": "auquel celui-ci répond", "proof": "Télécharger la preuve", "no_proof": "La preuve sera disponible avec l'accusé signé.",
		"download": "Télécharger", "missing": "absent", "sound": "empreinte vérifiée", "octets": "octets", "code": "Code",
		"urgent": "Urgent", "wanted_by": "souhaité pour le", "conditions": "Conditions d'utilisation", "until": "jusqu'au", "restrictions": "Autres restrictions",
		"set_by": "posée par", "necessity": "Strictement nécessaire car", "withheld": "Retenu de ce message",
		"original": "Le message tel qu'il a été écrit", "as_sent": "Le message tel qu'il a été envoyé",
		"original_note": "Voici le message entier. Certaines parties sont restées ici : le pair l'a reçu sans elles.",
		"delete_by":     "À effacer avant le", "review_by": "À réexaminer avant le",
		"free":              "Le texte libre est montré tel que son auteur l'a écrit. Les codes sont montrés en français.",
		"message.submitted": "Remis",
		"message.received":  "Accepté dans cette boîte",
		"message.repeated":  "Arrivé de nouveau, inchangé ; non remis deux fois",
		"message.denied":    "Retenu par la politique de ce nœud",
		"message.refused":   "Refusé",
		"pouch.committed":   "Scellé pour le partenaire",
		"pouch.received":    "Arrivé ; la signature du partenaire est vérifiée",
		"receipt.verified":  "Accusé reçu ; la signature du partenaire est vérifiée",
		"event.noted":       "Événement consigné",
		"receipt.waiting":   "En attente de l'accusé signé du partenaire",
		"pouch":             "valise", "verified": "vérifié", "problem": "Cela n'a pas abouti", "next": "Que faire", "back": "Retour aux messages reçus",
		"due": "Échéance", "clocks": "Délais", "stands": "État de la demande", "flaws": "Hors séquence", "us": "ce côté", "them": "l'autre côté",
		"flaws_note": "Ce message est ici bien que son fil ne le permît pas. Il a pu en croiser un autre. Décidez de ce qu'il vaut.",
		"running":    "en cours", "due-soon": "bientôt échu", "overdue": "dépassé", "suspended": "suspendu", "met": "respecté", "late": "respecté en retard", "ended": "éteint", "expired": "expiré", "extended": "prolongé",
		"signed_out":     "Vous êtes déconnecté",
		"signed_out_how": "Connectez-vous avec votre clé d'accès. Dans une démonstration, ouvrez son lien de connexion ; chacun sert une seule fois.",
		"signin":         "Se connecter", "signin_how": "Ce nœud vous reconnaît à une clé d'accès : sur cet appareil, sur votre téléphone ou sur une clé de sécurité.", "signin_button": "Se connecter avec une clé d'accès",
		"enrol": "Créez votre clé d'accès", "enrol_how": "Une clé d'accès remplace un mot de passe. Elle reste sur votre appareil ; ce nœud ne garde que de quoi la vérifier. Ce lien sert une seule fois.", "enrol_button": "Créer une clé d'accès",
		"enrol_name": "Nom de connexion, par exemple a.weber", "passkey_cancelled": "Votre appareil n'a pas répondu. Réessayez.", "passkey_unable": "Ce navigateur n'a pas de clés d'accès. Prenez-en un autre.",
		"passkey_script": "La connexion par clé d'accès demande JavaScript. Tout le reste s'en passe.", "no_origin": "Personne ne peut encore se connecter ici. Un opérateur indique web_origin dans comity.yaml.",
		"account": "Votre compte", "roles": "Rôles", "authority": "Autorité", "sessions": "Où vous êtes connecté", "began": "Depuis", "last_used": "dernier usage", "this_one": "celle-ci", "end": "Mettre fin",
		"passkeys": "Vos clés d'accès", "made": "Créée", "no_passkeys": "Vous n'en avez pas encore. Un opérateur vous donne un lien : comity user enrol-link.", "passkey_lost": "Un appareil perdu ? Prévenez aussitôt un opérateur : comity user revoke --passkeys.",
		"role_officer": "agent de liaison", "role_approver": "approbateur", "role_operator": "opérateur", "role_keyholder": "détenteur des clés", "role_auditor": "auditeur",
		"releases": "Libérations", "held": "À libérer", "returned": "Renvoyé", "quarantined": "En quarantaine", "discarded": "Écarté",
		"no_releases": "Rien n'attend d'être libéré. Les messages que la politique retient pour une seconde personne paraissent ici.",
		"by":          "par", "own": "Le vôtre", "decide_by": "À décider avant le", "denied_today": "Interdit par la politique du jour", "first": "Début", "more": "Suite",
		"decide": "Ce que vous décidez", "decision": "Votre décision", "author": "Rédigé par", "waiting": "Attend à cause de", "minor": "moins de 18 ans",
		"leaves":      "Tout ce qui est sur cette page part tel quel vers",
		"enters":      "Tout ce qui est sur cette page va aux messages reçus. L'envoi vient de",
		"own_note":    "Vous avez remis ce message vous-même. Une seconde personne décide de sa libération.",
		"denied_note": "La politique du jour ne laisse pas passer ce message, quel que soit celui qui le libère.",
		"release":     "Libérer", "return": "Renvoyer à son auteur", "let_in": "Laisser entrer", "discard": "Écarter",
		"look_release": "Ce dont une seconde personne décide", "why_return": "Pourquoi il est renvoyé ; son auteur le lira", "why_discard": "Pourquoi il est écarté", "reason": "Pourquoi il a été renvoyé",
		"message.held":        "Retenu jusqu'à libération par une seconde personne",
		"message.released":    "Libéré par une seconde personne",
		"message.returned":    "Renvoyé à son auteur",
		"message.expired":     "Expiré : personne ne l'a libéré à temps",
		"message.quarantined": "Accepté en quarantaine",
		"message.discarded":   "Écarté de la quarantaine",
		"overview":            "Vue d'ensemble", "since": "Depuis", "counted_at": "compté", "with_us": "En cours chez nous", "with_them": "En cours chez eux", "overdue_us": "En retard chez nous", "overdue_them": "En retard chez eux",
		"duties": "Obligations", "amended": "Rectifié ou révoqué", "erased": "Effacé",
		"erased_note":            "Le contenu et les pièces jointes ont été supprimés définitivement. Ce qui prouve que le message a été transmis est toujours ici.",
		"erased_by-originator":   "Son expéditeur l'a demandé.",
		"erased_period-expired":  "Le jour avant lequel il devait être effacé est passé.",
		"duty_erase":             "Le nœud l'efface",
		"duty_review":            "Examiner si les données sont encore nécessaires",
		"duty_use-report":        "Rendre compte de l'utilisation",
		"duty_return":            "Renvoyer ce qui a été remis",
		"duty_correct":           "Rectifier les données là où elles ont été reprises",
		"duty_restrict":          "Limiter le traitement des données",
		"duty_pass-on":           "Le nœud transmet une rectification ou un effacement",
		"duty_inform-originator": "Signaler à l'expéditeur que ses données sont inexactes",
		"message.erased":         "Contenu effacé",
		"message.withdrawn":      "Retiré avant son départ",
		"duty.made":              "Obligation née",
		"duty.done":              "Obligation remplie",
		"duty.cancelled":         "Obligation devenue sans objet",
		"duty.overdue":           "Obligation en retard",
		"duty.waits":             "N'a pas encore pu être transmis",
		"duty.refused":           "Demande d'un partenaire sur des données qui ne sont pas les siennes ; rien n'a été fait",
		"open_by_peer":           "Travail en cours par partenaire", "days_to_answer": "Jours jusqu'à la réponse, médiane", "by_us": "par nous", "by_them": "par eux", "by_month": "Messages par mois", "by_type": "Types les plus fréquents", "reciprocity": "Demandes dans les deux sens",
		"asked_us": "reçues", "we_asked": "adressées", "in": "Entrants", "out": "Sortants", "as_table": "En tableau", "peer": "Partenaire", "type": "Type", "month": "Mois", "ack_us": "Accusé par nous", "answer_us": "Répondu par nous", "ack_them": "Accusé par eux", "answer_them": "Répondu par eux",
		"no_figures": "Rien n'a été échangé ces douze derniers mois.", "yearly": "Chiffres d'une année", "yearly_note": "Pour les statistiques que la loi demande chaque année : messages, issues, motifs de refus, urgences et délais, par partenaire, type et instrument. Des nombres seulement, aucune donnée personnelle.",
		"search": "Rechercher", "show": "Montrer", "apply": "Appliquer", "clear": "Effacer", "new": "Nouveau", "held_by": "Pris par", "every_peer": "Tous", "every_type": "Tous les types",
		"show_open": "En cours", "show_mine": "Les miens et ceux de personne", "show_new": "Nouveaux", "show_all": "Tout", "due_any": "À tout moment", "due_late": "Dépassée", "due_today": "Aujourd'hui", "due_week": "Sous une semaine",
		"no_match": "Rien ne correspond. Effacez les filtres pour voir tout ce qui est en cours.", "first_page": "Première page", "next_page": "Suite", "search_on": "Chercher plus loin", "looked": "Messages parcourus jusqu'ici :",
		"take": "Prendre", "give_back": "Rendre", "put_off": "Reporter", "put_off_for": "Reporter de", "day_count": "jours", "show_again": "Montrer de nouveau", "put_off_until": "Reporté au", "taken": "Pris par",
		"keys_on": "Touches actives (désactiver)", "keys_off": "Touches inactives (activer)", "keys_help": "montre les touches", "keys_title": "Touches", "key_move": "Message suivant et précédent", "key_open": "L'ouvrir", "key_up": "Retour à la liste", "key_print": "Imprimer", "close": "Fermer",
		"news":      "Montrer # nouveaux messages",
		"days_left": "encore # jours", "days_left_one": "encore 1 jour", "hours_left": "encore # heures", "hours_left_one": "encore 1 heure", "days_late": "# jours de retard", "days_late_one": "1 jour de retard", "hours_late": "# heures de retard", "hours_late_one": "1 heure de retard",
		"messages": "Messages", "months": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
		"write": "Écrire", "drafts": "Brouillons", "error": "Erreur", "there_is_a_problem": "Il y a un problème", "optional_word": "facultatif", "not_stated": "Non précisé", "yes": "Oui", "no": "Non",
		"kind": "Quel genre de message", "kind_how": "Chaque ligne dit ce que le message produit en droit.", "choose_peer": "Choisissez à qui écrire", "choose_type": "Choisissez quel genre de message",
		"not_taken": "Ce partenaire ne prend pas de messages de ce genre", "no_peers": "Il n'y a encore personne à qui écrire. Un opérateur ajoute les partenaires par leurs cartes.", "go_on": "Continuer", "begin": "Commencer le brouillon",
		"instrument_how": "Ses règles décident des champs nécessaires et des délais qui courent.", "no_drafts": "Il n'y a pas de brouillon. Ce que vous commencez à écrire est gardé ici jusqu'à l'envoi.",
		"changed": "Modifié", "draft_lost": "Ne peut plus être ouvert", "ready_to_check": "Prêt à vérifier", "sections_open": "Rubriques à compléter :", "all_filled": "Tout ce qui est nécessaire est rempli. Vérifiez avant l'envoi.",
		"status.completed": "Complet", "status.incomplete": "Incomplet", "status.wrong": "Il y a un problème", "status.optional": "Facultatif",
		"tasks_message": "Le message", "section_word": "Rubrique", "section.addressing": "Adresses", "section.handling": "Traitement", "section.urgency": "Urgence", "section.particulars": "Indications", "section.attachments": "Pièces jointes",
		"about.addressing": "Qui écrit à qui, et sur quoi. L'objet se voit dans les listes : n'y mettez pas de noms de personnes.",
		"about.handling":   "La mention et les conditions voyagent avec les données et lient ceux qui les reçoivent.",
		"about.urgency":    "Seulement si cela ne peut attendre. Une date souhaitée demande un motif.",
		"save":             "Enregistrer et continuer", "save_later": "Enregistrer et revenir à la liste", "add": "Ajouter", "add_another": "Ajouter encore", "remove": "Retirer", "one_more": "Une ligne de plus",
		"fill_in": "Remplissez ce champ", "fill_one": "Remplissez au moins un champ ici, ou ceux qui vont ensemble", "fill_group": "Remplissez cette partie", "choose_one": "Choisissez",
		"minor_units_how": "Dans la plus petite unité, sans virgule : 1 234,56 euros s'écrivent 123456.", "utc_how": "En UTC, à la seconde.", "attach_first": "Joignez d'abord le fichier ; il pourra alors être choisi ici.",
		"file": "Fichier", "file_first": "Joindre un fichier", "file_another": "Joindre un autre fichier", "file_most": "Plus grand fichier qui tient encore :", "file_holds": "Données qu'il contient", "attach": "Joindre", "keep": "Garder", "done": "Terminé",
		"file_holds_how": "La politique juge un fichier d'après cela. Non précisé, il compte comme le plus sensible.", "unstated_word": "Non précisé : compte comme le plus sensible",
		"file.attachment_too_large": "Le fichier dépasse 512 KiB, ou les fichiers ensemble dépassent ce qui tient dans un message. Les fichiers plus grands partent comme éléments de preuve.",
		"file.too_large":            "Le message et ses fichiers ne tiennent pas ensemble. Retirez un fichier, ou envoyez plusieurs messages de la même affaire.",
		"file.no_file":              "Choisissez d'abord un fichier", "file.unknown_category": "Choisissez dans la liste les données que le fichier contient", "file.too_many": "Un message a au plus 32 fichiers",
		"delete_draft": "Supprimer le brouillon", "delete_how": "Le texte et ses fichiers sont supprimés pour toujours. Rien n'a été envoyé.", "keep_draft": "Le garder",
		"check": "Vérifier et envoyer", "to_word": "à", "go_back": "Revenir aux rubriques", "send": "Envoyer", "send_release": "Remettre pour validation", "leaves_here": "Ce qui part", "not_now": "Il ne peut être envoyé tel quel",
		"verdict.allow": "Peut partir", "verdict.hold": "Un second agent doit le valider", "verdict.deny": "La politique ne le laisse pas partir",
		"allow_how": "Il est scellé et signé dès que vous l'envoyez.", "hold_how": "Il reste ici jusqu'à ce qu'un valideur autre que vous le libère, ou vous le renvoie avec un motif.",
		"redact_how": "Les parties marquées ci-dessous sont retirées avant le départ, et le message le dit.",
		"data_in_it": "Données personnelles et d'affaire", "no_data": "Aucune que la politique demande.", "sensitive": "sensible", "needs_release": "à valider", "taken_out": "retiré",
		"trace": "Règles pour ce partenaire", "covers": "le couvre", "covers_not": "ne le couvre pas", "fails": "échoue",
		"cond.peer": "partenaire", "cond.direction": "sens", "cond.type": "genre de message", "cond.instrument": "base juridique", "cond.marking": "mention", "cond.codes": "codes de traitement", "cond.purposes": "finalités",
		"cond.languages": "langues", "cond.day": "jour", "cond.categories": "données", "cond.subjects": "personnes concernées", "cond.minors": "personnes de moins de 18 ans",
		"reply": "Répondre", "reply_none": "Rien ne peut être répondu maintenant.", "reply_not": "Impossible maintenant", "reply_more": "Autres réponses", "so_far": "Ce que la politique en dit jusqu'ici", "so_far_how": "Jugé d'après les données que le brouillon contient maintenant.", "sending": "Envoi",
		"family.arrest": "Arrestation", "family.asset": "Gel et confiscation", "family.consultation": "Consultation", "family.data": "Usage des données", "family.directory": "Annuaire", "family.evidence": "Preuves électroniques et transfert",
		"family.extradition": "Extradition", "family.fiu": "Cellules de renseignement financier", "family.incident": "Incidents", "family.information": "Information spontanée", "family.intel": "Information policière", "family.jit": "Équipes communes d'enquête",
		"family.medicine": "Médicaments falsifiés", "family.mla": "Entraide judiciaire", "family.notice": "Notices", "family.seizure": "Saisies", "family.sis": "Informations supplémentaires SIS", "family.speciality": "Spécialité", "family.status": "État",
		"family.surrender": "Remise", "family.transit": "Transit",
	},
}

// moment shows a time in UTC; clock is its layout for the time of day.
func moment(months []string, clock string, t time.Time) string {
	return there(months, clock, t.UTC())
}

// there shows a time where its clock stands.
func there(months []string, clock string, t time.Time) string {
	return date(months, t) + t.Format(", "+clock+" MST")
}

func date(months []string, t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}

// day shows a date of a message, as it stands if it is none.
func day(months []string, s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return line(s)
	}
	return date(months, t)
}
