//! A second encoder: what rcgen composes of the same words, key and serial is octet for octet what we compose.

use der::Decode as _;
use der::oid::ObjectIdentifier;
use jiff::Timestamp;
use pkiform::catalog::{Digest, KeyAlgorithm, signature_algorithm};
use pkiform::crypto::PrivateKey;
use pkiform::hierarchy::{Entity, Hierarchy, resolve};
use pkiform::source::{Document, VariableSources};
use pkiform::spec::Spec;
use pkiform::x509::{
    Certificate, ExtensionField, IssuerFacts, TbsFields, assemble, compose, compose_tbs,
};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CrlDistributionPoint, CustomExtension,
    DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyIdMethod, KeyUsagePurpose, NameConstraints, OtherNameValue, PublicKeyData, SanType,
    SerialNumber, SignatureAlgorithm, SigningKey, date_time_ymd,
};
use spki::SubjectPublicKeyInfoRef;

const SPEC: &str = r#"
spec = 1
name = "second"
[defaults]
subject = { organization = "Bücher & Söhne", country = "DE" }
[ca.root]
path_length = 3
subject = { common_name = "Root", locality = "Berlin", state_or_province = "Berlin" }
[ca.issuing]
issuer = "root"
subject.common_name = "Issuing"
[ca.issuing.extensions]
crl_distribution_points = ["http://example.com/a.crl", { uris = ["http://example.com/b.crl", "http://example.org/b.crl"] }]
[ca.issuing.extensions.name_constraints]
permitted = { dns = ["example.com"], ip = ["192.0.2.0/24", "2001:db8::/32"], email = [".example.com"] }
excluded = { dirname = ["O=Bad,C=DE"] }
[leaf.www]
issuer = "issuing"
profile = "tls-peer"
digest = "{{ digest }}"
subject = { common_name = "www", organizational_unit = "Web", serial_number = "42" }
san = ["www.example.com", "*.example.com", "192.0.2.1", "2001:db8::1", "a@example.com", "uri:spiffe://example.com/www",
    { other_name = { oid = "1.3.6.1.4.1.311.20.2.3", value = "user@example.com" } }]
[leaf.www.extensions]
key_usage = ["digital-signature", "content-commitment", "key-agreement", "decipher-only"]
extended_key_usage = ["server-auth", "client-auth", "ocsp-signing", "1.3.6.1.4.1.99999.4"]
custom = [{ oid = "1.3.6.1.4.1.99999.1", critical = true, value = "hex:0500" }]
[leaf.nameless]
issuer = "issuing"
profile = "tls-server"
digest = "{{ digest }}"
subject = []
extensions.subject_alt_name = { values = ["nameless.example.com"], critical = true }
"#;

/// The algorithms that rcgen knows without a cryptographic back end, and their digests.
fn algorithms() -> [(KeyAlgorithm, Option<Digest>, &'static SignatureAlgorithm); 6] {
    [
        (
            KeyAlgorithm::EcdsaP256,
            Some(Digest::Sha256),
            &rcgen::PKCS_ECDSA_P256_SHA256,
        ),
        (
            KeyAlgorithm::EcdsaP384,
            Some(Digest::Sha384),
            &rcgen::PKCS_ECDSA_P384_SHA384,
        ),
        (KeyAlgorithm::Ed25519, None, &rcgen::PKCS_ED25519),
        (
            KeyAlgorithm::Rsa(2048),
            Some(Digest::Sha256),
            &rcgen::PKCS_RSA_SHA256,
        ),
        (
            KeyAlgorithm::Rsa(2048),
            Some(Digest::Sha384),
            &rcgen::PKCS_RSA_SHA384,
        ),
        (
            KeyAlgorithm::Rsa(2048),
            Some(Digest::Sha512),
            &rcgen::PKCS_RSA_SHA512,
        ),
    ]
}

/// A public key as rcgen takes it; it signs nothing, since the signed part alone is compared.
struct Key {
    octets: Vec<u8>,
    spki_der: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
}

impl Key {
    fn generate(key: KeyAlgorithm, algorithm: &'static SignatureAlgorithm) -> Self {
        let spki_der = PrivateKey::generate(key).unwrap().public_der().to_vec();
        let spki = SubjectPublicKeyInfoRef::from_der(&spki_der).unwrap();
        Self {
            octets: spki.subject_public_key.raw_bytes().to_vec(),
            spki_der,
            algorithm,
        }
    }

    /// The first method of RFC 7093 §2: the leftmost 160 bits of the key's SHA-256.
    fn id(&self) -> Vec<u8> {
        openssl::sha::sha256(&self.octets)[..20].to_vec()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.octets
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Key {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}

#[test]
fn rcgen_composes_the_same_octets() {
    for (key, digest, theirs) in algorithms() {
        let hierarchy = hierarchy(digest.filter(|_| key.default_digest() != digest));
        let (root, issuing) = (Key::generate(key, theirs), Key::generate(key, theirs));
        let leaf = Key::generate(key, theirs);
        let get = |id: &str| hierarchy.get(id).unwrap();
        let (root_params, issuing_params) = (root_params(&root), issuing_params(&issuing));

        if key.default_digest() == digest {
            let facts = IssuerFacts::of_self(get("root"), &root.spki_der, &SERIAL).unwrap();
            let ours = ours(get("root"), &facts, &root, "2060-01-01T00:00:00Z");
            assert_same(
                &format!("root, {key}"),
                &ours,
                &root_params,
                &root,
                &root_params,
                &root,
            );

            let facts = facts_of(&root, name_of(get("root")), key);
            let ours = self::ours(get("issuing"), &facts, &issuing, "2049-12-31T00:00:00Z");
            assert_same(
                &format!("issuing, {key}"),
                &ours,
                &issuing_params,
                &issuing,
                &root_params,
                &root,
            );
        }
        let facts = facts_of(&issuing, name_of(get("issuing")), key);
        for (id, params) in [
            ("www", www_params(&leaf)),
            ("nameless", nameless_params(&leaf)),
        ] {
            let ours = ours(get(id), &facts, &leaf, "2050-01-01T00:00:00Z");
            assert_same(
                &format!("{id}, {key}, {digest:?}"),
                &ours,
                &params,
                &leaf,
                &issuing_params,
                &issuing,
            );
        }
    }
}

fn hierarchy(digest: Option<Digest>) -> Hierarchy {
    let mut spec = SPEC.to_owned();
    match digest {
        Some(digest) => spec = spec.replace("{{ digest }}", &digest.to_string()),
        None => spec = spec.replace("digest = \"{{ digest }}\"\n", ""),
    }
    let mut document = Document::parse(
        "second.toml".into(),
        &spec,
        None,
        &VariableSources::default(),
    )
    .unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics));
    let spec = Spec::read(&document).unwrap_or_else(|faults| panic!("{faults:?}"));
    resolve(&spec, &mut document, moment(BEGIN)).unwrap_or_else(|faults| panic!("{faults:?}"))
}

const BEGIN: &str = "2026-01-01T00:00:00Z";
/// With its first bit set, so that DER needs an octet before it.
const SERIAL: [u8; 16] = [0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn name_of(entity: &Entity) -> Vec<u8> {
    entity.subject.to_der().unwrap()
}

fn facts_of(key: &Key, name_der: Vec<u8>, algorithm: KeyAlgorithm) -> IssuerFacts {
    IssuerFacts {
        issuer_name_der: name_der.clone(),
        name_der,
        spki_der: key.spki_der.clone(),
        key_id: Some(key.id()),
        serial: SERIAL.to_vec(),
        algorithm,
    }
}

/// What we sign, its extensions in rcgen's order: in ours the two differ, and nothing prescribes one.
fn ours(entity: &Entity, issuer: &IssuerFacts, key: &Key, end: &str) -> Vec<u8> {
    let (begin, end) = (moment(BEGIN), moment(end));
    let tbs = compose(entity, issuer, &key.spki_der, &SERIAL, begin, end).unwrap();
    let signature = signature_algorithm(issuer.algorithm, entity.digest.value);
    let whole = Certificate::parse(&assemble(&tbs, &signature, &[]).unwrap()).unwrap();
    let mut fields = TbsFields {
        serial: &SERIAL,
        signature,
        issuer_der: &issuer.name_der,
        not_before: begin,
        not_after: end,
        subject_der: whole.subject_der(),
        spki_der: &key.spki_der,
        extensions: whole
            .extensions()
            .iter()
            .map(|extension| ExtensionField {
                oid: extension.oid,
                critical: extension.critical,
                value_der: &extension.value_der,
            })
            .collect(),
    };
    assert_eq!(
        compose_tbs(&fields).unwrap(),
        tbs,
        "{} is not what it is made of",
        entity.id
    );
    fields
        .extensions
        .sort_by_key(|extension| place(extension.oid));
    compose_tbs(&fields).unwrap()
}

/// Where rcgen writes an extension: authority key, names, usages, constraints, CRLs, own key, CA or not, the rest.
fn place(oid: ObjectIdentifier) -> usize {
    let order = [
        "2.5.29.35",
        "2.5.29.17",
        "2.5.29.15",
        "2.5.29.37",
        "2.5.29.30",
        "2.5.29.31",
        "2.5.29.14",
        "2.5.29.19",
    ];
    order
        .iter()
        .position(|known| *known == oid.to_string())
        .unwrap_or(order.len())
}

fn assert_same(
    what: &str,
    ours: &[u8],
    params: &CertificateParams,
    key: &Key,
    issuer_params: &CertificateParams,
    issuer_key: &Key,
) {
    let issuer = Issuer::from_params(issuer_params, issuer_key);
    let whole = params.signed_by(key, &issuer).unwrap();
    let theirs = Certificate::parse(whole.der()).unwrap();
    let hex = |octets: &[u8]| data_encoding::HEXLOWER.encode(octets);
    assert_eq!(hex(ours), hex(theirs.tbs_der()), "{what}");
}

fn params(key: &Key, end: (i32, u8, u8), names: &[(DnType, &str)]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(end.0, end.1, end.2);
    params.serial_number = Some(SerialNumber::from(SERIAL.to_vec()));
    params.key_identifier_method = KeyIdMethod::PreSpecified(key.id());
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in names {
        let printable = matches!(kind, DnType::CountryName | DnType::CustomDnType(_));
        let value = if printable {
            DnValue::PrintableString((*value).try_into().unwrap())
        } else {
            DnValue::Utf8String((*value).to_owned())
        };
        params.distinguished_name.push(kind.clone(), value);
    }
    params
}

fn root_params(key: &Key) -> CertificateParams {
    let names = [
        (DnType::CountryName, "DE"),
        (DnType::StateOrProvinceName, "Berlin"),
        (DnType::LocalityName, "Berlin"),
        (DnType::OrganizationName, "Bücher & Söhne"),
        (DnType::CommonName, "Root"),
    ];
    let mut params = params(key, (2060, 1, 1), &names);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(3));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn issuing_params(key: &Key) -> CertificateParams {
    let names = [
        (DnType::CountryName, "DE"),
        (DnType::OrganizationName, "Bücher & Söhne"),
        (DnType::CommonName, "Issuing"),
    ];
    let mut params = params(key, (2049, 12, 31), &names);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    let point = |uris: &[&str]| CrlDistributionPoint {
        uris: uris.iter().map(ToString::to_string).collect(),
    };
    params.crl_distribution_points = vec![
        point(&["http://example.com/a.crl"]),
        point(&["http://example.com/b.crl", "http://example.org/b.crl"]),
    ];
    let mut bad = DistinguishedName::new();
    bad.push(
        DnType::CountryName,
        DnValue::PrintableString("DE".try_into().unwrap()),
    );
    bad.push(DnType::OrganizationName, "Bad");
    let (mut v6, mut mask) = ([0; 16], [0; 16]);
    v6[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    mask[..4].fill(0xff);
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("example.com".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::V4([192, 0, 2, 0], [255, 255, 255, 0])),
            GeneralSubtree::IpAddress(CidrSubnet::V6(v6, mask)),
            GeneralSubtree::Rfc822Name(".example.com".to_owned()),
        ],
        excluded_subtrees: vec![GeneralSubtree::DirectoryName(bad)],
    });
    params
}

fn www_params(key: &Key) -> CertificateParams {
    let names = [
        (DnType::CountryName, "DE"),
        (DnType::OrganizationName, "Bücher & Söhne"),
        (DnType::OrganizationalUnitName, "Web"),
        (DnType::CommonName, "www"),
        (DnType::CustomDnType(vec![2, 5, 4, 5]), "42"),
    ];
    let mut params = params(key, (2050, 1, 1), &names);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
        KeyUsagePurpose::KeyAgreement,
        KeyUsagePurpose::DecipherOnly,
    ];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
        ExtendedKeyUsagePurpose::OcspSigning,
        ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 4, 1, 99999, 4]),
    ];
    let user = OtherNameValue::Utf8String("user@example.com".to_owned());
    params.subject_alt_names = vec![
        SanType::DnsName("www.example.com".try_into().unwrap()),
        SanType::DnsName("*.example.com".try_into().unwrap()),
        SanType::IpAddress("192.0.2.1".parse().unwrap()),
        SanType::IpAddress("2001:db8::1".parse().unwrap()),
        SanType::Rfc822Name("a@example.com".try_into().unwrap()),
        SanType::URI("spiffe://example.com/www".try_into().unwrap()),
        SanType::OtherName((vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3], user)),
    ];
    let mut custom = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    custom.set_criticality(true);
    params.custom_extensions = vec![custom];
    params
}

fn nameless_params(key: &Key) -> CertificateParams {
    let mut params = params(key, (2050, 1, 1), &[]);
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.subject_alt_names = vec![SanType::DnsName("nameless.example.com".try_into().unwrap())];
    params
}
