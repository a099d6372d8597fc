//! The same reports as data: what `--json` prints.

use camino::Utf8Path;
use serde::Serialize;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::catalog::KeyAlgorithm;
use crate::catalog::extension::describe;
use crate::execute::Outcome;
use crate::hierarchy::{Entity, Hierarchy};
use crate::plan::Plan;
use crate::rules::Rule;
use crate::source::{Diagnostics, SourceMap};
use crate::verify::{Difference, Verdict};
use crate::x509::{Certificate, Crl, ReadExtension, Request, colons, serial, time};

/// Any value as indented JSON with a newline at its end.
#[must_use]
pub fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// Findings, each place with file, line and column.
#[must_use]
pub fn diagnostics(found: &Diagnostics, map: &SourceMap) -> Value {
    let one = |diagnostic: &crate::source::Diagnostic| {
        let labels: Vec<Value> = diagnostic
            .labels
            .iter()
            .filter_map(|label| {
                let at = map.locate(label.span)?;
                Some(json!({
                    "file": at.path.as_str(),
                    "line": at.line,
                    "column": at.column,
                    "text": map.snippet(label.span),
                    "message": label.message,
                }))
            })
            .collect();
        let mut value = json!({
            "code": diagnostic.code,
            "level": diagnostic.level,
            "message": diagnostic.message,
            "labels": labels,
            "notes": diagnostic.notes,
            "help": diagnostic.help,
        });
        if let Some(object) = value.as_object_mut()
            && !diagnostic.about.is_empty()
        {
            let rows = diagnostic.about.iter().map(|about| {
                let at = map.locate(about.span);
                json!({
                    "id": about.id,
                    "file": at.as_ref().map(|at| at.path.as_str()),
                    "line": at.as_ref().map(|at| at.line),
                    "column": at.as_ref().map(|at| at.column),
                })
            });
            object.insert("about".to_owned(), rows.collect());
        }
        value
    };
    found.iter().map(one).collect()
}

/// A plan: its steps and counts.
#[must_use]
pub fn plan(plan: &Plan) -> Value {
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("hierarchy_digest");
        object.remove("lock_digest");
        object.insert(
            "counts".to_owned(),
            serde_json::to_value(plan.counts()).unwrap_or_default(),
        );
    }
    value
}

/// What a run has done.
#[must_use]
pub fn outcome(outcome: &Outcome, plan: &Plan) -> Value {
    json!({ "plan": self::plan(plan), "outcome": outcome })
}

/// A verdict on a store, with the findings about its spec.
#[must_use]
pub fn verdict(verdict: &Verdict, store: &Utf8Path, found: Value) -> Value {
    let mut value = serde_json::to_value(verdict).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("good".to_owned(), verdict.is_good().into());
        object.insert("store".to_owned(), store.as_str().into());
        object.insert("diagnostics".to_owned(), found);
    }
    value
}

/// How a store differs from its spec.
#[must_use]
pub fn differences(found: &[Difference], store: &Utf8Path) -> Value {
    json!({ "store": store.as_str(), "same": found.is_empty(), "differences": found })
}

/// A CRL.
#[must_use]
pub fn crl(crl: &Crl) -> Value {
    let entries = crl.entries().iter().map(|entry| {
        json!({
            "serial": serial::to_hex(&entry.serial),
            "date": time::show(entry.date),
            "reason": entry.reason,
            "invalidity_date": entry.invalidity_date.map(time::show),
        })
    });
    json!({
        "holds": "a certificate revocation list",
        "issuer": crl.issuer().to_string(),
        "number": crl.number().map(number),
        "this_update": time::show(crl.this_update()),
        "next_update": crl.next_update().map(time::show),
        "entries": entries.collect::<Value>(),
    })
}

/// A CRL number in decimal digits, or in hexadecimal where it is longer than any that pkiform gives.
#[must_use]
pub fn number(octets: &[u8]) -> String {
    let mut digits = octets.iter().try_fold(0_u64, |number, octet| {
        number.checked_mul(256)?.checked_add(u64::from(*octet))
    });
    match digits.take() {
        Some(number) => number.to_string(),
        None => format!("0x{}", serial::to_hex(octets)),
    }
}

/// The rules.
#[must_use]
pub fn rules(rules: &[&Rule]) -> Value {
    let one = |rule: &&Rule| {
        json!({
            "id": rule.id,
            "level": rule.level,
            "source": rule.source,
            "why": rule.why,
            "help": rule.help,
        })
    };
    rules.iter().map(one).collect()
}

/// A certificate.
#[must_use]
pub fn certificate(certificate: &Certificate) -> Value {
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": serial::to_hex(certificate.serial()),
        "not_before": time::show(certificate.not_before()),
        "not_after": time::show(certificate.not_after()),
        "key": certificate.key_algorithm().map(|algorithm| algorithm.to_string()),
        "signature": certificate.signature_algorithm().oid.to_string(),
        "sha256": colons(&Sha256::digest(certificate.der())),
        "sha1": colons(&Sha1::digest(certificate.der())),
        "key_sha256": colons(&Sha256::digest(certificate.spki_der())),
        "extensions": extensions(certificate.extensions()),
    })
}

/// A certification request. `fits` says whether its own key signed it, if that is known.
#[must_use]
pub fn request(request: &Request, fits: Option<bool>) -> Value {
    let key = KeyAlgorithm::from_spki_der(request.spki_der());
    json!({
        "holds": "a certification request",
        "subject": request.subject().to_string(),
        "key": key.map(|algorithm| algorithm.to_string()),
        "signature": request.signature_algorithm().oid.to_string(),
        "signed_by_its_key": fits,
        "key_sha256": colons(&Sha256::digest(request.spki_der())),
        "extensions": extensions(request.extensions()),
    })
}

/// A key, or the public half of a private one.
#[must_use]
pub fn key(what: &str, spki_der: &[u8]) -> Value {
    let key = KeyAlgorithm::from_spki_der(spki_der);
    json!({
        "holds": what,
        "key": key.map(|algorithm| algorithm.to_string()),
        "key_sha256": colons(&Sha256::digest(spki_der)),
    })
}

fn extensions(extensions: &[ReadExtension]) -> Value {
    let one = |extension: &ReadExtension| {
        let (name, values) = describe(&extension.oid, &extension.value_der);
        json!({
            "oid": extension.oid.to_string(),
            "name": name,
            "critical": extension.critical,
            "values": values,
        })
    };
    extensions.iter().map(one).collect()
}

/// An entity of a hierarchy, without its certificate.
#[must_use]
pub fn entity(entity: &Entity) -> Value {
    let outputs: serde_json::Map<String, Value> = entity
        .outputs
        .iter()
        .map(|output| (output.artifact.id().to_owned(), output.path.as_str().into()))
        .collect();
    json!({
        "id": entity.id,
        "family": entity.family,
        "kind": entity.kind,
        "issuer": entity.issuer.as_ref().map(|issuer| &issuer.value),
        "profile": entity.profile,
        "subject": entity.subject.to_string(),
        "key": entity.key.value.to_string(),
        "outputs": outputs,
    })
}

/// A hierarchy as nested entities.
#[must_use]
pub fn tree(hierarchy: &Hierarchy) -> Value {
    let roots = hierarchy.roots().map(|root| branch(hierarchy, root));
    let fleets = hierarchy.fleets().iter().map(|fleet| {
        json!({
            "fleet": fleet.name(),
            "pack": fleet.pack().value.format,
            "first": fleet.first().as_ref().map(entity),
        })
    });
    roots.chain(fleets).collect()
}

fn branch(hierarchy: &Hierarchy, entity: &Entity) -> Value {
    let mut value = self::entity(entity);
    if let Some(object) = value.as_object_mut() {
        let children = hierarchy
            .children(&entity.id)
            .map(|child| branch(hierarchy, child));
        object.insert("issues".to_owned(), children.collect());
    }
    value
}
