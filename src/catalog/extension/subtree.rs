//! A resolved subtree of name constraints (RFC 5280 §4.2.1.10).

use std::net::IpAddr;

use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::Name;

use super::general_name::address;
use crate::source::Span;

/// The base of a subtree, and where it was written.
#[derive(Clone, Debug)]
pub struct Subtree {
    /// The base; of an IP network the address, then the mask.
    pub base: GeneralName,
    /// Its place.
    pub span: Span,
}

/// Subtrees are equal wherever they were written.
impl PartialEq for Subtree {
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base
    }
}

impl Eq for Subtree {}

impl Subtree {
    /// The domain below which DNS names stand, if it is one; empty is all names.
    #[must_use]
    pub fn dns(&self) -> Option<&str> {
        if let GeneralName::DnsName(name) = &self.base {
            Some(name.as_str())
        } else {
            None
        }
    }

    /// The mailbox, host or `.domain` of mail addresses, if it is one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        if let GeneralName::Rfc822Name(name) = &self.base {
            Some(name.as_str())
        } else {
            None
        }
    }

    /// The host or `.domain` of URIs, if it is one.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        if let GeneralName::UniformResourceIdentifier(uri) = &self.base {
            Some(uri.as_str())
        } else {
            None
        }
    }

    /// The network's address and its mask, if it is one.
    #[must_use]
    pub fn ip(&self) -> Option<(IpAddr, IpAddr)> {
        let GeneralName::IpAddress(octets) = &self.base else {
            return None;
        };
        let octets = octets.as_bytes();
        let (network, mask) = octets.split_at_checked(octets.len().checked_div(2)?)?;
        Some((address(network)?, address(mask)?))
    }

    /// The directory name below which subjects stand, if it is one.
    #[must_use]
    pub fn dirname(&self) -> Option<&Name> {
        if let GeneralName::DirectoryName(name) = &self.base {
            Some(name)
        } else {
            None
        }
    }
}
