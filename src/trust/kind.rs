//! The kinds of trust stores, by the names that a user gives them, and which of them this machine has.

use std::fmt;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

use super::act::program_path;
use crate::store::folders_elsewhere;

/// A trust store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The system's, as Debian, Ubuntu and Alpine keep it.
    Debian,
    /// The system's, as Fedora, RHEL and SUSE's kin keep it.
    Fedora,
    /// What p11-kit's `trust` writes.
    P11Kit,
    /// An NSS database, as Firefox and Chromium have: its folder.
    Nss(Utf8PathBuf),
    /// A Java keystore: its file, or the runtime's own `cacerts`.
    Java(Option<Utf8PathBuf>),
    /// The system's keychain.
    MacOs,
    /// The machine's store `Root`.
    Windows,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, place) = match text.split_once(':') {
            Some((kind, place)) => (kind, Some(Utf8PathBuf::from(place))),
            None => (text, None),
        };
        Ok(match (kind, place) {
            ("debian", None) => Self::Debian,
            ("fedora", None) => Self::Fedora,
            ("p11-kit", None) => Self::P11Kit,
            ("macos", None) => Self::MacOs,
            ("windows", None) => Self::Windows,
            ("java", place) => Self::Java(place),
            ("nss", Some(folder)) => Self::Nss(folder),
            ("nss", None) => {
                return Err("say which database: nss:FOLDER, as nss:$HOME/.pki/nssdb".to_owned());
            }
            _ => {
                return Err(
                    "the stores: debian, fedora, p11-kit, nss:FOLDER, java, java:FILE, macos, windows"
                        .to_owned(),
                );
            }
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debian => f.write_str("debian"),
            Self::Fedora => f.write_str("fedora"),
            Self::P11Kit => f.write_str("p11-kit"),
            Self::Nss(folder) => write!(f, "nss:{folder}"),
            Self::Java(None) => f.write_str("java"),
            Self::Java(Some(file)) => write!(f, "java:{file}"),
            Self::MacOs => f.write_str("macos"),
            Self::Windows => f.write_str("windows"),
        }
    }
}

/// The system's own store: of this machine, or of the image at `root`.
#[must_use]
pub fn of_system(root: Option<&Utf8Path>) -> Option<Kind> {
    if let Some(root) = root {
        let has = |path: &str| root.join(path).exists();
        return if has("usr/local/share/ca-certificates") || has("usr/sbin/update-ca-certificates") {
            Some(Kind::Debian)
        } else if has("etc/pki/ca-trust") {
            Some(Kind::Fedora)
        } else {
            None
        };
    }
    if cfg!(windows) {
        return Some(Kind::Windows);
    }
    if cfg!(target_os = "macos") {
        return Some(Kind::MacOs);
    }
    let has = |program: &str| program_path(program).is_some();
    if has("update-ca-certificates") {
        Some(Kind::Debian)
    } else if has("update-ca-trust") {
        Some(Kind::Fedora)
    } else if has("trust") {
        Some(Kind::P11Kit)
    } else {
        None
    }
}

/// The NSS databases of a user: Chromium's, and each profile's of Firefox.
#[must_use]
pub fn databases(home: &Utf8Path) -> Vec<Kind> {
    let mut folders = vec![home.join(".pki/nssdb")];
    for profiles in [
        ".mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        "Library/Application Support/Firefox/Profiles",
    ] {
        folders.extend(folders_elsewhere(&home.join(profiles)));
    }
    folders
        .into_iter()
        .filter(|folder| folder.join("cert9.db").is_file())
        .map(Kind::Nss)
        .collect()
}
