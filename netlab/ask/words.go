package ask

import "strings"

// words joins a question's words. Each key whose value is not empty follows with its value.
func words(first []string, keys ...[2]string) string {
	for _, k := range keys {
		if k[1] != "" {
			first = append(first, k[0], k[1])
		}
	}
	return strings.TrimSpace(strings.Join(first, " "))
}
