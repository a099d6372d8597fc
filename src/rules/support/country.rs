//! The country codes of ISO 3166-1 alpha-2.

/// What a country code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Country {
    /// Assigned by ISO 3166-1, reserved for the European Union, or left to users (`XX`).
    Known,
    /// Its letters are small; the code itself is known.
    Lowercase,
    /// `UK`, which ISO reserves but does not assign: the code is `GB`.
    UnitedKingdom,
    /// Two letters that mean nothing, or anything else.
    Unknown,
}

/// ISO 3166-1 alpha-2, the 249 codes assigned in 2024.
const ASSIGNED: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK \
FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM \
JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS \
MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM \
US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Looks a code up.
pub(crate) fn country(code: &str) -> Country {
    let upper = code.to_ascii_uppercase();
    if upper == "UK" {
        return Country::UnitedKingdom;
    }
    // ETSI EN 319 412 and the EU's trusted lists use EU; ISO leaves AA, QM..QZ, XA..XZ and ZZ to users, and the
    // CA/Browser Forum uses XX where no country applies.
    let by_users = matches!(
        upper.as_bytes(),
        b"AA" | b"ZZ" | [b'Q', b'M'..=b'Z'] | [b'X', b'A'..=b'Z']
    );
    if upper == "EU"
        || by_users
        || (upper.len() == 2 && ASSIGNED.split(' ').any(|known| known == upper))
    {
        if upper == code {
            Country::Known
        } else {
            Country::Lowercase
        }
    } else {
        Country::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_iso_3166() {
        assert_eq!(ASSIGNED.split(' ').count(), 249);
        for good in ["DE", "GB", "US", "EU", "XX", "XK"] {
            assert_eq!(country(good), Country::Known, "{good}");
        }
        assert_eq!(country("UK"), Country::UnitedKingdom);
        assert_eq!(country("de"), Country::Lowercase);
        for bad in ["", "D", "DEU", "JA", "A B"] {
            assert_eq!(country(bad), Country::Unknown, "{bad}");
        }
    }
}
