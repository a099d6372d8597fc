//! What stands in the way of one entity, as findings.

use crate::hierarchy::{Entity, Lifetime};
use crate::source::Diagnostic;

use super::validity::Undatable;
use super::{Reason, reason};

/// That the spec's generation is lower than the store's.
pub(super) fn generation_falls(entity: &Entity, known: u32) -> Diagnostic {
    Diagnostic::error(
        "generation-falls",
        format!(
            "`{}` is at generation {known}, and the spec says {}",
            entity.id, entity.generation.value
        ),
    )
    .at(
        if entity.generation.span.is_somewhere() {
            entity.generation.span
        } else {
            entity.span
        },
        "lower than that of the key in the store",
    )
    .help("a generation never falls; raise it for a new key")
}

/// That no certificate can be dated.
pub(super) fn undatable(entity: &Entity, fault: &Undatable) -> Diagnostic {
    let id = &entity.id;
    let span = entity.validity.span;
    match fault {
        Undatable::OffCalendar => Diagnostic::error(
            "validity",
            format!("the end of `{id}` lies beyond the calendar"),
        )
        .at(span, "too long"),
        Undatable::NoTime => {
            Diagnostic::error("validity", format!("`{id}` would end before it begins"))
                .at(span, "its end")
        }
        Undatable::IssuerEnds(end) => {
            let issuer = entity
                .issuer
                .as_ref()
                .map_or("itself", |issuer| issuer.value.as_str());
            Diagnostic::error(
                "issuer-expired",
                format!(
                    "`{id}` cannot be issued: the certificate of `{issuer}` ended on {}",
                    reason::day(*end)
                ),
            )
            .at(entity.span, "to be issued now")
            .help(format!(
                "let `{issuer}` be renewed (`renew`, `validity`), or issue `{id}` from another CA"
            ))
        }
    }
}

/// That a certificate ends and is not renewed.
pub(super) fn stuck(entity: &Entity, due: &Reason) -> Diagnostic {
    let code = if matches!(due, Reason::Expired { .. }) {
        "expired"
    } else {
        "cannot-renew"
    };
    let why = match (&entity.validity.lifetime, &entity.issuer) {
        (Lifetime::Until(_), _) => "its end is fixed by `not_after`".to_owned(),
        (_, Some(issuer)) => format!("the certificate of `{}` does not last longer", issuer.value),
        (_, None) => "a new one would not end later".to_owned(),
    };
    let message = format!("`{}` {due}; it is not renewed: {why}", entity.id);
    Diagnostic::warning(code, message).at(entity.validity.span, "its validity")
}
