//! The command as a person and a program meet it: transcripts, exit codes, JSON.

mod flags;
mod json;
mod transcripts;

/// A root, two intermediates in a chain, three devices.
pub(crate) const CHAIN: &str = r#"spec = 1
name = "factory"

[defaults]
validity = "30d"

[ca.root]
subject.common_name = "Factory Root"
path_length = 12

[ca.mid]
issuer = "root"
depth = 2
subject.common_name = "Factory {{ level }}"

[leaf.device]
issuer = "mid"
profile = "device"
count = 3
subject.common_name = "device-{{ index }}"
san = ["device-{{ index }}.example.com"]
outputs = ["key", "cert", "fullchain", "pkcs12"]
passphrase = { from = "env:DEVICE_PASSPHRASE", insecure_default = "1234" }
"#;
