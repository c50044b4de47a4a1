package config

import _ "embed"

//go:embed default.toml
var defaultText string

// Default gives the text of a settings file in which everything is said and
// nothing is set.
func Default() string { return defaultText }
