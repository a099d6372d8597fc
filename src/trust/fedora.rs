//! Fedora and its kin: a file of its own, and `update-ca-trust` (update-ca-trust(8)).

use camino::Utf8Path;

use super::Anchor;
use super::steps::{Act, Look, Steps, words_in};
use crate::x509::pem;

pub(super) fn steps(anchor: &Anchor, root: Option<&Utf8Path>) -> Steps {
    let base = root.unwrap_or(Utf8Path::new("/"));
    let file = base
        .join("etc/pki/ca-trust/source/anchors")
        .join(format!("{}.pem", anchor.name));
    let update = words_in(root, &["update-ca-trust", "extract"]);
    let text = pem::encode(pem::CERTIFICATE, anchor.certificate.der());
    Steps {
        install: vec![
            Act::Write(file.clone(), text.into_bytes()),
            Act::Run(update.clone()),
        ],
        remove: vec![Act::Remove(file), Act::Run(update)],
        goes_first: false,
        look: Look::Bundle(base.join("etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem")),
        opens: None,
    }
}
