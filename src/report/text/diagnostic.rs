//! A diagnostic as a picture: the line of the spec, what is wrong under it, what to do.

use std::collections::BTreeMap;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use crate::report::style::{Style, count};
use crate::source::{About, Diagnostic, Diagnostics, Label, Level, Location, SourceMap, Span};

/// The widest line of a spec that is shown whole, in columns.
const WIDEST: usize = 140;
/// How much of a longer line is shown before a label.
const BEFORE: usize = 50;

/// How many of the findings of one kind at one place are said in full sentences beside the first.
const ALSO: usize = 3;

/// How many rows of one finding are all shown; of more, the first ones are.
const ROWS: usize = 20;

/// All findings, one after the other. Those of one kind at one place, as of each device of a fleet, share a picture.
#[must_use]
pub fn diagnostics(found: &Diagnostics, map: &SourceMap, style: Style) -> String {
    let mut pictures: Vec<(Diagnostic, usize)> = Vec::new();
    let mut known: BTreeMap<(&str, Vec<Span>), usize> = BTreeMap::new();
    for one in found {
        let places: Vec<Span> = one.labels.iter().map(|label| label.span).collect();
        let first = (!places.is_empty())
            .then(|| known.get(&(one.code, places.clone())))
            .flatten();
        if let Some((shown, also)) = first.and_then(|index| pictures.get_mut(*index)) {
            if *also < ALSO {
                shown.notes.push(format!("also: {}", one.message));
            }
            *also += 1;
            shown.join(one.about.clone());
        } else {
            known.insert((one.code, places), pictures.len());
            pictures.push((one.clone(), 0));
        }
    }
    let drawn: Vec<String> = pictures
        .iter_mut()
        .map(|(one, also)| {
            if *also > ALSO && one.about.len() <= ROWS {
                let more = *also - ALSO;
                one.notes.push(format!("and {more} more; --json lists all"));
            }
            diagnostic(one, map, style)
        })
        .collect();
    drawn.join("\n")
}

/// One finding.
#[must_use]
pub fn diagnostic(one: &Diagnostic, map: &SourceMap, style: Style) -> String {
    let title = match one.level {
        Level::Error => style.red(format!("error[{}]", one.code)),
        Level::Warning => style.yellow(format!("warning[{}]", one.code)),
    };
    let mut text = format!("{title}: {}\n", style.bold(printable(&one.message)));
    let (rows, about) = about(one);
    let labels = [one.labels.as_slice(), rows.as_slice()].concat();
    let marks = marks(&labels, map);
    let gutter = marks
        .iter()
        .map(|mark| mark.line.to_string().len())
        .max()
        .unwrap_or(1)
        + 1;
    let mut file = None;
    for (index, group) in groups(&marks).into_iter().enumerate() {
        let Some(first) = group.first() else { continue };
        let anchor = group.iter().find(|mark| mark.primary).unwrap_or(first);
        if file != Some(anchor.path) {
            let arrow = if index == 0 { "-->" } else { ":::" };
            let place = format!("{}:{}:{}", anchor.path, anchor.line, anchor.column);
            let _ = writeln!(text, "{:gutter$} {} {place}", "", style.blue(arrow));
            file = Some(anchor.path);
        }
        draw_group(&mut text, &group, gutter, style);
    }
    for note in about.iter().chain(&one.notes) {
        let _ = writeln!(
            text,
            "{:gutter$} {} {}",
            "",
            style.blue("="),
            printable(note)
        );
    }
    for help in &one.help {
        let _ = writeln!(text, "{}: {}", style.green("help"), printable(help));
    }
    text
}

/// The rows that a finding is about as labels, and a note on those that are not shown.
fn about(one: &Diagnostic) -> (Vec<Label>, Option<String>) {
    let shown = if one.about.len() > ROWS {
        one.about.get(..ALSO).unwrap_or_default()
    } else {
        &one.about
    };
    let is_label = |about: &About| one.labels.iter().any(|label| label.span == about.span);
    let rows = shown
        .iter()
        .filter(|about| about.span.is_somewhere() && !is_label(about));
    let labels: Vec<Label> = rows
        .map(|about| Label {
            span: about.span,
            message: match about.id.as_str() {
                "" => "this row".to_owned(),
                id => format!("`{id}`"),
            },
        })
        .collect();
    // What has no place of its own is named, unless the finding names it.
    let unnamed = |about: &&About| {
        let name = format!("`{}`", about.id);
        !about.span.is_somewhere() && !about.id.is_empty() && !one.message.contains(&name)
    };
    let names = shown.iter().filter(unnamed);
    let mut words: Vec<String> = names.map(|about| format!("`{}`", about.id)).collect();
    let more = one.about.len().saturating_sub(shown.len());
    if more > 0 {
        words.push(format!("{more} more rows; --json lists them"));
    }
    let last = words.pop();
    let note = last.map(|last| match words.join(", ") {
        some if some.is_empty() && more == 0 => format!("of {last}"),
        some if some.is_empty() => format!("and of {last}"),
        some => format!("of {some} and {last}"),
    });
    (labels, note)
}

/// A label at its place.
struct Mark<'a> {
    path: &'a camino::Utf8Path,
    line: usize,
    column: usize,
    text: &'a str,
    /// Columns from the beginning of the line, as drawn.
    from: usize,
    width: usize,
    message: &'a str,
    primary: bool,
}

/// The labels with their places; what has none is left out.
fn marks<'a>(labels: &'a [Label], map: &'a SourceMap) -> Vec<Mark<'a>> {
    labels
        .iter()
        .enumerate()
        .filter_map(|(index, label)| {
            let Location {
                path,
                line,
                column,
                source,
                range,
            } = map.locate(label.span)?;
            let start = source
                .get(..range.start)?
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            let rest = source.get(start..)?;
            let text = rest.lines().next().unwrap_or_default();
            let end = range.end.min(start + text.len()).max(range.start);
            let from = width(source.get(start..range.start)?);
            let marked = width(source.get(range.start..end).unwrap_or_default()).max(1);
            let message = label.message.as_str();
            Some(Mark {
                path,
                line,
                column,
                text,
                from,
                width: marked,
                message,
                primary: index == 0,
            })
        })
        .collect()
}

/// Marks by file, that of the primary one first, within a file by line.
fn groups<'a, 'b>(marks: &'b [Mark<'a>]) -> Vec<Vec<&'b Mark<'a>>> {
    let mut groups: Vec<Vec<&Mark<'_>>> = Vec::new();
    for mark in marks {
        match groups
            .iter_mut()
            .find(|group| group.first().is_some_and(|first| first.path == mark.path))
        {
            Some(group) => group.push(mark),
            None => groups.push(vec![mark]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|mark| (mark.line, !mark.primary));
    }
    groups
}

fn draw_group(text: &mut String, group: &[&Mark<'_>], gutter: usize, style: Style) {
    let mut shown = None;
    for mark in group {
        let (line, cut) = windowed(mark);
        if shown != Some((mark.line, cut)) {
            let number = style.blue(format!("{:>gutter$} |", mark.line));
            let _ = writeln!(text, "{number} {line}");
            shown = Some((mark.line, cut));
        }
        let sign = if mark.primary { "^" } else { "-" };
        let room = WIDEST.saturating_sub(mark.from - cut).max(1);
        let underline = format!(
            "{} {}",
            sign.repeat(mark.width.min(room)),
            printable(mark.message)
        );
        let underline = underline.trim_end();
        let painted = if mark.primary {
            style.red(underline)
        } else {
            style.blue(underline)
        };
        let bar = style.blue("|");
        let _ = writeln!(
            text,
            "{:gutter$} {bar} {:indent$}{painted}",
            "",
            "",
            indent = mark.from - cut
        );
    }
}

/// The line as drawn, cut at both ends if it is too long, and how many columns are cut off in front.
fn windowed(mark: &Mark<'_>) -> (String, usize) {
    let whole = expanded(mark.text);
    if width(&whole) <= WIDEST {
        return (whole, 0);
    }
    let wanted = mark.from.saturating_sub(BEFORE);
    let mut line = String::new();
    let (mut column, mut cut) = (0, None);
    for c in whole.chars() {
        let wide = c.width().unwrap_or(0);
        if column >= wanted {
            let begin = *cut.get_or_insert(column);
            if column >= begin + WIDEST {
                line.push('…');
                break;
            }
            if wanted > 0 && column == begin {
                // What stands first shows that something is missing, in the columns of what it replaces.
                line.push('…');
                line.extend(std::iter::repeat_n(' ', wide.saturating_sub(1)));
            } else {
                line.push(c);
            }
        }
        column += wide;
    }
    let cut = cut.unwrap_or(0);
    (line, cut)
}

/// The width of a text in columns, tabs and control characters as they are drawn.
fn width(text: &str) -> usize {
    expanded(text).chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// A text fit for a terminal: a tab is four spaces, a control character a mark.
fn expanded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A message without control characters: a spec's text can't drive the terminal.
fn printable(text: &str) -> String {
    const LONGEST: usize = 2000;
    let mut out: String = text
        .chars()
        .take(LONGEST)
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

/// The line that ends a refusal: `3 errors. Nothing was written.` `written` says whether something was, where that is
/// in question; where it is not, one error needs no line.
#[must_use]
pub fn closing(errors: usize, written: Option<bool>) -> Option<String> {
    let said = match written {
        Some(true) => " What was done before stays.",
        Some(false) => " Nothing was written.",
        None if errors < 2 => return None,
        None => "",
    };
    Some(format!("{}.{said}", count(errors, "error")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> SourceMap {
        let mut map = SourceMap::new();
        map.add("specs/web.toml".into(), text.to_owned());
        map
    }

    fn at(text: &str, part: &str) -> Span {
        let start = u32::try_from(text.find(part).unwrap()).unwrap();
        Span {
            start,
            end: start + u32::try_from(part.len()).unwrap(),
        }
    }

    #[test]
    fn both_ends_are_pointed_at() {
        let text = "spec = 1\n[ca.root]\npath_length = 1\n[ca.b]\n\tissuer = \"a\"\n";
        let found = Diagnostic::error("path-length", "`b` is 2 CAs below `root`, which allows 1")
            .at(at(text, "\"a\""), "this makes `b` the second")
            .at(at(text, "1\n[ca.b]").start_only(), "the limit is set here")
            .note("RFC 5280 §4.2.1.9")
            .help("raise path_length on `root`");
        assert_eq!(
            diagnostic(&found, &map(text), Style::plain()),
            "error[path-length]: `b` is 2 CAs below `root`, which allows 1
   --> specs/web.toml:5:11
 3 | path_length = 1
   |               - the limit is set here
 5 |     issuer = \"a\"
   |              ^^^ this makes `b` the second
   = RFC 5280 §4.2.1.9
help: raise path_length on `root`
"
        );
    }

    impl Span {
        fn start_only(self) -> Self {
            Self {
                start: self.start,
                end: self.start + 1,
            }
        }
    }

    #[test]
    fn a_fault_of_a_whole_fleet_is_drawn_once() {
        let text = "san = [\"x y\"]";
        let mut found = Diagnostics::new();
        for index in 1..=1000 {
            let message = format!("`device-{index}` has a SAN with a space");
            found.push(Diagnostic::error("san-dns-syntax", message).at(at(text, "\"x y\""), ""));
        }
        assert_eq!(
            diagnostics(&found, &map(text), Style::plain()),
            "error[san-dns-syntax]: `device-1` has a SAN with a space
   --> specs/web.toml:1:8
 1 | san = [\"x y\"]
   |        ^^^^^
   = also: `device-2` has a SAN with a space
   = also: `device-3` has a SAN with a space
   = also: `device-4` has a SAN with a space
   = and 996 more; --json lists all
"
        );
    }

    #[test]
    fn a_line_of_60_kilobytes_is_cut_and_wide_characters_are_counted() {
        let text = format!(
            "x = \"{}{{{{ regoin }}}}{}\"",
            "名".repeat(10_000),
            "b".repeat(30_000)
        );
        let found = Diagnostic::error("undefined-variable", "`regoin` is not defined")
            .at(at(&text, "regoin"), "here");
        let drawn = diagnostic(&found, &map(&text), Style::plain());
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(width(lines[2]) < 160, "{drawn}");
        let (shown, underline) = (
            lines[2].find("regoin").unwrap(),
            lines[3].find("^^^^^^").unwrap(),
        );
        let column = |line: &str, byte: usize| width(line.get(..byte).unwrap());
        assert_eq!(
            column(lines[2], shown),
            column(lines[3], underline),
            "{drawn}"
        );
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let text = "x = '\u{1b}[31m'";
        let found = Diagnostic::error("toml", "bad \u{7}").at(Span { start: 4, end: 8 }, "\u{1b}");
        assert!(!diagnostic(&found, &map(text), Style::plain()).contains(['\u{1b}', '\u{7}']));
    }
}
