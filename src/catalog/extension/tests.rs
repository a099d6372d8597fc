//! Each extension from its TOML to its DER; what is expected was made by OpenSSL 3.0 from its own configuration.

use data_encoding::HEXLOWER;

use super::{Extensions, IssuerKey, KeyContext, ResolvedExtension, describe};
use crate::source::{Diagnostics, Document, VariableSources, read};
use crate::template::Scope;

/// A P-256 public key, and the key identifiers that OpenSSL and Python's hashlib take from it.
const SPKI: &str = "3059301306072a8648ce3d020106082a8648ce3d03010703420004e4478358a625d48ce3ee142ecbeb721b62f758316b620e9fe4ba981da046e07e245c49c24779dbf44356477e399acf447e7c56cf086cfefcee546208efe03604";
const KEY_SHA1: &str = "5f6b46ea16ac0eeb5aa694b51ab507b6d7ddb2cf";

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// Resolves a spec's `[extensions]`; the variables are `host`, a text, and `hosts`, a list.
fn resolve(text: &str) -> (Vec<ResolvedExtension>, Vec<String>) {
    let vars = "[vars]\nhost = \"www.example.com\"\nhosts = [\"a.example\", \"10.0.0.2\"]\nevil = \"x,CN=y+O=z\"\n\
                prefixed = \"uri:a\"\nbits = [\"key-agreement\", \"crl-sign\"]\n[extensions]\n";
    let document = Document::parse(
        "t.toml".into(),
        &format!("{vars}{text}"),
        None,
        &VariableSources::default(),
    )
    .unwrap_or_else(|failure| panic!("{:?}", failure.diagnostics));
    let mut found = Diagnostics::new();
    let node = document.root.at(&["extensions"]).unwrap();
    let written: Option<Extensions> = read(node, "extensions", &mut found);
    let scope = Scope::new(&document.vars, "test", None);
    let resolved = written
        .map(|written| written.resolve(&scope, &mut found))
        .unwrap_or_default();
    let shown = |diagnostic: &crate::source::Diagnostic| {
        let label = diagnostic.labels.first();
        let place = label
            .and_then(|label| document.map.snippet(label.span))
            .unwrap_or("nowhere");
        let said = label.map_or("", |label| label.message.as_str());
        format!(
            "{}: {} [{place}] {said}",
            diagnostic.code, diagnostic.message
        )
    };
    (resolved, found.iter().map(shown).collect())
}

fn der(extension: &ResolvedExtension) -> String {
    let spki = hex(SPKI);
    // The Name `CN=root`, DER.
    let name = hex("300f310d300b06035504030c04726f6f74");
    let key_id = hex(KEY_SHA1);
    let issuer = IssuerKey {
        spki_der: &spki,
        key_id: Some(&key_id),
        name_der: &name,
        serial: &[0x80, 0, 0, 0, 0, 0, 0, 0xff],
    };
    HEXLOWER.encode(
        &extension
            .value
            .encode(&KeyContext {
                spki_der: &spki,
                issuer,
            })
            .unwrap(),
    )
}

/// The one extension of a text: OID, whether it is critical, DER.
#[track_caller]
fn one(text: &str) -> (String, bool, String) {
    let (resolved, errors) = resolve(text);
    assert_eq!(errors, Vec::<String>::new());
    let [extension] = resolved.as_slice() else {
        panic!("{resolved:?}")
    };
    (
        extension.oid.to_string(),
        extension.critical,
        der(extension),
    )
}

#[track_caller]
fn expect(text: &str, oid: &str, critical: bool, der: &str) {
    assert_eq!(one(text), (oid.to_owned(), critical, der.to_owned()));
}

#[track_caller]
fn refused(text: &str, part: &str) {
    let (_, errors) = resolve(text);
    assert!(
        errors.iter().any(|error| error.contains(part)),
        "{errors:?} lack {part:?}"
    );
}

#[test]
fn basic_constraints_and_usages() {
    expect(
        "basic_constraints = { ca = true, path_length = 12 }",
        "2.5.29.19",
        true,
        "30060101ff02010c",
    );
    expect(
        "basic_constraints = { ca = true, path_length = false }",
        "2.5.29.19",
        true,
        "30030101ff",
    );
    expect(
        "basic_constraints = { critical = false }",
        "2.5.29.19",
        false,
        "3000",
    );
    let usages = r#"["crl-sign", "key-cert-sign", "digital-signature", "decipher-only"]"#;
    expect(
        &format!("key_usage = {usages}"),
        "2.5.29.15",
        true,
        "0303078680",
    );
    expect(
        &format!("key_usage = {{ values = {usages}, critical = false }}"),
        "2.5.29.15",
        false,
        "0303078680",
    );
    expect(
        "key_usage = [\"{{ bits }}\"]",
        "2.5.29.15",
        true,
        "0302010a",
    );
    expect(
        r#"extended_key_usage = ["server-auth", "client-auth", "1.3.6.1.4.1.99999.1"]"#,
        "2.5.29.37",
        false,
        "301f06082b0601050507030106082b0601050507030206092b06010401868d1f01",
    );
}

#[test]
fn names_of_every_kind() {
    expect(
        r#"subject_alt_name = [
            "www.example.com", "dns:*.example.com", "10.0.0.1", "ip:2001:db8::1", "a@example.com",
            "spiffe://example.com/www", { registered_id = "1.2.3.4" },
            { dirname = 'CN=U,OU=A,O=Example\, Inc.,C=US' },
            { other_name = { oid = "1.3.6.1.4.1.311.20.2.3", value = "user@example.com" } },
        ]"#,
        "2.5.29.17",
        false,
        "3081c9820f7777772e6578616d706c652e636f6d820d2a2e6578616d706c652e636f6d87040a000001871020010db8000000000000000000000001810d61406578616d706c652e636f6d86187370696666653a2f2f6578616d706c652e636f6d2f77777788032a0304a43f303d310b300906035504061302555331163014060355040a0c0d4578616d706c652c20496e632e310a3008060355040b0c0141310a300806035504030c0155a020060a2b060104018237140203a0120c1075736572406578616d706c652e636f6d",
    );
}

#[test]
fn names_by_template() {
    let names = |text: &str| {
        let (oid, _, der) = one(text);
        describe(&oid.parse().unwrap(), &hex(&der)).1
    };
    assert_eq!(
        names(
            r#"subject_alt_name = ["{{ host }}", "{{ hosts }}", "uri:https://{{ host }}/", "10.0.0.{{ 1 + 1 }}"]"#
        ),
        [
            "dns:www.example.com",
            "dns:a.example",
            "ip:10.0.0.2",
            "uri:https://www.example.com/"
        ]
    );
    assert_eq!(
        names(r#"subject_alt_name = ["dirname:CN={{ evil }},O=Example"]"#),
        [r"dirname:CN=x\,CN=y\+O=z,O=Example"]
    );
    refused(
        r#"subject_alt_name = ["{{ prefixed }}"]"#,
        "cannot bring the prefix `uri:`",
    );
    refused(r#"subject_alt_name = ["dns:{{ hots }}"]"#, "[hots]");
    refused(r#"subject_alt_name = ["bücher.example"]"#, "is not ASCII");
    refused(
        r#"subject_alt_name = ["ip:10.0.0.300"]"#,
        "is no IP address",
    );
    refused(
        r#"subject_alt_name = [{ dns = "a", ip = "10.0.0.1" }]"#,
        "has one key, and this one has 2",
    );
    refused(
        r#"subject_alt_name = [{ dsn = "a" }]"#,
        "did you mean `dns`?",
    );
}

#[test]
fn key_identifiers() {
    let id = |octets: &str| format!("0414{octets}");
    for (method, octets) in [
        ("rfc7093-1", "74fbf53da8c6b8fa5e661ae22591ea70fc2f8439"),
        ("rfc7093-2", "1423c169486fe8a3cde5fdc95d8c14e999eea051"),
        ("rfc7093-3", "d0f9bb2f57ff886eb1b2f3379341c1423eb7f903"),
        ("rfc5280-1", KEY_SHA1),
        (
            "hex:000102030405060708090a0b0c0d0e0f10111213",
            "000102030405060708090a0b0c0d0e0f10111213",
        ),
    ] {
        expect(
            &format!("subject_key_identifier = \"{method}\""),
            "2.5.29.14",
            false,
            &id(octets),
        );
    }
    // 0100, then the last 60 bits of the SHA-1.
    expect(
        "subject_key_identifier = { method = \"rfc5280-2\" }",
        "2.5.29.14",
        false,
        "04084ab507b6d7ddb2cf",
    );
    expect(
        "subject_key_identifier = \"rfc7093-4\"",
        "2.5.29.14",
        false,
        "0420204cf4128b5712cbe70182709552baf332b101ed9ace3542a0a9fdc6eb8b673b",
    );
}

#[test]
fn authority_key_identifier() {
    expect(
        "authority_key_identifier = \"key-id\"",
        "2.5.29.35",
        false,
        "301680145f6b46ea16ac0eeb5aa694b51ab507b6d7ddb2cf",
    );
    expect(
        "authority_key_identifier = { issuer_serial = true }",
        "2.5.29.35",
        false,
        "303680145f6b46ea16ac0eeb5aa694b51ab507b6d7ddb2cfa113a411300f310d300b06035504030c04726f6f7482090080000000000000ff",
    );
    for none in [
        "authority_key_identifier = \"none\"",
        "subject_key_identifier = \"none\"",
        "key_usage = false",
    ] {
        let (resolved, errors) = resolve(none);
        assert!(
            resolved.is_empty() && errors.is_empty(),
            "{none}: {errors:?}"
        );
    }
    refused("key_usage = true", "`true` sets nothing here");
}

#[test]
fn name_constraints() {
    expect(
        r#"name_constraints = {
            permitted = { dns = ["example.com"], ip = ["10.0.0.0/8", "2001:db8::/32"], email = [".example.com"], uri = [".example.com"] },
            excluded = { dirname = ['CN=U,OU=A,O=Example\, Inc.,C=US'], dns = ["bad.example.com"] } }"#,
        "2.5.29.30",
        true,
        // OpenSSL wrote the excluded names in the other order; their DER is the same.
        "3081b9a05f300d820b6578616d706c652e636f6d300a87080a000000ff0000003022872020010db8000000000000000000000000ffffffff000000000000000000000000300e810c2e6578616d706c652e636f6d300e860c2e6578616d706c652e636f6da1563011820f6261642e6578616d706c652e636f6d3041a43f303d310b300906035504061302555331163014060355040a0c0d4578616d706c652c20496e632e310a3008060355040b0c0141310a300806035504030c0155",
    );
    refused(
        r#"name_constraints = { permitted = { ip = ["10.0.0.1/8"] } }"#,
        "has bits set beyond its mask [\"10.0.0.1/8\"]",
    );
    refused(
        r#"name_constraints = { permitted = { ip = ["10.0.0.0/33"] } }"#,
        "is no network",
    );
    refused(
        r#"name_constraints = { permitted = { uri = ["https://a.example/"] } }"#,
        "is no host",
    );
}

#[test]
fn certificate_policies() {
    expect(
        r#"certificate_policies = ["any-policy", { oid = "1.3.6.1.4.1.99999.2", cps = "http://example.com/cps",
            user_notice = { text = "Do not rely.", organization = "Example", numbers = [1, 200] } }]"#,
        "2.5.29.32",
        false,
        // OpenSSL writes the organization as a VisibleString (1a); a UTF8String (0c) is what RFC 5280 asks for.
        &"306b30060604551d2000306106092b06010401868d1f023054302206082b060105050702011616687474703a2f2f6578616d706c652e636f6d2f637073302e06082b06010505070202302230121a074578616d706c653007020101020200c80c0c446f206e6f742072656c792e"
            .replace("1a074578616d706c65", "0c074578616d706c65"),
    );
}

#[test]
fn places_and_features() {
    expect(
        r#"authority_info_access = { ocsp = "http://ocsp.example.com", ca_issuers = ["http://example.com/ca.cer"] }"#,
        "1.3.6.1.5.5.7.1.1",
        false,
        "304c302306082b060105050730018617687474703a2f2f6f6373702e6578616d706c652e636f6d302506082b060105050730028619687474703a2f2f6578616d706c652e636f6d2f63612e636572",
    );
    expect(
        r#"crl_distribution_points = ["http://example.com/a.crl", {
            uris = ["http://example.com/b.crl", "ldap://example.com/b"], reasons = ["aa-compromise", "key-compromise"],
            crl_issuer = "CN=CRL,O=Example" }]"#,
        "2.5.29.31",
        false,
        "308181301ea01ca01a8618687474703a2f2f6578616d706c652e636f6d2f612e63726c305fa032a0308618687474703a2f2f6578616d706c652e636f6d2f622e63726c86146c6461703a2f2f6578616d706c652e636f6d2f628103074080a224a42230203110300e060355040a0c074578616d706c65310c300a06035504030c0343524c",
    );
    expect(
        "tls_feature = [\"must-staple\", 17]",
        "1.3.6.1.5.5.7.1.24",
        false,
        "3006020105020111",
    );
    refused("crl_distribution_points = [\"example.com\"]", "is no URI");
    refused("tls_feature = [70000]", "is no TLS extension");
}

#[test]
fn custom_extensions() {
    expect(
        r#"custom = [{ oid = "1.3.6.1.4.1.99999.1", critical = true, value = "hex:05:00" }]"#,
        "1.3.6.1.4.1.99999.1",
        true,
        "0500",
    );
    expect(
        r#"custom = [{ oid = "1.3.6.1.4.1.99999.1", value = "base64:{{ 'BQA=' }}" }]"#,
        "1.3.6.1.4.1.99999.1",
        false,
        "0500",
    );
    refused(
        r#"custom = [{ oid = "1.2.3", value = "0500" }]"#,
        "does not say its encoding",
    );
    refused(
        r#"key_usage = ["crl-sign"]
           custom = [{ oid = "2.5.29.15", value = "hex:03020186" }]"#,
        "is there twice",
    );
}

#[test]
fn what_is_empty_is_left_to_the_rules() {
    for text in [
        "key_usage = []",
        "name_constraints = {}",
        "authority_info_access = {}",
        "certificate_policies = []",
    ] {
        let (resolved, errors) = resolve(text);
        assert_eq!((resolved.len(), errors.len()), (1, 0), "{text}: {errors:?}");
    }
}

#[test]
fn faults_are_placed_and_many_come_at_once() {
    let (_, errors) = resolve(
        r#"key_usage = ["digital-signatur"]
           extended_key_usage = ["serverAuth"]
           certificate_policy = ["1.2.3"]
           subject_key_identifier = "sha1""#,
    );
    assert!(
        errors
            .iter()
            .any(|e| e.contains("did you mean `digital-signature`? [\"digital-signatur\"]")),
        "{errors:?}"
    );
    assert!(
        errors.iter().any(|e| e.contains("`server-auth`")),
        "{errors:?}"
    );
    assert!(
        errors
            .iter()
            .any(|e| e.contains("[certificate_policy] did you mean `certificate_policies`?")),
        "{errors:?}"
    );
    refused("subject_key_identifier = \"sha1\"", "[\"sha1\"]");
}

#[test]
fn any_extension_is_described() {
    let lines = |oid: &str, der: &str| describe(&oid.parse().unwrap(), &hex(der));
    assert_eq!(
        lines(
            "2.5.29.30",
            "3026a024300d820b6578616d706c652e636f6d300a87080a000000ff00000030078705"
        )
        .1
        .len(),
        2,
        "what is broken is shown as hexadecimal"
    );
    assert_eq!(
        lines("2.5.29.19", "30060101ff02010c"),
        (
            "basic_constraints".to_owned(),
            vec!["CA, path length 12".to_owned()]
        )
    );
    assert_eq!(
        lines("1.3.6.1.5.5.7.1.24", "3006020105020111").1,
        ["status-request, status-request-v2"]
    );
    assert_eq!(
        lines("2.5.29.32", "306b30060604551d2000306106092b06010401868d1f023054302206082b060105050702011616687474703a2f2f6578616d706c652e636f6d2f637073302e06082b06010505070202302230120c074578616d706c653007020101020200c80c0c446f206e6f742072656c792e").1,
        ["2.5.29.32.0 (any policy)", "1.3.6.1.4.1.99999.2", "  cps http://example.com/cps", "  notice \"Do not rely.\", Example no. 1, 200"]
    );
    assert_eq!(
        lines("2.5.29.31", "308181301ea01ca01a8618687474703a2f2f6578616d706c652e636f6d2f612e63726c305fa032a0308618687474703a2f2f6578616d706c652e636f6d2f622e63726c86146c6461703a2f2f6578616d706c652e636f6d2f628103074080a224a42230203110300e060355040a0c074578616d706c65310c300a06035504030c0343524c").1,
        ["uri:http://example.com/a.crl", "uri:http://example.com/b.crl", "uri:ldap://example.com/b", "  reasons key-compromise, aa-compromise", "  crl issuer dirname:CN=CRL,O=Example"]
    );
    assert_eq!(
        lines("2.5.29.35", "303680145f6b46ea16ac0eeb5aa694b51ab507b6d7ddb2cfa113a411300f310d300b06035504030c04726f6f7482090080000000000000ff").1,
        ["key id 5F:6B:46:EA:16:AC:0E:EB:5A:A6:94:B5:1A:B5:07:B6:D7:DD:B2:CF", "issuer dirname:CN=root", "serial 80:00:00:00:00:00:00:FF"]
    );
    let unknown = lines("1.3.6.1.4.1.99999.1", "0500");
    assert_eq!(
        unknown,
        ("1.3.6.1.4.1.99999.1".to_owned(), vec!["0500".to_owned()])
    );
    // A DNS name with a terminal's escape in it.
    assert_eq!(
        lines("2.5.29.17", "3006820461 1b5b6d".replace(' ', "").as_str()).1,
        [r"dns:a\u{1b}[m"]
    );
}

#[test]
fn the_schema_is_strict_and_documented() {
    let schema = schemars::schema_for!(Extensions).to_value();
    assert_eq!(schema["additionalProperties"], false);
    for (key, property) in schema["properties"].as_object().unwrap() {
        assert!(
            property["description"].is_string(),
            "{key} has no description"
        );
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = serde_json::json!({
        "key_usage": { "values": ["crl-sign"], "critical": false },
        "extended_key_usage": ["server-auth", "1.2.3", "{{ eku }}"],
        "subject_alt_name": ["a", { "dirname": "CN=a" }],
        "basic_constraints": false,
        "tls_feature": ["must-staple", 17],
        "certificate_policies": ["any-policy", { "oid": "1.2.3", "cps": "http://a/" }],
    });
    assert!(
        validator.is_valid(&good),
        "{:?}",
        validator
            .iter_errors(&good)
            .map(|e| e.to_string())
            .collect::<Vec<_>>()
    );
    for bad in [
        serde_json::json!({ "key_usages": [] }),
        serde_json::json!({ "key_usage": ["crl_sign"] }),
        serde_json::json!({ "basic_constraints": true }),
        serde_json::json!({ "subject_alt_name": [{ "dsn": "a" }] }),
        serde_json::json!({ "custom": [{ "oid": "1.2.3" }] }),
    ] {
        assert!(!validator.is_valid(&bad), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(place in 0..super::kind::KINDS.len(), octets: Vec<u8>, cut in 0_usize..200) {
        let oid = super::kind::KINDS[place].oid;
        let _ = describe(&oid, &octets);
        // A sound value, cut and spoiled.
        let mut sound = hex("3081b9a05f300d820b6578616d706c652e636f6d300a87080a000000ff0000003022872020010db8000000000000000000000000ffffffff000000000000000000000000");
        sound.truncate(cut);
        sound.extend(octets);
        let _ = describe(&oid, &sound);
    }
}
