//! [`Response`]: what a request is answered with.

/// A page that is sent as text or HTML may load nothing, run nothing, and be shown in no other page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

pub(super) struct Response {
    status: &'static str,
    content_type: &'static str,
    /// `Connection`, which says what becomes of the connection.
    connection: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    /// `status`: code and name. The body says both, too.
    pub fn text(status: &'static str, what: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{status}: {what}\n"))
    }

    pub fn new(status: &'static str, content_type: &'static str, body: String) -> Self {
        Self {
            status,
            content_type,
            connection: "close",
            headers: Vec::new(),
            body,
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// What goes with the header `Upgrade` (RFC 9110 7.8).
    pub fn with_upgrade(mut self, protocol: &str) -> Self {
        self.connection = "Upgrade, close";
        self.with("Upgrade", protocol)
    }

    /// The answer to HEAD has no body, and says how long it would be (RFC 9110 9.3.2).
    pub fn bytes(self, with_body: bool) -> Vec<u8> {
        let mut head = head(self.status);
        header(&mut head, "Content-Type", self.content_type);
        header(&mut head, "Content-Length", &self.body.len().to_string());
        header(&mut head, "Connection", self.connection);
        header(&mut head, "Cache-Control", "no-store");
        header(&mut head, "X-Content-Type-Options", "nosniff");
        header(&mut head, "Content-Security-Policy", POLICY);
        header(&mut head, "Cross-Origin-Resource-Policy", "same-origin");
        header(&mut head, "Referrer-Policy", "no-referrer");
        for (name, value) in &self.headers {
            header(&mut head, name, value);
        }
        head += "\r\n";
        if with_body {
            head += &self.body;
        }
        head.into_bytes()
    }
}

/// The answer that agrees on WebSocket (RFC 6455 4.2.2).
pub(super) fn switching(accept: &str, protocol: Option<&str>) -> Vec<u8> {
    let mut head = head("101 Switching Protocols");
    header(&mut head, "Upgrade", "websocket");
    header(&mut head, "Connection", "Upgrade");
    header(&mut head, "Sec-WebSocket-Accept", accept);
    if let Some(protocol) = protocol {
        header(&mut head, "Sec-WebSocket-Protocol", protocol);
    }
    head += "\r\n";
    head.into_bytes()
}

fn head(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\n")
}

fn header(head: &mut String, name: &str, value: &str) {
    debug_assert!(!value.contains(['\r', '\n']), "a value is one line: {value:?}");
    for part in [name, ": ", value, "\r\n"] {
        *head += part;
    }
}
