//! Octets as people compare them: `5F:21:…`.

/// Two hexadecimal digits an octet, colons between.
#[must_use]
pub fn colons(octets: &[u8]) -> String {
    let pairs: Vec<String> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    pairs.join(":")
}
