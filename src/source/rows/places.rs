//! The places of rows: in a file that the map knows, else where the source is named.

use crate::source::{Diagnostic, Span};

/// Where the rows of one source stand.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// What the source is called in a message.
    pub(super) name: String,
    /// The position of its first byte in the map; none if it is no file, or too long for the map.
    pub(super) base: Option<u32>,
    /// Where the source is named.
    pub(super) named: Span,
}

impl Places {
    /// The place of a row by its bytes in the file.
    pub(super) fn span(&self, start: u64, length: usize) -> Span {
        let position = |offset: u64| {
            u32::try_from(offset)
                .ok()
                .and_then(|offset| self.base?.checked_add(offset))
        };
        let end = start.saturating_add(u64::try_from(length).unwrap_or(0));
        match (position(start), position(end)) {
            (Some(start), Some(end)) => Span { start, end },
            _ => self.named,
        }
    }

    /// Whether a row's span leads to the row itself.
    fn leads_to_rows(&self) -> bool {
        self.base.is_some()
    }

    /// A byte that is no UTF-8.
    pub(super) fn other_encoding(&self, byte: Span) -> Diagnostic {
        let fault = Diagnostic::error("not-utf8", format!("{} is not UTF-8", self.name));
        let fault = if self.leads_to_rows() {
            fault.at(byte, "this byte is of another encoding")
        } else {
            fault
        };
        fault.at(self.named, "named here").help("save it as UTF-8")
    }

    /// A fault of a row; `number` counts rows from 1.
    pub(super) fn fault(&self, what: String, number: u64, span: Span) -> Diagnostic {
        if self.leads_to_rows() {
            Diagnostic::error("rows", what).at(span, "this row")
        } else {
            Diagnostic::error("rows", format!("row {number} of {}: {what}", self.name))
                .at(self.named, "named here")
        }
    }
}
