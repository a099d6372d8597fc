//! The times of certificates: UTCTime through 2049, GeneralizedTime after (RFC 5280 §4.1.2.5).

use std::time::Duration;

use der::asn1::{GeneralizedTime, UtcTime};
use der::{DateTime, ErrorKind, Tag};
use jiff::Timestamp;
use x509_cert::time::Time;

/// "No end is set": 9999-12-31T23:59:59Z in a certificate (RFC 5280 §4.1.2.5). jiff's calendar ends 26 hours before
/// that, so its last whole second stands for it here.
pub const NO_END: Timestamp = Timestamp::constant(253_402_207_200, 0);

/// A time in the type that RFC 5280 asks for; fractions of a second are cut off.
///
/// # Errors
/// The time lies before 1970.
pub fn from_timestamp(timestamp: Timestamp) -> der::Result<Time> {
    if timestamp >= NO_END {
        return Ok(Time::INFINITY);
    }
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

/// The moment that a certificate's time names; [`NO_END`] for the last 26 hours of the year 9999.
///
/// # Errors
/// The time lies outside of what der knows.
pub fn to_timestamp(time: Time) -> der::Result<Timestamp> {
    let out_of_range = || der::Error::from(ErrorKind::DateTime);
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| out_of_range())?;
    Timestamp::from_second(seconds.min(NO_END.as_second())).map_err(|_| out_of_range())
}

/// A moment as people read it (RFC 3339).
#[must_use]
pub fn show(timestamp: Timestamp) -> String {
    if timestamp >= NO_END {
        "9999-12-31T23:59:59Z".to_owned()
    } else {
        timestamp.to_string()
    }
}
