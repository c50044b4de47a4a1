package tui

import (
	"math"
	"strconv"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// halfLife is the one of the burn rates in the header, so that the chart's right
// end says the same as they do.
const halfLife = 10 // minutes

// burnSeries gives dollars an hour over the range, oldest first. Up to a day it is
// the decayed rate after each minute; beyond, the mean of each quarter of an hour.
func burnSeries(s monitor.Series, z zoom) []float64 {
	if z == zoom7d {
		out := make([]float64, len(s.Quarter))
		for i, v := range s.Quarter {
			out[i] = v.Dollars() * 4
		}
		return out
	}
	n := int(z.span() / time.Minute)
	out := make([]float64, 0, n)
	keep := math.Exp2(-1.0 / halfLife)
	from := max(0, len(s.Minute)-n)
	sum := 0.0
	for i := max(0, from-10*halfLife); i < len(s.Minute); i++ {
		sum = sum*keep + s.Minute[i].Dollars()
		if i >= from {
			out = append(out, sum*math.Ln2/halfLife*60)
		}
	}
	return out
}

// resample gives n points of values, oldest first: means where there are more values than points, the
// line between its neighbours where there are fewer. It gives zeros for no values.
func resample(values []float64, n int) []float64 {
	out := make([]float64, max(0, n))
	k := len(values)
	for i := range out {
		switch {
		case k == 0:
		case k == 1 || n == 1:
			out[i] = values[k-1]
		case k > n:
			from, to := i*k/n, (i+1)*k/n
			sum := 0.0
			for _, v := range values[from:to] {
				sum += v
			}
			out[i] = sum / float64(to-from)
		default:
			at := float64(i) * float64(k-1) / float64(n-1)
			lo := min(int(at), k-2)
			f := at - float64(lo)
			out[i] = values[lo]*(1-f) + values[lo+1]*f
		}
	}
	return out
}

// niceStep rounds a step of an axis up to a number that reads well.
func niceStep(v float64) float64 {
	if v <= 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.2, 1.5, 1.8, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9} {
		if v <= m*p*(1+1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// axisLabel writes a value of an axis whose step is given, always as wide.
func axisLabel(v, step float64) string {
	switch {
	case v >= 99_950:
		return padLeft(strconv.FormatFloat(v/1e3, 'f', 0, 64)+"K", axisCells)
	case step >= 100:
		return padLeft(strconv.FormatFloat(v, 'f', 0, 64), axisCells)
	case step >= 0.1 && math.Abs(step*10-math.Round(step*10)) < 1e-6:
		return padLeft(strconv.FormatFloat(v, 'f', 1, 64), axisCells)
	case step >= 0.01:
		return padLeft(strconv.FormatFloat(v, 'f', 2, 64), axisCells)
	}
	return padLeft(strconv.FormatFloat(v, 'f', 3, 64), axisCells)
}

// axisCells is the width of an axis label.
const axisCells = 6
