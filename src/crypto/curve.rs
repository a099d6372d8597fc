//! The curves of ECDSA, each set up once: that takes a third of the time in which a key is made.

use std::sync::OnceLock;

use openssl::ec::{Asn1Flag, EcGroup};
use openssl::error::ErrorStack;
use openssl::nid::Nid;

/// A curve of FIPS 186-4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    /// No spec can name it; the vectors of C2SP det-keygen do.
    #[cfg(test)]
    P224,
    P256,
    P384,
    P521,
}

impl Curve {
    fn nid(self) -> Nid {
        match self {
            #[cfg(test)]
            Self::P224 => Nid::SECP224R1,
            Self::P256 => Nid::X9_62_PRIME256V1,
            Self::P384 => Nid::SECP384R1,
            Self::P521 => Nid::SECP521R1,
        }
    }

    /// The curve as OpenSSL's object; keys on it name it (RFC 5480 §2.1.1).
    pub(super) fn group(self) -> Result<&'static EcGroup, ErrorStack> {
        static GROUPS: [OnceLock<EcGroup>; 4] = [const { OnceLock::new() }; 4];
        let place = match self {
            Self::P256 => &GROUPS[0],
            Self::P384 => &GROUPS[1],
            Self::P521 => &GROUPS[2],
            #[cfg(test)]
            Self::P224 => &GROUPS[3],
        };
        if let Some(group) = place.get() {
            return Ok(group);
        }
        let mut group = EcGroup::from_curve_name(self.nid())?;
        group.set_asn1_flag(Asn1Flag::NAMED_CURVE);
        Ok(place.get_or_init(|| group))
    }
}
