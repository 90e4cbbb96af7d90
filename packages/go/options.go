package mqttbroker

import "time"

// An Option says what a broker is to be.
type Option func(*options)

type options struct {
	binary, url, token string
	urlOf              string // who says the url
	settings           map[string]any
	within             time.Duration
}

// WithSettings gives settings in the form of the settings file, as docs/CONFIG.md lists them; [[fault]], [[stub]] and [[device]]
// tables included:
//
//	mqttbroker.WithSettings(map[string]any{"session": map[string]any{"max_inflight": 1}})
func WithSettings(settings map[string]any) Option {
	return func(o *options) { o.settings = merged(o.settings, settings) }
}

// WithBinary names the program to run, in place of CITRONELLA_BIN and PATH.
func WithBinary(path string) Option { return func(o *options) { o.binary = path } }

// WithURL takes a broker that runs already, in place of a new one: "mqtt://HOST:PORT", with the control API on the same port, or
// "http://HOST:PORT" of the API alone. It is reset at the start, and nothing is stopped at the end. The environment variable
// MQTT_URL does the same for all tests that do not name a program.
func WithURL(url string) Option { return func(o *options) { o.url, o.urlOf = url, "WithURL" } }

// WithToken gives the token that a running broker asks for (http.token_file).
func WithToken(token string) Option { return func(o *options) { o.token = token } }

// WithTimeout says how long expectations and waits take at most where they do not say it themselves, in place of 5 seconds.
func WithTimeout(limit time.Duration) Option { return func(o *options) { o.within = limit } }

// merged are the settings of both, table by table.
func merged(under, over map[string]any) map[string]any {
	all := map[string]any{}
	for key, value := range under {
		all[key] = value
	}
	for key, value := range over {
		below, is := all[key].(map[string]any)
		above, too := value.(map[string]any)
		if is && too {
			value = merged(below, above)
		}
		all[key] = value
	}
	return all
}
