//! C2SP det-keygen (c2sp.org/det-keygen): its generator of octets, and RSA keys from it. Numbers are OpenSSL's.

use hmac::{Hmac, KeyInit, Mac};
use openssl::bn::{BigNum, BigNumContext, BigNumRef};
use openssl::error::ErrorStack;
use openssl::pkey::Private;
use openssl::rsa::Rsa;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The public exponent of every RSA key.
const EXPONENT: u32 = 65_537;

/// Rounds of Miller-Rabin: OpenSSL's own number (0 lets it choose by the size), not fewer than the standard's five.
const ROUNDS: i32 = 0;

/// `HMAC_DRBG` with SHA-256 (SP 800-90A §10.1.2): from seed and purpose, octets without end.
pub(super) struct Drbg {
    key: Zeroizing<[u8; 32]>,
    value: Zeroizing<[u8; 32]>,
}

impl Drbg {
    pub(super) fn new(seed: &[u8], personalization: &[u8]) -> Self {
        let mut drbg = Self {
            key: Zeroizing::new([0; 32]),
            value: Zeroizing::new([1; 32]),
        };
        for mark in [0, 1] {
            drbg.update(&[&[mark], seed, personalization]);
        }
        drbg
    }

    /// The next octets. What is returned is never used again.
    pub(super) fn octets(&mut self, length: usize) -> Zeroizing<Vec<u8>> {
        let mut octets = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(32)));
        while octets.len() < length {
            self.value = self.hmac(&[]);
            octets.extend_from_slice(&*self.value);
        }
        octets.truncate(length);
        self.update(&[&[0]]);
        octets
    }

    /// K = HMAC(K, V || parts), V = HMAC(K, V).
    fn update(&mut self, parts: &[&[u8]]) {
        self.key = self.hmac(parts);
        self.value = self.hmac(&[]);
    }

    fn hmac(&self, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        // RFC 2104 §2: zeros fill a key up to a block. A whole block cannot be of a wrong length.
        let mut block = Zeroizing::new([0; 64]);
        for (to, from) in block.iter_mut().zip(self.key.iter()) {
            *to = *from;
        }
        let mut hmac = Hmac::<Sha256>::new((&*block).into());
        hmac.update(&*self.value);
        for part in parts {
            hmac.update(part);
        }
        Zeroizing::new(hmac.finalize().into_bytes().into())
    }
}

/// RFC 6979 §2.3.2: the leftmost bits, as a number.
pub(super) fn bits_to_number(octets: &[u8], bits: i32) -> Result<BigNum, ErrorStack> {
    let mut all = secret()?;
    all.copy_from_slice(octets)?;
    let length = i32::try_from(octets.len())
        .unwrap_or(i32::MAX)
        .saturating_mul(8);
    let mut number = secret()?;
    number.rshift(&all, length.saturating_sub(bits).max(0))?;
    Ok(number)
}

/// An RSA key of so many bits.
pub(super) fn rsa(seed: &[u8], bits: u32) -> Result<Rsa<Private>, ErrorStack> {
    let size = u16::try_from(bits).unwrap_or(u16::MAX).to_be_bytes();
    let mut drbg = Drbg::new(seed, &[b"det RSA key gen".as_slice(), &size].concat());
    let length = usize::try_from(bits / 16).unwrap_or_default();
    let mut context = BigNumContext::new_secure()?;
    let one = BigNum::from_u32(1)?;
    let exponent = BigNum::from_u32(EXPONENT)?;
    loop {
        let p = prime(&mut drbg, length, &mut context)?;
        let q = prime(&mut drbg, length, &mut context)?;
        let p_less = difference(&p, &one)?;
        let q_less = difference(&q, &one)?;
        let mut ratio = secret()?;
        ratio.gcd(&p_less, &q_less, &mut context)?;
        if ratio.num_bits() > 32 {
            continue;
        }
        let mut totient = secret()?;
        totient.checked_mul(&p_less, &q_less, &mut context)?;
        let mut lambda = secret()?;
        lambda.checked_div(&totient, &ratio, &mut context)?;
        // Without an inverse both primes are refused: once in some 2¹⁵ keys.
        let Some(private) = inverse(&exponent, &lambda, &mut context) else {
            continue;
        };
        let mut modulus = BigNum::new()?;
        modulus.checked_mul(&p, &q, &mut context)?;
        let mut d_p = secret()?;
        d_p.checked_rem(&private, &p_less, &mut context)?;
        let mut d_q = secret()?;
        d_q.checked_rem(&private, &q_less, &mut context)?;
        let Some(q_inverse) = inverse(&q, &p, &mut context) else {
            continue;
        };
        return Rsa::from_private_components(modulus, exponent, private, p, q, d_p, d_q, q_inverse);
    }
}

/// The next prime: the two highest bits are set, so that a product of two has its full length, and the three lowest.
fn prime(
    drbg: &mut Drbg,
    length: usize,
    context: &mut BigNumContext,
) -> Result<BigNum, ErrorStack> {
    loop {
        let mut octets = drbg.octets(length);
        if let Some(first) = octets.first_mut() {
            *first |= 0b1100_0000;
        }
        if let Some(last) = octets.last_mut() {
            *last |= 0b0000_0111;
        }
        let mut candidate = secret()?;
        candidate.copy_from_slice(&octets)?;
        if candidate.is_prime_fasttest(ROUNDS, context, true)? {
            return Ok(candidate);
        }
    }
}

fn difference(a: &BigNumRef, b: &BigNumRef) -> Result<BigNum, ErrorStack> {
    let mut difference = secret()?;
    difference.checked_sub(a, b)?;
    Ok(difference)
}

/// The inverse, if there is one.
fn inverse(number: &BigNumRef, modulus: &BigNumRef, context: &mut BigNumContext) -> Option<BigNum> {
    let mut inverse = secret().ok()?;
    inverse.mod_inverse(number, modulus, context).ok()?;
    Some(inverse)
}

/// A number in memory that is wiped when it is freed, and with which OpenSSL computes in constant time.
fn secret() -> Result<BigNum, ErrorStack> {
    let mut number = BigNum::new_secure()?;
    number.set_const_time();
    Ok(number)
}
