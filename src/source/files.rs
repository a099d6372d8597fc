//! Reading files of text into the map: their size is bounded, and they are UTF-8.

use std::io::Read;

use camino::Utf8Path;

use super::{Diagnostic, SourceMap, Span};

/// The most bytes that a spec may have.
pub(super) const SPEC_BYTES: u64 = 16 * 1024 * 1024;

/// The content of a small file.
///
/// # Errors
/// It can't be read, or has more than `most` bytes.
#[expect(
    clippy::disallowed_types,
    reason = "the door through which keys and requests of rows are read"
)]
pub(crate) fn read_small(path: &Utf8Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    std::fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut octets)?;
    if u64::try_from(octets.len()).unwrap_or(u64::MAX) > most {
        return Err(std::io::Error::other("it is larger than any key"));
    }
    Ok(octets)
}

/// The text of a file.
///
/// # Errors
/// It can't be read, is larger than `most` bytes, or is not UTF-8; `span` is where it is named. What is not UTF-8 is
/// added to the map as far as it can be shown, so that the finding points into it.
#[expect(
    clippy::disallowed_types,
    reason = "the door through which specs and rows are read"
)]
pub(super) fn read_text(
    path: &Utf8Path,
    most: u64,
    span: Span,
    map: &mut SourceMap,
) -> Result<String, Diagnostic> {
    let unreadable = |error: &std::io::Error| {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no file `{path}`"),
            std::io::ErrorKind::PermissionDenied => format!("`{path}` may not be read"),
            _ => format!("`{path}` can't be read: {error}"),
        };
        Diagnostic::error("unreadable", what).at(span, "named here")
    };
    let file = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(
            Diagnostic::error("unreadable", format!("`{path}` is a folder, not a file"))
                .at(span, "named here"),
        );
    }
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(too_large(path, most).at(span, "named here"));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(path, &error, span, map))
}

fn not_utf8(
    path: &Utf8Path,
    error: &std::string::FromUtf8Error,
    named: Span,
    map: &mut SourceMap,
) -> Diagnostic {
    let shown = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let place = map.add(path.to_owned(), shown).and_then(|base| {
        // All before it is shown as it is, so it stands where it stood.
        let start = base.checked_add(u32::try_from(error.utf8_error().valid_up_to()).ok()?)?;
        let end = start.checked_add(u32::try_from(char::REPLACEMENT_CHARACTER.len_utf8()).ok()?)?;
        Some(Span { start, end })
    });
    Diagnostic::error("not-utf8", format!("`{path}` is not UTF-8"))
        .at(
            place.unwrap_or(Span::NOWHERE),
            "this byte is of another encoding",
        )
        .at(named, "the file is named here")
        .help("save it as UTF-8")
}

fn too_large(path: &Utf8Path, most: u64) -> Diagnostic {
    let mebibytes = most / (1024 * 1024);
    Diagnostic::error(
        "spec-size",
        format!("`{path}` is larger than {mebibytes} MiB"),
    )
    .help("a spec is a page or two; rows of a fleet belong in a CSV file")
}
