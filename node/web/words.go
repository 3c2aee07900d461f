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
		"download": "Download", "missing": "not here", "held": "hash verified", "octets": "octets", "code": "Code",
		"urgent": "Urgent", "wanted_by": "wanted by", "conditions": "Conditions of use", "until": "until", "restrictions": "Other restrictions",
		"delete_by": "Delete by", "review_by": "Review by",
		"free":              "Free text is shown as its author wrote it. Codes are shown in English.",
		"message.submitted": "Handed in",
		"message.received":  "Accepted into this inbox",
		"message.repeated":  "Arrived again, unchanged; not delivered twice",
		"message.denied":    "Held back by this node's policy",
		"message.refused":   "Refused",
		"pouch.committed":   "Sealed for the peer",
		"pouch.received":    "Arrived; the peer's signature is verified",
		"receipt.verified":  "Receipt came; the peer's signature is verified",
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
		"messages": "Messages", "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
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
		"download": "Télécharger", "missing": "absent", "held": "empreinte vérifiée", "octets": "octets", "code": "Code",
		"urgent": "Urgent", "wanted_by": "souhaité pour le", "conditions": "Conditions d'utilisation", "until": "jusqu'au", "restrictions": "Autres restrictions",
		"delete_by": "À effacer avant le", "review_by": "À réexaminer avant le",
		"free":              "Le texte libre est montré tel que son auteur l'a écrit. Les codes sont montrés en français.",
		"message.submitted": "Remis",
		"message.received":  "Accepté dans cette boîte",
		"message.repeated":  "Arrivé de nouveau, inchangé ; non remis deux fois",
		"message.denied":    "Retenu par la politique de ce nœud",
		"message.refused":   "Refusé",
		"pouch.committed":   "Scellé pour le partenaire",
		"pouch.received":    "Arrivé ; la signature du partenaire est vérifiée",
		"receipt.verified":  "Accusé reçu ; la signature du partenaire est vérifiée",
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
		"messages": "Messages", "months": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
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
