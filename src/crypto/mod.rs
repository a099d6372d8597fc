//! Keys, signatures, randomness and secrets, by OpenSSL.
