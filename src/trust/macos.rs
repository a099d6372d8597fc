//! macOS: the system's keychain, by `security`.

use super::Anchor;
use super::steps::{Act, Look, Steps, words};

pub(super) fn steps(anchor: &Anchor) -> Steps {
    let path = anchor.path.as_str();
    Steps {
        install: vec![Act::Run(words(&[
            "security",
            "add-trusted-cert",
            "-d",
            "-r",
            "trustRoot",
            "-k",
            "/Library/Keychains/System.keychain",
            path,
        ]))],
        remove: vec![Act::Run(words(&[
            "security",
            "remove-trusted-cert",
            "-d",
            path,
        ]))],
        goes_first: false,
        look: Look::Succeeds(words(&["security", "verify-cert", "-L", "-c", path])),
        opens: None,
    }
}
