//! Any extension of any certificate in lines that a person reads; what is unknown or broken as hexadecimal.

use der::asn1::OctetString;
use der::oid::ObjectIdentifier;
use der::oid::db::DB;
use der::{Any, Decode, Encode, Tag, Tagged};
use x509_cert::ext::pkix::certpolicy::{DisplayText, PolicyInformation};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityKeyIdentifier, BasicConstraints, KeyUsage, NameConstraints,
};

use super::encode::{CPS, EncodedNotice, USER_NOTICE};
use super::general_name::address;
use super::tls_feature::feature_name;
use super::{KeyUsageBit, Purpose, Reason, kind};
use crate::catalog::DistinguishedName;

/// An extension's name (its key in a spec, else the RFC's, else its OID) and its value in lines.
#[must_use]
pub fn describe(oid: &ObjectIdentifier, der: &[u8]) -> (String, Vec<String>) {
    let name = match kind::name_of(oid) {
        Some(name) => name.to_owned(),
        None => DB
            .by_oid(oid)
            .map_or_else(|| oid.to_string(), str::to_owned),
    };
    let lines = kind::name_of(oid).and_then(|name| lines(name, der).ok());
    (name, lines.unwrap_or_else(|| hexadecimal(der)))
}

fn lines(name: &str, der: &[u8]) -> der::Result<Vec<String>> {
    Ok(match name {
        "basic_constraints" => {
            let value = BasicConstraints::from_der(der)?;
            let who = if value.ca { "CA" } else { "not a CA" };
            vec![match value.path_len_constraint {
                Some(length) => format!("{who}, path length {length}"),
                None => who.to_owned(),
            }]
        }
        "key_usage" => {
            let flags = KeyUsage::from_der(der)?.0;
            let bits = KeyUsageBit::ALL
                .iter()
                .filter(|bit| flags.contains(bit.flag()));
            vec![join(bits)]
        }
        "extended_key_usage" => {
            let oids = Vec::<ObjectIdentifier>::from_der(der)?;
            vec![join(oids.into_iter().map(Purpose))]
        }
        "subject_alt_name" => Vec::<GeneralName>::from_der(der)?
            .iter()
            .map(general_name)
            .collect(),
        "subject_key_identifier" => vec![octets(OctetString::from_der(der)?.as_bytes())],
        "authority_key_identifier" => authority_key_identifier(der)?,
        "name_constraints" => {
            let value = NameConstraints::from_der(der)?;
            let permitted = value.permitted_subtrees.iter().flatten();
            let excluded = value.excluded_subtrees.iter().flatten();
            permitted
                .map(|tree| format!("permitted {}", subtree(tree)))
                .chain(excluded.map(|tree| format!("excluded {}", subtree(tree))))
                .collect()
        }
        "certificate_policies" => policies(der)?,
        "authority_info_access" => Vec::<AccessDescription>::from_der(der)?
            .iter()
            .map(|access| {
                let method = match access.access_method.to_string().as_str() {
                    "1.3.6.1.5.5.7.48.1" => "ocsp".to_owned(),
                    "1.3.6.1.5.5.7.48.2" => "ca-issuers".to_owned(),
                    other => other.to_owned(),
                };
                format!("{method} {}", general_name(&access.access_location))
            })
            .collect(),
        "crl_distribution_points" => distribution_points(der)?,
        "tls_feature" => {
            vec![join(
                Vec::<u16>::from_der(der)?.into_iter().map(feature_name),
            )]
        }
        _ => hexadecimal(der),
    })
}

fn authority_key_identifier(der: &[u8]) -> der::Result<Vec<String>> {
    let value = AuthorityKeyIdentifier::from_der(der)?;
    let key = value
        .key_identifier
        .iter()
        .map(|id| format!("key id {}", octets(id.as_bytes())));
    let issuer = value.authority_cert_issuer.iter().flatten();
    let serial = value.authority_cert_serial_number.iter();
    Ok(key
        .chain(issuer.map(|name| format!("issuer {}", general_name(name))))
        .chain(serial.map(|serial| format!("serial {}", octets(unsigned(serial.as_bytes())))))
        .collect())
}

fn policies(der: &[u8]) -> der::Result<Vec<String>> {
    let mut lines = Vec::new();
    for policy in Vec::<PolicyInformation>::from_der(der)? {
        let any = policy.policy_identifier.to_string() == "2.5.29.32.0";
        let note = if any { " (any policy)" } else { "" };
        lines.push(format!("{}{note}", policy.policy_identifier));
        for info in policy.policy_qualifiers.iter().flatten() {
            let Some(qualifier) = &info.qualifier else {
                continue;
            };
            lines.push(match info.policy_qualifier_id {
                CPS => format!(
                    "  cps {}",
                    plain(&String::from_utf8_lossy(qualifier.value()))
                ),
                USER_NOTICE => format!("  notice {}", notice(qualifier)),
                other => format!("  {other} {}", octets(&qualifier.to_der()?)),
            });
        }
    }
    Ok(lines)
}

fn notice(qualifier: &Any) -> String {
    let Ok(notice) = qualifier.decode_as::<EncodedNotice>() else {
        return octets(qualifier.value());
    };
    let text = |text: &DisplayText| match text {
        DisplayText::Ia5String(text) => plain(text.as_str()),
        DisplayText::Utf8String(text) => plain(text),
    };
    let mut parts = Vec::new();
    parts.extend(
        notice
            .text
            .iter()
            .map(|shown| format!("\"{}\"", text(shown))),
    );
    if let Some(reference) = notice.reference {
        let numbers = reference.notice_numbers.iter().flatten().map(number);
        parts.push(format!(
            "{} no. {}",
            text(&reference.organization),
            join(numbers)
        ));
    }
    parts.join(", ")
}

/// A small number in digits, any other in octets.
fn number(number: &der::asn1::Uint) -> String {
    let bytes = number.as_bytes();
    match bytes.len() {
        0..=8 => bytes
            .iter()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
            .to_string(),
        _ => octets(bytes),
    }
}

fn distribution_points(der: &[u8]) -> der::Result<Vec<String>> {
    let mut lines = Vec::new();
    for point in Vec::<DistributionPoint>::from_der(der)? {
        match &point.distribution_point {
            Some(DistributionPointName::FullName(names)) => {
                lines.extend(names.iter().map(general_name));
            }
            Some(DistributionPointName::NameRelativeToCRLIssuer(rdn)) => {
                lines.push(format!("relative name {}", plain(&rdn.to_string())));
            }
            None => {}
        }
        if let Some(flags) = point.reasons {
            let named = Reason::ALL.iter().map(|reason| reason.parts());
            let reasons = named
                .filter(|(_, flag)| flags.contains(*flag))
                .map(|(name, _)| name);
            lines.push(format!("  reasons {}", join(reasons)));
        }
        for name in point.crl_issuer.iter().flatten() {
            lines.push(format!("  crl issuer {}", general_name(name)));
        }
    }
    Ok(lines)
}

/// A general name in the form in which a spec writes it: `dns:www.example.com`.
#[must_use]
pub fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(name) => format!("dns:{}", plain(name.as_str())),
        GeneralName::Rfc822Name(name) => format!("email:{}", plain(name.as_str())),
        GeneralName::UniformResourceIdentifier(uri) => format!("uri:{}", plain(uri.as_str())),
        GeneralName::IpAddress(bytes) => match address(bytes.as_bytes()) {
            Some(address) => format!("ip:{address}"),
            None => format!("ip:{}", octets(bytes.as_bytes())),
        },
        GeneralName::DirectoryName(name) => {
            format!("dirname:{}", DistinguishedName::from_name(name))
        }
        GeneralName::RegisteredId(oid) => format!("registered-id:{oid}"),
        GeneralName::OtherName(other) => match other.value.tag() {
            Tag::Utf8String | Tag::Ia5String | Tag::PrintableString => {
                let text = String::from_utf8_lossy(other.value.value());
                format!("other-name:{}={}", other.type_id, plain(&text))
            }
            _ => {
                let der = other.value.to_der().unwrap_or_default();
                format!(
                    "other-name:{}=hex:{}",
                    other.type_id,
                    data_encoding::HEXLOWER.encode(&der)
                )
            }
        },
        GeneralName::EdiPartyName(party) => {
            let der = party.to_der().unwrap_or_default();
            format!("edi-party-name:{}", data_encoding::HEXLOWER.encode(&der))
        }
    }
}

/// A subtree's base; of an IP network with the length of its prefix.
fn subtree(tree: &GeneralSubtree) -> String {
    let GeneralName::IpAddress(bytes) = &tree.base else {
        return general_name(&tree.base);
    };
    let bytes = bytes.as_bytes();
    let parts = bytes.split_at_checked(bytes.len() / 2);
    let parts = parts.and_then(|(network, mask)| Some((address(network)?, address(mask)?, mask)));
    let Some((network, mask, mask_bytes)) = parts else {
        return format!("ip:{}", octets(bytes));
    };
    let ones: u32 = mask_bytes.iter().map(|byte| byte.count_ones()).sum();
    let leading = mask_bytes.iter().map(|byte| (byte, byte.leading_ones()));
    let mut prefix = 0;
    for (byte, run) in leading {
        prefix += run;
        if *byte != u8::MAX {
            break;
        }
    }
    if ones == prefix {
        format!("ip:{network}/{prefix}")
    } else {
        format!("ip:{network}/{mask}")
    }
}

/// Text of a foreign certificate, fit for a terminal.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn join(items: impl Iterator<Item = impl ToString>) -> String {
    items
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// `5F:21:…`
fn octets(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

/// The octets of a number that is not negative, without the zero that says so.
fn unsigned(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => bytes,
    }
}

fn hexadecimal(der: &[u8]) -> Vec<String> {
    der.chunks(32)
        .map(|chunk| data_encoding::HEXLOWER.encode(chunk))
        .collect()
}
