package web

import (
	"math"
	"slices"
	"unicode/utf8"
)

// chart is a drawing of rectangles, lines and texts. It is as wide as there is room: what
// lies across is in percent, what lies down in pixels, so that texts keep their size.
// Colours come from the classes of the stylesheet. In a language that is written from
// right to left it is the mirror image.
type chart struct {
	Title  string
	Height int
	Rects  []chartRect
	Lines  []chartLine
	Texts  []chartText
}

type chartRect struct {
	X, W  float64 // percent
	Y, H  float64
	Class string
}

type chartLine struct {
	X1, X2 float64 // percent
	Y      float64
}

type chartText struct {
	X      float64 // percent
	Y      float64
	Anchor string // start, middle, end
	Class  string
	Text   string
}

// bar is one row of a bar chart: a label, below it parts laid end to end, then Text.
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
	barLabel  = 14 // where a label stands in its row
	barTop    = 20
	barHeight = 14
	barStep   = 42
	barRoom   = 78 // percent for the longest bar; the text behind it has the rest
)

// barChart draws rows, the longest filling the room.
func barChart(title string, rows []bar, mirror bool) *chart {
	c := &chart{Title: title, Height: len(rows) * barStep}
	most := 0.0
	for _, r := range rows {
		most = math.Max(most, r.sum())
	}
	for i, r := range rows {
		y := float64(i * barStep)
		c.text(0, y+barLabel, "start", "label", r.Label)
		x := 0.0
		for _, p := range r.Parts {
			if p.Value <= 0 || most == 0 {
				continue
			}
			w := math.Max(p.Value/most*barRoom, .5)
			c.Rects = append(c.Rects, chartRect{x, w, y + barTop, barHeight, p.Class})
			x += w
		}
		c.text(x+barGap, y+barTop+barHeight-2, "start", "value", r.Text)
	}
	return c.turned(mirror)
}

// barGap is the space between a bar and its text, percent.
const barGap = 1.5

func (r *bar) sum() (total float64) {
	for _, p := range r.Parts {
		total += math.Max(p.Value, 0)
	}
	return total
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
	columnLeft   = 10 // percent for the numbers of the scale
	columnMarks  = 3  // every third place alone has a label on a narrow screen, or if they are long
	columnLabel  = 5  // characters of a short label
)

// columnChart draws places from left to right over a scale.
func columnChart(lang, title string, places []column, mirror bool) *chart {
	c := &chart{Title: title, Height: columnTop + columnHeight + columnFoot}
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
		c.Lines = append(c.Lines, chartLine{columnLeft, 100, y})
		c.text(columnLeft-barGap, y+4, "end", "value", whole(lang, int64(v)))
	}
	short := !slices.ContainsFunc(places, func(p column) bool { return utf8.RuneCountInString(p.Label) > columnLabel })
	room := float64(100-columnLeft) / float64(max(len(places), 1))
	for i, p := range places {
		x := columnLeft + float64(i)*room
		w := room * .7 / float64(max(len(p.Parts), 1))
		for j, part := range p.Parts {
			h := height(part.Value)
			c.Rects = append(c.Rects, chartRect{x + room*.15 + float64(j)*w, w * .95, columnTop + columnHeight - h, h, part.Class})
		}
		class := "label"
		if (len(places)-1-i)%columnMarks != 0 {
			class = "label between"
		}
		if class == "label" || short {
			c.text(x+room/2, columnTop+columnHeight+18, "middle", class, p.Label)
		}
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
		r.X = 100 - r.X - r.W
	}
	for i := range c.Lines {
		l := &c.Lines[i]
		l.X1, l.X2 = 100-l.X2, 100-l.X1
	}
	for i := range c.Texts { // where a text starts is turned by its own direction
		c.Texts[i].X = 100 - c.Texts[i].X
	}
	return c
}
