use proptest::prelude::*;

use super::*;

fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend([command, family]);
    bytes.extend((rest.len() as u16).to_be_bytes());
    bytes.extend(rest);
    bytes
}

/// Reads a header that is whole, byte by byte and with bytes behind it.
fn whole(header: &[u8]) -> Option<String> {
    for end in 0..header.len() {
        assert_eq!(read(&header[..end], false), Ok(None), "{end} bytes are not all");
    }
    let mut more = header.to_vec();
    more.extend(b"\x10\x10\0\x04MQTT");
    let (proxied, length) = read(&more, false).expect("it is right").expect("it is whole");
    assert_eq!(length, header.len());
    proxied.source.map(|source| source.to_string())
}

#[track_caller]
fn refused(bytes: &[u8], words: &str) {
    let fault = read(bytes, false).expect_err("it is wrong").0;
    assert!(fault.contains(words), "{fault:?} does not say {words:?}");
}

#[test]
fn a_line_says_where_a_connection_comes_from() {
    let from = |line: &str| whole(line.as_bytes());
    let some = |source: &str| Some(source.to_owned());
    assert_eq!(
        from("PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\r\n"),
        some("192.0.2.1:50000")
    );
    assert_eq!(
        from("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n"),
        some("[2001:db8::1]:0")
    );
    assert_eq!(from("PROXY UNKNOWN\r\n"), None);
    assert_eq!(from("PROXY UNKNOWN ffff:f...f:ffff 65535 and so on\r\n"), None);
    let longest = format!("PROXY UNKNOWN {}\r\n", "f".repeat(LINE_BYTES - 16));
    assert_eq!(longest.len(), LINE_BYTES);
    assert_eq!(from(&longest), None);
}

#[test]
fn a_line_that_is_wrong_is_refused_with_the_byte() {
    for (line, words) in [
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 50000 1883\n",
            "at byte 42: the line must end with CR LF",
        ),
        (
            "PROXY UDP4 192.0.2.1 192.0.2.2 50000 1883\r\n",
            "at byte 7: the protocol must be TCP4",
        ),
        ("PROXY \r\n", "at byte 7: TCP4, TCP6 or UNKNOWN is missing"),
        (
            "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
            "at byte 7: TCP4, TCP6 or UNKNOWN is missing",
        ),
        (
            "PROXY TCP4 ::1 192.0.2.2 1 2\r\n",
            "at byte 12: an IPv4 address must stand here",
        ),
        (
            "PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n",
            "at byte 12: an IPv4 address must stand here",
        ),
        (
            "PROXY TCP6 ::1 192.0.2.2 1 2\r\n",
            "at byte 16: an IPv6 address must stand here",
        ),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
            "at byte 33: a port from 0 to 65535",
        ),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
            "at byte 34: a port from 0 to 65535",
        ),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
            "at byte 32: a port from 0 to 65535",
        ),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
            "at byte 32: a port from 0 to 65535",
        ),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
            "at byte 35: the line must end",
        ),
        (
            "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
            "at byte 35: the line must end",
        ),
    ] {
        refused(line.as_bytes(), words);
    }
    refused(b"PROXY TCP4 \xFF\r\n", "is not ASCII");
    let long = format!("PROXY UNKNOWN {}\r\n", "f".repeat(LINE_BYTES - 15));
    refused(long.as_bytes(), "does not end within 107 bytes");
    refused(&long.as_bytes()[..LINE_BYTES], "does not end within 107 bytes");
}

#[test]
fn version_2_says_where_a_connection_comes_from() {
    let v4 = [192, 0, 2, 1, 192, 0, 2, 2, 0xC3, 0x50, 0x07, 0x5B];
    let mut v6 = [0; 36];
    v6[..2].copy_from_slice(&[0x20, 0x01]);
    v6[15] = 1;
    v6[32..34].copy_from_slice(&[0xC3, 0x50]);
    let with_more: Vec<u8> = v4
        .iter()
        .copied()
        .chain([0x02, 0, 4, b'h', b'o', b's', b't'])
        .collect();
    for (command, family, rest, source) in [
        (0x21, 0x11, &v4[..], Some("192.0.2.1:50000")),
        (0x21, 0x11, &with_more, Some("192.0.2.1:50000")),
        (0x21, 0x21, &v6, Some("[2001::1]:50000")),
        (0x21, 0x31, &[b'/'; 216], None),
        (0x21, 0x00, &[], None),
        (0x21, 0x00, &[1, 2, 3], None),
        (0x20, 0x00, &[], None),
        // Of LOCAL nothing else counts.
        (0x20, 0x11, &v4, None),
        (0x20, 0x99, &[7; REST_BYTES], None),
    ] {
        assert_eq!(
            whole(&v2(command, family, rest)).as_deref(),
            source,
            "{command:02X} {family:02X}"
        );
    }
}

#[test]
fn version_2_that_is_wrong_is_refused_with_the_byte() {
    for (command, family, rest, words) in [
        (0x11, 0x11, &[0; 12][..], "at byte 13: the version must be 2"),
        (
            0x22,
            0x11,
            &[0; 12],
            "at byte 13: the command must be LOCAL (0) or PROXY (1)",
        ),
        (0x21, 0x12, &[0; 12], "at byte 14: datagrams cannot carry MQTT"),
        (0x21, 0x13, &[0; 12], "at byte 14: family and transport must be"),
        (0x21, 0x41, &[0; 12], "at byte 14: family and transport must be"),
        (
            0x21,
            0x11,
            &[0; 11],
            "at byte 15: the length is 11: the addresses alone have 12 bytes",
        ),
        (
            0x21,
            0x21,
            &[0; 12],
            "at byte 15: the length is 12: the addresses alone have 36 bytes",
        ),
        (
            0x21,
            0x00,
            &[0; REST_BYTES + 1],
            "at byte 15: the length is 4097: at most 4096 bytes are read",
        ),
    ] {
        refused(&v2(command, family, rest), words);
    }
}

#[test]
fn a_client_that_comes_without_the_proxy_is_told_so() {
    refused(b"\x10", "the first byte is that of CONNECT");
    refused(b"GET / HTTP/1.1\r\n", "and an HTTP request came");
    refused(b"\x16\x03\x01", "and a TLS ClientHello came");
    refused(b"PROxY", "at byte 4: 0x78 begins no PROXY header");
    refused(b"\r\n\r\n\0\r\nQUIT\r", "at byte 12: 0x0D begins no PROXY header");
    refused(b"hello", "at byte 1: 0x68 begins no PROXY header");
}

proptest! {
    #[test]
    fn any_bytes_are_judged_once(
        bytes in proptest::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b" .:0123456789TCPUNKOW\r\n"[..])], 0..130,
        ),
        front in prop::sample::select(vec![&b""[..], b"PROXY ", b"PROXY TCP4 192.0.2.1 ", SIGNATURE, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x20"]),
    ) {
        let bytes = [front, &bytes].concat();
        let mut before: Result<Option<(Proxied, usize)>, Fault> = Ok(None);
        for end in 0..=bytes.len() {
            let now = read(&bytes[..end], false);
            // A client of another protocol may be named better by more of its bytes.
            if before != Ok(None) && before.is_ok() {
                prop_assert_eq!(&now, &before);
            }
            prop_assert!(before.is_ok() || now.is_err());
            before = now;
        }
    }
}
