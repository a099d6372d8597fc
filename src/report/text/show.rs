//! One certificate, entity or file, as a person reads it.

use std::fmt::Write;

use camino::Utf8Path;
use const_oid::ObjectIdentifier;
use jiff::Timestamp;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::catalog::KeyAlgorithm;
use crate::catalog::extension::describe;
use crate::hierarchy::{Entity, Hierarchy};
use crate::report::style::{Style, span};
use crate::x509::{Certificate, Crl, ReadExtension, Request, colons, serial, time};

/// What a file turned out to hold.
#[derive(Debug)]
pub enum ShownFile {
    /// Certificates, in the order of the file.
    Certificates(Vec<Certificate>),
    /// A public key, DER SubjectPublicKeyInfo: on its own, or the public half of a private one.
    Key {
        /// What kind of file it is: `private key`.
        what: &'static str,
        /// The public key.
        spki_der: Vec<u8>,
    },
    /// A private key that is encrypted.
    EncryptedKey,
    /// A certificate revocation list.
    Crl(Crl),
    /// A certification request. `fits` says whether its own key signed it; none: pkiform does not know its algorithm.
    Request {
        /// The request.
        request: Request,
        /// Whether the signature is its key's.
        fits: Option<bool>,
    },
}

/// The certificates of one file, each under its number where there are several.
#[must_use]
pub fn certificates(certificates: &[Certificate], now: Timestamp, style: Style) -> String {
    let several = certificates.len() > 1;
    let drawn = certificates.iter().enumerate().map(|(index, one)| {
        let text = certificate(one, now, style);
        if several {
            let heading = format!("Certificate {} of {}", index + 1, certificates.len());
            format!("{}\n{text}", style.bold(heading))
        } else {
            text
        }
    });
    drawn.collect::<Vec<String>>().join("\n")
}

/// A certificate.
#[must_use]
pub fn certificate(certificate: &Certificate, now: Timestamp, style: Style) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", style.dim(format!("{name:<12}")));
    };
    line("Subject", &or_empty(&certificate.subject().to_string()));
    if certificate.is_self_issued() {
        line("Issuer", "itself");
    } else {
        line("Issuer", &or_empty(&certificate.issuer().to_string()));
    }
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    line("Valid from", &time::show(begin));
    line(
        "Valid until",
        &format!("{} ({})", time::show(end), left(begin, end, now, style)),
    );
    line("Serial", &serial::to_hex(certificate.serial()));
    line("Key", &key_name(certificate.key_algorithm()));
    line(
        "Signed with",
        &signature_name(&certificate.signature_algorithm().oid),
    );
    line("SHA-256", &colons(&Sha256::digest(certificate.der())));
    line("SHA-1", &colons(&Sha1::digest(certificate.der())));
    line(
        "Key SHA-256",
        &colons(&Sha256::digest(certificate.spki_der())),
    );
    extensions(&mut text, "Extensions", certificate.extensions(), style);
    text
}

/// A certification request.
#[must_use]
pub fn request(request: &Request, fits: Option<bool>, style: Style) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", style.dim(format!("{name:<12}")));
    };
    line("Holds", "a certification request");
    line("Subject", &or_empty(&request.subject().to_string()));
    let key = KeyAlgorithm::from_spki_der(request.spki_der());
    line("Key", &key_name(key));
    let signed = signature_name(&request.signature_algorithm().oid);
    line(
        "Signed with",
        &match fits {
            Some(true) => format!("{signed}, by its own key"),
            Some(false) => format!("{signed}, {}", style.red("not by its own key")),
            None => format!("{signed}, not checked"),
        },
    );
    let print = colons(&Sha256::digest(request.spki_der()));
    line("Key SHA-256", &print);
    extensions(&mut text, "Asks for", request.extensions(), style);
    text
}

fn extensions(text: &mut String, heading: &str, extensions: &[ReadExtension], style: Style) {
    if !extensions.is_empty() {
        let _ = writeln!(text, "{}", style.dim(heading));
    }
    for extension in extensions {
        let (name, values) = describe(&extension.oid, &extension.value_der);
        let critical = if extension.critical {
            style.yellow(" critical")
        } else {
            String::new()
        };
        let _ = writeln!(text, "  {}{critical}", style.bold(name));
        for value in values {
            let _ = writeln!(text, "    {value}");
        }
    }
}

/// A public key.
#[must_use]
pub fn public_key(what: &str, spki_der: &[u8], style: Style) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} {what}", style.dim(format!("{:<12}", "Holds")));
    let name = key_name(KeyAlgorithm::from_spki_der(spki_der));
    let _ = writeln!(text, "{} {name}", style.dim(format!("{:<12}", "Key")));
    let print = colons(&Sha256::digest(spki_der));
    let _ = writeln!(
        text,
        "{} {print}",
        style.dim(format!("{:<12}", "Key SHA-256"))
    );
    text
}

/// An entity: what the spec says of it beyond its certificate, its files and its chain.
#[must_use]
pub fn entity(hierarchy: &Hierarchy, entity: &Entity, store: &Utf8Path, style: Style) -> String {
    let mut text = String::new();
    let heading = match &entity.profile {
        Some(profile) => format!("{} ({}, profile {profile})", entity.id, entity.kind.word()),
        None => format!("{} ({})", entity.id, entity.kind.word()),
    };
    let _ = writeln!(text, "{}", style.bold(heading));
    let chain: Vec<&str> = hierarchy
        .issuers(entity)
        .into_iter()
        .map(|issuer| issuer.id.as_str())
        .collect();
    if !chain.is_empty() {
        let _ = writeln!(
            text,
            "{} {}",
            style.dim(format!("{:<12}", "Chain")),
            chain.join(" <- ")
        );
    }
    for output in &entity.outputs {
        let name = style.dim(format!("{:<12}", output.artifact.id()));
        let _ = writeln!(text, "{name} {}", store.join(&output.path));
    }
    text
}

fn left(begin: Timestamp, end: Timestamp, now: Timestamp, style: Style) -> String {
    let seconds = end.as_second() - now.as_second();
    if end >= time::NO_END {
        "no end".to_owned()
    } else if now < begin {
        style.yellow(format!(
            "begins in {}",
            span(begin.as_second() - now.as_second())
        ))
    } else if seconds < 0 {
        style.red(format!("expired {} ago", span(-seconds)))
    } else {
        format!("{} left", span(seconds))
    }
}

fn key_name(algorithm: Option<KeyAlgorithm>) -> String {
    algorithm.map_or_else(
        || "of an unknown algorithm".to_owned(),
        |known| known.to_string(),
    )
}

fn signature_name(oid: &ObjectIdentifier) -> String {
    const_oid::db::DB
        .by_oid(oid)
        .map_or_else(|| oid.to_string(), str::to_owned)
}

fn or_empty(name: &str) -> String {
    if name.is_empty() {
        "(empty)".to_owned()
    } else {
        name.to_owned()
    }
}
