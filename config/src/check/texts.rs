//! The rules of texts that stand in lists: topic filters, origins of pages, names of protocols.

use super::LONGEST_TEXT_BYTES;
use crate::schema::TextsDoc;

/// Topic filters.
pub(crate) const FILTERS: TextsDoc = TextsDoc {
    plural: "topic filters",
    one: "a topic filter",
    example: "secret/#",
    fault: filter_fault,
};

/// Files.
pub(crate) const FILES: TextsDoc = TextsDoc {
    plural: "files",
    one: "the path of a file",
    example: "lamps.toml",
    fault: |path| path.is_empty().then(|| "not empty".to_owned()),
};

/// JSON Schemas by topic.
pub(crate) const SCHEMAS_BY_TOPIC: TextsDoc = TextsDoc {
    plural: "schemas by topic",
    one: "a topic filter and the path of a file",
    example: "lamps/+/state=state.json",
    fault: schema_by_topic_fault,
};

/// Origins of pages in a browser, and words for several.
pub(crate) const ORIGINS: TextsDoc = TextsDoc {
    plural: "origins",
    one: "an origin",
    example: "https://app.example",
    fault: origin_fault,
};

/// Names of protocols, as ALPN has them.
pub(crate) const PROTOCOLS: TextsDoc = TextsDoc {
    plural: "protocols",
    one: "the name of a protocol",
    example: "mqtt",
    fault: protocol_fault,
};

/// Where lines of the log go.
pub(crate) const DESTINATIONS: TextsDoc = TextsDoc {
    plural: "destinations",
    one: "a destination",
    example: "stdout",
    fault: destination_fault,
};

/// Addresses of other brokers.
pub(crate) const BROKERS: TextsDoc = TextsDoc {
    plural: "addresses",
    one: "the address of a broker",
    example: "mqtt://broker.example:1883",
    fault: crate::broker::address_fault,
};

/// Lines of `topics` of a bridge.
pub(crate) const TOPICS: TextsDoc = TextsDoc {
    plural: "lines",
    one: "a line of topics",
    example: "sensors/# out 1",
    fault: crate::broker::topic_fault,
};

/// Names of cipher suites, or lists of them as OpenSSL has them.
pub(crate) const CIPHERS: TextsDoc = TextsDoc {
    plural: "cipher suites",
    one: "the name of a cipher suite",
    example: "ECDHE-RSA-AES128-GCM-SHA256",
    fault: cipher_fault,
};

/// The rule that a text breaks, when it is not a topic filter.
fn filter_fault(filter: &str) -> Option<String> {
    if filter.is_empty() {
        return Some("not empty".to_owned()); // MQTT5-4.7.3-1
    }
    if filter.len() > LONGEST_TEXT_BYTES || filter.contains('\0') {
        // MQTT5-4.7.3-2, MQTT5-4.7.3-3
        return Some(format!("at most {LONGEST_TEXT_BYTES} bytes without U+0000"));
    }
    let mut levels = filter.split('/').peekable();
    while let Some(level) = levels.next() {
        let last = levels.peek().is_none();
        if level.contains('#') && (level != "#" || !last) {
            return Some("`#` only alone and in the last level".to_owned()); // MQTT5-4.7.1-1
        }
        if level.contains('+') && level != "+" {
            return Some("`+` only alone in its level".to_owned()); // MQTT5-4.7.1-2
        }
    }
    None
}

/// The rule that a text breaks, when it is not an origin as browsers send it (RFC 6454 6.2).
fn schema_by_topic_fault(said: &str) -> Option<String> {
    let is_right = said
        .split_once('=')
        .is_some_and(|(filter, path)| (FILTERS.fault)(filter).is_none() && !path.is_empty());
    (!is_right).then(|| "FILTER=FILE, such as lamps/+/state=state.json".to_owned())
}

fn origin_fault(origin: &str) -> Option<String> {
    const FORM: &str = "\"https://app.example\", with the port behind it if the page has another one than its scheme; \
                        or \"file://\", \"null\", \"*\"";
    if ["file://", "null", "*"].contains(&origin) {
        return None;
    }
    let Some((scheme, place)) = origin.split_once("://") else {
        return Some(FORM.to_owned());
    };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme || place.is_empty() {
        return Some(FORM.to_owned());
    }
    if let Some((before, _)) = place.split_once(['/', '?', '#']) {
        return Some(format!(
            "\"{scheme}://{before}\", without what follows the host and port"
        ));
    }
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    if let Some(host) = place.strip_suffix(usual).filter(|_| !usual.is_empty()) {
        return Some(format!("\"{scheme}://{host}\": browsers leave this port out"));
    }
    let is_odd =
        |character: char| character.is_whitespace() || character.is_control() || "*@\\,".contains(character);
    place.contains(is_odd).then(|| FORM.to_owned())
}

/// The rule that a text breaks, when it can name no cipher suite.
fn cipher_fault(name: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    (name.trim().is_empty() || !name.bytes().all(fits)).then(|| "printable ASCII".to_owned())
}

/// The rule that a text breaks, when ALPN cannot carry it (RFC 7301 3.1).
fn protocol_fault(protocol: &str) -> Option<String> {
    let fits = (1..=255).contains(&protocol.len());
    (!fits).then(|| "1 to 255 bytes".to_owned())
}

/// The rule that a text breaks, when no line of the log can go there.
fn destination_fault(destination: &str) -> Option<String> {
    const FORM: &str = "\"stdout\", \"stderr\", \"file:PATH\", \"syslog\" or \"topic\"";
    match destination.strip_prefix("file:") {
        Some("") => Some("\"file:PATH\" with the path of a file".to_owned()),
        Some(_) => None,
        None => {
            let fits = ["stdout", "stderr", "syslog", "topic"].contains(&destination);
            (!fits).then(|| FORM.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_a_word_or_a_file() {
        for good in ["stdout", "stderr", "file:/var/log/x y.log", "syslog", "topic"] {
            assert_eq!(destination_fault(good), None, "{good}");
        }
        assert_eq!(
            destination_fault("file:").as_deref(),
            Some("\"file:PATH\" with the path of a file")
        );
        for bad in ["console", "", "file", "STDOUT"] {
            assert!(
                destination_fault(bad).is_some_and(|said| said.contains("\"file:PATH\"")),
                "{bad}"
            );
        }
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_place() {
        for good in [
            "*",
            "file://",
            "null",
            "https://app.example",
            "http://[::1]:8080",
            "chrome-extension://abc",
            "http://a:8000",
        ] {
            assert_eq!(origin_fault(good), None, "{good}");
        }
        for (bad, right) in [
            ("app.example", "https://app.example"),
            ("https://app.example/", "\"https://app.example\", without"),
            ("http://a:8000/x?y", "\"http://a:8000\", without"),
            ("https://app.example:443", "\"https://app.example\": browsers"),
            ("https://*.example", "\"*\""),
            ("://x", "\"file://\""),
            ("https://", "\"file://\""),
            ("", "\"file://\""),
        ] {
            let said = origin_fault(bad).expect(bad);
            assert!(said.contains(right), "{bad}: {said}");
        }
    }

    #[test]
    fn alpn_carries_at_most_255_bytes() {
        assert_eq!(protocol_fault("mqtt"), None);
        assert!(protocol_fault("").is_some() && protocol_fault(&"a".repeat(256)).is_some());
    }
}
