//! Durations and dates as a spec writes them: `30d`, `12h`, `1y6mo`; RFC 3339.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use jiff::{Span as CalendarSpan, SpanRelativeTo, Timestamp, tz::TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::template::FromText;

/// A length of time in calendar units: a year is a year, leap or not.
#[derive(Clone, Copy, Debug)]
pub struct Duration(CalendarSpan);

impl Duration {
    /// That many days.
    #[must_use]
    pub fn days(days: i32) -> Self {
        Self(CalendarSpan::new().try_days(days).unwrap_or_default())
    }

    /// The moment that lies this long after `start`, reckoned in UTC; none past the calendar's end.
    #[must_use]
    pub fn after(self, start: Timestamp) -> Option<Timestamp> {
        start
            .to_zoned_datetime(TimeZone::UTC)
            .checked_add(self.0)
            .ok()
            .map(|end| end.timestamp())
    }

    /// The moment that lies this long before `end`, reckoned in UTC.
    #[must_use]
    pub fn before(self, end: Timestamp) -> Option<Timestamp> {
        end.to_zoned_datetime(TimeZone::UTC)
            .checked_sub(self.0)
            .ok()
            .map(|start| start.timestamp())
    }

    /// Its length in seconds when it begins at `start`.
    #[must_use]
    pub fn seconds_from(self, start: Timestamp) -> Option<i64> {
        Some(self.after(start)?.as_second() - start.as_second())
    }

    /// Whether it is no time at all.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

/// Two durations are compared by their lengths with a day of 24 hours and the months and years of a fixed calendar.
impl PartialEq for Duration {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Duration {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let relative = SpanRelativeTo::from(jiff::civil::date(2001, 1, 1));
        self.0.compare((other.0, relative)).ok()
    }
}

impl FromText for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        const ADVICE: &str =
            "write a number and a unit: `90d`, `12h`, `1y6mo`, `5m` (y, mo, w, d, h, m, s)";
        let trimmed = text.trim();
        if !trimmed.starts_with(|first: char| first.is_ascii_digit()) || trimmed.contains("ago") {
            return Err(format!("`{text}` is no duration; {ADVICE}"));
        }
        let span: CalendarSpan = trimmed
            .parse()
            .map_err(|_| format!("`{text}` is no duration; {ADVICE}"))?;
        if span.is_negative() {
            return Err(format!("`{text}` is negative; {ADVICE}"));
        }
        Ok(Self(span))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            (i64::from(self.0.get_years()), "y"),
            (i64::from(self.0.get_months()), "mo"),
            (i64::from(self.0.get_weeks()), "w"),
            (i64::from(self.0.get_days()), "d"),
            (i64::from(self.0.get_hours()), "h"),
            (self.0.get_minutes(), "m"),
            (self.0.get_seconds(), "s"),
        ];
        let mut nothing = true;
        for (number, unit) in units {
            if number != 0 {
                write!(f, "{number}{unit}")?;
                nothing = false;
            }
        }
        if nothing { f.write_str("0s") } else { Ok(()) }
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_text(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A duration: numbers and units, as `90d`, `12h`, `1y6mo` (y, mo, w, d, h, m, s).",
            "pattern": r"^\s*(\d+\s*(y|yr|yrs|years?|mo|mos|months?|w|wks?|weeks?|d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\s*)+$",
        })
    }
}

/// A moment, written as RFC 3339: `2027-01-31T12:00:00Z`, or a date alone for its first moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub Timestamp);

impl FromText for Date {
    fn from_text(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        // "No end is set" (RFC 5280 §4.1.2.5); jiff's calendar ends a day before, and `x509::time` writes its last second so.
        if trimmed == "9999-12-31T23:59:59Z" {
            return Timestamp::from_second(Timestamp::MAX.as_second())
                .map(Self)
                .map_err(|error| error.to_string());
        }
        let date = trimmed.parse::<Timestamp>().ok().or_else(|| {
            let day: jiff::civil::Date = (trimmed.len() == 10).then(|| trimmed.parse().ok())??;
            Some(day.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
        });
        let Some(date) = date else {
            return Err(format!(
                "`{text}` is no date; write RFC 3339, as `2027-01-31T12:00:00Z` or `2027-01-31`"
            ));
        };
        // X.509 counts in whole seconds (RFC 5280 §4.1.2.5.2).
        Timestamp::from_second(date.as_second())
            .map(Self)
            .map_err(|error| error.to_string())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_text(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A moment, as RFC 3339: `2027-01-31T12:00:00Z` or `2027-01-31`.",
            "pattern": r"^\s*\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:?\d{2}))?\s*$",
        })
    }
}

/// How long before its end a certificate is renewed: a duration, or a fraction of its actual lifetime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    /// That long before the end.
    Duration(Duration),
    /// That part of the lifetime before the end; above 0, below 1.
    Fraction(f64),
}

impl Window {
    /// The moment from which a certificate of this validity is due.
    #[must_use]
    pub fn begins(self, not_before: Timestamp, not_after: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Duration(duration) => duration.before(not_after),
            Self::Fraction(fraction) => {
                let lifetime = not_after.duration_since(not_before);
                let window =
                    jiff::SignedDuration::try_from_secs_f64(lifetime.as_secs_f64() * fraction);
                not_after.checked_sub(window.ok()?).ok()
            }
        }
    }
}

impl FromText for Window {
    fn from_text(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let fraction = match trimmed.split_once('/') {
            Some((part, whole)) => {
                match (part.trim().parse::<f64>(), whole.trim().parse::<f64>()) {
                    (Ok(part), Ok(whole)) => Some(part / whole),
                    _ => None,
                }
            }
            None => match trimmed.strip_suffix('%') {
                Some(percent) => percent
                    .trim()
                    .parse::<f64>()
                    .ok()
                    .map(|percent| percent / 100.0),
                None => trimmed.parse::<f64>().ok(),
            },
        };
        match fraction {
            Some(fraction) => Self::fraction(fraction),
            None => Duration::from_text(text)
                .map(Self::Duration)
                .map_err(|message| {
                    format!("{message}; or a fraction of the lifetime, as `1/3` or `30%`")
                }),
        }
    }
}

impl Window {
    fn fraction(fraction: f64) -> Result<Self, String> {
        if fraction > 0.0 && fraction < 1.0 {
            Ok(Self::Fraction(fraction))
        } else {
            Err("a fraction of the lifetime lies between 0 and 1, as `1/3` or `0.25`".to_owned())
        }
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WindowVisitor;
        impl de::Visitor<'_> for WindowVisitor {
            type Value = Window;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration (`10d`) or a fraction of the lifetime (`1/3`, `0.25`)")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Window, E> {
                Window::from_text(text).map_err(E::custom)
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Window, E> {
                Window::fraction(number).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(WindowVisitor)
    }
}

impl JsonSchema for Window {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A duration (`10d`), or a fraction of the actual lifetime (`1/3`, `30%`, `0.25`).",
            "anyOf": [
                { "type": "string", "pattern": r"^\s*\d" },
                { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn calendar_units_follow_the_calendar() {
        let year_and_half = Duration::from_text("1y6mo").unwrap();
        assert_eq!(
            year_and_half.after(at("2027-08-31T00:00:00Z")),
            Some(at("2029-02-28T00:00:00Z"))
        );
        assert_eq!(
            Duration::from_text("12h")
                .unwrap()
                .after(at("2027-01-01T00:00:00Z")),
            Some(at("2027-01-01T12:00:00Z"))
        );
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "d",
            "-5d",
            "5",
            "5d ago",
            "P1D",
            "five days",
            "9999999999999y",
        ] {
            assert!(Duration::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_compared_across_units() {
        let duration = |text| Duration::from_text(text).unwrap();
        assert!(duration("1y") > duration("90d"));
        assert!(duration("24h") == duration("1d"));
        assert_eq!(duration("1y6mo").to_string(), "1y6mo");
    }

    #[test]
    fn a_window_is_a_duration_or_a_fraction() {
        let (start, end) = (at("2027-01-01T00:00:00Z"), at("2027-01-31T00:00:00Z"));
        let begins = |text| Window::from_text(text).unwrap().begins(start, end).unwrap();
        assert_eq!(begins("1/3"), at("2027-01-21T00:00:00Z"));
        assert_eq!(begins("10d"), at("2027-01-21T00:00:00Z"));
        assert_eq!(begins("50%"), at("2027-01-16T00:00:00Z"));
        assert!(Window::from_text("1.5").is_err());
    }

    #[test]
    fn dates_are_whole_seconds_of_rfc_3339() {
        assert_eq!(
            Date::from_text("2027-01-31").unwrap().0,
            at("2027-01-31T00:00:00Z")
        );
        assert_eq!(
            Date::from_text("2027-01-31T12:00:00.9+01:00").unwrap().0,
            at("2027-01-31T11:00:00Z")
        );
        assert!(Date::from_text("31.1.2027").is_err());
    }
}
