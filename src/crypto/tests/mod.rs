//! Tests of keys, signatures and PKCS #12 through this layer's own door.

mod derive;
mod key;
mod pkcs12;
mod sign;
