//! A resolved `GeneralName` of a subject alternative name, and its parts (RFC 5280 §4.2.1.6).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

use crate::source::Span;

/// One name, and where it was written.
#[derive(Clone, Debug)]
pub struct San {
    /// The name.
    pub name: GeneralName,
    /// Its place.
    pub span: Span,
}

/// Names are equal wherever they were written.
impl PartialEq for San {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for San {}

impl San {
    /// The DNS name, if it is one.
    #[must_use]
    pub fn dns(&self) -> Option<&str> {
        if let GeneralName::DnsName(name) = &self.name {
            Some(name.as_str())
        } else {
            None
        }
    }

    /// The mail address, if it is one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        if let GeneralName::Rfc822Name(name) = &self.name {
            Some(name.as_str())
        } else {
            None
        }
    }

    /// The URI, if it is one.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        if let GeneralName::UniformResourceIdentifier(uri) = &self.name {
            Some(uri.as_str())
        } else {
            None
        }
    }

    /// The IP address, if it is one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        let GeneralName::IpAddress(octets) = &self.name else {
            return None;
        };
        address(octets.as_bytes())
    }

    /// The directory name, if it is one.
    #[must_use]
    pub fn dirname(&self) -> Option<&Name> {
        if let GeneralName::DirectoryName(name) = &self.name {
            Some(name)
        } else {
            None
        }
    }
}

/// The address of 4 or 16 octets.
pub(super) fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(IpAddr::V4(Ipv4Addr::from(v4)));
    }
    <[u8; 16]>::try_from(octets)
        .ok()
        .map(|v6| IpAddr::V6(Ipv6Addr::from(v6)))
}
