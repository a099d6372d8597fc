//! p11-kit's `trust`, which writes where its configuration says (trust(1)).

use super::Anchor;
use super::steps::{Act, Look, Steps, words};

pub(super) fn steps(anchor: &Anchor) -> Steps {
    let path = anchor.path.as_str();
    Steps {
        install: vec![Act::Run(words(&["trust", "anchor", "--store", path]))],
        remove: vec![Act::Run(words(&["trust", "anchor", "--remove", path]))],
        goes_first: false,
        look: Look::Prints(words(&["trust", "dump", "--filter=ca-anchors"])),
        opens: None,
    }
}
