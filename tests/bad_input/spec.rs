//! Specs that can't be read, or say what cannot be.

use insta::assert_snapshot;

use super::THREE;
use crate::shell::Shell;

/// Applies a spec that is [`THREE`] but for one piece.
#[track_caller]
fn with(from: &str, to: &str) -> String {
    let shell = Shell::with(THREE);
    shell.edit("pki.toml", from, to);
    shell.refused("apply pki.toml")
}

#[test]
fn not_utf8() {
    let shell = Shell::new();
    shell.write(
        "pki.toml",
        b"spec = 1\n[ca.root]\nsubject.common_name = \"Z\xfcrich\"\n",
    );
    assert_snapshot!(shell.refused("apply pki.toml"));
}

#[test]
fn a_hundred_megabytes() {
    let shell = Shell::with(THREE);
    let file = std::fs::OpenOptions::new()
        .append(true)
        .open(shell.path("pki.toml"))
        .unwrap();
    file.set_len(100 * 1024 * 1024).unwrap();
    let said = shell.run("apply pki.toml").exits(1);
    assert_snapshot!(shell.picture(&said));
    assert!(!shell.path("pki").exists());
}

#[test]
fn deeply_nested() {
    let deep = format!(
        "subject.common_name = {}1{}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let shell = Shell::with(&format!("spec = 1\n[ca.root]\n{deep}\n"));
    assert_snapshot!("deeply_nested_lists", shell.refused("apply pki.toml"));
    let deep = format!("spec = 1\n[ca.root.{}]\nx = 1\n", vec!["a"; 5000].join("."));
    let shell = Shell::with(&deep);
    assert_snapshot!("deeply_nested_tables", shell.refused("apply pki.toml"));
}

#[test]
fn no_toml() {
    assert_snapshot!(with("name = \"three\"", "name = three\nother"));
}

#[test]
fn no_such_file() {
    assert_snapshot!("no_such_file", Shell::new().refused("apply webb.toml"));
    let shell = Shell::new();
    shell.write("specs/notes.txt", "");
    assert_snapshot!("no_spec_in_folder", shell.refused("apply specs"));
}

#[test]
fn extends_in_a_circle() {
    let shell = Shell::with(&format!("extends = \"base.toml\"\n{THREE}"));
    shell.write("base.toml", "spec = 1\nextends = \"pki.toml\"\n");
    assert_snapshot!("extends_cycle", shell.refused("apply pki.toml"));
    shell.write("base.toml", "spec = 1\nextends = \"gone.toml\"\n");
    assert_snapshot!("extends_missing", shell.refused("apply pki.toml"));
}

#[test]
fn a_template_that_loops_forever() {
    assert_snapshot!(with(
        "\"Root\"",
        "\"{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}\""
    ));
}

#[test]
fn a_template_that_includes_a_file() {
    assert_snapshot!(with("\"Root\"", "\"{% include '/etc/passwd' %}\""));
}

#[test]
fn a_template_that_is_none() {
    assert_snapshot!(with("\"Root\"", "\"{{ 1 + }}\""));
}

#[test]
fn an_undefined_variable() {
    assert_snapshot!(with(
        "\"Root\"",
        "\"Root {{ regoin }}\"\n\n[vars]\nregion = \"eu\"\ndomain = \"example.com\""
    ));
}

#[test]
fn an_entity_that_climbs() {
    assert_snapshot!("entity_that_climbs", with("[leaf.www]", "[leaf.\"../x\"]"));
    assert_snapshot!(
        "output_that_climbs",
        with(
            "san = [\"www.example.com\"]",
            "san = [\"www.example.com\"]\noutputs = { key = \"../../etc/key.pem\", cert = \"cert.pem\" }"
        )
    );
}

#[test]
fn two_entities_that_want_one_file() {
    assert_snapshot!(with(
        "san = [\"www.example.com\"]",
        r#"san = ["www.example.com"]
outputs = { key = "www.key", cert = "www.crt" }

[leaf.api]
issuer = "issuing"
subject.common_name = "api"
outputs = { key = "api.key", cert = "www.crt" }"#
    ));
}

#[test]
fn a_bad_row() {
    let shell = Shell::with(THREE);
    shell.edit(
        "pki.toml",
        "[leaf.www]",
        "[leaf.www]\nfor_each = \"hosts.csv\"",
    );
    shell.edit("pki.toml", "\"www.example.com\"\n", "\"{{ item.host }}\"\n");
    shell.write(
        "hosts.csv",
        "id,host\na,a.example.com\nb,b.example.com,more\n",
    );
    assert_snapshot!("row_too_long", shell.refused("apply pki.toml"));
    shell.write("hosts.csv", "id,host\na,a.example.com\na,b.example.com\n");
    assert_snapshot!("row_twice", shell.refused("apply pki.toml"));
    shell.write("hosts.csv", "id,hostname\na,a.example.com\n");
    assert_snapshot!("column_unknown", shell.refused("apply pki.toml"));
    shell.write("hosts.csv", "id,host\n../a,a.example.com\n");
    assert_snapshot!("row_that_climbs", shell.refused("apply pki.toml"));
}

#[test]
fn unknown_keys() {
    assert_snapshot!(
        "unknown_key",
        with(
            "subject.common_name = \"Issuing\"",
            "subject.comon_name = \"Issuing\"\nisuer = \"root\""
        )
    );
    assert_snapshot!("unknown_table", with("[leaf.www]", "[leaves.www]"));
}

#[test]
fn wrong_types() {
    assert_snapshot!(
        "wrong_types",
        with(
            "san = [\"www.example.com\"]",
            "san = \"www.example.com\"\npath_length = \"one\"\ngeneration = -1\nvalidity = 30\nkey = true\nallow = \"x\""
        )
    );
    assert_snapshot!(
        "wrong_values",
        with(
            "san = [\"www.example.com\"]",
            "san = [\"www.example.com\"]\nvalidity = \"30 fortnights\"\nkey = \"rsa-1024\"\ndigest = \"md5\"\nnot_before = \"tomorrow\"\noutputs = [\"key\", \"crt\"]"
        )
    );
    assert_snapshot!("wrong_version", with("spec = 1", "spec = 2"));
    assert_snapshot!("no_version", with("spec = 1\n", ""));
    assert_snapshot!(
        "path_length_negative",
        with("[ca.issuing]", "[ca.issuing]\npath_length = -1")
    );
    assert_snapshot!(
        "count_negative",
        with("[leaf.www]", "[leaf.www]\ncount = -1")
    );
}

#[test]
fn issuers() {
    assert_snapshot!(
        "unknown_issuer",
        with("issuer = \"issuing\"", "issuer = \"isuing\"")
    );
    assert_snapshot!(
        "cyclic_issuer",
        with("[ca.root]", "[ca.root]\nissuer = \"issuing\"")
    );
    assert_snapshot!(
        "issuer_no_ca",
        with(
            "[leaf.www]",
            "[leaf.api]\nissuer = \"www\"\nsubject.common_name = \"api\"\n\n[leaf.www]"
        )
    );
}

#[test]
fn an_alias_with_an_emoji() {
    assert_snapshot!(with(
        "profile = \"tls-server\"",
        "profile = \"tls-server\"\npkcs12.alias = \"key \\U0001F511\""
    ));
}

#[test]
fn unknown_profile() {
    assert_snapshot!(with("\"tls-server\"", "\"tls-sever\""));
}

#[test]
fn a_chain_too_deep() {
    assert_snapshot!(with("issuer = \"root\"", "issuer = \"root\"\ndepth = 5000"));
}

#[test]
fn rules_refuse_before_a_key_is_made() {
    assert_snapshot!(with(
        "[ca.root]",
        "[ca.root]\npath_length = 0\nsubject.country = \"Germany\""
    ));
}

#[test]
fn extends_in_a_ladder() {
    let shell = Shell::new();
    for number in 0..20 {
        let name = if number == 0 {
            "pki.toml".to_owned()
        } else {
            format!("s{number}.toml")
        };
        let next = number + 1;
        shell.write(
            &name,
            format!("spec = 1\nextends = [\"s{next}.toml\", \"s{next}.toml\"]\n"),
        );
    }
    assert_snapshot!("extends_deep", shell.refused("apply pki.toml"));
    shell.write("s12.toml", "spec = 1\n");
    assert_snapshot!("extends_twice_each", shell.refused("apply pki.toml"));
}

#[test]
fn rows_that_are_none() {
    let shell = Shell::with(THREE);
    shell.edit(
        "pki.toml",
        "[leaf.www]",
        "[leaf.www]\nfor_each = \"hosts.csv\"",
    );
    for (name, rows) in [
        (
            "row_without_a_quote",
            b"id,host\r\na,1\r\n\r\nb,\"2\r\nc,3\r\n".as_slice(),
        ),
        ("row_after_empty_lines", b"id,host\r\n\r\na\r\n"),
        ("row_not_utf8", b"id,host\na,1\nb,\xff\n"),
        ("header_twice", b"id,id\na,1\n"),
        ("header_missing", b""),
    ] {
        shell.write("hosts.csv", rows);
        assert_snapshot!(name, shell.refused("apply pki.toml"));
    }
}

#[test]
fn an_issuer_that_a_false_variable_takes_away() {
    assert_snapshot!(with(
        "[ca.root]",
        "[vars]\nwanted = false\n[ca.root]\nwhen = \"{{ wanted }}\""
    ));
}
