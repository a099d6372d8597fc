//! Debian and its kin: a file of its own, and `update-ca-certificates` (ca-certificates(8)).

use camino::Utf8Path;

use super::Anchor;
use super::steps::{Act, Look, Steps, words_in};
use crate::x509::pem;

pub(super) fn steps(anchor: &Anchor, root: Option<&Utf8Path>) -> Steps {
    let base = root.unwrap_or(Utf8Path::new("/"));
    // The program looks at no other ending.
    let file = base
        .join("usr/local/share/ca-certificates")
        .join(format!("{}.crt", anchor.name));
    let update = words_in(root, &["update-ca-certificates"]);
    // Without it, links to what has gone stay.
    let afresh = words_in(root, &["update-ca-certificates", "--fresh"]);
    let text = pem::encode(pem::CERTIFICATE, anchor.certificate.der());
    Steps {
        install: vec![
            Act::Write(file.clone(), text.into_bytes()),
            Act::Run(update),
        ],
        remove: vec![Act::Remove(file), Act::Run(afresh)],
        goes_first: false,
        look: Look::Bundle(base.join("etc/ssl/certs/ca-certificates.crt")),
        opens: None,
    }
}
