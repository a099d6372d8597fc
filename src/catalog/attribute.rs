//! The attributes of a distinguished name: key in a spec, short name, OID, bounds and customary string type.

use der::oid::ObjectIdentifier;

use super::StringType;

/// What is known of one type of attribute.
#[derive(Debug)]
pub struct AttributeType {
    /// The key in a spec: `common_name`.
    pub key: &'static str,
    /// The short name: of RFC 4514 §3 where it has one, else the one that OpenSSL uses.
    pub short: &'static str,
    /// The object identifier.
    pub oid: ObjectIdentifier,
    /// The fewest and the most characters (RFC 5280 Appendix A.1, else X.520); no most means unbounded.
    pub bounds: (usize, Option<usize>),
    /// The string type that is used unless the spec chooses one.
    pub string_type: StringType,
    /// What it means, for the schema.
    pub doc: &'static str,
}

impl AttributeType {
    /// The type of an OID, if it is in the table.
    #[must_use]
    pub fn by_oid(oid: &ObjectIdentifier) -> Option<&'static Self> {
        ATTRIBUTES.iter().find(|attribute| attribute.oid == *oid)
    }

    /// The type of a spec's key.
    #[must_use]
    pub fn by_key(key: &str) -> Option<&'static Self> {
        ATTRIBUTES.iter().find(|attribute| attribute.key == key)
    }

    /// The type of a short name, in any case (RFC 4514 §3), or of one of its customary synonyms.
    #[must_use]
    pub fn by_short_name(name: &str) -> Option<&'static Self> {
        let synonym = SYNONYMS
            .iter()
            .find(|(synonym, _)| synonym.eq_ignore_ascii_case(name));
        let name = synonym.map_or(name, |(_, short)| short);
        ATTRIBUTES.iter().find(|attribute| {
            attribute.short.eq_ignore_ascii_case(name)
                || attribute.key.replace('_', "").eq_ignore_ascii_case(name)
        })
    }
}

/// Other names that people and tools write.
const SYNONYMS: &[(&str, &str)] = &[
    ("E", "emailAddress"),
    ("S", "ST"),
    ("countryName", "C"),
    ("stateOrProvinceName", "ST"),
    ("localityName", "L"),
    ("organizationName", "O"),
    ("organizationalUnitName", "OU"),
    ("G", "GN"),
    ("T", "title"),
];

macro_rules! row {
    ($key:literal, $short:literal, $oid:literal, $bounds:expr, $type:ident, $doc:literal) => {
        AttributeType {
            key: $key,
            short: $short,
            oid: ObjectIdentifier::new_unwrap($oid),
            bounds: $bounds,
            string_type: StringType::$type,
            doc: $doc,
        }
    };
}

/// The table, in the customary order of a subject: the widest first.
pub const ATTRIBUTES: &[AttributeType] = &[
    row!(
        "domain_component",
        "DC",
        "0.9.2342.19200300.100.1.25",
        (1, Some(63)),
        Ia5,
        "one label of a DNS name (RFC 4519 §2.4)"
    ),
    row!(
        "jurisdiction_country",
        "jurisdictionC",
        "1.3.6.1.4.1.311.60.2.1.3",
        (2, Some(2)),
        Printable,
        "the country of incorporation (CA/Browser Forum EV)"
    ),
    row!(
        "jurisdiction_state_or_province",
        "jurisdictionST",
        "1.3.6.1.4.1.311.60.2.1.2",
        (1, Some(128)),
        Utf8,
        "the state of incorporation (CA/Browser Forum EV)"
    ),
    row!(
        "jurisdiction_locality",
        "jurisdictionL",
        "1.3.6.1.4.1.311.60.2.1.1",
        (1, Some(128)),
        Utf8,
        "the town of incorporation (CA/Browser Forum EV)"
    ),
    row!(
        "business_category",
        "businessCategory",
        "2.5.4.15",
        (1, Some(128)),
        Utf8,
        "the kind of organization (X.520 §6.5.4)"
    ),
    row!(
        "country",
        "C",
        "2.5.4.6",
        (2, Some(2)),
        Printable,
        "a country, by the two letters of ISO 3166-1"
    ),
    row!(
        "state_or_province",
        "ST",
        "2.5.4.8",
        (1, Some(128)),
        Utf8,
        "a state or province"
    ),
    row!("locality", "L", "2.5.4.7", (1, Some(128)), Utf8, "a town"),
    row!(
        "postal_code",
        "postalCode",
        "2.5.4.17",
        (1, Some(40)),
        Utf8,
        "a postal code"
    ),
    row!(
        "street_address",
        "STREET",
        "2.5.4.9",
        (1, Some(128)),
        Utf8,
        "a street and its number"
    ),
    row!(
        "organization",
        "O",
        "2.5.4.10",
        (1, Some(64)),
        Utf8,
        "an organization"
    ),
    row!(
        "organization_identifier",
        "organizationIdentifier",
        "2.5.4.97",
        (1, None),
        Utf8,
        "an organization's number in a register (ETSI EN 319 412-1 §5.1.4)"
    ),
    row!(
        "organizational_unit",
        "OU",
        "2.5.4.11",
        (1, Some(64)),
        Utf8,
        "a part of an organization"
    ),
    row!(
        "title",
        "title",
        "2.5.4.12",
        (1, Some(64)),
        Utf8,
        "a person's function"
    ),
    row!(
        "common_name",
        "CN",
        "2.5.4.3",
        (1, Some(64)),
        Utf8,
        "the name by which the subject is known"
    ),
    row!(
        "given_name",
        "GN",
        "2.5.4.42",
        (1, Some(32_768)),
        Utf8,
        "a person's given name"
    ),
    row!(
        "initials",
        "initials",
        "2.5.4.43",
        (1, Some(32_768)),
        Utf8,
        "a person's initials"
    ),
    row!(
        "surname",
        "SN",
        "2.5.4.4",
        (1, Some(32_768)),
        Utf8,
        "a person's family name"
    ),
    row!(
        "generation_qualifier",
        "generationQualifier",
        "2.5.4.44",
        (1, Some(32_768)),
        Utf8,
        "`Jr.` or `IV`"
    ),
    row!(
        "pseudonym",
        "pseudonym",
        "2.5.4.65",
        (1, Some(128)),
        Utf8,
        "a name that a person chose"
    ),
    row!(
        "name",
        "name",
        "2.5.4.41",
        (1, Some(32_768)),
        Utf8,
        "a name of any kind"
    ),
    row!(
        "dn_qualifier",
        "dnQualifier",
        "2.5.4.46",
        (1, None),
        Printable,
        "what tells like names apart"
    ),
    row!(
        "serial_number",
        "serialNumber",
        "2.5.4.5",
        (1, Some(64)),
        Printable,
        "the subject's own number, as a device's; not the certificate's"
    ),
    row!(
        "description",
        "description",
        "2.5.4.13",
        (1, Some(1024)),
        Utf8,
        "a description"
    ),
    row!(
        "user_id",
        "UID",
        "0.9.2342.19200300.100.1.1",
        (1, Some(256)),
        Utf8,
        "a log-in name (RFC 4519 §2.39)"
    ),
    row!(
        "email_address",
        "emailAddress",
        "1.2.840.113549.1.9.1",
        (1, Some(255)),
        Ia5,
        "a mail address; a subject alternative name is the better place (RFC 5280 §4.1.2.6)"
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_knows_every_row_by_the_same_oid() {
        for row in ATTRIBUTES {
            // OpenSSL writes this one short name of RFC 4514 in small letters.
            let short = if row.short == "STREET" {
                "street"
            } else {
                row.short
            };
            assert_eq!(
                openssl_name(short),
                openssl_name(&row.oid.to_string()),
                "{}",
                row.key
            );
        }
    }

    fn openssl_name(text: &str) -> String {
        let object = openssl::asn1::Asn1Object::from_str(text);
        object
            .unwrap_or_else(|_| panic!("OpenSSL has no `{text}`"))
            .to_string()
    }

    #[test]
    fn short_names_are_found_in_any_case_and_by_synonym() {
        let oid = |name| AttributeType::by_short_name(name).map(|row| row.oid.to_string());
        assert_eq!(oid("cn").as_deref(), Some("2.5.4.3"));
        assert_eq!(oid("commonName").as_deref(), Some("2.5.4.3"));
        assert_eq!(oid("E").as_deref(), Some("1.2.840.113549.1.9.1"));
        assert_eq!(oid("sn").as_deref(), Some("2.5.4.4"));
        assert_eq!(oid("userId").as_deref(), Some("0.9.2342.19200300.100.1.1"));
        assert_eq!(oid("nonsense"), None);
    }
}
