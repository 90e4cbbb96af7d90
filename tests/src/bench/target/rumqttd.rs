//! Stock rumqttd, configured as its own `rumqttd.toml` does.

use std::collections::HashMap;
use std::io;

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

use super::{loopback, print_port_and_wait};

pub(super) fn serve(port: u16) -> io::Result<()> {
    let server = ServerSettings {
        name: "v4-1".to_owned(),
        listen: loopback(port),
        tls: None,
        // Its file says 1 ms between accepted connections; 0 is what it can do.
        next_connection_delay_ms: 0,
        connections: ConnectionSettings {
            connection_timeout_ms: 60_000,
            max_payload_size: 20_480,
            max_inflight_count: 100,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    };
    let config = Config {
        router: RouterConfig {
            max_connections: 10_010,
            max_outgoing_packet_count: 200,
            max_segment_size: 104_857_600,
            max_segment_count: 10,
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([("1".to_owned(), server)])),
        ..Config::default()
    };
    std::thread::spawn(move || {
        let result = Broker::new(config).start();
        eprintln!("rumqttd ended: {result:?}");
    });
    print_port_and_wait(port)
}
