//! The border between the two types of time.

use jiff::Timestamp;
use x509_cert::time::Time;

use crate::x509::time::{NO_END, from_timestamp, show, to_timestamp};

#[test]
fn utctime_ends_with_2049() {
    let time = |text: &str| from_timestamp(text.parse::<Timestamp>().unwrap());
    assert!(matches!(
        time("2049-12-31T23:59:59.999Z"),
        Ok(Time::UtcTime(_))
    ));
    assert!(matches!(
        time("2050-01-01T00:00:00Z"),
        Ok(Time::GeneralTime(_))
    ));
    assert!(matches!(time("1970-01-01T00:00:00Z"), Ok(Time::UtcTime(_))));
    assert!(time("1969-12-31T23:59:59Z").is_err());
}

#[test]
fn every_second_comes_back() {
    for text in [
        "1970-01-01T00:00:00Z",
        "2024-02-29T12:34:56Z",
        "2050-01-01T00:00:00Z",
    ] {
        let moment: Timestamp = text.parse().unwrap();
        assert_eq!(to_timestamp(from_timestamp(moment).unwrap()), Ok(moment));
        assert_eq!(show(moment), text);
    }
}

#[test]
fn no_end_is_the_last_second_of_9999_though_jiff_has_no_such_second() {
    assert_eq!(NO_END.as_second(), Timestamp::MAX.as_second());
    for end in [NO_END, Timestamp::MAX] {
        let time = from_timestamp(end).unwrap();
        assert_eq!(time, Time::INFINITY);
        assert_eq!(to_timestamp(time), Ok(NO_END));
        assert_eq!(show(end), "9999-12-31T23:59:59Z");
    }
}
