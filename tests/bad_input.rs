//! Every bad input gets one clear error, exit 1, and nothing is written: what the user reads, as pictures.

mod spec;
mod store;
mod words;

/// A small PKI that is well.
pub(crate) const THREE: &str = r#"spec = 1
name = "three"

[defaults]
validity = "30d"

[ca.root]
subject.common_name = "Root"

[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"

[leaf.www]
issuer = "issuing"
profile = "tls-server"
subject.common_name = "www.example.com"
san = ["www.example.com"]
"#;
