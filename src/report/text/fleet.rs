//! Words that hold for every member of a fleet.

/// A text with `device-*` where it names `device-7`; a longer name that has this one in it stays.
pub(super) fn anyone(text: &str, id: &str, family: &str) -> String {
    let is_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(id) {
        out.push_str(before);
        if out.ends_with(is_name) || after.starts_with(is_name) {
            out.push_str(id);
        } else {
            out.push_str(family);
            out.push_str("-*");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_and_no_part_of_a_longer_one() {
        let path = "pki/x/device-1/device-1.p12";
        assert_eq!(
            anyone(path, "device-1", "device"),
            "pki/x/device-*/device-*.p12"
        );
        assert_eq!(
            anyone("pki/device-12/a", "device-1", "device"),
            "pki/device-12/a"
        );
        assert_eq!(anyone("my-device-1", "device-1", "device"), "my-device-1");
    }
}
