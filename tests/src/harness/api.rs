//! [`Api`]: the control API of a broker, asked as any program asks it: a connection for each request.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use broker::Broker;
use serde_json::Value;

use super::DEADLINE;

/// Where the control API of a broker is.
#[derive(Debug, Clone, Copy)]
pub struct Api {
    addr: SocketAddr,
}

/// What came of a request.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Of the answer.
    pub status: u16,
    /// Everything before the body.
    pub head: String,
    /// As it came.
    pub body: Vec<u8>,
}

impl Api {
    /// That of this broker, on its main port.
    pub fn of(broker: &Broker) -> Self {
        Self::at(broker.addr())
    }

    /// That at this address.
    pub fn at(addr: SocketAddr) -> Self {
        Self { addr }
    }

    /// Where it is.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// GET.
    pub fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], b"")
    }

    /// DELETE.
    pub fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, &[], b"")
    }

    /// POST with this body.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.ask("POST", path, &[], body.to_string().as_bytes())
    }

    /// PUT with this body.
    pub fn put(&self, path: &str, body: &Value) -> Reply {
        self.ask("PUT", path, &[], body.to_string().as_bytes())
    }

    /// A request with further header lines; a path that begins with a slash is taken as it is, such as `Host: elsewhere`.
    pub fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Reply {
        self.begin(method, path, headers, body).end()
    }

    /// A request whose answer is not waited for yet.
    pub fn begin(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Coming {
        let mut stream = TcpStream::connect(self.addr).expect("the broker listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("a time");
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/api/v1/{path}")
        };
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        if !headers.iter().any(|line| line.starts_with("Host:")) {
            // Writing to a String cannot fail.
            let _ = write!(head, "Host: {}\r\n", self.addr);
        }
        for line in headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        stream
            .write_all(&[head.as_bytes(), body].concat())
            .expect("it takes the request");
        Coming(stream)
    }
}

/// A request that is on its way. Dropped, its client is gone.
#[derive(Debug)]
pub struct Coming(TcpStream);

impl Coming {
    /// Waits for the answer.
    pub fn end(mut self) -> Reply {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes).expect("it answers in time");
        Reply::read(&bytes)
    }

    /// The socket, for an answer that comes piece by piece.
    pub fn into_stream(self) -> TcpStream {
        self.0
    }
}

impl Reply {
    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head of HTTP: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self {
            status: status.expect("a status"),
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, which is JSON; and the status is this.
    #[track_caller]
    pub fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The `detail` of a problem, whose status is this.
    #[track_caller]
    pub fn problem(&self, status: u16) -> String {
        let body = self.json(status);
        assert!(self.head.contains("application/problem+json"), "{}", self.head);
        assert_eq!(body["status"], status);
        body["detail"].as_str().expect("a detail").to_owned()
    }
}
