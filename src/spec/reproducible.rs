//! `[reproducible]`: a PKI whose every byte comes from a seed and an epoch.

use std::borrow::Cow;
use std::fmt;

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Span as Step, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{Date, SecretSetting};
use crate::source::Spanned;
use crate::template::{FromText, Templated};

/// Where keys, serial numbers and dates come from in a PKI that is the same on every machine.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "[reproducible]", deny_unknown_fields)]
#[schemars(rename = "Reproducible")]
pub struct ReproducibleTable {
    /// Where the seed is got, at least 16 bytes: every key and serial number is derived from it.
    pub seed: Spanned<SecretSetting>,
    /// The moment from which every relative date counts: a date, or `day`, `week`, `month`, `quarter` or `year`: the
    /// beginning of the present one, in UTC.
    pub epoch: Spanned<Templated<Epoch>>,
}

/// What an environment says of it: `false`, or what differs.
#[derive(Clone, Debug)]
pub enum ReproducibleOverlay {
    /// Keys and serial numbers are random here.
    Off,
    /// A seed or an epoch of its own.
    Differs(Box<ReproducibleDifference>),
}

/// The keys that an environment gives other values.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "[env.….reproducible]", deny_unknown_fields)]
pub struct ReproducibleDifference {
    /// Where the seed is got.
    #[serde(default)]
    pub seed: Option<Spanned<SecretSetting>>,
    /// The moment from which every relative date counts.
    #[serde(default)]
    pub epoch: Option<Spanned<Templated<Epoch>>>,
}

impl<'de> Deserialize<'de> for ReproducibleOverlay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OverlayVisitor;
        impl<'de> de::Visitor<'de> for OverlayVisitor {
            type Value = ReproducibleOverlay;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`false`, or a table with `seed` or `epoch`")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<ReproducibleOverlay, E> {
                if value {
                    return Err(E::invalid_value(de::Unexpected::Bool(true), &self));
                }
                Ok(ReproducibleOverlay::Off)
            }
            fn visit_map<A: de::MapAccess<'de>>(
                self,
                map: A,
            ) -> Result<ReproducibleOverlay, A::Error> {
                let table = de::value::MapAccessDeserializer::new(map);
                ReproducibleDifference::deserialize(table)
                    .map(|table| ReproducibleOverlay::Differs(Box::new(table)))
            }
        }
        deserializer.deserialize_any(OverlayVisitor)
    }
}

impl JsonSchema for ReproducibleOverlay {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "ReproducibleOverlay".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = ReproducibleDifference::json_schema(generator);
        json_schema!({ "anyOf": [{ "const": false }, table] })
    }
}

/// The moment from which relative dates count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Epoch {
    /// Always the same.
    Fixed(Timestamp),
    /// The beginning of the present period.
    Rolling(Period),
}

/// A length of the calendar, in UTC. Weeks begin on Monday (ISO 8601).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each is the period of that name in the calendar"
)]
pub enum Period {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// Its name in a spec.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// The beginning of the period in which a moment lies; none if that leaves the calendar.
    #[must_use]
    pub fn beginning(self, moment: Timestamp) -> Option<Timestamp> {
        let day = moment.to_zoned_datetime(TimeZone::UTC).date();
        let first = match self {
            Self::Day => day,
            Self::Week => {
                let past = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(Step::new().days(past)).ok()?
            }
            Self::Month => day.first_of_month(),
            Self::Quarter => {
                let month = (day.month() - 1) / 3 * 3 + 1;
                civil::Date::new(day.year(), month, 1).ok()?
            }
            Self::Year => day.first_of_year(),
        };
        midnight(first)
    }

    /// The beginning of the period after the one that begins then.
    #[must_use]
    pub fn after(self, beginning: Timestamp) -> Option<Timestamp> {
        let step = Step::new();
        let step = match self {
            Self::Day => step.days(1),
            Self::Week => step.days(7),
            Self::Month => step.months(1),
            Self::Quarter => step.months(3),
            Self::Year => step.years(1),
        };
        let day = beginning.to_zoned_datetime(TimeZone::UTC).date();
        midnight(day.checked_add(step).ok()?)
    }
}

fn midnight(day: civil::Date) -> Option<Timestamp> {
    Some(day.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromText for Epoch {
    fn from_text(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        if let Some(period) = Period::ALL
            .into_iter()
            .find(|period| period.name() == trimmed)
        {
            return Ok(Self::Rolling(period));
        }
        Date::from_text(text).map(|date| Self::Fixed(date.0)).map_err(|_| {
            format!(
                "`{text}` is no epoch; write a date, as `2027-01-31`, or one of `day`, `week`, `month`, `quarter`, `year`"
            )
        })
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_text(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Epoch {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Epoch".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let date = Date::json_schema(generator);
        let names = Period::ALL.map(Period::name);
        json_schema!({ "anyOf": [{ "type": "string", "enum": names }, date] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn periods_begin_and_end_by_the_calendar() {
        let now = at("2028-02-29T13:14:15Z");
        let cases = [
            (Period::Day, "2028-02-29", "2028-03-01"),
            (Period::Week, "2028-02-28", "2028-03-06"),
            (Period::Month, "2028-02-01", "2028-03-01"),
            (Period::Quarter, "2028-01-01", "2028-04-01"),
            (Period::Year, "2028-01-01", "2029-01-01"),
        ];
        for (period, begin, next) in cases {
            let beginning = period.beginning(now).unwrap();
            assert_eq!(beginning, at(&format!("{begin}T00:00:00Z")), "{period}");
            assert_eq!(period.beginning(beginning), Some(beginning), "{period}");
            assert_eq!(
                period.after(beginning),
                Some(at(&format!("{next}T00:00:00Z"))),
                "{period}"
            );
        }
    }

    #[test]
    fn the_last_second_of_a_period_is_of_it() {
        for period in Period::ALL {
            let begin = period.beginning(at("2026-12-31T23:59:59Z")).unwrap();
            let next = period.after(begin).unwrap();
            let last = Timestamp::from_second(next.as_second() - 1).unwrap();
            assert_eq!(period.beginning(last), Some(begin), "{period}");
            assert_eq!(period.beginning(next), Some(next), "{period}");
        }
    }

    #[test]
    fn an_epoch_is_a_date_or_a_period() {
        assert_eq!(Epoch::from_text("month"), Ok(Epoch::Rolling(Period::Month)));
        assert_eq!(
            Epoch::from_text("2026-11-25"),
            Ok(Epoch::Fixed(at("2026-11-25T00:00:00Z")))
        );
        assert!(
            Epoch::from_text("fortnight")
                .unwrap_err()
                .contains("quarter")
        );
    }
}
