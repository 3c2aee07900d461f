package web

import (
	"math"
	"unicode/utf8"
)

// chart is a drawing of rectangles, lines and texts, in units of its own width and
// height. Colours come from the classes of the stylesheet. In a language that is
// written from right to left it is the mirror image.
type chart struct {
	Title  string
	Width  int
	Height int
	Rects  []chartRect
	Lines  []chartLine
	Texts  []chartText
}

type chartRect struct {
	X, Y, W, H float64
	Class      string
}

type chartLine struct{ X1, Y1, X2, Y2 float64 }

type chartText struct {
	X, Y   float64
	Anchor string // start, middle, end
	Class  string
	Text   string
}

// bar is one row of a bar chart: parts laid end to end, then Text.
type bar struct {
	Label string
	Parts []barPart
	Text  string
}

type barPart struct {
	Value float64
	Class string
}

const (
	chartWidth = 640
	barHeight  = 18
	barStep    = 28
	barLabel   = 190 // room for labels
	barText    = 90  // room for the text behind the longest bar
	labelRunes = 24  // longest label
)

// barChart draws rows, the longest filling the width.
func barChart(title string, rows []bar, mirror bool) *chart {
	c := &chart{Title: title, Width: chartWidth, Height: len(rows)*barStep + 4}
	most := 0.0
	for _, r := range rows {
		most = math.Max(most, r.sum())
	}
	for i, r := range rows {
		y := float64(i*barStep + 4)
		c.text(barLabel-10, y+barHeight-5, "end", "label", shorten(r.Label))
		x := float64(barLabel)
		for _, p := range r.Parts {
			if p.Value <= 0 || most == 0 {
				continue
			}
			w := math.Max(p.Value/most*(chartWidth-barLabel-barText), 2)
			c.Rects = append(c.Rects, chartRect{x, y, w, barHeight, p.Class})
			x += w
		}
		c.text(x+8, y+barHeight-5, "start", "value", r.Text)
	}
	return c.turned(mirror)
}

func (r *bar) sum() (total float64) {
	for _, p := range r.Parts {
		total += math.Max(p.Value, 0)
	}
	return total
}

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= labelRunes {
		return s
	}
	return string([]rune(s)[:labelRunes-1]) + "…"
}

// column is one place of a column chart: columns side by side above a label.
type column struct {
	Label string
	Parts []barPart
}

const (
	columnTop    = 12
	columnHeight = 150
	columnFoot   = 24
	columnLeft   = 48 // room for the numbers of the scale
)

// columnChart draws places from left to right over a scale.
func columnChart(lang, title string, places []column, mirror bool) *chart {
	c := &chart{Title: title, Width: chartWidth, Height: columnTop + columnHeight + columnFoot}
	most := 1.0
	for _, p := range places {
		for _, part := range p.Parts {
			most = math.Max(most, part.Value)
		}
	}
	step := scaleStep(most)
	top := math.Ceil(most/step) * step
	height := func(v float64) float64 { return v / top * columnHeight }
	for v := 0.0; v <= top; v += step {
		y := columnTop + columnHeight - height(v)
		c.Lines = append(c.Lines, chartLine{columnLeft, y, chartWidth, y})
		c.text(columnLeft-8, y+4, "end", "value", whole(lang, int64(v)))
	}
	room := float64(chartWidth-columnLeft) / float64(max(len(places), 1))
	for i, p := range places {
		x := columnLeft + float64(i)*room
		w := room * .7 / float64(max(len(p.Parts), 1))
		for j, part := range p.Parts {
			h := height(part.Value)
			c.Rects = append(c.Rects, chartRect{x + room*.15 + float64(j)*w, columnTop + columnHeight - h, w - 1, h, part.Class})
		}
		c.text(x+room/2, columnTop+columnHeight+18, "middle", "label", p.Label)
	}
	return c.turned(mirror)
}

// scaleStep is the smallest of 1, 2, 5, 10, 20 … that needs at most five lines.
func scaleStep(most float64) float64 {
	for unit := 1.0; ; unit *= 10 {
		for _, f := range []float64{1, 2, 5} {
			if most <= 5*f*unit {
				return f * unit
			}
		}
	}
}

func (c *chart) text(x, y float64, anchor, class, text string) {
	c.Texts = append(c.Texts, chartText{x, y, anchor, class, text})
}

// turned is the mirror image if mirror is set.
func (c *chart) turned(mirror bool) *chart {
	if !mirror {
		return c
	}
	for i := range c.Rects {
		r := &c.Rects[i]
		r.X = chartWidth - r.X - r.W
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		l.X1, l.X2 = chartWidth-l.X2, chartWidth-l.X1
	}
	for i := range c.Texts { // where a text starts is turned by its own direction
		c.Texts[i].X = chartWidth - c.Texts[i].X
	}
	return c
}
