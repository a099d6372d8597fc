//! A Java keystore: `keytool`. Its password protects nothing, as a truststore has no secret; `changeit` is everybody's.

use camino::Utf8Path;

use super::Anchor;
use super::steps::{Act, Look, Steps, words};

pub(super) fn steps(anchor: &Anchor, file: Option<&Utf8Path>) -> Steps {
    let name = anchor.name.to_lowercase();
    let of = |verb: &str, more: &[&str]| {
        let mut command = words(&["keytool", verb, "-alias", &name]);
        command.extend(words(more));
        match file {
            Some(file) => command.extend(words(&["-keystore", file.as_str()])),
            None => command.push("-cacerts".to_owned()),
        }
        command.extend(words(&["-storepass", "changeit"]));
        command
    };
    Steps {
        install: vec![Act::Run(of(
            "-importcert",
            &["-noprompt", "-trustcacerts", "-file", anchor.path.as_str()],
        ))],
        remove: vec![Act::Run(of("-delete", &[]))],
        goes_first: true,
        look: Look::Prints(of("-exportcert", &["-rfc"])),
    }
}
