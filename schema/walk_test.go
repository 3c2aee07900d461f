package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// leg is one act of a walk: "issuing type" or "executing type" at a time. An act arrives a minute after it was sent.
type leg struct {
	at, what string
	body     map[string]any
}

type fields = map[string]any

// walks lead each life cycle to each of its ends under a clock that the test sets.
// The due times were counted by hand on a paper calendar.
var walks = []struct {
	name       string
	instrument string
	route      string // issuing and executing jurisdiction
	legs       []leg  // the first opens
	urgent     bool
	now        string
	want       string   // machine and state
	clocks     []string // id, state and due time, of those that are checked
}{
	// the request of an EIO
	{"executed after two extensions, over the end of summer time", "EIO", "BE NL", []leg{
		{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-28T08:00:00Z", "executing status.acknowledged", nil},
		{"2026-10-20T08:00:00Z", "executing status.delayed", fields{"stage": "decision", "expected": "2026-11-30"}},
		{"2026-11-10T08:00:00Z", "executing status.recognised", fields{"decided": "2026-11-10"}}, {"2026-11-11T08:00:00Z", "executing execution-started", nil},
		{"2027-02-01T08:00:00Z", "executing status.delayed", fields{"stage": "execution", "expected": "2027-03-15"}},
		{"2027-02-20T08:00:00Z", "executing evidence.transfer", fields{"complete": false}}, {"2027-03-10T08:00:00Z", "executing evidence.transfer", fields{"complete": true}}},
		false, "2027-04-01T08:00:00Z", "request executed", []string{"E-ACK met 2026-10-01T21:59:59Z", "E-DEC met 2026-11-23T22:59:59Z", "E-EXE met 2027-03-15T22:59:59Z"}},
	{"a decision due on the Monday after a Saturday", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}},
		false, "2026-10-24T23:30:00Z", "request delivered", []string{"E-ACK overdue 2026-10-01T21:59:59Z", "E-DEC due-soon 2026-10-26T22:59:59Z"}},
	{"closed", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-28T08:00:00Z", "executing status.executed", nil}, {"2026-09-29T08:00:00Z", "issuing evidence.receipt", nil}},
		false, "2026-10-24T23:30:00Z", "request closed", []string{"E-ACK met 2026-10-01T21:59:59Z"}},
	{"withdrawn after an acknowledgement that was late, due the day after a national day", "EIO", "FR BE", []leg{{"2026-07-14T09:00:00Z", "mla.request", fields{"measures": []any{}}},
		{"2026-07-23T09:00:00Z", "executing status.acknowledged", nil}, {"2026-07-24T09:00:00Z", "issuing status.withdrawn", fields{"extent": "wholly"}}, {"2026-07-24T10:00:00Z", "executing status.terminated", nil}},
		false, "2026-10-01T09:00:00Z", "request withdrawn", []string{"E-ACK late 2026-07-22T21:59:59Z", "E-DEC ended 2026-08-13T21:59:59Z"}},
	{"refused after consultation", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-25T08:00:00Z", "executing consultation.open", nil}, {"2026-09-26T08:00:00Z", "issuing consultation.reply", nil}, {"2026-09-28T08:00:00Z", "executing status.refused", fields{"extent": "wholly"}}},
		false, "2026-10-24T08:00:00Z", "request refused", nil},
	{"returned", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-25T08:00:00Z", "executing status.returned", nil}}, false, "2026-10-24T08:00:00Z", "request returned", nil},
	{"impossible after postponement and a legal remedy", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-25T08:00:00Z", "executing status.recognised", fields{"decided": "2026-09-25"}},
		{"2026-09-26T08:00:00Z", "executing status.postponed", nil}, {"2026-10-01T08:00:00Z", "executing status.resumed", nil}, {"2026-10-02T08:00:00Z", "executing status.remedy", fields{"suspensive": true, "stage": "lodged"}},
		{"2026-10-05T08:00:00Z", "executing status.remedy", fields{"stage": "dismissed"}}, {"2026-10-06T08:00:00Z", "executing status.impossible", fields{"extent": "wholly"}}}, false, "2026-10-24T08:00:00Z", "request impossible", nil},
	{"another measure, proposed and agreed", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-25T08:00:00Z", "executing status.substituted", nil}, {"2026-09-26T08:00:00Z", "issuing status.clarified", nil}}, false, "2026-09-27T08:00:00Z", "request under-review", nil},
	{"passed on, and taken by the competent authority", "EIO", "BE NL", []leg{{"2026-09-24T08:00:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-09-28T08:00:00Z", "executing status.forwarded", fields{"received_there": "2026-10-02"}}},
		false, "2026-10-05T08:00:00Z", "request delivered", []string{"E-DEC running 2026-11-02T22:59:59Z"}}, // the 1st is a Sunday
	// a notice of interception, over the beginning of summer time
	{"unopposed after 96 hours", "EIO", "DE FR", []leg{{"2026-03-27T12:30:00Z", "mla.interception.notice", nil}}, false, "2026-03-31T13:00:00Z", "interception unopposed", []string{"E-INT expired 2026-03-31T12:59:59Z"}},
	{"opposed in the last second", "EIO", "DE FR", []leg{{"2026-03-27T12:30:00Z", "mla.interception.notice", nil}, {"2026-03-31T12:59:59Z", "executing mla.interception.objection", nil}}, false, "2026-04-30T13:00:00Z", "interception objected", []string{"E-INT met 2026-03-31T12:59:59Z"}},
	{"refused", "EIO", "DE FR", []leg{{"2026-03-27T12:30:00Z", "mla.interception.notice", nil}, {"2026-03-28T12:59:59Z", "executing status.refused", nil}}, false, "2026-04-30T13:00:00Z", "interception refused", nil},
	// European arrest warrants
	{"surrendered with consent, until speciality ends", "EAW", "NL BE", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "executing arrest.result", fields{"outcome": "arrested", "arrested": "2026-04-27T10:00:00Z"}},
		{"2026-04-30T12:00:00Z", "executing arrest.result", fields{"outcome": "already-detained", "consent": "yes", "consent_date": "2026-04-30"}}, {"2026-05-08T08:00:00Z", "executing status.delayed", fields{"expected": "2026-06-05"}},
		{"2026-06-03T12:00:00Z", "executing extradition.decision", fields{"decision": "granted", "decided": "2026-06-03"}}, {"2026-06-12T12:00:00Z", "executing surrender.notice", fields{"outcome": "surrendered"}}, {"2027-01-10T12:00:00Z", "issuing final-discharge", nil}},
		false, "2027-02-25T08:00:00Z", "eaw speciality-ended", []string{"A-CONS met 2026-06-05T21:59:59Z", "A-DEC met 2026-06-26T21:59:59Z", "A-SURR met 2026-06-15T21:59:59Z", "A-45 expired 2027-02-24T22:59:59Z"}},
	{"consent, the tenth day a Sunday", "EAW", "NL BE", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "executing arrest.result", fields{"outcome": "arrested", "arrested": "2026-04-27T10:00:00Z"}},
		{"2026-04-30T12:00:00Z", "executing person-consented", nil}}, false, "2026-05-11T12:00:00Z", "eaw arrested", []string{"A-CONS due-soon 2026-05-11T21:59:59Z", "A-DEC running 2026-06-26T21:59:59Z"}},
	{"refused", "EAW", "NL BE", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "executing extradition.decision", fields{"decision": "refused"}}}, false, "2026-05-11T12:00:00Z", "eaw refused", nil},
	{"not taken over, then released; the tenth day is Ascension", "EAW", "NL BE", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "executing extradition.decision", fields{"decision": "granted", "decided": "2026-04-27"}},
		{"2026-04-28T12:00:00Z", "executing surrender.arrange", fields{"step": "agreed", "at": "2026-05-04T10:00:00Z"}}, {"2026-05-05T12:00:00Z", "executing surrender.notice", fields{"outcome": "not-taken-over"}}, {"2026-05-15T12:00:00Z", "executing surrender.notice", fields{"outcome": "released"}}},
		false, "2026-06-11T12:00:00Z", "eaw released", []string{"A-REL met 2026-05-15T21:59:59Z"}},
	{"withdrawn", "EAW", "NL BE", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "issuing status.withdrawn", nil}}, false, "2026-06-11T12:00:00Z", "eaw withdrawn", nil},
	{"consent to set speciality aside, on the Monday after German Unity", "EAW", "NL DE", []leg{{"2026-09-03T08:00:00Z", "speciality.consent.request", nil}, {"2026-10-05T12:00:00Z", "executing speciality.consent.decision", fields{"decision": "granted"}}}, false, "2026-12-01T08:00:00Z", "speciality decided", []string{"A-SPEC met 2026-10-05T21:59:59Z"}},
	{"speciality stands", "EAW", "NL DE", []leg{{"2026-09-03T08:00:00Z", "speciality.consent.request", nil}, {"2026-10-05T12:00:00Z", "executing speciality.consent.decision", fields{"decision": "refused"}}}, false, "2026-12-01T08:00:00Z", "speciality refused", nil},
	{"transit", "EAW", "NL DE", []leg{{"2026-09-03T08:00:00Z", "transit.request", nil}, {"2026-09-04T12:00:00Z", "executing transit.decision", nil}}, false, "2026-12-01T08:00:00Z", "transit decided", nil},
	{"no transit", "EAW", "NL DE", []leg{{"2026-09-03T08:00:00Z", "transit.request", nil}, {"2026-09-04T12:00:00Z", "executing status.refused", nil}}, false, "2026-12-01T08:00:00Z", "transit refused", nil},
	// extradition
	{"surrendered, until speciality ends", "COE-1957", "NL AT", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-02T08:00:00Z", "executing extradition.supplement", nil}, {"2026-04-03T08:00:00Z", "issuing extradition.answer", nil},
		{"2026-04-27T12:00:00Z", "executing extradition.decision", fields{"decision": "granted-on-conditions"}}, {"2026-05-05T12:00:00Z", "issuing surrender.notice", fields{"outcome": "surrendered"}}, {"2027-01-10T12:00:00Z", "issuing final-discharge", nil}}, false, "2027-02-25T08:00:00Z", "extradition speciality-ended", []string{"X-45 expired 2027-02-24T22:59:59Z"}},
	{"refused", "BILATERAL", "NL AT", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "executing extradition.decision", fields{"decision": "refused"}}}, false, "2026-12-01T08:00:00Z", "extradition refused", nil},
	{"released", "COE-1957", "NL AT", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "executing extradition.decision", fields{"decision": "postponed"}}, {"2026-05-27T12:00:00Z", "executing surrender.notice", fields{"outcome": "released"}}}, false, "2026-12-01T08:00:00Z", "extradition released", nil},
	{"withdrawn", "RECIPROCITY", "NL AT", []leg{{"2026-04-01T08:00:00Z", "extradition.request", nil}, {"2026-04-27T12:00:00Z", "issuing status.withdrawn", nil}}, false, "2026-12-01T08:00:00Z", "extradition withdrawn", nil},
	{"eighteen days without papers", "COE-1957", "IT AT", []leg{{"2026-11-01T08:00:00Z", "arrest.provisional", nil}, {"2026-11-02T11:00:00Z", "executing arrest.result", fields{"outcome": "arrested", "arrested": "2026-11-02T10:00:00Z"}}}, false, "2026-11-21T08:00:00Z", "provisional-arrest release-possible", []string{"X-PROV-18 expired 2026-11-20T22:59:59Z", "X-PROV-40 running 2026-12-12T22:59:59Z"}},
	{"forty days without papers end on a Saturday", "COE-1957", "IT AT", []leg{{"2026-11-01T08:00:00Z", "arrest.provisional", nil}, {"2026-11-02T11:00:00Z", "executing arrest.result", fields{"outcome": "arrested", "arrested": "2026-11-02T10:00:00Z"}}}, false, "2026-12-13T08:00:00Z", "provisional-arrest released", nil},
	{"the papers come on the thirtieth day", "COE-1957", "IT AT", []leg{{"2026-11-01T08:00:00Z", "arrest.provisional", nil}, {"2026-11-02T11:00:00Z", "executing arrest.result", fields{"outcome": "arrested", "arrested": "2026-11-02T10:00:00Z"}}, {"2026-12-02T10:00:00Z", "issuing extradition.request", nil}}, false, "2026-12-13T08:00:00Z", "provisional-arrest papers-received", []string{"X-PROV-18 expired 2026-11-20T22:59:59Z", "X-PROV-40 met 2026-12-12T22:59:59Z"}},
	{"refused", "COE-1957", "IT AT", []leg{{"2026-11-01T08:00:00Z", "arrest.provisional", nil}, {"2026-11-02T11:00:00Z", "executing status.refused", nil}}, false, "2026-12-13T08:00:00Z", "provisional-arrest refused", nil},
	{"withdrawn", "COE-1957", "IT AT", []leg{{"2026-11-01T08:00:00Z", "arrest.provisional", nil}, {"2026-11-02T11:00:00Z", "issuing status.withdrawn", nil}}, false, "2026-12-13T08:00:00Z", "provisional-arrest withdrawn", nil},
	// production orders
	{"produced after a question, received late at night before the end of summer time", "EPOC", "DE IE", []leg{{"2026-10-22T22:30:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-10-days"}}},
		{"2026-10-28T10:00:00Z", "executing evidence.nonexecution", nil}, {"2026-10-30T10:00:00Z", "issuing evidence.production.clarify", nil}, {"2026-11-03T10:00:00Z", "executing evidence.transfer", fields{"complete": true}}},
		false, "2026-12-01T08:00:00Z", "epoc produced", []string{"V-PROD met 2026-11-04T23:59:59Z"}},
	{"five days to answer the question", "EPOC", "DE IE", []leg{{"2026-10-22T22:30:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-10-days"}}}, {"2026-10-28T10:00:00Z", "executing evidence.nonexecution", nil}},
		false, "2026-10-29T08:00:00Z", "epoc clarification", []string{"V-PROD suspended 2026-11-02T23:59:59Z", "V-CLAR running 2026-11-02T22:59:59Z"}},
	{"eight hours on a Saturday", "EPOC", "DE IE", []leg{{"2026-11-14T13:20:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-8-hours"}, "emergency_without_validation": true}}},
		false, "2026-11-14T22:00:00Z", "epoc due", []string{"V-EMRG overdue 2026-11-14T21:59:59Z", "V-VAL running 2026-11-16T13:59:59Z"}},
	{"silence of the notified authority, then withdrawn", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-10-days-notified"}}}, {"2026-11-16T09:00:00Z", "issuing evidence.production.withdraw", fields{"extent": "wholly"}}},
		false, "2026-12-01T08:00:00Z", "epoc withdrawn", []string{"V-WAIT expired 2026-11-13T22:59:59Z"}},
	{"silence of the notified authority", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-10-days-notified"}}}}, false, "2026-11-14T08:00:00Z", "epoc due", []string{"V-WAIT expired 2026-11-13T22:59:59Z", "V-PROD overdue 2026-11-13T22:59:59Z"}},
	{"a conflict, and nothing to execute", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-10-days"}}}, {"2026-11-05T09:00:00Z", "executing evidence.nonexecution", fields{"third_country": fields{}}}, {"2026-11-09T09:00:00Z", "issuing found-impossible", nil}}, false, "2026-12-14T08:00:00Z", "epoc impossible", []string{"V-CONF met 2026-11-13T22:59:59Z"}},
	{"a new deadline", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.order", fields{"deadline": fields{"kind": "within-10-days"}}}, {"2026-11-05T09:00:00Z", "issuing evidence.production.deadline", fields{"deadline": "2026-11-25T16:00:00Z"}}}, false, "2026-11-14T08:00:00Z", "epoc preserving", []string{"V-PROD running 2026-11-25T16:00:00Z", "V-CONF ended 2026-11-13T22:59:59Z"}},
	{"no objection in ten days", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.notify", fields{"order": fields{"deadline": fields{"kind": "within-10-days-notified"}}}}}, false, "2026-11-14T08:00:00Z", "notification silent", []string{"V-OBJ expired 2026-11-13T22:59:59Z"}},
	{"no objection in 96 hours", "EPOC", "FR NL", []leg{{"2026-11-03T09:10:00Z", "evidence.production.notify", fields{"order": fields{"deadline": fields{"kind": "within-8-hours"}}}}}, false, "2026-11-07T10:00:00Z", "notification silent", []string{"V-OBJ-96 expired 2026-11-07T09:59:59Z"}},
	{"cleared", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.notify", nil}, {"2026-11-04T09:00:00Z", "executing evidence.production.clear", nil}}, false, "2026-11-14T08:00:00Z", "notification cleared", nil},
	{"objected after consultation", "EPOC", "FR NL", []leg{{"2026-11-03T09:00:00Z", "evidence.production.notify", nil}, {"2026-11-04T09:00:00Z", "executing consultation.open", nil}, {"2026-11-05T09:00:00Z", "executing evidence.production.object", nil}, {"2026-11-06T09:00:00Z", "issuing evidence.production.withdraw", nil}}, false, "2026-11-14T08:00:00Z", "notification objected", nil},
	{"enforcement, five working days over a Czech Christmas", "EPOC", "DE CZ", []leg{{"2026-12-22T09:00:00Z", "evidence.enforcement.request", nil}, {"2026-12-31T09:00:00Z", "executing evidence.enforcement.decision", nil}}, false, "2027-01-14T08:00:00Z", "enforcement decided", []string{"V-ENF met 2026-12-31T22:59:59Z"}},
	// preservation
	{"expired on day 60", "EPOC-PR", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.order", nil}}, false, "2027-01-06T08:00:00Z", "epoc-pr expired", []string{"V-PRES expired 2027-01-05T22:59:59Z"}},
	{"extended once, expired on day 90", "EPOC-PR", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.order", nil}, {"2026-12-20T09:00:00Z", "issuing evidence.preservation.extend", nil}}, false, "2027-02-05T08:00:00Z", "epoc-pr expired", []string{"V-PRES expired 2027-02-04T22:59:59Z"}},
	{"confirmed, held, released", "EPOC-PR", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.order", nil}, {"2026-12-20T09:00:00Z", "issuing evidence.preservation.confirm", nil}, {"2027-06-01T09:00:00Z", "issuing production-ended", nil}}, false, "2027-08-05T08:00:00Z", "epoc-pr released", []string{"V-PRES met 2027-01-05T22:59:59Z"}},
	{"silence after a question exempts the provider", "EPOC-PR", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.order", nil}, {"2026-11-10T09:00:00Z", "executing evidence.nonexecution", nil}}, false, "2026-11-17T08:00:00Z", "epoc-pr exempted", []string{"V-CLAR expired 2026-11-16T22:59:59Z"}},
	{"cannot be executed", "EPOC-PR", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.order", nil}, {"2026-11-10T09:00:00Z", "executing evidence.nonexecution", nil}, {"2026-11-11T09:00:00Z", "issuing found-impossible", nil}}, false, "2026-11-17T08:00:00Z", "epoc-pr impossible", nil},
	{"withdrawn", "EPOC-PR", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.order", nil}, {"2026-11-10T09:00:00Z", "issuing evidence.production.withdraw", nil}}, false, "2026-11-17T08:00:00Z", "epoc-pr withdrawn", nil},
	{"preserved until the request comes", "BUDAPEST", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.request", nil}, {"2026-11-07T09:00:00Z", "executing status.preserved", fields{"preserved_on": "2026-11-06T12:00:00Z"}}, {"2026-12-06T09:00:00Z", "issuing production-requested", nil}}, false, "2027-02-05T08:00:00Z", "preservation released", []string{"B-PRES met 2027-01-05T22:59:59Z"}},
	{"refused", "BUDAPEST", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.request", nil}, {"2026-11-07T09:00:00Z", "executing status.refused", nil}}, false, "2027-02-05T08:00:00Z", "preservation refused", nil},
	{"withdrawn", "BUDAPEST", "BE FR", []leg{{"2026-11-06T09:00:00Z", "evidence.preservation.request", nil}, {"2026-11-07T09:00:00Z", "issuing status.withdrawn", nil}}, false, "2027-02-05T08:00:00Z", "preservation withdrawn", nil},
	// freezing and confiscation
	{"frozen in 48 and 48 hours, withdrawn and ended", "REG-2018-1805", "IT LU", []leg{{"2026-11-20T08:00:00Z", "asset.freeze.order", nil}, {"2026-11-21T08:10:00Z", "executing status.recognised", nil}, {"2026-11-23T10:00:00Z", "executing asset.execution.report", fields{"outcome": "executed"}},
		{"2027-01-10T08:00:00Z", "issuing asset.withdraw", fields{"extent": "wholly"}}, {"2027-01-11T08:00:00Z", "executing status.terminated", nil}}, true, "2027-02-05T08:00:00Z", "freezing terminated", []string{"F-FRZ-REC met 2026-11-22T08:59:59Z", "F-FRZ-EXE late 2026-11-23T08:59:59Z"}},
	{"converted", "REG-2018-1805", "IT LU", []leg{{"2026-11-20T08:00:00Z", "asset.freeze.order", nil}, {"2026-11-23T10:00:00Z", "executing asset.execution.report", fields{"outcome": "executed"}}, {"2027-01-10T08:00:00Z", "issuing asset.confiscation.order", nil}}, false, "2027-02-05T08:00:00Z", "freezing converted", nil},
	{"refused after 45 days", "REG-2018-1805", "FR LU", []leg{{"2026-05-01T08:00:00Z", "asset.confiscation.order", nil}, {"2026-06-16T08:00:00Z", "executing status.refused", fields{"extent": "wholly"}}}, false, "2027-02-05T08:00:00Z", "freezing refused", []string{"F-CONF late 2026-06-15T21:59:59Z"}},
	{"impossible", "REG-2018-1805", "FR LU", []leg{{"2026-05-01T08:00:00Z", "asset.freeze.order", nil}, {"2026-05-16T08:00:00Z", "executing asset.execution.report", fields{"outcome": "impossible"}}}, false, "2027-02-05T08:00:00Z", "freezing impossible", nil},
	// notices rest on no instrument
	{"hit, then cancelled", "", "FR BE", []leg{{"2026-05-01T08:00:00Z", "notice.wanted", nil}, {"2026-05-16T08:00:00Z", "executing notice.hit", nil}, {"2026-05-17T08:00:00Z", "issuing notice.cancel", nil}}, false, "2027-02-05T08:00:00Z", "notice cancelled", nil},
	{"suspended, resumed, expired", "", "FR BE", []leg{{"2026-05-01T08:00:00Z", "notice.missing", nil}, {"2026-05-16T08:00:00Z", "issuing notice-suspended", nil}, {"2026-05-17T08:00:00Z", "issuing notice-resumed", nil}, {"2026-09-17T08:00:00Z", "issuing validity-ended", nil}}, false, "2027-02-05T08:00:00Z", "notice expired", nil},
	{"not taken up", "", "FR BE", []leg{{"2026-05-01T08:00:00Z", "notice.wanted", nil}, {"2026-05-16T08:00:00Z", "executing status.refused", nil}}, false, "2027-02-05T08:00:00Z", "notice refused", nil},
	// intelligence units and police
	{"five working days between two French holidays", "AML-2024-1640", "BE FR", []leg{{"2026-05-07T08:00:00Z", "fiu.request", nil}, {"2026-05-18T08:00:00Z", "executing fiu.response", fields{"outcome": "answered"}}}, false, "2026-06-05T08:00:00Z", "fiu answered", []string{"U-5BD met 2026-05-18T21:59:59Z"}},
	{"put off to an estimate within ten working days", "AML-2024-1640", "BE FR", []leg{{"2026-05-07T08:00:00Z", "fiu.request", nil}, {"2026-05-12T08:00:00Z", "executing status.delayed", fields{"expected": "2026-05-22"}}, {"2026-05-18T08:00:00Z", "executing fiu.response", fields{"outcome": "unable"}}}, false, "2026-06-05T08:00:00Z", "fiu unable", []string{"U-5BD met 2026-05-22T21:59:59Z"}},
	{"one working day, on the eve of Ascension", "AML-2024-1640", "BE FR", []leg{{"2026-05-13T08:00:00Z", "fiu.request", nil}, {"2026-05-18T08:00:00Z", "executing fiu.response", fields{"outcome": "refused"}}}, true, "2026-06-05T08:00:00Z", "fiu refused", []string{"U-1BD late 2026-05-15T21:59:59Z"}},
	{"three days from a Friday", "DIR-2023-977", "FR BE", []leg{{"2026-11-06T08:00:00Z", "intel.query", fields{"urgency_grade": "urgent-indirect"}}, {"2026-11-10T08:00:00Z", "executing intel.response", fields{"outcome": "provided"}}}, false, "2026-12-05T08:00:00Z", "intelligence answered", []string{"P-3D met 2026-11-10T22:59:59Z"}},
	{"eight hours, then refused", "DIR-2023-977", "FR BE", []leg{{"2026-11-06T08:30:00Z", "intel.query", fields{"urgency_grade": "urgent-direct"}}, {"2026-11-06T17:00:00Z", "executing intel.response", fields{"outcome": "refused"}}}, false, "2026-12-05T08:00:00Z", "intelligence refused", []string{"P-8H late 2026-11-06T16:59:59Z"}},
	// data protection
	{"72 hours after awareness, not from sending", "LED", "BE NL", []leg{{"2026-12-11T18:00:00Z", "incident.breach", fields{"aware": "2026-12-10T09:10:00Z"}}}, false, "2026-12-13T10:00:00Z", "breach delivered", []string{"D-72H overdue 2026-12-13T09:59:59Z"}},
	{"the supervisory authority informed in time, as noted", "LED", "BE NL", []leg{{"2026-12-11T18:00:00Z", "incident.breach", fields{"aware": "2026-12-10T09:10:00Z"}}, {"2026-12-12T09:00:00Z", "issuing supervisory-authority-informed", nil}}, false, "2026-12-14T10:00:00Z", "breach reported", []string{"D-72H met 2026-12-13T09:59:59Z"}},
	{"informed too late, as a supplement tells", "LED", "BE NL", []leg{{"2026-12-11T18:00:00Z", "incident.breach", fields{"aware": "2026-12-10T09:10:00Z"}}, {"2026-12-15T09:00:00Z", "issuing incident.breach", fields{"supervisory_informed": "2026-12-15T08:00:00Z"}}}, false, "2026-12-16T10:00:00Z", "breach reported", []string{"D-72H late 2026-12-13T09:59:59Z"}},
	{"informed before", "", "BE NL", []leg{{"2026-12-11T18:00:00Z", "incident.breach", fields{"aware": "2026-12-10T09:10:00Z", "supervisory_informed": "2026-12-11T08:00:00Z"}}}, false, "2026-12-16T10:00:00Z", "breach reported", nil},
	{"one month between supervisory authorities, to the end of February and then the next Monday", "LED", "BE NL", []leg{{"2027-01-29T09:00:00Z", "data.use.request", fields{"authority": fields{"role": "supervisory"}}}, {"2027-03-01T22:00:00Z", "executing data.use.report", nil}}, false, "2027-03-10T10:00:00Z", "data-request answered", []string{"D-DPA met 2027-03-01T22:59:59Z"}},
	{"consent refused", "LED", "BE NL", []leg{{"2027-01-29T09:00:00Z", "data.consent.request", fields{"authority": fields{"role": "issuing"}}}, {"2027-02-01T22:00:00Z", "executing data.consent.decision", fields{"decision": "refused"}}}, false, "2027-03-10T10:00:00Z", "data-request refused", nil},
	{"a correction withdrawn", "LED", "BE NL", []leg{{"2027-01-29T09:00:00Z", "data.correction", nil}, {"2027-02-01T22:00:00Z", "issuing status.withdrawn", nil}}, false, "2027-03-10T10:00:00Z", "data-request withdrawn", nil},
	// a treaty without periods, and one with
	{"answered under a treaty", "UNCAC", "FR BE", []leg{{"2026-11-06T08:30:00Z", "mla.request", fields{"measures": []any{}}}, {"2026-12-06T17:00:00Z", "executing mla.response", fields{"outcome": "executed"}}}, false, "2026-12-05T08:00:00Z", "request executed", nil},
	{"45 days, by the plain count", "TCA", "FR GB", []leg{{"2026-11-06T08:30:00Z", "mla.request", fields{"measures": []any{}}}}, false, "2026-12-05T08:00:00Z", "request delivered", []string{"N-DEC running 2026-12-21T23:59:59Z"}},
}

func TestEveryLifeCycleReachesItsEnds(t *testing.T) {
	c := catalogue(t)
	reached := map[string]bool{}
	for _, row := range walks {
		t.Run(row.want+": "+row.name, func(t *testing.T) {
			p := walked(t, c, row.instrument, row.route, row.legs, row.urgent, row.now)
			if p == nil {
				t.Fatal("no life cycle")
			}
			if got := p.Machine + " " + p.State; got != row.want || len(p.Irregular) > 0 {
				t.Errorf("got %s with %v, want %s", got, p.Irregular, row.want)
			}
			reached[row.want] = true
			for _, want := range row.clocks {
				id, _, _ := strings.Cut(want, " ")
				d := deadline(t, p, id)
				if got := fmt.Sprintf("%s %s %s", id, d.State, d.Due.Format(time.RFC3339)); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
	for _, m := range c.machines {
		for _, s := range m.States {
			if s.End && !reached[m.ID+" "+s.Name] {
				t.Errorf("no walk ends in %s %s", m.ID, s.Name)
			}
		}
	}
}

func walked(t *testing.T, c *Catalogue, instrument, route string, legs []leg, urgent bool, now string) *Progress {
	t.Helper()
	from, to, _ := strings.Cut(route, " ")
	h := History{Instrument: instrument, Issuing: Jurisdiction(from), Executing: Jurisdiction(to)}
	for i, l := range legs {
		by, what, told := strings.Cut(l.what, " ")
		if !told {
			by, what = string(Issuing), l.what
		}
		at := instant(t, l.at)
		content := body(l.body)
		if urgent && i == 0 {
			content["urgency"] = fields{}
		}
		h.Acts = append(h.Acts, Act{ID: ID(fmt.Sprint(i)), Type: what, By: Side(by), Sent: at, Received: at.Add(time.Minute), Content: content})
	}
	return c.Follow(h, instant(t, now))
}

// Every clock of every instrument runs in some walk, or is named here with the reason.
func TestEveryClockRuns(t *testing.T) {
	c := catalogue(t)
	seen := map[string]bool{}
	for _, row := range walks {
		if p := walked(t, c, row.instrument, row.route, row.legs, row.urgent, row.now); p != nil {
			for _, d := range p.Deadlines {
				seen[row.instrument+" "+d.Clock] = true
			}
		}
	}
	silent := []string{"EIO E-PROV", "EIO E-CUST", // in tests of their own
		"TCA A-CONS", "TCA A-DEC", "TCA A-SURR", "TCA A-REL", "TCA A-45", "TCA A-SPEC", "TCA N-EXE", // as under EAW and EIO
		"EPOC V-ENF-ANS", "EPOC-PR V-VAL", "EPOC-PR V-ENF", "EPOC-PR V-ENF-ANS", "REG-2018-1805 F-CONF-EXE", "DIR-2023-977 P-7D"}
	for _, code := range c.Instruments() {
		for _, k := range c.instruments[code].Clocks {
			if name := code + " " + k.ID; seen[name] == slices.Contains(silent, name) {
				t.Errorf("%s: runs %v in the walks", name, seen[name])
			}
		}
	}
}

// What is not certain says so, so that it can be found and corrected.
func TestProfilesAreThoseThatShip(t *testing.T) {
	want := []string{"AML-2024-1640", "BILATERAL", "BUDAPEST", "COE-1957", "COE-1959", "DIR-2023-977", "EAW", "EIO", "EPOC", "EPOC-PR", "EU-2000", "LED", "RECIPROCITY", "REG-2018-1805", "TCA", "UNCAC", "UNTOC"}
	if got := catalogue(t).Instruments(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, code := range want {
		in, err := catalogue(t).Instrument(code)
		if err != nil || len(in.Machines) == 0 || len(in.Grounds) == 0 {
			t.Errorf("%s: %v, it opens nothing or has no grounds", code, err)
		}
		for _, s := range []string{in.Source} {
			if s != "" && s != "general-knowledge" {
				t.Errorf("%s: odd source %q", code, s)
			}
		}
	}
}
