//! Windows: the machine's store `Root`, by Windows' own `certutil`.

use sha1::{Digest, Sha1};

use super::Anchor;
use super::steps::{Act, Look, Steps, words};

pub(super) fn steps(anchor: &Anchor) -> Steps {
    let thumbprint = data_encoding::HEXLOWER.encode(&Sha1::digest(anchor.certificate.der()));
    Steps {
        install: vec![Act::Run(words(&[
            "certutil",
            "-addstore",
            "-f",
            "Root",
            anchor.path.as_str(),
        ]))],
        remove: vec![Act::Run(words(&[
            "certutil",
            "-delstore",
            "Root",
            &thumbprint,
        ]))],
        goes_first: false,
        look: Look::Succeeds(words(&["certutil", "-verifystore", "Root", &thumbprint])),
        opens: None,
    }
}
