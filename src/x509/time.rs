//! The times of certificates: UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).

use std::time::Duration;

use der::asn1::{GeneralizedTime, UtcTime};
use der::{DateTime, ErrorKind, Tag};
use jiff::Timestamp;
use x509_cert::time::Time;

/// 9999-12-31T23:59:59Z in seconds, the end of what has no end (RFC 5280 §4.1.2.5).
const NO_END_SECOND: i64 = 253_402_300_799;

/// The time that says "no end is set".
///
/// # Errors
/// None on a platform whose calendar reaches the year 9999.
pub fn no_end() -> Result<Timestamp, jiff::Error> {
    Timestamp::from_second(NO_END_SECOND)
}

/// A time in the type that RFC 5280 asks for; fractions of a second are cut off.
///
/// # Errors
/// The time lies before 1970, or after 9999.
pub fn from_timestamp(timestamp: Timestamp) -> der::Result<Time> {
    let seconds = u64::try_from(timestamp.as_second())
        .map_err(|_| der::Error::from(ErrorKind::Value { tag: Tag::UtcTime }))?;
    let date_time = DateTime::from_unix_duration(Duration::from_secs(seconds))?;
    if date_time.year() <= UtcTime::MAX_YEAR {
        UtcTime::from_date_time(date_time).map(Time::UtcTime)
    } else {
        Ok(Time::GeneralTime(GeneralizedTime::from_date_time(
            date_time,
        )))
    }
}

/// The moment that a certificate's time names.
///
/// # Errors
/// The time lies outside jiff's calendar.
pub fn to_timestamp(time: Time) -> der::Result<Timestamp> {
    let out_of_range = || der::Error::from(ErrorKind::DateTime);
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| out_of_range())?;
    Timestamp::from_second(seconds).map_err(|_| out_of_range())
}
