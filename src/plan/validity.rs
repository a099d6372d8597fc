//! When a certificate shall be valid, whether its dates are still those that the spec asks for, and when it is due.

use jiff::Timestamp;

use crate::hierarchy::{Lifetime, Renew, Validity};
use crate::spec::Window;

use super::Reason;

/// The dates of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    /// Its begin.
    pub(super) not_before: Timestamp,
    /// Its end.
    pub(super) not_after: Timestamp,
    /// Whether the end is the issuer's rather than the declared one.
    pub(super) cut: bool,
}

/// Why no certificate can be dated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undatable {
    /// A date beyond the calendar.
    OffCalendar,
    /// The issuer's certificate ends before this one would begin.
    IssuerEnds(Timestamp),
    /// The declared end lies before the begin.
    NoTime,
}

/// The dates of a certificate issued at `now` by an issuer whose own ends at `issuer_end`.
pub(super) fn fresh(
    validity: &Validity,
    now: Timestamp,
    issuer_end: Option<Timestamp>,
) -> Result<Dates, Undatable> {
    let (not_before, declared) = validity.from(now).ok_or(Undatable::OffCalendar)?;
    let (not_after, cut) = match issuer_end {
        Some(end) if end < declared => (end, true),
        _ => (declared, false),
    };
    if not_after <= not_before {
        return Err(if cut {
            Undatable::IssuerEnds(not_after)
        } else {
            Undatable::NoTime
        });
    }
    if cut && not_after <= now {
        return Err(Undatable::IssuerEnds(not_after));
    }
    Ok(Dates {
        not_before,
        not_after,
        cut,
    })
}

/// How the dates on disk differ from those that the spec declares; a cut end is no difference.
pub(super) fn drift(validity: &Validity, present: Dates) -> Option<Reason> {
    let not_before = present.not_before;
    // A relative begin stays where it was put: the moment of issue is reckoned back from the certificate.
    let issued = match (&validity.not_before, validity.backdate) {
        (None, Some(backdate)) => backdate.after(not_before)?,
        _ => not_before,
    };
    let (begin, end) = validity.from(issued)?;
    if begin != not_before {
        return Some(Reason::Field {
            field: "not_before".to_owned(),
            old: Some(not_before.to_string()),
            new: Some(begin.to_string()),
        });
    }
    if end == present.not_after || (present.cut && present.not_after < end) {
        return None;
    }
    let (old, new) = match validity.lifetime {
        Lifetime::For(duration) => (length(issued, present.not_after), duration.to_string()),
        Lifetime::Until(end) => (present.not_after.to_string(), end.to_string()),
    };
    Some(Reason::Validity { old, new })
}

/// Why a certificate of these dates is to be renewed at `now`, if it is.
pub(super) fn due(validity: &Validity, present: Dates, now: Timestamp) -> Option<Reason> {
    if present.not_after <= now {
        return Some(Reason::Expired {
            not_after: present.not_after,
        });
    }
    let begins = renews_from(validity, present)?;
    (begins <= now).then_some(Reason::EndsSoon {
        not_after: present.not_after,
    })
}

/// From when on a certificate of these dates is renewed; none if it never is.
pub(super) fn renews_from(validity: &Validity, present: Dates) -> Option<Timestamp> {
    let Renew::Before(window) = validity.renew else {
        return None;
    };
    window
        .begins(present.not_before, present.not_after)
        // A window as long as the lifetime would renew at every run.
        .filter(|begins| *begins > present.not_before)
        .or_else(|| Window::Fraction(1.0 / 3.0).begins(present.not_before, present.not_after))
}

/// A length of time in its largest even unit.
fn length(from: Timestamp, until: Timestamp) -> String {
    let seconds = until.as_second().saturating_sub(from.as_second());
    for (size, unit) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
        if seconds % size == 0 {
            return format!("{}{unit}", seconds / size);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use crate::source::{Span, Spanned};
    use crate::spec::Duration;
    use crate::template::FromText;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn duration(text: &str) -> Duration {
        Duration::from_text(text).unwrap()
    }

    fn lasting(text: &str) -> Validity {
        Validity {
            not_before: None,
            lifetime: Lifetime::For(duration(text)),
            backdate: None,
            renew: Renew::Before(Window::Fraction(1.0 / 3.0)),
            span: Span::NOWHERE,
        }
    }

    const NOW: &str = "2026-11-25T00:00:00Z";

    #[test]
    fn an_end_past_the_issuers_is_cut_there_and_is_no_drift() {
        let validity = lasting("30d");
        let dates = fresh(&validity, at(NOW), Some(at("2026-12-01T00:00:00Z"))).unwrap();
        assert_eq!(dates.not_after, at("2026-12-01T00:00:00Z"));
        assert!(dates.cut);
        assert_eq!(drift(&validity, dates), None);
        assert!(
            drift(&lasting("3d"), dates).is_some(),
            "shorter than what was cut"
        );
    }

    #[test]
    fn an_issuer_that_has_ended_dates_nothing() {
        let ended = at("2026-11-01T00:00:00Z");
        assert_eq!(
            fresh(&lasting("30d"), at(NOW), Some(ended)),
            Err(Undatable::IssuerEnds(ended))
        );
    }

    #[test]
    fn a_changed_lifetime_is_drift_and_a_changed_window_is_not() {
        let dates = fresh(&lasting("30d"), at(NOW), None).unwrap();
        assert_eq!(
            drift(&lasting("90d"), dates),
            Some(Reason::Validity {
                old: "30d".to_owned(),
                new: "90d".to_owned()
            })
        );
        let never = Validity {
            renew: Renew::Never,
            ..lasting("30d")
        };
        assert_eq!(drift(&never, dates), None);
    }

    #[test]
    fn backdating_is_reckoned_back() {
        let validity = Validity {
            backdate: Some(duration("5m")),
            ..lasting("30d")
        };
        let dates = fresh(&validity, at(NOW), None).unwrap();
        assert_eq!(dates.not_before, at("2026-11-24T23:55:00Z"));
        assert_eq!(drift(&validity, dates), None);
    }

    #[test]
    fn a_fixed_begin_that_moves_is_drift() {
        let fixed = |text| Validity {
            not_before: Some(Spanned::nowhere(at(text))),
            ..lasting("30d")
        };
        let dates = fresh(&fixed(NOW), at(NOW), None).unwrap();
        assert_eq!(drift(&fixed(NOW), dates), None);
        assert!(drift(&fixed("2026-11-26T00:00:00Z"), dates).is_some());
    }

    #[test]
    fn the_last_third_is_due_and_what_never_renews_only_expires() {
        let validity = lasting("30d");
        let dates = fresh(&validity, at(NOW), None).unwrap();
        assert_eq!(due(&validity, dates, at("2026-12-14T23:59:59Z")), None);
        assert!(matches!(
            due(&validity, dates, at("2026-12-15T00:00:00Z")),
            Some(Reason::EndsSoon { .. })
        ));
        let never = Validity {
            renew: Renew::Never,
            ..validity
        };
        assert_eq!(due(&never, dates, at("2026-12-24T00:00:00Z")), None);
        assert!(matches!(
            due(&never, dates, at("2026-12-25T00:00:00Z")),
            Some(Reason::Expired { .. })
        ));
    }

    #[test]
    fn a_window_as_long_as_the_lifetime_is_not_due_at_once() {
        let window = Renew::Before(Window::Duration(duration("60d")));
        let validity = Validity {
            renew: window,
            ..lasting("30d")
        };
        let dates = fresh(&validity, at(NOW), None).unwrap();
        assert_eq!(due(&validity, dates, at(NOW)), None);
    }
}
