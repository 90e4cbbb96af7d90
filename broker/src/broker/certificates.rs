//! Certificates that a test hands to the clients under test.

use settings::Preset;

use super::Broker;
use crate::error::{Error, Kind};

impl Broker {
    /// The certificate, in PEM, of the CA that signed what the broker shows in TLS: clients must trust it. It is of no use
    /// where `tls.cert_file` names a certificate.
    ///
    /// # Errors
    /// The system gives no random numbers.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// let ca = broker.ca_pem()?; // give it to the client, and `mqtts://localhost` with this port
    /// assert!(ca.starts_with("-----BEGIN CERTIFICATE-----"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ca_pem(&self) -> Result<String, Error> {
        self.authority.ca_pem().map_err(certificate)
    }

    /// The list, in PEM, of the certificates that this CA has revoked. [`Preset::Revoked`](settings::Preset::Revoked) is on
    /// it; a client notices that only if it is given the list.
    ///
    /// # Errors
    /// The system gives no random numbers.
    ///
    /// ```
    /// let broker = broker::Broker::builder().tls(broker::settings::Preset::Revoked).start().wait()?;
    /// assert!(broker.crl_pem()?.starts_with("-----BEGIN X509 CRL-----"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn crl_pem(&self) -> Result<String, Error> {
        self.authority.crl_pem().map_err(certificate)
    }

    /// A certificate for a client, and its private key, both in PEM. The name is its Common Name, which is the client's user
    /// name where `tls.use_identity_as_username` says so.
    ///
    /// # Errors
    /// The name is empty, longer than 64 characters, or has control characters.
    ///
    /// ```
    /// let broker = broker::Broker::builder()
    ///     .configure(|settings| settings.tls.require_certificate = true)
    ///     .start()
    ///     .wait()?;
    /// let (certificate, key) = broker.client_certificate("lamp")?;
    /// assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn client_certificate(&self, name: &str) -> Result<(String, String), Error> {
        self.faulty_client_certificate(name, Preset::Valid)
    }

    /// As [`client_certificate`](Self::client_certificate), with something wrong: to see what the client does when it is turned
    /// away.
    ///
    /// # Errors
    /// As there, and for [`Preset::WrongHost`](settings::Preset::WrongHost): a client's certificate is for no host.
    ///
    /// ```
    /// use broker::settings::Preset;
    ///
    /// let broker = broker::Broker::start().wait()?;
    /// let (certificate, key) = broker.faulty_client_certificate("lamp", Preset::Expired)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn faulty_client_certificate(&self, name: &str, preset: Preset) -> Result<(String, String), Error> {
        let made = self.authority.client_certificate(name, preset);
        made.map_err(certificate)
    }

    /// Reads the files of certificates, keys and revocation lists again, and makes a new certificate where no file is given.
    /// Connections stay as they are.
    ///
    /// # Errors
    /// A file is not as it should be. Then everything stays as it is.
    ///
    /// ```
    /// let broker = broker::Broker::start().wait()?;
    /// broker.reload_certificates()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reload_certificates(&self) -> Result<(), Error> {
        self.authority.reload().map_err(certificate)
    }
}

fn certificate(error: String) -> Error {
    Kind::Certificate(error).into()
}
