//! The passwords of the file: read, and made anew.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Sha512;

use super::document::{Client, Hidden};
use crate::access::PasswordHash;

/// Iterations of a password that is set here. More would be safer; but if the file goes back to mosquitto, that checks it on
/// the thread that serves all clients.
const ITERATIONS: u32 = 10_000;
/// Bytes of a salt, as the plugin makes it.
pub(super) const SALT_BYTES: usize = 12;
/// Bytes of SHA-512.
const HASH_BYTES: usize = 64;

/// The password of a client, if it has one. Otherwise the key that is wrong, and why, in words that show nothing of it.
pub(super) fn hash_of(client: &Client) -> Result<Option<PasswordHash>, (&'static str, String)> {
    if let Some(Hidden(encoded)) = &client.encoded_password {
        return match PasswordHash::parse(encoded) {
            Ok(hash) => Ok(Some(hash)),
            Err(what) => Err(("encoded_password", what)),
        };
    }
    let (Some(Hidden(password)), Some(Hidden(salt)), Some(iterations)) =
        (&client.password, &client.salt, client.iterations)
    else {
        // As for the plugin: who has no whole password cannot log in with one.
        return Ok(None);
    };
    if iterations == 0 {
        return Err(("iterations", "0 is not allowed; expected 1 or more".to_owned()));
    }
    if !STANDARD.decode(salt).is_ok_and(|salt| !salt.is_empty()) {
        return Err(("salt", "expected Base64".to_owned()));
    }
    if !STANDARD
        .decode(password)
        .is_ok_and(|hash| hash.len() == HASH_BYTES)
    {
        let what = format!("expected {HASH_BYTES} bytes in Base64 (PBKDF2 with SHA-512)");
        return Err(("password", what));
    }
    match PasswordHash::parse(&format!("$7${iterations}${salt}${password}")) {
        Ok(hash) => Ok(Some(hash)),
        Err(what) => Err(("password", what)),
    }
}

/// Gives a client this password. Takes a while: not for the thread of an engine.
pub(super) fn set(client: &mut Client, password: &str, salt: [u8; SALT_BYTES]) {
    let mut hash = [0; HASH_BYTES];
    pbkdf2::pbkdf2_hmac::<Sha512>(password.as_bytes(), &salt, ITERATIONS, &mut hash);
    let (hash, salt) = (STANDARD.encode(hash), STANDARD.encode(salt));
    // As mosquitto 2.1 writes it where that wrote the one before; every version reads the other form.
    if client.encoded_password.is_some() {
        client.encoded_password = Some(Hidden(format!("$7${ITERATIONS}${salt}${hash}")));
        return;
    }
    client.password = Some(Hidden(hash));
    client.salt = Some(Hidden(salt));
    client.iterations = Some(ITERATIONS);
}
