//! The artifacts: files that an entity yields, with their names, modes and whether they hold a secret.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

/// One kind of file that an entity yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Artifact {
    /// The private key, PKCS#8 in PEM.
    Key,
    /// The private key, PKCS#8 in DER.
    KeyDer,
    /// The public key, `SubjectPublicKeyInfo` in PEM.
    PublicKey,
    /// The certificate in PEM.
    Cert,
    /// The certificate in DER.
    CertDer,
    /// The issuers without the root in PEM, the certificate's own issuer first.
    Chain,
    /// The certificate and its chain in PEM.
    Fullchain,
    /// The root in PEM.
    Ca,
    /// The chosen trust anchors in PEM.
    Trust,
    /// Key, certificate and chain in one PKCS#12 file.
    Pkcs12,
    /// A CA's certificate revocation list in PEM.
    Crl,
    /// The same in DER.
    CrlDer,
    /// Certificate, chain and private key in one PEM file, as HAProxy takes it.
    Combined,
    /// The chosen trust anchors in a PKCS#12 file, as Java takes it.
    Truststore,
    /// The certificate in a folder that OpenSSL looks up by the subject's hash.
    Hashed,
    /// A CA's certificate revocation list in the same folder.
    CrlHashed,
    /// A Kubernetes Secret of type `kubernetes.io/tls`.
    KubernetesSecret,
    /// The lines of nginx's configuration that name the files.
    Nginx,
    /// The lines of Mosquitto's configuration that name the files.
    Mosquitto,
    /// The lines of PostgreSQL's configuration that name the files.
    Postgresql,
    /// Where and as whom a device connects, as JSON.
    Connection,
}

/// How the files of a store are named.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// A folder for each entity: `www/cert.pem`, `www/www.p12`.
    #[default]
    Folder,
    /// All in one folder: `www.cert.pem`, `www.p12`.
    Flat,
}

impl Artifact {
    /// All of them, in the order in which they are written and shown.
    pub const ALL: [Self; 21] = [
        Self::Key,
        Self::KeyDer,
        Self::PublicKey,
        Self::Cert,
        Self::CertDer,
        Self::Chain,
        Self::Fullchain,
        Self::Ca,
        Self::Trust,
        Self::Pkcs12,
        Self::Crl,
        Self::CrlDer,
        Self::Combined,
        Self::Truststore,
        Self::Hashed,
        Self::CrlHashed,
        Self::KubernetesSecret,
        Self::Nginx,
        Self::Mosquitto,
        Self::Postgresql,
        Self::Connection,
    ];

    /// The name in a spec: `key-der`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::KeyDer => "key-der",
            Self::PublicKey => "public-key",
            Self::Cert => "cert",
            Self::CertDer => "cert-der",
            Self::Chain => "chain",
            Self::Fullchain => "fullchain",
            Self::Ca => "ca",
            Self::Trust => "trust",
            Self::Pkcs12 => "pkcs12",
            Self::Crl => "crl",
            Self::CrlDer => "crl-der",
            Self::Combined => "combined",
            Self::Truststore => "truststore",
            Self::Hashed => "hashed",
            Self::CrlHashed => "crl-hashed",
            Self::KubernetesSecret => "kubernetes-secret",
            Self::Nginx => "nginx",
            Self::Mosquitto => "mosquitto",
            Self::Postgresql => "postgresql",
            Self::Connection => "connection",
        }
    }

    /// What the file is, in a few words.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Key => "the private key, PKCS#8 in PEM",
            Self::KeyDer => "the private key, PKCS#8 in DER",
            Self::PublicKey => "the public key in PEM",
            Self::Cert => "the certificate in PEM",
            Self::CertDer => "the certificate in DER",
            Self::Chain => "the issuers without the root in PEM",
            Self::Fullchain => "the certificate and its chain in PEM",
            Self::Ca => "the root in PEM",
            Self::Trust => "the chosen trust anchors in PEM",
            Self::Pkcs12 => "key, certificate and chain in one PKCS#12 file",
            Self::Crl => "the CA's certificate revocation list in PEM",
            Self::CrlDer => "the CA's certificate revocation list in DER",
            Self::Combined => {
                "certificate, chain and private key in one PEM file, as HAProxy takes it"
            }
            Self::Truststore => "the chosen trust anchors in a PKCS#12 file, as Java takes it",
            Self::Hashed => "the certificate in a folder that OpenSSL looks up by hash",
            Self::CrlHashed => "the CA's certificate revocation list in that folder",
            Self::KubernetesSecret => "a Kubernetes Secret of type kubernetes.io/tls",
            Self::Nginx => "the lines of nginx's configuration that name the files",
            Self::Mosquitto => "the lines of Mosquitto's configuration that name the files",
            Self::Postgresql => "the lines of PostgreSQL's configuration that name the files",
            Self::Connection => {
                "where and as whom a device connects, and with which files, as JSON"
            }
        }
    }

    /// The properties of a table from artifact to path, in JSON Schema.
    #[must_use]
    pub fn path_properties() -> serde_json::Map<String, serde_json::Value> {
        Self::ALL
            .iter()
            .map(|artifact| {
                let property = serde_json::json!({
                    "description": format!("The path of {}.", artifact.what()),
                    "type": "string",
                    "minLength": 1,
                });
                (artifact.id().to_owned(), property)
            })
            .collect()
    }

    /// The path of an entity's file, relative to the store, with `/` between its parts. `subject_hash` is OpenSSL's, of
    /// its subject.
    #[must_use]
    pub fn file_name(self, layout: Layout, id: &str, subject_hash: &str) -> String {
        let name = match self {
            Self::Key => "key.pem",
            Self::KeyDer => "key.der",
            Self::PublicKey => "public-key.pem",
            Self::Cert => "cert.pem",
            Self::CertDer => "cert.der",
            Self::Chain => "chain.pem",
            Self::Fullchain => "fullchain.pem",
            Self::Ca => "ca.pem",
            Self::Trust => "trust.pem",
            Self::Crl => "crl.pem",
            Self::CrlDer => "crl.der",
            Self::Combined => "combined.pem",
            Self::Truststore => "truststore.p12",
            Self::KubernetesSecret => "secret.yaml",
            Self::Nginx => "nginx.conf",
            Self::Mosquitto => "mosquitto.conf",
            Self::Postgresql => "postgresql.conf",
            Self::Connection => "connection.json",
            // OpenSSL looks in one folder for all of them, whatever the layout.
            Self::Hashed => return format!("hashed/{subject_hash}.0"),
            Self::CrlHashed => return format!("hashed/{subject_hash}.r0"),
            Self::Pkcs12 => {
                return match layout {
                    Layout::Folder => format!("{id}/{id}.p12"),
                    Layout::Flat => format!("{id}.p12"),
                };
            }
        };
        match layout {
            Layout::Folder => format!("{id}/{name}"),
            Layout::Flat => format!("{id}.{name}"),
        }
    }

    /// Whether the file holds a private key.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Key | Self::KeyDer | Self::Pkcs12 | Self::Combined | Self::KubernetesSecret
        )
    }

    /// Whether the file is a CA's list of what it has revoked.
    #[must_use]
    pub fn is_crl(self) -> bool {
        matches!(self, Self::Crl | Self::CrlDer | Self::CrlHashed)
    }

    /// Whether the file is found by the hash of its subject.
    #[must_use]
    pub fn is_hashed(self) -> bool {
        matches!(self, Self::Hashed | Self::CrlHashed)
    }

    /// Whether the file is a program's configuration, which names other files.
    #[must_use]
    pub fn is_configuration(self) -> bool {
        matches!(
            self,
            Self::Nginx | Self::Mosquitto | Self::Postgresql | Self::Connection
        )
    }

    /// Whether the file is made of certificates, so that an entity without one cannot have it.
    #[must_use]
    pub fn needs_certificate(self) -> bool {
        !matches!(self, Self::Key | Self::KeyDer | Self::PublicKey)
    }

    /// The file's permissions unless the spec says otherwise.
    #[must_use]
    pub fn mode(self) -> u32 {
        if self.is_secret() { 0o600 } else { 0o644 }
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Artifact {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|artifact| artifact.id() == text)
            .ok_or_else(|| {
                super::suggest::unknown(
                    text,
                    "artifact",
                    Self::ALL.iter().map(|artifact| artifact.id()),
                )
            })
    }
}

impl<'de> Deserialize<'de> for Artifact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layouts_are_those_of_the_design() {
        assert_eq!(
            Artifact::Fullchain.file_name(Layout::Folder, "www", ""),
            "www/fullchain.pem"
        );
        assert_eq!(
            Artifact::Pkcs12.file_name(Layout::Folder, "www", ""),
            "www/www.p12"
        );
        assert_eq!(
            Artifact::Key.file_name(Layout::Flat, "www", ""),
            "www.key.pem"
        );
    }

    #[test]
    fn names_read_back_and_agree_with_the_schema() {
        for artifact in Artifact::ALL {
            assert_eq!(artifact.id().parse(), Ok(artifact));
            assert_eq!(serde_json::to_value(artifact).unwrap(), artifact.id());
        }
        assert!(
            "full-chain"
                .parse::<Artifact>()
                .unwrap_err()
                .contains("`fullchain`")
        );
    }
}
