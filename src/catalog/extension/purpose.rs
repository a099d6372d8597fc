//! Extended key usages by name (RFC 5280 §4.2.1.12 and its successors), any other by OID.

use std::fmt;
use std::str::FromStr;

use der::oid::ObjectIdentifier;

use crate::catalog::suggest;
use crate::catalog::text_form::text_form;

/// What a certificate may be used for: one `KeyPurposeId`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(pub ObjectIdentifier);

/// Names that a spec may write, and their OIDs.
pub const PURPOSES: &[(&str, ObjectIdentifier)] = &[
    ("any", ObjectIdentifier::new_unwrap("2.5.29.37.0")),
    (
        "server-auth",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ),
    (
        "client-auth",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"),
    ),
    (
        "code-signing",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"),
    ),
    (
        "email-protection",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    ),
    (
        "ipsec-end-system",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.5"),
    ),
    (
        "ipsec-tunnel",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.6"),
    ),
    (
        "ipsec-user",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.7"),
    ),
    (
        "time-stamping",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"),
    ),
    (
        "ocsp-signing",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9"),
    ),
    (
        "ipsec-ike",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.17"),
    ),
    (
        "ssh-client",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.21"),
    ),
    (
        "ssh-server",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.22"),
    ),
    (
        "document-signing",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ),
    (
        "pkinit-client",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.2.3.4"),
    ),
    (
        "pkinit-kdc",
        ObjectIdentifier::new_unwrap("1.3.6.1.5.2.3.5"),
    ),
    (
        "smartcard-logon",
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.20.2.2"),
    ),
];

impl Purpose {
    /// anyExtendedKeyUsage.
    pub const ANY: Self = Self(ObjectIdentifier::new_unwrap("2.5.29.37.0"));
    /// TLS servers.
    pub const SERVER_AUTH: Self = Self(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"));
    /// TLS clients.
    pub const CLIENT_AUTH: Self = Self(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"));
    /// Signed programs.
    pub const CODE_SIGNING: Self = Self(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3"));
    /// S/MIME.
    pub const EMAIL_PROTECTION: Self = Self(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"));
    /// Time stamps (RFC 3161).
    pub const TIME_STAMPING: Self = Self(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"));
    /// OCSP responses (RFC 6960).
    pub const OCSP_SIGNING: Self = Self(ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9"));
}

/// The name of a purpose, or its OID in dots.
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match PURPOSES.iter().find(|(_, oid)| *oid == self.0) {
            Some((name, _)) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}

impl FromStr for Purpose {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((_, oid)) = PURPOSES.iter().find(|(name, _)| *name == text) {
            return Ok(Self(*oid));
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return ObjectIdentifier::new(text)
                .map(Self)
                .map_err(|_| format!("`{text}` is no object identifier"));
        }
        let names = PURPOSES.iter().map(|(name, _)| *name);
        Err(suggest::unknown(text, "extended key usage (or OID)", names))
    }
}

text_form!(
    Purpose,
    schemars::json_schema!({
        "description": "An extended key usage by name, or by its OID in dots.",
        "anyOf": [
            { "enum": PURPOSES.iter().map(|(name, _)| *name).collect::<Vec<_>>() },
            { "type": "string", "pattern": r"^[0-2](\.[0-9]+)+$" },
        ],
    })
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_oids_are_read_and_printed() {
        assert_eq!("server-auth".parse(), Ok(Purpose::SERVER_AUTH));
        assert_eq!("1.3.6.1.5.5.7.3.2".parse(), Ok(Purpose::CLIENT_AUTH));
        assert_eq!(
            "1.3.6.1.4.1.99999.1"
                .parse::<Purpose>()
                .unwrap()
                .to_string(),
            "1.3.6.1.4.1.99999.1"
        );
        assert!(
            "serverAuth"
                .parse::<Purpose>()
                .unwrap_err()
                .contains("`server-auth`")
        );
        assert!("1.3.".parse::<Purpose>().is_err());
    }

    #[test]
    fn openssl_agrees_on_the_oids() {
        for (name, theirs) in [
            ("server-auth", "serverAuth"),
            ("client-auth", "clientAuth"),
            ("code-signing", "codeSigning"),
            ("email-protection", "emailProtection"),
            ("time-stamping", "timeStamping"),
            ("ocsp-signing", "OCSPSigning"),
            ("ipsec-ike", "ipsecIKE"),
            ("pkinit-kdc", "pkInitKDC"),
            ("smartcard-logon", "msSmartcardLogin"),
        ] {
            let ours = name.parse::<Purpose>().unwrap().0.to_string();
            let object = |text: &str| {
                openssl::asn1::Asn1Object::from_str(text)
                    .unwrap()
                    .to_string()
            };
            assert_eq!(object(&ours), object(theirs), "{name}");
        }
    }
}
