//! Serial numbers: 16 octets, positive, and how they are shown (RFC 5280 §4.1.2.2).

/// How many octets a serial number has; the RFC allows 20, RFC 5280 §4.1.2.2 asks for uniqueness only.
pub const LENGTH: usize = 16;

/// Makes a serial number of random octets. Two bits are fixed, so that it is positive and always as long; 126 stay random.
#[must_use]
pub fn from_random(mut octets: [u8; LENGTH]) -> [u8; LENGTH] {
    if let Some(first) = octets.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    octets
}

/// A serial number in lower-case hexadecimal, as `openssl x509 -serial` has it in upper case.
#[must_use]
pub fn to_hex(serial: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(serial)
}

/// Reads [`to_hex`]'s text.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()
}
