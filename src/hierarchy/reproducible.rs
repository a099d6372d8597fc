//! `[reproducible]` resolved: where the seed is got, which epoch holds now, and whether every validity outlasts it.

use jiff::Timestamp;

use super::{Entity, Lifetime, Renew};
use crate::source::{Diagnostic, Diagnostics, Span, Spanned};
use crate::spec::{Duration, Epoch, Period, ReproducibleTable, SecretRef, SecretSetting};
use crate::template::Scope;

/// What a PKI is derived from that is the same on every machine.
#[derive(Clone, Debug)]
pub struct Reproducible {
    /// Where the seed is got.
    pub seed: Spanned<SecretRef>,
    /// The moment from which relative dates count.
    pub epoch: Spanned<Timestamp>,
    /// The period of an epoch that rolls; none if it is fixed.
    pub period: Option<Period>,
    /// When the next epoch begins, if it rolls.
    pub next: Option<Timestamp>,
}

/// Resolves the table; `now` decides which period is the present one.
pub(super) fn resolve(
    table: &ReproducibleTable,
    scope: &Scope,
    now: Timestamp,
    diagnostics: &mut Diagnostics,
) -> Option<Reproducible> {
    let seed = diagnostics.take(SecretSetting::resolve(&table.seed, scope));
    let epoch = diagnostics.take(table.epoch.value.render(scope))?;
    let seed = Spanned::new(seed?, table.seed.span);
    let span = table.epoch.span;
    let (begin, period, next) = match epoch {
        Epoch::Fixed(date) => (date, None, None),
        Epoch::Rolling(period) => {
            let begin = period.beginning(now);
            let next = begin.and_then(|begin| period.after(begin));
            let (Some(begin), Some(next)) = (begin, next) else {
                diagnostics.push(
                    Diagnostic::error("epoch", format!("there is no {period} then"))
                        .at(span, "its end lies beyond the calendar"),
                );
                return None;
            };
            (begin, Some(period), Some(next))
        }
    };
    if begin > now {
        diagnostics.push(
            Diagnostic::warning("epoch-in-the-future", format!("the epoch {begin} has not come yet"))
                .at(span, "every certificate begins then")
                .help("until then no certificate is valid; an epoch is usually the day of the spec's last change"),
        );
    }
    Some(Reproducible {
        seed,
        epoch: Spanned::new(begin, span),
        period,
        next,
    })
}

/// With an epoch that rolls, what lasts less than two periods might end before everybody has the next ones, and what is
/// never renewed would be renewed all the same.
pub(super) fn check<'a>(
    reproducible: &Reproducible,
    entities: impl Iterator<Item = &'a Entity>,
    diagnostics: &mut Diagnostics,
) {
    let Some(period) = reproducible.period else {
        return;
    };
    let mut said: Vec<(Span, String)> = Vec::new();
    for entity in entities {
        if !entity.has_certificate() || entity.external.is_some() {
            continue;
        }
        check_list(reproducible, entity, period, &mut said, diagnostics);
        let validity = &entity.validity;
        let Lifetime::For(lifetime) = validity.lifetime else {
            continue;
        };
        if validity.not_before.is_some() || said.contains(&(validity.span, entity.family.clone())) {
            continue;
        }
        if validity.renew == Renew::Never {
            said.push((validity.span, entity.family.clone()));
            diagnostics.push(
                Diagnostic::error(
                    "epoch-renews",
                    format!(
                        "`{}` is never to be renewed, and each new {period} renews everything",
                        entity.id
                    ),
                )
                .at(entity.span, "says `renew = \"never\"`")
                .at(reproducible.epoch.span, "an epoch that rolls")
                .help("fix its dates with `not_before` and `not_after`, or fix the epoch"),
            );
        }
        if !lasts_two(lifetime, period) {
            said.push((validity.span, entity.family.clone()));
            diagnostics.push(
                Diagnostic::error(
                    "epoch-too-long",
                    format!(
                        "`{}` is valid for {lifetime}, which is under two periods of the epoch `{period}`",
                        entity.id
                    ),
                )
                .at(validity.span, "too short")
                .at(reproducible.epoch.span, "nothing is renewed before the next one begins")
                .help(format!(
                    "let it last at least {}, or take a shorter epoch",
                    at_least(period)
                )),
            );
        }
    }
}

/// A CRL is issued when the epoch begins, and has to hold until everybody has the next one.
fn check_list(
    reproducible: &Reproducible,
    entity: &Entity,
    period: Period,
    said: &mut Vec<(Span, String)>,
    diagnostics: &mut Diagnostics,
) {
    let has_list = entity.outputs.iter().any(|one| one.artifact.is_crl());
    let Some(validity) = entity.crl.validity.filter(|_| has_list) else {
        return;
    };
    let place = (entity.crl.span, entity.family.clone());
    if lasts_two(validity, period) || said.contains(&place) {
        return;
    }
    said.push(place);
    diagnostics.push(
        Diagnostic::error(
            "epoch-too-long",
            format!(
                "the CRL of `{}` holds for {validity}, which is under two periods of the epoch `{period}`",
                entity.id
            ),
        )
        .at(entity.crl.span, "too short")
        .at(reproducible.epoch.span, "none is issued before the next one begins")
        .help(format!(
            "let it hold at least {}, say nothing, or take a shorter epoch",
            at_least(period)
        )),
    );
}

/// Whether a lifetime is two periods long wherever it begins: tried over four years, of which one is a leap year.
fn lasts_two(lifetime: Duration, period: Period) -> bool {
    const FIRST: i64 = 1_672_531_200; // 2023-01-01
    const TIMES: usize = 48;
    let Ok(first) = Timestamp::from_second(FIRST) else {
        return false;
    };
    let mut begin = period.beginning(first);
    for _ in 0..TIMES {
        let Some(here) = begin else { return false };
        let next = period.after(here);
        let two = next.and_then(|next| period.after(next));
        match (lifetime.after(here), two) {
            (Some(end), Some(two)) if end >= two => {}
            // A lifetime beyond the calendar is another error's business.
            (None, _) => return true,
            _ => return false,
        }
        begin = next;
    }
    true
}

/// The shortest lifetime that is said so for a period.
fn at_least(period: Period) -> &'static str {
    match period {
        Period::Day => "`2d`",
        Period::Week => "`14d`",
        Period::Month => "`2mo` or `62d`",
        Period::Quarter => "`6mo` or `184d`",
        Period::Year => "`2y` or `731d`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::FromText;

    #[test]
    fn two_periods_are_reckoned_wherever_they_begin() {
        let lasts = |text: &str, period| lasts_two(Duration::from_text(text).unwrap(), period);
        for (enough, short, period) in [
            ("2d", "47h", Period::Day),
            ("14d", "13d", Period::Week),
            ("62d", "61d", Period::Month),
            ("2mo", "59d", Period::Month),
            ("184d", "183d", Period::Quarter),
            ("6mo", "5mo", Period::Quarter),
            ("731d", "730d", Period::Year),
            ("2y", "23mo", Period::Year),
        ] {
            assert!(lasts(enough, period), "{enough} {period}");
            assert!(!lasts(short, period), "{short} {period}");
        }
    }
}
