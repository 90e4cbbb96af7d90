use super::*;

/// What `mosquitto_passwd` 2.0.11 made of `pw`.
const OF_MOSQUITTO: [&str; 2] = [
    "$6$Du7PLRyu/gp5P5yE$ObAdJMDD17kcpjvnYXXe9t7YcHlONCYHpz+Y5XR4WVMlxzsYlQqsGQ8piv7O985DGmla+SfceU0HH6sPZbJGkg==",
    "$7$101$Rhw0ihyjV4Pm76Q4$GdtQa3XSBR/3FXaEXOTmdWhPrIY+q72yjD9/Pmu/mN3xaYSOn/dFCL02o+kvC7/MKLf05jZYpao60AJeO1tz/A==",
];
/// What the reference implementation of Argon2 makes of `password` with the salt `somesalt`.
const OF_ARGON2: &str =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

/// Cheap ones of each kind.
const CHEAP: [Scheme; 3] = [
    Scheme::Sha512,
    Scheme::Sha512Pbkdf2 { iterations: 3 },
    Scheme::Argon2id {
        memory_kib: 32,
        passes: 2,
        lanes: 4,
    },
];

fn error(text: &str) -> String {
    PasswordHash::parse(text).expect_err(text)
}

#[test]
fn hashes_of_others_verify() {
    for text in OF_MOSQUITTO {
        let hash = PasswordHash::parse(text).unwrap();
        assert!(hash.verify(b"pw"), "{text}");
        assert!(!hash.verify(b"pw ") && !hash.verify(b""), "{text}");
        assert_eq!(hash.encode(), text);
    }
    let hash = PasswordHash::parse(OF_ARGON2).unwrap();
    assert!(hash.verify(b"password") && !hash.verify(b"passwort"));
    assert_eq!(hash.encode(), OF_ARGON2);
}

#[test]
fn what_is_made_here_is_read_again() {
    for scheme in CHEAP {
        for password in ["", "a", "ünïcode ✓", &"long".repeat(1000)] {
            let made = scheme.hash(password.as_bytes(), b"123456789012").unwrap();
            let read = PasswordHash::parse(&made.encode()).unwrap();
            assert!(read == made && read.scheme() == scheme);
            assert!(read.verify(password.as_bytes()));
            assert!(!read.verify(b"another"));
        }
    }
}

#[test]
fn the_salt_counts() {
    for scheme in CHEAP {
        let [one, other] = [b"salt of one!", b"salt of two!"].map(|salt| scheme.hash(b"pw", salt).unwrap());
        assert_ne!(one.digest, other.digest);
    }
    assert!(Scheme::Sha512.hash(b"pw", b"short").is_err());
}

#[test]
fn every_bit_of_the_hash_counts() {
    let hash = Scheme::Sha512.hash(b"pw", b"123456789012").unwrap();
    for byte in 0..hash.digest.len() {
        let mut other = hash.clone();
        other.digest[byte] ^= 1 << (byte % 8);
        assert!(!other.verify(b"pw"), "byte {byte}");
    }
}

#[test]
fn a_decoy_costs_the_same_and_fits_nobody() {
    for text in [OF_MOSQUITTO[0], OF_MOSQUITTO[1], OF_ARGON2] {
        let hash = PasswordHash::parse(text).unwrap();
        let decoy = hash.decoy();
        assert_eq!(
            (decoy.scheme, decoy.salt.len(), decoy.digest.len()),
            (hash.scheme, hash.salt.len(), hash.digest.len())
        );
        assert!(!decoy.verify(b"pw") && !decoy.verify(b"password") && !decoy.verify(b""));
    }
}

#[test]
fn what_would_take_the_machine_with_it_is_refused() {
    let argon2 = |costs: &str| {
        format!("$argon2id$v=19${costs}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
    };
    for (text, words) in [
        (argon2("m=4194304,t=1,p=1"), "4194304 KiB of memory"),
        (argon2("m=1048576,t=5,p=1"), "goes 5 times"),
        (argon2("m=47104,t=4294967295,p=1"), "goes 4294967295 times"),
        (argon2("m=47104,t=1,p=65"), "65 lanes"),
        (argon2("m=47104,t=99999999999,p=1"), "more passes (t) than"),
        (argon2("m=47104,t=0,p=1"), "at least 1"),
        (argon2("m=47104,t=1,p=0"), "at least 1"),
        (argon2("m=15,t=1,p=2"), "at least 8 for each lane"),
        (argon2("m=-1,t=1,p=1"), "no number as memory"),
        (argon2("t=1,m=8,p=1"), "other costs than"),
        (
            OF_MOSQUITTO[1].replace("$101$", "$2147483648$"),
            "2147483648 iterations",
        ),
        (OF_MOSQUITTO[1].replace("$101$", "$0$"), "0 iterations"),
        (
            OF_MOSQUITTO[1].replace("$101$", "$+5$"),
            "no number as iterations",
        ),
    ] {
        let error = error(&text);
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn what_is_no_such_hash_is_said_without_showing_it() {
    for (text, words) in [
        ("pencil", "is no hash"),
        ("", "is no hash"),
        ("$", "is no hash"),
        ("$6$Du7PLRyu/gp5P5yE", "is not `$6$SALT$HASH`"),
        ("$6$rounds=5000$saltsalt$ObAdJMDD17kcp", "is not `$6$SALT$HASH`"),
        ("$6$saltsalt$ObAdJMDD17kcp", "a hash that is not in base64"),
        ("$6$Du7PLRyu/gp5P5yE$ObAd", "a hash of 3 bytes; expected 64"),
        ("$7$Du7PLRyu/gp5P5yE$ObAd", "is not `$7$ITERATIONS$SALT$HASH`"),
        ("$7$101$Du7P$ObAd", "a salt of 3 bytes; expected 8 to 64"),
        (
            "$argon2id$v=16$m=64,t=1,p=1$Du7PLRyu$ObAd",
            "another version of Argon2",
        ),
        ("$argon2id$m=64,t=1,p=1$Du7PLRyu$ObAd", "is not `$argon2id$v=19"),
        (
            "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$ObAd",
            "a hash of 3 bytes; expected 16 to 64",
        ),
        (
            "$argon2i$v=19$m=64,t=1,p=1$Du7PLRyu$ObAd",
            "another kind of Argon2",
        ),
        ("$2y$05$bvIG6Nmid91Mu9RcmmWZfO", "htpasswd"),
        ("$8$Du7PLRyu$ObAd", "of an unknown kind"),
    ] {
        let error = error(text);
        assert!(error.contains(words), "{text}: {error}");
        for secret in ["pencil", "Du7P", "ObAd", "bvIG"] {
            assert!(!error.contains(secret), "{error}");
        }
    }
}
