//! `[reproducible]`: one seed and one epoch give the same bytes, whoever applies, wherever, and in whatever order.

mod check;
mod epoch;
mod golden;
mod independence;
mod keys;
mod refusals;
mod seed;

use std::path::Path;
use std::process::Command;

use crate::support::{Pki, Run};

/// Every family of algorithms, every artifact, a chain, fleets, secrets.
const WIDE: &str = r#"
spec = 1
name = "wide"

[reproducible]
seed = { insecure_default = "a seed that everybody may know" }
epoch = "2026-11-01"

[vars]
devices = 7

[defaults]
subject = { organization = "Example" }

[ca.root]
subject.common_name = "Root"
key = "ecdsa-p384"
outputs = ["key", "key-der", "public-key", "cert", "cert-der"]

[ca.chain]
issuer = "root"
depth = 2
subject.common_name = "Chain {{ level }}"

[ca.rsa]
issuer = "root"
key = "rsa-2048"
subject.common_name = "RSA"

[ca.edwards]
issuer = "root"
key = "ed25519"
subject.common_name = "Edwards"

[ca.lattice]
issuer = "root"
key = "ml-dsa-44"
subject.common_name = "Lattice"

[leaf.device]
issuer = "chain"
count = "{{ devices }}"
subject.common_name = "device-{{ index }}"
outputs = ["key", "cert", "chain", "fullchain", "ca", "trust", "pkcs12"]
passphrase = { insecure_default = "1234" }

[leaf.legacy]
issuer = "rsa"
key = "rsa-2048"
subject.common_name = "legacy"
outputs = ["key", "cert", "pkcs12"]
passphrase = { insecure_default = "1234" }
pkcs12 = { encryption = "legacy" }

[leaf.sealed]
issuer = "edwards"
key = "ed448"
subject.common_name = "sealed"
key_encryption = { passphrase = { insecure_default = "abcd" } }

[leaf.scrypt]
issuer = "lattice"
key = "ecdsa-p521"
subject.common_name = "scrypt"
key_encryption = { passphrase = { insecure_default = "abcd" }, kdf = "scrypt" }

[leaf.quantum]
issuer = "lattice"
key = "ml-dsa-65"
subject.common_name = "quantum"

[leaf.alone]
issuer = "self"
subject.common_name = "alone"

[key.account]
"#;

/// The smallest: a root and a leaf, a fixed epoch.
const SMALL: &str = r#"
spec = 1
name = "small"

[reproducible]
seed = "env:PKI_SEED"
epoch = "2026-11-01"

[ca.root]
subject.common_name = "Root"

[leaf.www]
issuer = "root"
profile = "tls-server"
san = ["www.example.com"]
subject.common_name = "www"
"#;

/// A seed for [`SMALL`].
const SEED: &str = "0123456789abcdef";

fn small() -> Pki {
    Pki::new(SMALL).environment("PKI_SEED", SEED)
}

/// The digest of a store.
#[track_caller]
fn digest(pki: &Pki) -> String {
    digest_of(&pki.store())
}

#[track_caller]
fn digest_of(store: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pkiform"));
    command.arg("digest").arg(store);
    let text = Run::of(command).succeeds().stdout;
    let digest = text.trim();
    assert_eq!(digest.len(), 64, "{digest}");
    digest.to_owned()
}
