//! Whether a name lies within a name constraint (RFC 5280 §4.2.1.10), as the strictest of the validators reads it.

use x509_cert::ext::pkix::name::GeneralName;

use super::dns::is_ip_address;
use super::subject::is_prefix;
use super::uri::host;

/// The form of a name: constraints of one form say nothing of names of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Dns,
    Ip,
    Email,
    Uri,
    Directory,
    Other,
}

impl Form {
    /// The word of the spec.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Ip => "ip",
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Directory => "dirname",
            Self::Other => "other",
        }
    }
}

/// The form of a name or of a constraint's base.
pub(crate) fn form(name: &GeneralName) -> Form {
    match name {
        GeneralName::DnsName(_) => Form::Dns,
        GeneralName::IpAddress(_) => Form::Ip,
        GeneralName::Rfc822Name(_) => Form::Email,
        GeneralName::UniformResourceIdentifier(_) => Form::Uri,
        GeneralName::DirectoryName(_) => Form::Directory,
        _ => Form::Other,
    }
}

/// Whether the name lies within the base; none if their forms differ. What cannot be decided lies within an excluded
/// base and outside a permitted one, since a validator that meets it must refuse.
pub(crate) fn within(name: &GeneralName, base: &GeneralName, excluded: bool) -> Option<bool> {
    let inside = match (name, base) {
        (GeneralName::DnsName(name), GeneralName::DnsName(base)) => {
            dns_within(name.as_str(), base.as_str(), excluded)
        }
        (GeneralName::IpAddress(name), GeneralName::IpAddress(base)) => {
            ip_within(name.as_bytes(), base.as_bytes())
        }
        (GeneralName::Rfc822Name(name), GeneralName::Rfc822Name(base)) => {
            email_within(name.as_str(), base.as_str())
        }
        (
            GeneralName::UniformResourceIdentifier(name),
            GeneralName::UniformResourceIdentifier(base),
        ) => match host(name.as_str()) {
            Some(host) if !host.is_empty() && !is_ip_address(host) => {
                host_within(host, base.as_str())
            }
            _ => excluded,
        },
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => {
            is_prefix(base, name)
        }
        _ if form(name) == Form::Other && form(base) == Form::Other => {
            std::mem::discriminant(name) == std::mem::discriminant(base) && excluded
        }
        _ => return None,
    };
    Some(inside)
}

/// A base is the name itself or labels to its right; with a leading dot only what has more labels, as OpenSSL and
/// webpki read it. A wildcard lies in an excluded base if any name for which it stands does.
fn dns_within(name: &str, base: &str, excluded: bool) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.is_empty() || name == base {
        return true;
    }
    let suffix = if base.starts_with('.') {
        base.clone()
    } else {
        format!(".{base}")
    };
    if name.ends_with(&suffix) {
        return true;
    }
    let Some(parent) = name.strip_prefix('*') else {
        return false;
    };
    excluded
        && base
            .strip_suffix(parent)
            .is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

/// An address and a mask of the same family, one after the other.
fn ip_within(address: &[u8], base: &[u8]) -> bool {
    let (network, mask) = base.split_at(base.len() / 2);
    address.len() == network.len()
        && address
            .iter()
            .zip(network.iter().zip(mask))
            .all(|(octet, (network, mask))| octet & mask == network & mask)
}

/// A base is a mailbox, a host (all its mailboxes), or with a leading dot all hosts below a domain.
fn email_within(address: &str, base: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        // RFC 5280 §7.5: the local part is compared as it stands.
        Some((base_local, base_domain)) => {
            local == base_local && domain.eq_ignore_ascii_case(base_domain)
        }
        None => base.is_empty() || host_within(domain, base),
    }
}

fn host_within(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.starts_with('.') {
        host.ends_with(&base)
    } else {
        host == base
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_constraints_end_at_labels() {
        assert!(dns_within("a.Example.com", "example.com", false));
        assert!(dns_within("example.com", "example.com", false));
        assert!(!dns_within("badexample.com", "example.com", false));
        assert!(!dns_within("example.com", ".example.com", false));
        assert!(dns_within("a.example.com", ".example.com", false));
        assert!(dns_within("anything", "", false));
        assert!(!dns_within("com", "example.com", false));
    }

    #[test]
    fn a_wildcard_stands_for_each_name_only_where_it_is_excluded() {
        assert!(dns_within("*.example.com", "example.com", false));
        assert!(!dns_within("*.example.com", "a.example.com", false));
        assert!(dns_within("*.example.com", "a.example.com", true));
        assert!(!dns_within("*.example.com", "b.a.example.com", true));
    }

    #[test]
    fn addresses_are_masked() {
        assert!(ip_within(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]));
        assert!(!ip_within(&[11, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]));
        assert!(!ip_within(&[0; 16], &[10, 0, 0, 0, 255, 0, 0, 0]));
    }

    #[test]
    fn mailboxes_and_hosts() {
        assert!(email_within("a@example.com", "example.com"));
        assert!(!email_within("a@mail.example.com", "example.com"));
        assert!(email_within("a@mail.example.com", ".example.com"));
        assert!(!email_within("A@example.com", "a@example.com"));
        assert!(host_within("mail.example.com", ".example.com"));
        assert!(!host_within("mail.example.com", "example.com"));
    }
}
