//! A Java keystore: `keytool`. Its password goes from its source to keytool, past pkiform; where none is named it is
//! `changeit`, which is everybody's.

use std::str::FromStr;

use camino::Utf8Path;

use super::Anchor;
use super::steps::{Act, Look, Steps, words};

/// Where keytool finds a keystore's password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Storepass {
    /// Java's own default, `changeit`.
    #[default]
    Default,
    /// A variable of the environment.
    Env(String),
    /// The first line of a file.
    File(String),
}

impl FromStr for Storepass {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.to_owned())),
            _ => Err("write env:NAME or file:PATH".to_owned()),
        }
    }
}

impl Storepass {
    fn words(&self) -> [&str; 2] {
        match self {
            Self::Default => ["-storepass", "changeit"],
            Self::Env(name) => ["-storepass:env", name],
            Self::File(path) => ["-storepass:file", path],
        }
    }
}

pub(super) fn steps(anchor: &Anchor, file: Option<&Utf8Path>, storepass: &Storepass) -> Steps {
    let name = anchor.name.to_lowercase();
    let of = |verb: &str, more: &[&str]| {
        let mut command = words(&["keytool", verb]);
        command.extend(words(more));
        match file {
            Some(file) => command.extend(words(&["-keystore", file.as_str()])),
            None => command.push("-cacerts".to_owned()),
        }
        command.extend(words(&storepass.words()));
        command
    };
    let alias = ["-alias", &name];
    let import = ["-noprompt", "-trustcacerts", "-file", anchor.path.as_str()];
    Steps {
        install: vec![Act::Run(of(
            "-importcert",
            &[&alias[..], &import[..]].concat(),
        ))],
        remove: vec![Act::Run(of("-delete", &alias))],
        goes_first: true,
        look: Look::Prints(of("-exportcert", &[&alias[..], &["-rfc"]].concat())),
        // keytool makes a file that is not there.
        opens: file.is_none_or(Utf8Path::exists).then(|| of("-list", &[])),
    }
}
