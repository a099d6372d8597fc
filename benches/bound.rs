//! The bound: the same keys, signatures and files with the openssl crate and nothing else, on one core. What pkiform
//! takes beyond it is what planning, safety and the spec cost.
//!
//! `cargo bench --bench bound -- DIR DEVICES` makes a root, three intermediates and so many devices below DIR, each
//! with key, certificate and full chain as PEM (P-256).

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops where anything fails, and prints its time"
)]

use std::fs;
use std::path::Path;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName,
    SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509NameBuilder};

struct Issuer {
    key: PKey<Private>,
    certificate: X509,
    chain: Vec<u8>,
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let (Some(dir), Some(devices)) = (arguments.first(), arguments.get(1)) else {
        println!("usage: cargo bench --bench bound -- DIR DEVICES");
        return;
    };
    let (dir, devices): (&Path, u32) = (Path::new(dir), devices.parse().unwrap());
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let begun = std::time::Instant::now();
    let mut issuer = None;
    for (level, name) in ["root", "intermediate-1", "intermediate-2", "intermediate-3"]
        .iter()
        .enumerate()
    {
        issuer = Some(make(dir, name, &group, issuer.as_ref(), Some(level)));
    }
    for device in 1..=devices {
        make(
            dir,
            &format!("device-{device}"),
            &group,
            issuer.as_ref(),
            None,
        );
    }
    println!(
        "bound: {devices} devices in {:.1} ms",
        begun.elapsed().as_secs_f64() * 1000.0
    );
}

/// A key, a certificate and their files; `level` for a CA.
fn make(
    dir: &Path,
    name: &str,
    group: &EcGroup,
    issuer: Option<&Issuer>,
    level: Option<usize>,
) -> Issuer {
    let key = PKey::from_ec_key(EcKey::generate(group).unwrap()).unwrap();
    let mut subject = X509NameBuilder::new().unwrap();
    subject.append_entry_by_text("C", "US").unwrap();
    subject.append_entry_by_text("O", "Contoso").unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let mut serial = [0; 16];
    openssl::rand::rand_bytes(&mut serial).unwrap();
    serial[0] &= 0x7f;
    let serial = Asn1Integer::from_bn(&BigNum::from_slice(&serial).unwrap()).unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder
        .set_issuer_name(issuer.map_or(&subject, |issuer| issuer.certificate.subject_name()))
        .unwrap();
    builder.set_pubkey(&key).unwrap();
    builder
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::days_from_now(30).unwrap())
        .unwrap();
    if level.is_some() {
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
        builder
            .append_extension(
                KeyUsage::new()
                    .critical()
                    .key_cert_sign()
                    .crl_sign()
                    .build()
                    .unwrap(),
            )
            .unwrap();
    } else {
        builder
            .append_extension(BasicConstraints::new().critical().build().unwrap())
            .unwrap();
        builder
            .append_extension(
                KeyUsage::new()
                    .critical()
                    .digital_signature()
                    .build()
                    .unwrap(),
            )
            .unwrap();
        builder
            .append_extension(
                ExtendedKeyUsage::new()
                    .client_auth()
                    .server_auth()
                    .build()
                    .unwrap(),
            )
            .unwrap();
        let san = SubjectAlternativeName::new()
            .dns(&format!("{name}.devices.example"))
            .build(&builder.x509v3_context(None, None))
            .unwrap();
        builder.append_extension(san).unwrap();
    }
    let context = builder.x509v3_context(issuer.map(|issuer| &*issuer.certificate), None);
    let ski = SubjectKeyIdentifier::new().build(&context).unwrap();
    builder.append_extension(ski).unwrap();
    if issuer.is_some() {
        let context = builder.x509v3_context(issuer.map(|issuer| &*issuer.certificate), None);
        let aki = AuthorityKeyIdentifier::new()
            .keyid(true)
            .build(&context)
            .unwrap();
        builder.append_extension(aki).unwrap();
    }
    builder
        .sign(
            issuer.map_or(&key, |issuer| &issuer.key),
            MessageDigest::sha256(),
        )
        .unwrap();
    let certificate = builder.build();
    let pem = certificate.to_pem().unwrap();
    let folder = dir.join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("key.pem"),
        key.private_key_to_pem_pkcs8().unwrap(),
    )
    .unwrap();
    fs::write(folder.join("cert.pem"), &pem).unwrap();
    let mut chain = pem;
    chain.extend_from_slice(issuer.map_or(&[][..], |issuer| &issuer.chain));
    if level.is_none() {
        fs::write(folder.join("fullchain.pem"), &chain).unwrap();
    }
    Issuer {
        key,
        certificate,
        chain: if level == Some(0) { Vec::new() } else { chain },
    }
}
