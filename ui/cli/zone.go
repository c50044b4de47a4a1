package cli

import (
	"os"
	"strings"
	"time"
)

// zoneName names a zone for a document: the local zone by its name in the IANA
// database where that is known (TZ, or the link /etc/localtime), else "Local".
func (a *app) zoneName(z *time.Location) string {
	if z != time.Local {
		return z.String()
	}
	if tz, set := a.env.lookup("TZ"); set {
		switch name := strings.TrimPrefix(tz, ":"); {
		case name == "":
			return "UTC"
		case isZone(name):
			return name
		}
		return z.String()
	}
	if link, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(link, "zoneinfo/"); ok && isZone(name) {
			return name
		}
	}
	if _, err := os.Stat("/etc/localtime"); os.IsNotExist(err) {
		return "UTC" // what the runtime takes then
	}
	return z.String()
}

func isZone(zone string) bool {
	_, err := time.LoadLocation(zone)
	return err == nil
}
