use super::super::read;
use super::{HANDSHAKE, MAX, asked, page, refused};

#[test]
fn a_head_that_is_malformed_is_refused_with_line_and_byte() {
    for (head, status, words) in [
        (
            "GET  / HTTP/1.1\r\n",
            "400",
            "line 1, byte 5: byte 0x20 may not stand in the method or in the target",
        ),
        ("GET / HTTP/2.0\r\n", "505", "line 1, byte "),
        (
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "505",
            "the version must be HTTP/1.1",
        ),
        ("GET /\r\n", "400", "line 1, byte 6: byte 0x0D may not stand"),
        (
            "GET / HTTP/1.1\nHost: x\n\n",
            "400",
            "line 1, byte 15: a line must end with CR LF, not with LF alone",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\n\r\n",
            "400",
            "line 2, byte 8: a line must end with CR LF",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\n\n",
            "400",
            "line 3, byte 1: a line must end with CR LF",
        ),
        (
            "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
            "400",
            "line 2, byte 5: no blank may stand between the name",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
            "400",
            "line 3, byte 1: a header must stand on one line",
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nA(: x\r\n\r\n",
            "400",
            "line 3, byte 2: byte 0x28 may not stand in the name",
        ),
        (
            "GET / HTTP/1.1\r\nHost: \0\r\n\r\n",
            "400",
            "line 2, byte 7: byte 0x00 may not stand in the value",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
            "400",
            "line 2, byte 9: byte 0x62 may not stand in the value",
        ),
        ("GET / HTTP/1.1\r\n\r\n", "400", "the header Host is missing"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
            "400",
            "the header Host stands there more than once",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
            "400",
            "the host \"a b\" is no host and port",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n",
            "400",
            "the host \"a:99999\" is no host and port",
        ),
        (
            "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
            "400",
            "is no host and port",
        ),
        (
            "GET / HTTP/1.1\r\nHost: é\r\n\r\n",
            "400",
            "the header Host is not ASCII",
        ),
        (
            "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
            "400",
            "the target \"x\" must begin with / or http://",
        ),
        (
            "GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "400",
            "the host \"u@h\" is no host and port",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400",
            "Content-Length and Transfer-Encoding contradict each other",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
            "400",
            "Content-Length is not a number",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n",
            "400",
            "Content-Length stands there more than once",
        ),
    ] {
        refused(asked(head), status, words);
    }
}

#[test]
fn a_secret_is_not_repeated() {
    let secret = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic c2VjcmV0\x01\r\nCookie: c2VjcmV0\r\n\r\n";
    let response = refused(asked(secret), "400", "line 3, byte 30: byte 0x01");
    assert!(!response.contains("c2VjcmV0"), "{response}");
}

#[test]
fn a_head_has_a_longest_length() {
    let head = |padding: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(padding));
    let exact = head(MAX - head(0).len());
    assert_eq!(exact.len(), MAX);
    page(asked(&exact));
    refused(
        asked(&head(MAX)),
        "431",
        "longer than the 16384 bytes of websocket.max_header_bytes",
    );
    let many = |count: usize| {
        let headers = "X: x\r\n".repeat(count - 1);
        format!("GET / HTTP/1.1\r\nHost: a\r\n{headers}\r\n")
    };
    page(asked(&many(100)));
    refused(asked(&many(101)), "431", "there are more than 100 headers");
    let behind = [HANDSHAKE.as_bytes(), &[0x82; MAX]].concat();
    let (_, length) = read(&behind, MAX).expect("it is right").expect("it is whole");
    assert_eq!(length, HANDSHAKE.len());
}
