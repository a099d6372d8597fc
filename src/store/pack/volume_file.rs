//! One archive of a pack: a folder for each member, with its files and those of its issuers.

use std::fs::File;
use std::io::{self, Write};

use super::row::{CERTIFICATE, KEY, PackedRow};
use crate::catalog::{Artifact, Layout};
use crate::hierarchy::PackFormat;

/// A tar's block, in bytes: a file's header is one, and its content is filled up to whole ones.
const BLOCK: u64 = 512;
/// The two empty blocks at the end of a tar.
pub(super) const END: u64 = 2 * BLOCK;

/// How many bytes a member takes in a tar; in a zip, whose contents are deflated, it takes less.
pub(super) fn archived(row: &PackedRow, (chain, root): &(String, String)) -> u64 {
    let files = contents(row, chain, root).into_iter();
    let sizes = files.map(|(_, content, _)| {
        let content = u64::try_from(content.len()).unwrap_or(u64::MAX);
        content
            .div_ceil(BLOCK)
            .saturating_add(1)
            .saturating_mul(BLOCK)
    });
    sizes.fold(0, u64::saturating_add)
}

/// The files of a member, in its folder: path, content, and whether it is secret.
pub(super) fn contents(
    row: &PackedRow,
    chain: &str,
    root: &str,
) -> Vec<(String, zeroize::Zeroizing<Vec<u8>>, bool)> {
    let id = &row.entry.id;
    let path = |artifact: Artifact| artifact.file_name(Layout::Folder, id, "");
    let known = |name: &str| {
        Artifact::ALL
            .iter()
            .copied()
            .find(|artifact| artifact.id() == name)
    };
    let text = |text: &str| zeroize::Zeroizing::new(text.as_bytes().to_vec());
    let mut all = Vec::new();
    for (name, content) in &row.files {
        if let Some(artifact) = known(name) {
            all.push((path(artifact), content.clone(), artifact.is_secret()));
        }
    }
    if let Some(certificate) = row.files.get(CERTIFICATE) {
        let mut full = certificate.clone();
        full.extend_from_slice(chain.as_bytes());
        all.push((path(Artifact::Fullchain), full, false));
    }
    all.push((path(Artifact::Chain), text(chain), false));
    all.push((path(Artifact::Ca), text(root), false));
    // The key first, as in a store.
    all.sort_by_key(|(path, ..)| (!path.ends_with(&format!("{KEY}.pem")), path.clone()));
    all
}

/// An archive under way.
pub(super) enum Archive {
    Tar(Box<tar::Builder<io::BufWriter<File>>>),
    Zip(Box<zip::ZipWriter<io::BufWriter<File>>>),
}

impl Archive {
    pub(super) fn new(format: PackFormat, file: File) -> Self {
        let file = io::BufWriter::with_capacity(1024 * 1024, file);
        match format {
            PackFormat::Zip => Self::Zip(Box::new(zip::ZipWriter::new(file))),
            PackFormat::Tar | PackFormat::Sqlite => Self::Tar(Box::new(tar::Builder::new(file))),
        }
    }

    /// Adds a file, readable for its owner alone if it is secret; `time` is in seconds since 1970.
    pub(super) fn add(
        &mut self,
        path: &str,
        content: &[u8],
        is_secret: bool,
        time: i64,
    ) -> io::Result<()> {
        let mode = if is_secret { 0o600 } else { 0o644 };
        match self {
            Self::Tar(tar) => {
                let mut header = tar::Header::new_ustar();
                header.set_size(u64::try_from(content.len()).unwrap_or(0));
                header.set_mode(mode);
                header.set_mtime(u64::try_from(time).unwrap_or(0));
                header.set_uid(0);
                header.set_gid(0);
                tar.append_data(&mut header, path, content)
            }
            Self::Zip(zip) => {
                // The same bytes whenever it is made: without a time, zip has 1980.
                let options = zip::write::SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Deflated)
                    .last_modified_time(zip::DateTime::default())
                    .unix_permissions(mode);
                zip.start_file(path, options).map_err(io::Error::other)?;
                zip.write_all(content)
            }
        }
    }

    pub(super) fn finish(self) -> io::Result<File> {
        let buffered = match self {
            Self::Tar(tar) => tar.into_inner()?,
            Self::Zip(zip) => zip.finish().map_err(io::Error::other)?,
        };
        buffered
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
    }
}
