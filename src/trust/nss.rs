//! An NSS database, as Firefox and Chromium have: NSS's `certutil` (package libnss3-tools).

use camino::Utf8Path;

use super::Anchor;
use super::steps::{Act, Look, Steps, words};

pub(super) fn steps(anchor: &Anchor, folder: &Utf8Path) -> Steps {
    let database = format!("sql:{folder}");
    let name = anchor.name.as_str();
    let of = |verb: &str, more: &[&str]| {
        let mut command = words(&["certutil", verb, "-d", &database, "-n", name]);
        command.extend(words(more));
        command
    };
    Steps {
        // Trusted to issue for servers, and for nothing else.
        install: vec![Act::Run(of(
            "-A",
            &["-t", "C,,", "-i", anchor.path.as_str()],
        ))],
        remove: vec![Act::Run(of("-D", &[]))],
        goes_first: true,
        look: Look::Prints(of("-L", &["-a"])),
        opens: Some(words(&["certutil", "-L", "-d", &database])),
    }
}
