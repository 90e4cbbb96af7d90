//! Versions and cipher suites, by the names that OpenSSL and IANA have for them.

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{CipherSuite, SupportedCipherSuite, SupportedProtocolVersion};

use crate::UsageError;

/// The versions that `--tls-version` allows.
pub(super) fn versions(text: Option<&str>) -> Result<Vec<&'static SupportedProtocolVersion>, UsageError> {
    match text {
        None => Ok(vec![&TLS13, &TLS12]),
        Some("tlsv1.3") => Ok(vec![&TLS13]),
        Some("tlsv1.2") => Ok(vec![&TLS12]),
        Some(old @ ("tlsv1.1" | "tlsv1" | "tlsv1.0" | "sslv3")) => Err(UsageError(format!(
            "--tls-version: {old} is not safe any more, and this TLS library (rustls) does not have it; use tlsv1.2 or \
             tlsv1.3"
        ))),
        Some(other) => Err(UsageError(format!(
            "--tls-version: `{other}` is not one of tlsv1.3, tlsv1.2"
        ))),
    }
}

/// The suites that `--ciphers` allows: a list of names, parts of names (`ECDHE`, `AES256`), `ALL`, `HIGH` or `DEFAULT`;
/// `!` or `-` before one takes it away. As with OpenSSL, a list without a suite of TLS 1.3 leaves those alone.
pub(super) fn suites(text: Option<&str>) -> Result<Vec<SupportedCipherSuite>, UsageError> {
    let all = ring::ALL_CIPHER_SUITES;
    let Some(text) = text else {
        return Ok(ring::DEFAULT_CIPHER_SUITES.to_vec());
    };
    let mut chosen: Vec<SupportedCipherSuite> = Vec::new();
    for term in text
        .split([':', ',', ' '])
        .filter(|term| !term.is_empty() && !term.starts_with('@'))
    {
        let (name, away) = match term.strip_prefix(['!', '-']) {
            Some(name) => (name, true),
            None => (term.trim_start_matches('+'), false),
        };
        let found: Vec<_> = all.iter().filter(|suite| is_meant(name, suite.suite())).collect();
        if away {
            // A suite that this library does not have need not be taken away.
            chosen.retain(|suite| !found.contains(&suite));
        } else if found.is_empty() {
            let names: Vec<String> = all.iter().map(|suite| openssl_name(suite.suite())).collect();
            return Err(UsageError(format!(
                "--ciphers: this TLS library (rustls) has no `{name}`; it has {}",
                names.join(":")
            )));
        } else {
            for suite in found {
                if !chosen.contains(suite) {
                    chosen.push(*suite);
                }
            }
        }
    }
    if chosen.is_empty() {
        return Err(UsageError::new("--ciphers: no cipher suite is left"));
    }
    let is_13 = |suite: &SupportedCipherSuite| matches!(suite, SupportedCipherSuite::Tls13(_));
    if !chosen.iter().any(is_13) {
        chosen.extend(all.iter().copied().filter(is_13));
    }
    Ok(chosen)
}

fn is_meant(name: &str, suite: CipherSuite) -> bool {
    if matches!(
        name,
        "ALL" | "HIGH" | "DEFAULT" | "COMPLEMENTOFDEFAULT" | "SECURE128"
    ) {
        return true;
    }
    let own = openssl_name(suite);
    let iana = format!("{suite:?}").replace("TLS13_", "TLS_");
    if own.eq_ignore_ascii_case(name) || iana.eq_ignore_ascii_case(name) {
        return true;
    }
    // A part, or several with a plus: ECDHE+AESGCM. TLS 1.3's suites are chosen by their whole names only.
    own.starts_with("ECDHE")
        && name.split('+').all(|part| match part {
            "EECDH" | "kEECDH" | "kECDHE" => true,
            "AES" | "AESGCM" => own.contains("AES"),
            "aRSA" => own.contains("-RSA-"),
            "aECDSA" => own.contains("-ECDSA-"),
            part => own.split('-').any(|own| own == part),
        })
}

/// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` to OpenSSL; TLS 1.3's are as IANA has them.
fn openssl_name(suite: CipherSuite) -> String {
    let name = format!("{suite:?}");
    if let Some(rest) = name.strip_prefix("TLS13_") {
        return format!("TLS_{rest}");
    }
    let name = name.trim_start_matches("TLS_").replace("_WITH", "");
    name.replace("AES_", "AES")
        .replace("_CHACHA20_POLY1305_SHA256", "_CHACHA20_POLY1305")
        .replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let suites = suites(Some(text)).unwrap();
        suites.iter().map(|suite| openssl_name(suite.suite())).collect()
    }

    #[test]
    fn suites_have_the_names_of_openssl_and_of_iana() {
        let openssl = names("ECDHE-RSA-AES128-GCM-SHA256");
        assert_eq!(openssl[0], "ECDHE-RSA-AES128-GCM-SHA256");
        assert_eq!(openssl.len(), 4, "the three of TLS 1.3 stay: {openssl:?}");
        assert_eq!(names("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), openssl);
        assert_eq!(
            names("ECDHE-ECDSA-CHACHA20-POLY1305")[0],
            "ECDHE-ECDSA-CHACHA20-POLY1305"
        );
        assert_eq!(names("TLS_AES_256_GCM_SHA384"), ["TLS_AES_256_GCM_SHA384"]);
    }

    #[test]
    fn parts_of_names_and_exclusions() {
        assert_eq!(names("HIGH:!aNULL:!MD5").len(), 9);
        let aes = names("ECDHE+AESGCM:!AES128");
        assert!(aes.contains(&"ECDHE-RSA-AES256-GCM-SHA384".to_owned()), "{aes:?}");
        assert!(
            !aes.contains(&"ECDHE-RSA-AES128-GCM-SHA256".to_owned()),
            "{aes:?}"
        );
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = suites(Some("DHE-RSA-AES256-SHA")).unwrap_err().to_string();
        assert!(error.contains("no `DHE-RSA-AES256-SHA`"), "{error}");
        assert!(error.contains("ECDHE-RSA-AES128-GCM-SHA256"), "{error}");
        assert!(
            versions(Some("tlsv1.1"))
                .unwrap_err()
                .to_string()
                .contains("tlsv1.2")
        );
    }
}
