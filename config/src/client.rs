//! Where the two clients look for a broker when nothing tells them. They take flags, not files, so that
//! scripts written for `mosquitto_pub` and `mosquitto_sub` go on working; these are the defaults of those.

/// The host; it resolves to both addresses that the broker listens on by default.
pub const HOST: &str = "localhost";

/// The port, which is the broker's default, too.
pub const PORT: u16 = 1883;

/// The URL of both.
pub const URL: &str = "mqtt://localhost:1883";

/// The environment variable that may hold another URL.
pub const URL_VARIABLE: &str = "MQTT_URL";

/// The Keep Alive of CONNECT, in seconds.
pub const KEEP_ALIVE_SECS: u16 = 60;
