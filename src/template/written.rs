//! A string with a template in it, and its place.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use minijinja::Expression;
use minijinja::value::ValueKind;

use super::explain::explain;
use super::{Scope, engine};
use crate::source::{Diagnostic, Span};

/// A string with `{{`, `{%` or `{#` in it.
#[derive(Clone)]
pub struct Template {
    text: Arc<str>,
    span: Span,
    /// Whether the place is the whole string's, quotes and all; else it is that of the text alone.
    is_whole: bool,
    /// The expression, if the text is one `{{ expression }}` and no more; compiled when it is first asked for.
    expression: Arc<OnceLock<Option<Expression<'static, 'static>>>>,
}

impl Template {
    /// A template that is a whole string; none if the text has no template in it.
    pub(super) fn new(text: &str, span: Span) -> Option<Self> {
        let is_template = ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark));
        is_template.then(|| Self {
            text: text.into(),
            span,
            is_whole: true,
            expression: Arc::default(),
        })
    }

    /// The same where the text is a part of a string: it is found in there only if the place is as long as the text.
    pub(super) fn new_part(text: &str, span: Span) -> Option<Self> {
        Self::new(text, span).map(|template| Self {
            is_whole: false,
            ..template
        })
    }

    /// What was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// The place of a part of the text.
    pub(super) fn place(&self, part: Range<usize>) -> Span {
        let length = usize::try_from(self.span.end.saturating_sub(self.span.start));
        if self.is_whole || length == Ok(self.text.len()) {
            self.span.part(&self.text, part)
        } else {
            self.span
        }
    }

    /// The text that it becomes.
    pub(super) fn render(&self, scope: &Scope) -> Result<String, Diagnostic> {
        engine::render(&self.text, scope).map_err(|error| explain(&error, self, scope))
    }

    /// The items that it becomes: those of the list that its one expression yields, else its text alone.
    pub(super) fn items(&self, scope: &Scope) -> Result<Items, Diagnostic> {
        let expression = self
            .expression
            .get_or_init(|| engine::expression(&self.text));
        // What fails here fails in the same way below, where it is explained.
        let value = expression
            .as_ref()
            .and_then(|expression| expression.eval(scope.to_context()).ok());
        let Some(value) = value else {
            return self.render(scope).map(Items::One);
        };
        if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
            return match engine::text(&value).filter(|text| text.len() <= engine::LONGEST) {
                Some(text) => Ok(Items::One(text)),
                None => self.render(scope).map(Items::One),
            };
        }
        let items = value
            .try_iter()
            .map_err(|error| explain(&error, self, scope))?;
        let texts: Option<Vec<String>> = items.map(|item| engine::text(&item)).collect();
        texts.map(Items::Many).ok_or_else(|| {
            Diagnostic::error(
                "template",
                "an item of this list is itself a list or a table",
            )
            .at(self.span, "its items are to be texts, numbers or booleans")
        })
    }
}

/// What an element of a list becomes.
pub(super) enum Items {
    /// One text.
    One(String),
    /// The items of a list, spliced in.
    Many(Vec<String>),
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Template").field(&self.text).finish()
    }
}

/// Two templates are alike if their texts are, wherever they stand.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
