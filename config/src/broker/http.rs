//! `[http]`: the control API.

use crate::define::section;
use crate::schema::between;

section! {
    /// The control API over HTTP: everything that the Rust handle of the broker can do. The main port takes it beside everything
    /// else, under `/api/v1/`; what it does not need of a program stays with MQTT.
    #[example = "settings.http.max_connections = 64;"]
    #[example = "settings.http.listen = true; // on port 8080, too"]
    pub struct Http in "http" {
        /// Whether the API is there at all.
        enabled: bool = true;

        /// Whether to listen on `http.port`, too, for the API alone. That port stays open while the broker is away, and no rule takes
        /// it down.
        listen: bool = false;

        /// TCP port for the API alone, once `http.listen` is true. 0 takes any free port; so does this default where `port` is 0.
        port: u16 = 8080;

        /// File whose first line is a token. With it, each request must have the header `Authorization: Bearer TOKEN`. Empty = no
        /// token: then only this machine may use the API. Pages that a browser shows may use it if they are of this machine, or if
        /// `websocket.origins` names them one by one.
        token_file: String = String::new();

        /// The longest body of a request.
        max_body_bytes: u32 = 16_777_216,
            expect: between(1_024, 1_073_741_824),
            unit: "bytes";

        /// The most connections to the API at the same time; one more is told so and closed.
        max_connections: u32 = 2_048,
            expect: between(1, 1_000_000),
            unit: "connections";

        /// The most further brokers that `POST /api/v1/brokers` may have started and that still run.
        max_brokers: u32 = 256,
            expect: between(0, 10_000),
            unit: "brokers";
    }
}
