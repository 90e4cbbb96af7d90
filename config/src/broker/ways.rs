//! `[tls]` and `[websocket]`: the ways in beside plain TCP.

use crate::check::texts::{CIPHERS, ORIGINS, PROTOCOLS};
use crate::choice::{Preset, TlsVersion};
use crate::define::section;
use crate::schema::{Expect, between};

section! {
    /// TLS. The main port takes it beside everything else, with nothing to set: a connection that begins as TLS gets a
    /// certificate for localhost, 127.0.0.1, ::1 and the host name. It comes from a certificate authority (CA) of the
    /// broker's own, made when it is first needed.
    #[example = "settings.tls.listen = true; // on port 8883, too"]
    #[example = "settings.tls.preset = settings::Preset::Expired; // what does a client say to that?"]
    pub struct Tls in "tls" {
        /// Whether to listen on `tls.port`, too, for TLS alone.
        listen: bool = false;

        /// TCP port for TLS alone, once `tls.listen` is true. 0 takes any free port; so does this default where `port` is 0.
        port: u16 = 8883;

        /// What is wrong with the certificate that clients are shown, to see what they do about it: `expired`,
        /// `not_yet_valid`, `wrong_host`, `unknown_ca`, `revoked`; or nothing: `valid`.
        preset: Preset = Preset::Valid;

        /// File with a certificate in PEM, and those between it and its CA behind it. Empty = one that the broker makes.
        cert_file: String = String::new();

        /// File with the private key of `tls.cert_file` in PEM.
        key_file: String = String::new();

        /// File with the certificates in PEM of the CAs that may vouch for clients. Empty, and `tls.ca_path` as well = the
        /// broker's own CA, which `broker cert NAME` makes certificates of.
        ca_file: String = String::new();

        /// Directory with such files: those that end in .pem, .crt or .cer, or in a number as OpenSSL's `rehash` names them.
        ca_path: String = String::new();

        /// File with a certificate revocation list (CRL) in PEM, or several: a client whose certificate is on it is turned
        /// away, and so is one whose CA has no list there, or one that is out of date. Empty = no client's is; the broker's own
        /// CA has a list of its own.
        crl_file: String = String::new();

        /// Whether a client must show a certificate that one of those CAs vouches for. If not, it may have none; it is asked for
        /// one only where `tls.ca_file`, `tls.ca_path`, `tls.crl_file` or a user name from the certificate is set.
        require_certificate: bool = false;

        /// Whether the Common Name of a client's certificate is its user name; that in CONNECT then does not count, and no
        /// password is asked for.
        use_identity_as_username: bool = false;

        /// Whether the whole subject of a client's certificate is its user name, such as `CN=lamp,O=Home`; else as
        /// `tls.use_identity_as_username`.
        use_subject_as_username: bool = false;

        /// The oldest version of TLS that is spoken.
        min_version: TlsVersion = TlsVersion::Tls12;

        /// The newest version of TLS that is spoken.
        max_version: TlsVersion = TlsVersion::Tls13;

        /// The cipher suites that are spoken, by the names that OpenSSL or IANA has for them; as with OpenSSL, a part of a name
        /// stands for all suites that have it, `ECDHE+AESGCM` for those that have both, `ALL`, `HIGH` and `DEFAULT` for all, and
        /// `!` before a name takes suites away. Suites of TLS 1.2 and those of 1.3 are chosen apart: names of the one leave the
        /// other as it is. A name that is unknown here is left out, and that is said at the start. Empty = all that are safe.
        ciphers: Vec<String> = Vec::new(),
            expect: Expect::Texts(&CIPHERS);

        /// The protocols that a client may choose from by ALPN. Empty = whatever it asks for is not looked at.
        alpn: Vec<String> = vec!["mqtt".to_owned(), "x-amzn-mqtt-ca".to_owned(), "http/1.1".to_owned()],
            expect: Expect::Texts(&PROTOCOLS),
            tradeoff: "A client that asks for none of these is turned away, as ALPN demands; one that does not ask is let in.";
    }
}

section! {
    /// MQTT over WebSocket. The main port takes it beside everything else, plain and inside TLS, on any path, with the
    /// subprotocol `mqtt` or `mqttv3.1`.
    #[example = "settings.websocket.listen = true; // on port 9001, too"]
    #[example = "settings.websocket.origins = vec![\"https://app.example\".to_owned()];"]
    pub struct WebSocket in "websocket" {
        /// Whether to listen on `websocket.port`, too, for WebSocket alone.
        listen: bool = false;

        /// TCP port for WebSocket alone, once `websocket.listen` is true. 0 takes any free port; so does this default where
        /// `port` is 0.
        port: u16 = 9001;

        /// The pages that may connect from a browser, by their origin: `https://app.example`. Pages of this machine always may
        /// (of localhost and loopback addresses, on any port), and pages of the address that the browser knows the broker by.
        /// `file://` = files, as Chrome names them; `null` = pages without an origin, which are files in Firefox, but also parts
        /// of pages elsewhere; `*` = every page. Programs that are no browser send no origin, and are let in.
        origins: Vec<String> = vec!["file://".to_owned()],
            expect: Expect::Texts(&ORIGINS),
            tradeoff: "With `*` or `null`, every page that somebody on this machine opens can talk to the broker.";

        /// The longest head of a request that is read, its request line included.
        max_header_bytes: u32 = 8_192,
            expect: between(512, 65_536),
            unit: "bytes";
    }
}
