//! The cipher suites that a listener speaks, by the names that OpenSSL and IANA have for them.

use rustls::crypto::ring;
use rustls::{CipherSuite, SupportedCipherSuite};

/// What OpenSSL calls suites that rustls never had: to take them away is nothing to do.
const NEVER_HAD: &[&str] = &[
    "aNULL",
    "eNULL",
    "NULL",
    "ADH",
    "AECDH",
    "EXP",
    "EXPORT",
    "LOW",
    "MEDIUM",
    "DES",
    "3DES",
    "RC2",
    "RC4",
    "IDEA",
    "SEED",
    "CAMELLIA",
    "ARIA",
    "MD5",
    "SHA",
    "SHA1",
    "PSK",
    "kPSK",
    "kECDHEPSK",
    "kDHEPSK",
    "kRSAPSK",
    "SRP",
    "kSRP",
    "DSS",
    "aDSS",
    "DH",
    "DHE",
    "EDH",
    "kDHE",
    "kEDH",
    "kDH",
    "kRSA",
    "RSA",
    "CBC",
    "AESCCM",
    "AESCCM8",
    "AES128CCM",
    "GOST",
    "SSLv3",
    "TLSv1",
    "TLSv1.0",
    "COMPLEMENTOFALL",
];

/// The suites of this list, in the order of preference that rustls has. Suites of TLS 1.2 and of 1.3 are chosen apart: a list that
/// names none of a version leaves all of that version. A name that is unknown is left out, so that no suite is spoken that was not
/// asked for.
///
/// The error says that nothing is left.
pub(super) fn chosen(list: &[String]) -> Result<Vec<SupportedCipherSuite>, String> {
    let mut all = ring::DEFAULT_CIPHER_SUITES.to_vec();
    let mut named = Vec::new();
    let mut asked = [false; 2];
    for term in terms(list) {
        let found = term.suites();
        if term.takes_away {
            all.retain(|suite| !found.contains(suite));
        } else {
            for version in [false, true] {
                // What is unknown has a name as those of its version have.
                let unknown = found.is_empty() && term.name.starts_with("TLS_AES") == version;
                asked[usize::from(version)] |= unknown || found.iter().any(|suite| is_13(suite) == version);
            }
            named.extend(found);
        }
    }
    let fits = |suite: &SupportedCipherSuite| !asked[usize::from(is_13(suite))] || named.contains(suite);
    all.retain(fits);
    let missing = [false, true]
        .into_iter()
        .find(|version| asked[usize::from(*version)] && !all.iter().any(|suite| is_13(suite) == *version));
    if all.is_empty() || missing.is_some() {
        return Err(format!(
            "tls.ciphers is {:?}, and none of these is spoken here; expected some of {}",
            list.join(":"),
            names()
        ));
    }
    Ok(all)
}

/// The names that are left out, because there is no such suite here.
pub(crate) fn unknown(list: &[String]) -> Vec<String> {
    terms(list)
        .filter(|term| term.suites().is_empty() && !(term.takes_away && NEVER_HAD.contains(&term.name)))
        .map(|term| term.name.to_owned())
        .collect()
}

/// All names, as OpenSSL has them.
fn names() -> String {
    let names = ring::DEFAULT_CIPHER_SUITES
        .iter()
        .map(|suite| openssl_name(suite.suite()));
    names.collect::<Vec<_>>().join(":")
}

/// One name of a list.
struct Term<'a> {
    name: &'a str,
    takes_away: bool,
}

/// The names of the list. Words that only sort (`@STRENGTH`) are left out.
fn terms(list: &[String]) -> impl Iterator<Item = Term<'_>> {
    let words = list.iter().flat_map(|text| text.split([':', ',', ' ']));
    words
        .filter(|word| !word.is_empty() && !word.starts_with('@'))
        .map(|word| {
            let away = word.strip_prefix(['!', '-']);
            Term {
                name: away.unwrap_or(word).trim_start_matches('+'),
                takes_away: away.is_some(),
            }
        })
}

impl Term<'_> {
    fn suites(&self) -> Vec<SupportedCipherSuite> {
        let all = ring::DEFAULT_CIPHER_SUITES.iter().copied();
        all.filter(|suite| self.means(suite)).collect()
    }

    fn means(&self, suite: &SupportedCipherSuite) -> bool {
        let name = self.name;
        let own = openssl_name(suite.suite());
        let iana = format!("{:?}", suite.suite()).replace("TLS13_", "TLS_");
        if own.eq_ignore_ascii_case(name) || iana.eq_ignore_ascii_case(name) {
            return true;
        }
        // As with OpenSSL, suites of TLS 1.3 are chosen by their whole names only.
        !is_13(suite) && (is_all(name) || name.split('+').all(|part| has(&own, part)))
    }
}

fn is_all(name: &str) -> bool {
    matches!(name, "ALL" | "HIGH" | "DEFAULT" | "SECURE128" | "TLSv1.2")
}

/// Whether the suite of TLS 1.2 with this name has what `part` stands for.
fn has(own: &str, part: &str) -> bool {
    match part {
        "EECDH" | "kEECDH" | "kECDHE" | "ECDHE" | "ECDH" | "AEAD" => true,
        "AES" | "AESGCM" => own.contains("AES"),
        "aRSA" => own.contains("-RSA-"),
        "ECDSA" | "aECDSA" => own.contains("-ECDSA-"),
        // Alone it stands for the way that keys are exchanged, which no suite here has.
        "RSA" => false,
        part => is_all(part) || own.split('-').any(|own| own == part),
    }
}

fn is_13(suite: &SupportedCipherSuite) -> bool {
    matches!(suite, SupportedCipherSuite::Tls13(_))
}

/// `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` to OpenSSL; those of TLS 1.3 are as IANA has them.
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

    fn list(text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    /// The names of the suites of TLS 1.2, and how many there are of 1.3.
    fn left(text: &str) -> (Vec<String>, usize) {
        let (new, old): (Vec<_>, Vec<_>) = chosen(&list(text)).unwrap().into_iter().partition(is_13);
        (
            old.iter().map(|suite| openssl_name(suite.suite())).collect(),
            new.len(),
        )
    }

    #[test]
    fn names_of_one_version_leave_the_other_as_it_is() {
        let rsa = "ECDHE-RSA-AES128-GCM-SHA256".to_owned();
        assert_eq!(left("ECDHE-RSA-AES128-GCM-SHA256"), (vec![rsa.clone()], 3));
        assert_eq!(left("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), (vec![rsa], 3));
        let (old, new) = left("TLS_AES_256_GCM_SHA384");
        assert_eq!((old.len(), new), (6, 1));
        assert_eq!(left("").0.len() + left("").1, 9);
    }

    #[test]
    fn lists_of_common_files_are_taken_without_what_is_not_here() {
        let common =
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES256-GCM-SHA384:AES256-SHA";
        assert_eq!(
            left(common).0,
            ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"]
        );
        assert_eq!(
            unknown(&list(common)),
            ["DHE-RSA-AES256-GCM-SHA384", "AES256-SHA"]
        );
        for all in [
            "HIGH:!aNULL:!MD5:@STRENGTH",
            "DEFAULT",
            "ALL:!EXPORT:!LOW",
            "EECDH+AESGCM:CHACHA20",
        ] {
            assert_eq!(left(all).0.len(), 6, "{all}");
            assert_eq!(unknown(&list(all)), Vec::<String>::new(), "{all}");
        }
        let aes = left("ECDHE+AESGCM:!AES128:!aECDSA").0;
        assert_eq!(aes, ["ECDHE-RSA-AES256-GCM-SHA384"]);
    }

    #[test]
    fn it_is_never_more_than_was_asked_for() {
        for nothing in [
            "DHE-RSA-AES256-SHA",
            "AES256-SHA:RSA",
            "TLS_AES_128_CCM_SHA256",
            "ALL:!ECDHE",
        ] {
            let error = chosen(&list(nothing)).unwrap_err();
            assert!(
                error.contains("expected some of TLS_AES_256_GCM_SHA384"),
                "{error}"
            );
        }
    }
}
