//! PEM as RFC 7468 has it: written in lines of 64, read with whatever stands around and between.

use data_encoding::BASE64;
use thiserror::Error;

/// The label of a certificate.
pub const CERTIFICATE: &str = "CERTIFICATE";
/// The label of a PKCS #8 key.
pub const PRIVATE_KEY: &str = "PRIVATE KEY";
/// The label of an encrypted PKCS #8 key.
pub const ENCRYPTED_PRIVATE_KEY: &str = "ENCRYPTED PRIVATE KEY";
/// The label of a SubjectPublicKeyInfo.
pub const PUBLIC_KEY: &str = "PUBLIC KEY";
/// The label of a certification request (RFC 7468 §7).
pub const REQUEST: &str = "CERTIFICATE REQUEST";
/// The label of a certificate revocation list.
pub const CRL: &str = "X509 CRL";

/// The octets of a full line: 64 characters of base64 (RFC 7468 §2).
const LINE_OCTETS: usize = 48;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands behind `BEGIN`.
    pub label: String,
    /// What the base64 holds.
    pub der: Vec<u8>,
}

/// What is wrong with a PEM text, and in which line (from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PemError {
    /// A block begins and does not end.
    #[error("the block that begins in line {0} has no end")]
    NoEnd(usize),
    /// A block's end has another label than its beginning.
    #[error("the `END` in line {0} does not fit the block's `BEGIN`")]
    OtherEnd(usize),
    /// A block holds what is not base64.
    #[error("the block that begins in line {0} holds what is not base64")]
    NotBase64(usize),
    /// A block has headers, as keys have that are encrypted the old way.
    #[error("the block that begins in line {0} has headers, which only old keys have")]
    Headers(usize),
    /// There is no block of the wanted label.
    #[error("there is no `{0}` in it")]
    Missing(&'static str),
}

/// One block as text.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let mut text = String::with_capacity(encoded_len(label, der));
    append(&mut text, label, der);
    text
}

/// Several blocks of one label, one after the other.
#[must_use]
pub fn encode_all<'a>(label: &str, ders: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut text = String::new();
    for der in ders {
        text.reserve(encoded_len(label, der));
        append(&mut text, label, der);
    }
    text
}

/// Enough for the text of a block, so that a key's text is never moved and left behind in freed memory.
fn encoded_len(label: &str, der: &[u8]) -> usize {
    let lines = der.len().div_ceil(LINE_OCTETS);
    BASE64.encode_len(der.len()) + lines + 2 * (label.len() + "-----BEGIN -----\n".len())
}

fn append(text: &mut String, label: &str, der: &[u8]) {
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in der.chunks(LINE_OCTETS) {
        BASE64.encode_append(line, text);
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
}

/// All blocks of a text; what stands between them is passed over.
///
/// # Errors
/// A block that has begun is malformed.
pub fn decode(text: &[u8]) -> Result<Vec<Block>, PemError> {
    let mut blocks = Vec::new();
    let mut lines = text.split(|octet| *octet == b'\n').enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(label) = boundary(line, b"-----BEGIN ") else {
            continue;
        };
        let begin = number.saturating_add(1);
        let mut base64 = Vec::new();
        loop {
            let Some((number, line)) = lines.next() else {
                return Err(PemError::NoEnd(begin));
            };
            if let Some(end) = boundary(line, b"-----END ") {
                if end != label {
                    return Err(PemError::OtherEnd(number.saturating_add(1)));
                }
                break;
            }
            if line.contains(&b':') {
                return Err(PemError::Headers(begin));
            }
            base64.extend(line.iter().filter(|octet| !octet.is_ascii_whitespace()));
        }
        let der = BASE64
            .decode(&base64)
            .map_err(|_| PemError::NotBase64(begin))?;
        let label = String::from_utf8_lossy(label).into_owned();
        blocks.push(Block { label, der });
    }
    Ok(blocks)
}

/// The DER of all certificates of a text, in order.
///
/// # Errors
/// A block is malformed, or there is no certificate.
pub fn certificates(text: &[u8]) -> Result<Vec<Vec<u8>>, PemError> {
    let certificates: Vec<_> = decode(text)?
        .into_iter()
        .filter(|block| matches!(block.label.as_str(), CERTIFICATE | "X509 CERTIFICATE"))
        .map(|block| block.der)
        .collect();
    if certificates.is_empty() {
        Err(PemError::Missing(CERTIFICATE))
    } else {
        Ok(certificates)
    }
}

/// The label of a line that opens or closes a block.
fn boundary<'a>(line: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    line.trim_ascii_end()
        .strip_prefix(prefix)?
        .strip_suffix(b"-----")
}
