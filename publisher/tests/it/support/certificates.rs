//! Certificates of a test's own, in files.

// Each test file uses a part of it.
#![allow(dead_code, unreachable_pub)]

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use super::Directory;

/// An authority; its certificate is the file `ca.pem`.
pub struct Authority {
    pub directory: Directory,
    issuer: Issuer<'static, KeyPair>,
}

/// Paths of a certificate and of its key.
pub struct Files {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn named(name: &str) -> Self {
        let directory = Directory::new();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        directory.file("ca.pem", &params.self_signed(&key).unwrap().pem());
        Self {
            directory,
            issuer: Issuer::new(params, key),
        }
    }

    /// The path of a file in the authority's directory.
    pub fn path(&self, name: &str) -> String {
        self.directory.path.join(name).to_str().unwrap().to_owned()
    }

    /// A certificate for `host`, valid from one year's beginning to another's.
    pub fn sign(&self, name: &str, host: &str, years: (i32, i32)) -> Files {
        let (params, key) = (Self::params(host, years), KeyPair::generate().unwrap());
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.write(name, &certificate.pem(), &key)
    }

    /// A certificate that signs itself; with `authority` it calls itself one, as those of `openssl req -x509` do.
    pub fn self_signed(&self, name: &str, host: &str, authority: bool) -> Files {
        let (mut params, key) = (Self::params(host, (2020, 2090)), KeyPair::generate().unwrap());
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap();
        self.write(name, &certificate.pem(), &key)
    }

    fn params(host: &str, (from, to): (i32, i32)) -> CertificateParams {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        params
    }

    fn write(&self, name: &str, certificate: &str, key: &KeyPair) -> Files {
        Files {
            certificate: self.directory.file(&format!("{name}.pem"), certificate),
            key: self.directory.file(&format!("{name}.key"), &key.serialize_pem()),
        }
    }
}

/// A certificate that OpenSSL made, and its key where that is kept.
pub fn made_by_openssl(name: &str) -> Files {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/tls/openssl");
    Files {
        certificate: format!("{directory}/{name}.pem"),
        key: format!("{directory}/{name}.key"),
    }
}

/// Lines of configuration for one more listener of mosquitto, with TLS; `authority` is a file.
pub fn listener(port: &str, files: &Files, authority: &str, more: &str) -> String {
    format!(
        "listener {port} 127.0.0.1\ncafile {authority}\ncertfile {}\nkeyfile {}\n{more}\n",
        files.certificate, files.key
    )
}
