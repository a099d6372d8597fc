//! Rows of every form know their lines, and what is wrong with one is said at its place.

use camino::Utf8PathBuf;

use super::{Field, RowFormat, RowSource};
use crate::source::{SourceMap, Span};

fn rows(text: &str) -> Vec<String> {
    rows_of("csv", text.as_bytes())
}

/// Rows of a file `r.EXT`, each with its line.
fn rows_of(extension: &str, text: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(folder.path().join(format!("r.{extension}"))).unwrap();
    std::fs::write(&path, text).unwrap();
    let mut map = SourceMap::new();
    map.add("spec.toml".into(), "spec = 1").unwrap();
    let named = Span { start: 0, end: 4 };
    let source = RowSource::of_file(&path, RowFormat::of(&path), named, &mut map).unwrap();
    let rows = match source.open() {
        Ok(rows) => rows.collect(),
        Err(diagnostic) => vec![Err(diagnostic)],
    };
    let line = |span| map.locate(span).unwrap().line;
    rows.into_iter()
        .map(|row| match row {
            Ok(row) => {
                let fields: Vec<_> = row
                    .fields()
                    .map(|(name, field)| match field {
                        Field::Text(text) => format!("{name}={text}"),
                        Field::Value(value) => format!("{name}={value}"),
                    })
                    .collect();
                format!("{}: {}", line(row.span()), fields.join(" "))
            }
            Err(diagnostic) => {
                format!(
                    "{}! {}",
                    line(diagnostic.labels[0].span),
                    diagnostic.message
                )
            }
        })
        .collect()
}

#[test]
fn rows_know_their_lines_whatever_ends_them() {
    for end in ["\n", "\r\n"] {
        let text = [
            "\u{feff}id,serial",
            "a, 1",
            "",
            "\"b,c\",2",
            "d,\"say \"\"e\"\"\"",
        ]
        .join(end);
        assert_eq!(
            rows(&text),
            [
                "2: id=a serial=1",
                "4: id=b,c serial=2",
                "5: id=d serial=say \"e\""
            ],
            "{end:?}"
        );
    }
}

#[test]
fn a_bad_row_is_named_and_the_others_are_read() {
    assert_eq!(
        rows("id,serial\r\na,1\r\n\r\nb\r\nc,3,4\r\nd,4\r\n"),
        [
            "2: id=a serial=1",
            "4! this row has 1 field, the header has 2 columns",
            "5! this row has 3 fields, the header has 2 columns",
            "6: id=d serial=4",
        ]
    );
    assert_eq!(
        rows("id,serial\na,\"1\nb,2\n"),
        ["2! a double quote in this row has no partner"]
    );
}

#[test]
fn a_file_that_is_wrong_throughout_is_left_early() {
    assert_eq!(rows(&format!("id\n{}", "a,b\n".repeat(10_000))).len(), 20);
}

#[test]
fn a_header_that_is_none_is_refused() {
    assert_eq!(rows(""), ["1! `r.csv` is empty"]);
    assert_eq!(rows("id,,x\n"), ["1! column 2 of `r.csv` has no name"]);
    assert_eq!(
        rows("\nid,id\n"),
        ["2! two columns of `r.csv` are called `id`"]
    );
}

#[test]
fn rows_of_json_lines_have_values() {
    let text = "{\"id\": \"a\", \"n\": 7}\r\n\r\n{\"id\":\"b\",\"on\":true,\"deep\":{\"x\":[1]}}";
    assert_eq!(
        rows_of("jsonl", text.as_bytes()),
        ["1: id=\"a\" n=7", "3: id=\"b\" on=true deep={\"x\":[1]}"]
    );
    assert_eq!(
        rows_of(
            "ndjson",
            b"{\"id\":\"a\"}\n[1]\n{\"id\":\n{\"id\":\"b\"}\n\xff\n"
        ),
        [
            "1: id=\"a\"",
            "2! this row is no object of JSON",
            "3! this row is no JSON: EOF while parsing a value",
            "4: id=\"b\"",
            "5! `r.ndjson` is not UTF-8"
        ]
    );
    assert!(rows_of("jsonl", b"").is_empty());
}

#[test]
fn what_is_in_another_encoding_is_said() {
    assert_eq!(rows_of("csv", b"\xff\xfei\0d\0"), ["1! `r.csv` is UTF-16"]);
    assert_eq!(
        rows_of("csv", b"id\nM\xfcller\nb\n"),
        ["2! `r.csv` is not UTF-8", "3: id=b"]
    );
}

#[test]
fn a_row_that_never_ends_is_left() {
    let text = format!("id\na\n\"{}", "b\n".repeat(3 * 1024 * 1024));
    assert_eq!(rows(&text), ["2: id=a", "3! this row is longer than 1 MiB"]);
    let text = format!("{{\"id\":\"{}\"}}\n", "b".repeat(3 * 1024 * 1024));
    assert_eq!(
        rows_of("jsonl", text.as_bytes()),
        ["1! this row is longer than 1 MiB"]
    );
}
