package node

import (
	"context"
	"errors"
	"strconv"

	"github.com/comity-exchange/comity/schema"
)

const (
	backlogPage = 50 // messages whose duties are made in one transaction
	backlogTurn = 40 // such transactions in one turn
)

// backlogSetting is the newest message of before the node knew duties, and backlogDone
// how far their duties are made; decimal numbers.
const (
	backlogSetting = "duty_backlog"
	backlogDone    = "duty_backlog_done"
)

// catchUp makes the duties of messages that were here before the node knew duties, the
// oldest first.
func (n *Node) catchUp(ctx context.Context) error {
	var last, done int64
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if last, err = number(r, backlogSetting); err != nil {
			return err
		}
		done, err = number(r, backlogDone)
		return err
	})
	for range backlogTurn {
		if err != nil || done >= last {
			return err
		}
		done, err = n.catchUpPage(ctx, done, last)
	}
	return err
}

func number(r Reader, setting string) (int64, error) {
	value, err := r.Setting(setting)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(value), 10, 64)
}

// catchUpPage makes the duties of the messages that follow done, none above last. Local
// numbers have no gaps, so a page is a span of them.
func (n *Node) catchUpPage(ctx context.Context, done, last int64) (int64, error) {
	end := min(done+backlogPage, last)
	var records []*Message
	var sealed []*Content
	err := n.Store.View(ctx, func(r Reader) (err error) {
		if records, err = r.MessagesAfter(done, int(end-done)); err != nil {
			return err
		}
		sealed, err = contentsOf(r, records)
		return err
	})
	if err != nil {
		return done, err
	}
	read := make([]*schema.Message, len(records))
	for i := range records {
		if sealed[i] == nil {
			continue
		}
		raw, _, err := n.decrypt(sealed[i : i+1])
		if err == nil {
			read[i], err = n.Catalogue.Read(raw)
		}
		if err != nil {
			n.Log.Warn().Err(err).Str("msg", string(records[i].ID)).Msg("duties of an old message not known")
		}
	}
	return end, n.Store.Update(ctx, func(tx Tx) error {
		for i, m := range records {
			if read[i] == nil {
				continue
			}
			if err := n.assume(tx, m, read[i]); err != nil {
				return err
			}
			for _, t := range n.ownTasks(m, read[i]) {
				if err := tx.Journal(n.entry(actorNode, "duty.made", string(m.ID), t.detail())); err != nil {
					return err
				}
			}
		}
		return tx.PutSetting(backlogDone, strconv.AppendInt(nil, end, 10))
	})
}
