//! The grammar of a URI in a certificate (RFC 3986 §3, and RFC 5280 §4.2.1.6: absolute, with a host where it has an authority).

use std::net::Ipv6Addr;

use super::dns::{is_ip_address, name_fault};

/// The scheme before the colon, if it is one (RFC 3986 §3.1).
pub(crate) fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let letters = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    letters.then_some(scheme)
}

/// The host of a URI with an authority, without user and port.
pub(crate) fn host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    if let Some(bracketed) = place.strip_prefix('[') {
        return bracketed.split_once(']').map(|(address, _)| address);
    }
    Some(place.split_once(':').map_or(place, |(name, _)| name))
}

/// What is wrong with a URI, in words to follow "because "; none if it is well formed.
pub(crate) fn uri_fault(uri: &str) -> Option<String> {
    let Some(scheme) = scheme(uri) else {
        return Some("it begins with no scheme, as `https:`".to_owned());
    };
    let rest = uri.get(scheme.len() + 1..).unwrap_or_default();
    if rest.is_empty() {
        return Some(format!("nothing follows `{scheme}:`"));
    }
    if let Some(other) = rest.chars().find(|letter| !is_uri_character(*letter)) {
        return Some(format!("`{other}` must be percent-encoded"));
    }
    if broken_escape(rest) {
        return Some("two hexadecimal digits must follow each `%`".to_owned());
    }
    if !rest.starts_with("//") {
        return None;
    }
    match host(uri) {
        // `file:///etc` and `ldap:///cn=a` have an authority that is empty.
        Some("") if matches!(scheme, "file" | "ldap" | "ldaps") => None,
        None | Some("") => Some("it has no host".to_owned()),
        Some(host) if is_ip_address(host) || host.parse::<Ipv6Addr>().is_ok() => None,
        Some(host) => name_fault(host).map(|fault| format!("in its host, {}", fault.words())),
    }
}

fn is_uri_character(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(letter)
}

fn broken_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|after| {
        let mut digits = after.bytes();
        !matches!((digits.next(), digits.next()), (Some(high), Some(low))
            if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_uris_pass() {
        for good in [
            "spiffe://example.com/www",
            "https://user@example.com:8443/a?b#c",
            "http://[::1]:80/",
            "http://10.0.0.1/ca.cer",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "ldap:///cn=a?cACertificate",
            "http://example.com/a%20b",
        ] {
            assert_eq!(uri_fault(good), None, "{good}");
        }
    }

    #[test]
    fn others_are_told_why() {
        for bad in [
            "example.com/a",
            "http:",
            "http:///a",
            "http://a b/",
            "http://exa_mple.com/",
            "http://example.com/%2",
            "1http://example.com",
        ] {
            assert!(uri_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_host_stands_between_user_and_port() {
        assert_eq!(host("https://user@example.com:8443/a"), Some("example.com"));
        assert_eq!(host("http://[::1]:80/"), Some("::1"));
        assert_eq!(host("urn:a:b"), None);
    }
}
