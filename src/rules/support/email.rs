//! The grammar of a mailbox in a certificate (RFC 5280 §4.2.1.6: RFC 2821's `Mailbox`, no display name).

use super::dns::{DnsFault, name_fault};

/// What is wrong with a mailbox, in words to follow "because "; none if it is well formed.
pub(crate) fn address_fault(address: &str) -> Option<String> {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Some("it has no `@`".to_owned());
    };
    if local.len() > 64 {
        return Some("what stands before the `@` is longer than 64 characters".to_owned());
    }
    if !is_local_part(local) {
        return Some("what stands before the `@` is no local part".to_owned());
    }
    name_fault(domain).map(|fault: DnsFault| format!("after the `@`, {}", fault.words()))
}

/// Dot-separated atoms, or a quoted string of printable ASCII (RFC 5321 §4.1.2).
fn is_local_part(local: &str) -> bool {
    if let Some(quoted) = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        return !quoted.is_empty()
            && quoted
                .bytes()
                .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"');
    }
    local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.bytes().all(is_atom_byte))
}

fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_a_local_part_and_a_host() {
        for good in [
            "a@b.example",
            "first.last+tag@example.com",
            "\"a b\"@example.com",
        ] {
            assert_eq!(address_fault(good), None, "{good}");
        }
        for bad in [
            "a",
            "@b.example",
            "a@",
            "a b@c.example",
            "a.@b.example",
            "a@b_c.example",
        ] {
            assert!(address_fault(bad).is_some(), "{bad}");
        }
    }
}
