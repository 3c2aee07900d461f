package demo

import (
	"bytes"
	"fmt"
	"text/template"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// filling is what a case file may ask for.
type filling struct {
	now   time.Time
	Asked *schema.Message // the message that is answered, nil if none
}

// Day gives the date that lies days from today, "2026-11-23".
func (f filling) Day(days int) string { return f.now.AddDate(0, 0, days).UTC().Format(time.DateOnly) }

// Time gives the moment that lies hours from now.
func (f filling) Time(hours int) string {
	return f.now.Add(time.Duration(hours) * time.Hour).UTC().Format("2006-01-02T15:04:05Z")
}

// Year of the case references.
func (f filling) Year() int { return f.now.Year() }

// fill makes a message of a case file; all its dates are relative to now.
func fill(name string, now time.Time, asked *schema.Message) ([]byte, error) {
	t, err := template.ParseFS(files, "cases/"+name)
	if err != nil {
		return nil, fmt.Errorf("case file %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, filling{now, asked}); err != nil {
		return nil, fmt.Errorf("case file %s: %w", name, err)
	}
	return b.Bytes(), nil
}
