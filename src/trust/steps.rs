//! What is done to a store, as data: shown before it is done, and the same whoever does it.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Anchor, Kind, Storepass, debian, fedora, java, macos, nss, p11_kit, windows};

/// One thing that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Write this file.
    Write(Utf8PathBuf, Vec<u8>),
    /// Remove this file.
    Remove(Utf8PathBuf),
    /// Run this program with these arguments.
    Run(Vec<String>),
}

/// How it is seen what a store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is one of the certificates in this file.
    Bundle(Utf8PathBuf),
    /// It is one of the certificates that this command prints.
    Prints(Vec<String>),
    /// This command succeeds.
    Succeeds(Vec<String>),
}

/// What is done to a store, and how it is seen.
#[derive(Clone, Debug)]
pub struct Steps {
    /// To take the root in.
    pub install: Vec<Act>,
    /// To take it out.
    pub remove: Vec<Act>,
    /// Whether what stands under its name must go before another is taken in.
    pub goes_first: bool,
    /// How it is seen.
    pub look: Look,
    /// The command that succeeds where the store can be read at all: `look` fails too where the root alone is missing.
    pub opens: Option<Vec<String>>,
}

/// What is done to a store for a root; `root` is the folder of an image instead of this machine's, `storepass` a Java
/// keystore's password.
#[must_use]
pub fn steps(
    kind: &Kind,
    anchor: &Anchor,
    root: Option<&Utf8Path>,
    storepass: &Storepass,
) -> Steps {
    match kind {
        Kind::Debian => debian::steps(anchor, root),
        Kind::Fedora => fedora::steps(anchor, root),
        Kind::P11Kit => p11_kit::steps(anchor),
        Kind::Nss(folder) => nss::steps(anchor, folder),
        Kind::Java(file) => java::steps(anchor, file.as_deref(), storepass),
        Kind::MacOs => macos::steps(anchor),
        Kind::Windows => windows::steps(anchor),
    }
}

/// A command of plain words.
pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A command that an image's own program carries out: the machine's may be another's, and writes links that hold there alone.
pub(super) fn words_in(root: Option<&Utf8Path>, command: &[&str]) -> Vec<String> {
    let mut all = root.map_or_else(Vec::new, |root| words(&["chroot", root.as_str()]));
    all.extend(words(command));
    all
}
