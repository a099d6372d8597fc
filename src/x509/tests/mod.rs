//! Tests of composing and reading, with OpenSSL and x509-cert as judges.

mod certificate;
mod diff;
mod pem;
mod request;
mod time;
