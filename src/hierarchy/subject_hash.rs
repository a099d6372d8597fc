//! The hash of a subject by which OpenSSL finds a certificate in a folder (openssl-rehash(1)).

use openssl::x509::{X509, X509Name};

use crate::catalog::name::DistinguishedName;

/// The eight hexadecimal digits, as OpenSSL itself works them out.
pub(super) fn subject_hash(subject: &DistinguishedName) -> Option<String> {
    let name = X509Name::from_der(&subject.to_der().ok()?).ok()?;
    let mut certificate = X509::builder().ok()?;
    certificate.set_subject_name(&name).ok()?;
    Some(format!("{:08x}", certificate.build().subject_name_hash()))
}
