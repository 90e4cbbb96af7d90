//! The flags of TLS, raw: names and meanings of mosquitto's clients.

use clap::Args;

/// Encryption and certificates.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "TLS")]
pub struct TlsFlags {
    /// Use TLS, and trust the authorities in this file (PEM)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub cafile: Option<String>,
    /// Use TLS, and trust the authorities in the files of this directory (PEM)
    #[arg(long, value_name = "DIRECTORY", allow_hyphen_values = true)]
    pub capath: Option<String>,
    /// Refuse the broker's certificate if it is on a list in this file (PEM) of its authority
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub crl: Option<String>,
    /// Use TLS, and trust the authorities that the system trusts; mqtts://, wss:// and port 8883 ask for this too
    #[arg(long)]
    pub tls_use_os_certs: bool,
    /// Do not use TLS, even if the URL or another flag asks for it
    #[arg(long)]
    pub no_tls: bool,
    /// Certificate of this client, with its chain (PEM); needs --key
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub cert: Option<String>,
    /// Private key of this client, not encrypted (PEM); needs --cert
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub key: Option<String>,
    /// Accept the broker's certificate for another host name too; who signed it is still checked
    #[arg(long)]
    pub insecure: bool,
    /// Only this version: tlsv1.3 or tlsv1.2 [default: both]
    #[arg(long, value_name = "VERSION", allow_hyphen_values = true)]
    pub tls_version: Option<String>,
    /// Only these cipher suites, by OpenSSL's or IANA's names, with a colon between two [default: all that are safe]
    #[arg(long, value_name = "SUITES", allow_hyphen_values = true)]
    pub ciphers: Option<String>,
    /// Protocol to ask for (ALPN), such as mqtt or x-amzn-mqtt-ca
    #[arg(long, value_name = "PROTOCOL", allow_hyphen_values = true)]
    pub tls_alpn: Option<String>,
    /// Use TLS, and append its secrets to this file, for Wireshark to decrypt a capture with
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub tls_keylog: Option<String>,
    /// Not possible with this TLS library; use certificates
    #[arg(long, value_name = "HEX", allow_hyphen_values = true)]
    pub psk: Option<String>,
    /// Not possible with this TLS library; use certificates
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub psk_identity: Option<String>,
    /// Not possible with this TLS library; give the key as a file with --key
    #[arg(long, value_name = "ENGINE", allow_hyphen_values = true)]
    pub tls_engine: Option<String>,
    /// Not possible with this TLS library; give the key as a file with --key
    #[arg(long, value_name = "SHA1", allow_hyphen_values = true)]
    pub tls_engine_kpass_sha1: Option<String>,
    /// Where the key is: pem is all that is possible with this TLS library
    #[arg(long, value_name = "FORM", allow_hyphen_values = true)]
    pub keyform: Option<String>,
}

impl TlsFlags {
    /// The first flag that says something of TLS without asking for it.
    pub(super) fn first_detail(&self) -> Option<&'static str> {
        let details = [
            ("--crl", self.crl.is_some()),
            ("--cert", self.cert.is_some()),
            ("--key", self.key.is_some()),
            ("--insecure", self.insecure),
            ("--tls-version", self.tls_version.is_some()),
            ("--ciphers", self.ciphers.is_some()),
            ("--tls-alpn", self.tls_alpn.is_some()),
        ];
        details
            .into_iter()
            .find(|(_, given)| *given)
            .map(|(flag, _)| flag)
    }
}
