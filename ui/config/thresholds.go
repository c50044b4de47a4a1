package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// thresholds gives the limits of the rules. Each field of [budget.Thresholds] is
// a setting by its toml name: whole numbers and shares as they are, money as "$2", times as
// "15m", and two levels as { warn = 3, critical = 5 }.
func (s Settings) thresholds() (budget.Thresholds, error) {
	var t budget.Thresholds
	fields := settable(reflect.ValueOf(&t).Elem())
	for _, name := range sortedKeys(s.Thresholds) {
		field, ok := fields[name]
		if !ok {
			return t, &budget.PlanError{Line: s.thresholdsLine, Field: name, Text: "unknown threshold " + quoted(name),
				Want: "want one of " + strings.Join(sortedKeys(fields), ", ")}
		}
		if want := setValue(field, s.Thresholds[name]); want != "" {
			return t, &budget.PlanError{Line: s.thresholdsLine, Field: name, Text: "invalid threshold " + name, Want: "want " + want}
		}
	}
	return t, nil
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// settable gives a struct's fields by their toml names.
func settable(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("toml"); name != "" && name != "-" {
			fields[name] = v.Field(i)
		}
	}
	return fields
}

// setValue puts a value of the file into a field. It gives what would be right
// where the value is not, "" where it is.
func setValue(field reflect.Value, v any) string {
	switch field.Interface().(type) {
	case price.Money:
		return setMoney(field, v)
	case time.Duration:
		text, _ := v.(string)
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return `a time such as "15m"`
		}
		field.SetInt(int64(d))
		return ""
	}
	switch field.Kind() {
	case reflect.Int, reflect.Int64:
		n, ok := v.(int64)
		if !ok {
			return "a whole number"
		}
		field.SetInt(n)
	case reflect.Float64:
		f, ok := number(v)
		if !ok {
			return "a number"
		}
		field.SetFloat(f)
	case reflect.Slice:
		return setWords(field, v)
	case reflect.Struct:
		return setTable(field, v)
	default:
		return "to be left out"
	}
	return ""
}

func setMoney(field reflect.Value, v any) string {
	text, isText := v.(string)
	if n, ok := number(v); ok && n == -1 {
		field.SetInt(-1)
		return ""
	}
	l, err := budget.ParseLimit(text)
	if !isText || err != nil || l.Unit != budget.USD {
		return `an amount such as "$2", or -1 for never`
	}
	field.SetInt(l.Amount)
	return ""
}

func setWords(field reflect.Value, v any) string {
	list, ok := v.([]any)
	if !ok || field.Type().Elem().Kind() != reflect.String {
		return `a list such as ["OUTLIER"]`
	}
	for _, one := range list {
		word, ok := one.(string)
		if !ok {
			return `a list such as ["OUTLIER"]`
		}
		field.Set(reflect.Append(field, reflect.ValueOf(word).Convert(field.Type().Elem())))
	}
	return ""
}

// setTable sets the levels that a table names.
func setTable(field reflect.Value, v any) string {
	table, ok := v.(map[string]any)
	fields := settable(field)
	all := strings.Join(sortedKeys(fields), ", ")
	if !ok {
		return "a table with some of " + all
	}
	for _, name := range sortedKeys(table) {
		inner, ok := fields[name]
		if !ok {
			return fmt.Sprintf("one of %s, not %s", all, quoted(name))
		}
		if want := setValue(inner, table[name]); want != "" {
			return name + " to be " + want
		}
	}
	return ""
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}
