//! Reading files of text into the map: their size is bounded, and they are UTF-8.

use std::io::Read;

use camino::Utf8Path;

use super::{Diagnostic, Span};

/// The most bytes that a spec may have.
pub(super) const SPEC_BYTES: u64 = 16 * 1024 * 1024;
/// The most bytes that a file of rows may have.
pub(super) const ROWS_BYTES: u64 = 1024 * 1024 * 1024;

/// The text of a file.
///
/// # Errors
/// It can't be read, is larger than `most` bytes, or is not UTF-8; `span` is where it is named.
#[expect(
    clippy::disallowed_types,
    reason = "the door through which specs and rows are read"
)]
pub(super) fn read_text(path: &Utf8Path, most: u64, span: Span) -> Result<String, Diagnostic> {
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
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error
            .as_bytes()
            .iter()
            .take(good)
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        Diagnostic::error(
            "not-utf8",
            format!("`{path}` is not UTF-8: line {line} has a byte of another encoding"),
        )
        .at(span, "named here")
        .help("save it as UTF-8")
    })
}

fn too_large(path: &Utf8Path, most: u64) -> Diagnostic {
    let mebibytes = most / (1024 * 1024);
    let diagnostic = Diagnostic::error(
        "spec-size",
        format!("`{path}` is larger than {mebibytes} MiB"),
    );
    if most == ROWS_BYTES {
        diagnostic.help("divide it: each file of rows may have its own fleet")
    } else {
        diagnostic.help("a spec is a page or two; rows of a fleet belong in a CSV file")
    }
}
