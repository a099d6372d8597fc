//! The grammar of host names (RFC 1123 §2.1, in the preferred form of RFC 5280 §4.2.1.6).

use std::net::IpAddr;

/// What is wrong with a name that should be a host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DnsFault {
    /// No character at all, or a lone dot.
    Empty,
    /// Over 253 characters: 255 octets with the lengths and the root (RFC 1035 §2.3.4).
    TooLong,
    /// Two dots in a row, or one at either end.
    EmptyLabel,
    /// A label over 63 characters.
    LongLabel,
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// Something else than letters, digits and hyphens.
    Character(char),
    /// An IP address written as a name, or a top-level label of digits, which is taken for one.
    Numeric,
}

impl DnsFault {
    /// The fault in words, to follow "because ".
    pub(crate) fn words(self) -> String {
        match self {
            Self::Empty => "it is empty".to_owned(),
            Self::TooLong => "it is longer than 253 characters".to_owned(),
            Self::EmptyLabel => "a label is empty (a dot too many)".to_owned(),
            Self::LongLabel => "a label is longer than 63 characters".to_owned(),
            Self::Hyphen => "a label begins or ends with a hyphen".to_owned(),
            Self::Character(other) if other.is_ascii() => {
                format!("`{other}` is no letter, digit or hyphen")
            }
            Self::Character(other) => {
                format!("`{other}` is not ASCII: write its A-label (`xn--…`, RFC 5890)")
            }
            Self::Numeric => "its last label is a number: it reads as an IP address".to_owned(),
        }
    }
}

/// The first fault of a host name without a wildcard; none if it is well formed.
pub(crate) fn name_fault(name: &str) -> Option<DnsFault> {
    if name.is_empty() || name == "." {
        return Some(DnsFault::Empty);
    }
    if name.chars().count() > 253 {
        return Some(DnsFault::TooLong);
    }
    if let Some(fault) = name.split('.').find_map(label_fault) {
        return Some(fault);
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    last.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(DnsFault::Numeric)
}

/// Whether the text is an IP address, of either version.
pub(crate) fn is_ip_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

/// Whether a common name would be taken for a host's: at least two well-formed labels, the first maybe a wildcard.
/// OpenSSL holds such a one against the DNS constraints when there is no DNS name in the SAN.
pub(crate) fn looks_like_dns(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    text.contains('.') && name_fault(name).is_none()
}

fn label_fault(label: &str) -> Option<DnsFault> {
    if label.is_empty() {
        return Some(DnsFault::EmptyLabel);
    }
    let other = label
        .chars()
        .find(|letter| !(letter.is_ascii_alphanumeric() || *letter == '-'));
    if let Some(other) = other {
        return Some(DnsFault::Character(other));
    }
    if label.len() > 63 {
        return Some(DnsFault::LongLabel);
    }
    (label.starts_with('-') || label.ends_with('-')).then_some(DnsFault::Hyphen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_letters_digits_and_hyphens() {
        for good in [
            "localhost",
            "a.example",
            "xn--bcher-kva.example",
            "3com.example",
            "a-b.c",
        ] {
            assert_eq!(name_fault(good), None, "{good}");
        }
        for (bad, fault) in [
            ("", DnsFault::Empty),
            (".", DnsFault::Empty),
            ("a..b", DnsFault::EmptyLabel),
            ("a.example.", DnsFault::EmptyLabel),
            (".example", DnsFault::EmptyLabel),
            ("a_b.example", DnsFault::Character('_')),
            ("bücher.example", DnsFault::Character('ü')),
            ("-a.example", DnsFault::Hyphen),
            ("10.0.0.1", DnsFault::Numeric),
        ] {
            assert_eq!(name_fault(bad), Some(fault), "{bad}");
        }
        assert_eq!(name_fault(&"a".repeat(64)), Some(DnsFault::LongLabel));
        assert_eq!(name_fault(&"a.".repeat(127)), Some(DnsFault::TooLong));
    }

    #[test]
    fn a_common_name_with_a_dot_may_be_a_host() {
        assert!(looks_like_dns("www.example.com"));
        assert!(looks_like_dns("*.example.com"));
        assert!(!looks_like_dns("Example Root CA"));
        assert!(!looks_like_dns("localhost"));
        assert!(!looks_like_dns("10.0.0.1"));
    }
}
