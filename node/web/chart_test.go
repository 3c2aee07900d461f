package web

import (
	"math"
	"strings"
	"testing"
)

func TestBarsFillTheirRoomAndKeepTheirLabels(t *testing.T) {
	long := strings.Repeat("European Production Order Certificate ", 3)
	rows := []bar{{long, []barPart{{3, "first"}, {1, "bad"}}, "4"}, {"none", []barPart{{-1, "first"}}, "–"}, {"little", []barPart{{.001, "first"}}, "0"}}
	c := barChart("title", rows, false)
	if c.Texts[0].Text != long || len(c.Texts) != 6 || len(c.Rects) != 3 {
		t.Fatalf("got %+v", c)
	}
	if got := c.Rects[0].W + c.Rects[1].W; math.Abs(got-barRoom) > 1e-9 || c.Rects[1].X != c.Rects[0].W || c.Rects[2].W < .5 {
		t.Errorf("got bars %+v, want the longest to fill %d", c.Rects, barRoom)
	}
	if last := c.Texts[len(c.Texts)-1].Y; int(last) > c.Height {
		t.Errorf("a text stands at %v of %d", last, c.Height)
	}
	m := barChart("title", rows, true)
	for i, r := range m.Rects {
		if plain := c.Rects[i]; math.Abs(r.X+r.W+plain.X-100) > 1e-9 || r.W != plain.W {
			t.Errorf("bar %d is %+v, its mirror image %+v", i, plain, r)
		}
	}
}

func TestColumnsHaveTheLabelsThatFit(t *testing.T) {
	labels := func(months string) (shown, narrow []string) {
		var places []column
		for _, m := range strings.Fields(months) {
			places = append(places, column{m, []barPart{{12, "first"}, {7, "second"}}})
		}
		c := columnChart("en", "title", places, false)
		for _, r := range c.Rects {
			if r.X < columnLeft || r.X+r.W > 100 || r.Y < columnTop {
				t.Errorf("a column lies at %+v", r)
			}
		}
		for _, text := range c.Texts {
			if strings.HasPrefix(text.Class, "label") {
				shown = append(shown, text.Text)
			}
			if text.Class == "label" {
				narrow = append(narrow, text.Text)
			}
		}
		return shown, narrow
	}
	shown, narrow := labels(words["en"]["months"])
	if len(shown) != 12 || strings.Join(narrow, " ") != "Mar Jun Sep Dec" {
		t.Errorf("got %q, on a narrow screen %q", shown, narrow)
	}
	if shown, narrow = labels(words["ar"]["months"]); len(shown) != 4 || len(narrow) != 4 {
		t.Errorf("got %q of long labels, on a narrow screen %q", shown, narrow)
	}
}
