//! What every written extension can do, and the way from a written table to resolved extensions.

use super::kind::{self, Kind};
use super::{Extensions, ResolvedExtension, Setting, Value};
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::template::{Scope, Templated};

/// A typed extension as written.
pub(super) trait Written {
    /// Its row in the registry.
    const KIND: Kind;

    /// The word on criticality, if there is one.
    fn critical(&self) -> Option<&Spanned<Templated<bool>>>;

    /// The value, with the places of its elements in their order; none if the extension is not to be there, or if
    /// an error was found.
    fn resolve(&self, span: Span, scope: &Scope, found: &mut Diagnostics) -> Option<Parts>;
}

/// A value and the places of its elements.
pub(super) struct Parts {
    pub(super) value: Value,
    pub(super) spans: Vec<Span>,
}

impl Parts {
    /// A value whose elements have no places of their own.
    pub(super) fn whole(value: Value) -> Self {
        Self {
            value,
            spans: Vec::new(),
        }
    }
}

impl Extensions {
    /// Renders all that is written, in a fixed order (that of the fields, `custom` last); errors go to `found`, and what
    /// is whole is still returned.
    pub fn resolve(&self, scope: &Scope, found: &mut Diagnostics) -> Vec<ResolvedExtension> {
        let mut extensions: Vec<ResolvedExtension> = [
            typed(self.basic_constraints.as_ref(), scope, found),
            typed(self.key_usage.as_ref(), scope, found),
            typed(self.extended_key_usage.as_ref(), scope, found),
            typed(self.subject_alt_name.as_ref(), scope, found),
            typed(self.subject_key_identifier.as_ref(), scope, found),
            typed(self.authority_key_identifier.as_ref(), scope, found),
            typed(self.name_constraints.as_ref(), scope, found),
            typed(self.certificate_policies.as_ref(), scope, found),
            typed(self.authority_info_access.as_ref(), scope, found),
            typed(self.crl_distribution_points.as_ref(), scope, found),
            typed(self.tls_feature.as_ref(), scope, found),
        ]
        .into_iter()
        .flatten()
        .collect();
        for custom in self
            .custom
            .iter()
            .filter_map(Setting::set)
            .flat_map(|list| &list.value)
        {
            if let Some(custom) = found.take(custom.value.resolve(custom.span, scope)) {
                refuse_double(&extensions, &custom, found);
                extensions.push(custom);
            }
        }
        extensions
    }

    /// Whether the spec itself says if the subject alternative name is critical.
    #[must_use]
    pub fn says_san_criticality(&self) -> bool {
        let san = self.subject_alt_name.as_ref().and_then(Setting::set);
        san.is_some_and(|san| san.value.critical.is_some())
    }
}

fn typed<X: Written>(
    setting: Option<&Setting<X>>,
    scope: &Scope,
    found: &mut Diagnostics,
) -> Option<ResolvedExtension> {
    let written = setting?.set()?;
    let Parts { value, spans } = written.value.resolve(written.span, scope, found)?;
    let chosen = match written.value.critical() {
        Some(critical) => Some(found.take(critical.value.render(scope))?),
        None => None,
    };
    Some(ResolvedExtension {
        oid: X::KIND.oid,
        name: X::KIND.name,
        critical: chosen.unwrap_or(X::KIND.critical),
        critical_chosen: chosen.is_some(),
        value,
        span: written.span,
        element_spans: spans,
    })
}

/// A certificate has each extension once (RFC 5280 §4.2).
fn refuse_double(
    extensions: &[ResolvedExtension],
    custom: &ResolvedExtension,
    found: &mut Diagnostics,
) {
    let Some(first) = extensions.iter().find(|first| first.oid == custom.oid) else {
        return;
    };
    let name = kind::name_of(&custom.oid);
    let mut double = Diagnostic::error(
        "duplicate-extension",
        format!("the extension {} is there twice", custom.oid),
    )
    .at(custom.span, "here again")
    .at(first.span, "the first is here")
    .note("RFC 5280 §4.2: a certificate has each extension once");
    if let Some(name) = name {
        double = double.help(format!("`{name} = false` takes away the typed one"));
    }
    found.push(double);
}
