//! A resolved distinguished name: RDNs in the order of the DER, each value with its string type and its place.

use std::fmt;

use der::asn1::{Any, SetOfVec};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use super::attribute::AttributeType;
use crate::source::{Diagnostic, Span};

/// A distinguished name: its RDNs in the order of the DER, the widest first (RFC 5280 §4.1.2.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistinguishedName(pub Vec<Rdn>);

/// One RDN: usually one attribute, several when it is multi-valued.
pub type Rdn = Vec<Attribute>;

/// One attribute and its value.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The type.
    pub oid: ObjectIdentifier,
    /// The type's key in a spec (`common_name`), or an empty text if the table has none.
    pub name: &'static str,
    /// The value; where the string type is [`StringType::Der`], its DER in hexadecimal.
    pub value: String,
    /// How the value is written in the DER.
    pub string_type: StringType,
    /// Where it was written.
    pub span: Span,
}

/// Names are equal wherever they were written.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        (self.oid, &self.value, self.string_type) == (other.oid, &other.value, other.string_type)
    }
}

impl Eq for Attribute {}

/// The ASN.1 type of an attribute's value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum StringType {
    /// `UTF8String`, the rule of RFC 5280 §4.1.2.4.
    Utf8,
    /// `PrintableString`: letters, digits, space and `'()+,-./:=?`.
    Printable,
    /// `IA5String`: ASCII.
    Ia5,
    /// `NumericString`: digits and space.
    Numeric,
    /// `TeletexString`, read as Latin-1; only for names that exist already.
    Teletex,
    /// `BMPString`: UTF-16 without surrogates; only for names that exist already.
    Bmp,
    /// No string: the value is its whole DER, in hexadecimal.
    Der,
}

impl StringType {
    /// The value in this type, or why it has no place in it.
    fn encode(self, value: &str) -> Result<Any, String> {
        let refuse = |what: &str| Err(format!("`{value}` has a character that {what} cannot hold"));
        let any = |tag, bytes: Vec<u8>| Any::new(tag, bytes).map_err(|error| error.to_string());
        let bytes = value.as_bytes().to_vec();
        match self {
            Self::Utf8 => any(Tag::Utf8String, bytes),
            Self::Printable if value.chars().all(is_printable) => any(Tag::PrintableString, bytes),
            Self::Printable => refuse("a PrintableString"),
            Self::Ia5 if value.is_ascii() => any(Tag::Ia5String, bytes),
            Self::Ia5 => refuse("an IA5String"),
            Self::Numeric if value.chars().all(|c| c.is_ascii_digit() || c == ' ') => {
                any(Tag::NumericString, bytes)
            }
            Self::Numeric => refuse("a NumericString"),
            Self::Teletex => match value.chars().map(|c| u8::try_from(u32::from(c))).collect() {
                Ok(latin1) => any(Tag::TeletexString, latin1),
                Err(_) => refuse("a TeletexString"),
            },
            Self::Bmp if value.chars().all(|c| c.len_utf16() == 1) => any(
                Tag::BmpString,
                value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            ),
            Self::Bmp => refuse("a BMPString"),
            Self::Der => {
                let der = data_encoding::HEXLOWER_PERMISSIVE
                    .decode(bytes.as_slice())
                    .map_err(|_| format!("`#{value}` is no hexadecimal"))?;
                Any::from_der(&der).map_err(|_| format!("`#{value}` is not the DER of one value"))
            }
        }
    }
}

fn is_printable(c: char) -> bool {
    c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c)
}

impl Attribute {
    /// An attribute in its customary string type, or in the chosen one.
    ///
    /// # Errors
    /// The value has a character that the string type cannot hold, or is empty.
    pub fn new(
        oid: ObjectIdentifier,
        value: String,
        chosen: Option<StringType>,
        span: Span,
    ) -> Result<Self, Diagnostic> {
        let known = AttributeType::by_oid(&oid);
        let customary = known.map_or(StringType::Utf8, |known| known.string_type);
        let string_type = chosen.unwrap_or(customary);
        string_type
            .encode(&value)
            .map_err(|why| Diagnostic::error("subject-value", why).at(span, ""))?;
        Ok(Self {
            oid,
            name: known.map_or("", |known| known.key),
            value,
            string_type,
            span,
        })
    }

    fn to_der_type(&self) -> Option<AttributeTypeAndValue> {
        let value = self.string_type.encode(&self.value).ok()?;
        Some(AttributeTypeAndValue {
            oid: self.oid,
            value,
        })
    }
}

impl DistinguishedName {
    /// The name as x509-cert's type. An attribute that an RDN holds twice stands in it once: it is a set.
    #[must_use]
    pub fn to_name(&self) -> Name {
        let mut sequence = RdnSequence::default();
        for rdn in &self.0 {
            let mut attributes = Vec::with_capacity(rdn.len());
            for attribute in rdn.iter().filter_map(Attribute::to_der_type) {
                if !attributes.contains(&attribute) {
                    attributes.push(attribute);
                }
            }
            // Fails for a double only.
            let set = SetOfVec::try_from(attributes).unwrap_or_default();
            sequence.push(RelativeDistinguishedName::from(set));
        }
        Name::hazmat_from_rdn_sequence(sequence)
    }

    /// The DER of the Name.
    ///
    /// # Errors
    /// The name is longer than DER lengths go.
    pub fn to_der(&self) -> der::Result<Vec<u8>> {
        self.to_name().to_der()
    }

    /// Reads x509-cert's type; a value of a type that is no string becomes [`StringType::Der`].
    #[must_use]
    pub fn from_name(name: &Name) -> Self {
        Self(
            name.iter_rdn()
                .map(|rdn| rdn.iter().map(read).collect())
                .collect(),
        )
    }

    /// All attributes, the widest first.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter().flatten()
    }

    /// The last, most particular common name.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        let last = self
            .attributes()
            .filter(|attribute| attribute.name == "common_name")
            .last()?;
        Some(&last.value)
    }

    /// Whether there is no RDN.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn read(attribute: &AttributeTypeAndValue) -> Attribute {
    use der::Tagged;
    let bytes = attribute.value.value();
    let utf8 = || String::from_utf8(bytes.to_vec()).ok();
    let text = match attribute.value.tag() {
        Tag::Utf8String => utf8().map(|text| (text, StringType::Utf8)),
        Tag::PrintableString => utf8().map(|text| (text, StringType::Printable)),
        Tag::Ia5String => utf8().map(|text| (text, StringType::Ia5)),
        Tag::NumericString => utf8().map(|text| (text, StringType::Numeric)),
        Tag::TeletexString => Some((
            bytes.iter().map(|byte| char::from(*byte)).collect(),
            StringType::Teletex,
        )),
        Tag::BmpString => {
            let (pairs, rest) = bytes.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            let text = String::from_utf16(&units).ok().filter(|_| rest.is_empty());
            text.map(|text| (text, StringType::Bmp))
        }
        _ => None,
    };
    // What its own type could not hold (an `@` in a PrintableString) is kept as it stands.
    let text = text.filter(|(text, string_type)| {
        string_type
            .encode(text)
            .is_ok_and(|encoded| encoded == attribute.value)
    });
    let (value, string_type) = text.unwrap_or_else(|| {
        let der = attribute.value.to_der().unwrap_or_default();
        (data_encoding::HEXLOWER.encode(&der), StringType::Der)
    });
    let name = AttributeType::by_oid(&attribute.oid).map_or("", |known| known.key);
    Attribute {
        oid: attribute.oid,
        name,
        value,
        string_type,
        span: Span::NOWHERE,
    }
}

/// The string of RFC 4514: the most particular RDN first.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, rdn) in self.0.iter().rev().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            for (place, attribute) in rdn.iter().enumerate() {
                if place > 0 {
                    f.write_str("+")?;
                }
                write!(f, "{attribute}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = AttributeType::by_oid(&self.oid);
        match known {
            Some(known) => write!(f, "{}=", known.short)?,
            None => write!(f, "{}=", self.oid)?,
        }
        match (known, self.string_type) {
            (_, StringType::Der) => write!(f, "#{}", self.value),
            (Some(_), _) => f.write_str(&escape(&self.value)),
            // A type without a name is followed by the DER (RFC 4514 §2.4).
            (None, string_type) => {
                let der = string_type
                    .encode(&self.value)
                    .ok()
                    .and_then(|any| any.to_der().ok());
                write!(
                    f,
                    "#{}",
                    data_encoding::HEXLOWER.encode(&der.unwrap_or_default())
                )
            }
        }
    }
}

/// Escapes a value as RFC 4514 §2.4 asks.
fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (place, c) in value.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.extend(['\\', c]),
            '#' if place == 0 => text.push_str("\\#"),
            ' ' if place == 0 || place == last => text.push_str("\\ "),
            c if c.is_control() => {
                for byte in c.to_string().bytes() {
                    text.push('\\');
                    text.push_str(&data_encoding::HEXLOWER.encode(&[byte]));
                }
            }
            c => text.push(c),
        }
    }
    text
}
