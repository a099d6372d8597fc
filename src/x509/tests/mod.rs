//! Tests of composing and reading, with OpenSSL and x509-cert as judges.

mod crl;
mod certificate;
mod diff;
mod pem;
mod request;
mod time;
