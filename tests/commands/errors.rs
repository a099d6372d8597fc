//! What a person reads when something is wrong: the place, what is wrong there, what to do; then exit 1 and no store.

use super::folder::{Folder, SMALL};

/// Validates a spec that is wrong.
fn refused(spec: &str) -> String {
    let ran = Folder::with(spec).run("validate pki.toml");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{spec}");
    ran.stderr
}

#[test]
fn many_errors_come_at_once() {
    insta::assert_snapshot!(
        "many-errors",
        refused(
            "spec = 1\n[ca.root]\nsubject.comon_name = \"Web CA\"\ncolour = \"red\"\nkey = \"rsa-1024\"\n\
             validity = \"30 fortnights\"\n\n[laef.www]\nissuer = \"root\"\n"
        )
    );
}

#[test]
fn both_ends_of_a_disagreement_are_shown() {
    insta::assert_snapshot!(
        "both-ends",
        refused(
            "spec = 1\n[ca.root]\nsubject.common_name = \"Root\"\npath_length = 1\n[ca.a]\nissuer = \"root\"\n\
             subject.common_name = \"A\"\n[ca.b]\nissuer = \"a\"\nsubject.common_name = \"B\"\n\
             [ca.c]\nissuer = \"b\"\nsubject.common_name = \"C\"\n"
        )
    );
}

#[test]
fn an_undefined_variable_is_pointed_at_within_its_string() {
    insta::assert_snapshot!(
        "undefined-variable",
        refused(
            "spec = 1\n[vars]\nregion = \"eu\"\n[ca.root]\nsubject.common_name = \"api {{ regoin }}\"\n"
        )
    );
}

#[test]
fn a_fault_of_a_fleet_is_said_once() {
    insta::assert_snapshot!(
        "fleet-fault",
        refused(
            "spec = 1\n[ca.root]\nsubject.common_name = \"Root\"\n[leaf.device]\nissuer = \"root\"\ncount = 500\n\
             profile = \"tls-server\"\nsubject.common_name = \"d{{ index }}\"\nsan = [\"dns:bad name {{ index }}\"]\n"
        )
    );
}

#[test]
fn an_error_in_a_base_is_shown_in_the_base() {
    let folder =
        Folder::with("spec = 1\nextends = \"base.toml\"\n[ca.root]\nsubject.common_name = \"R\"\n");
    folder.write(
        "base.toml",
        "spec = 1\n[defaults]\n\tkey = \"名rsa\" # a tab before, a wide character within\n",
    );
    insta::assert_snapshot!("base", folder.run("validate pki.toml").stderr);
}

#[test]
fn a_spec_that_is_no_toml_or_not_there() {
    insta::assert_snapshot!("no-toml", refused("spec = 1\n[ca.root\nkey = \n"));
    let ran = Folder::new().run("plan nowhere.toml");
    insta::assert_snapshot!("no-file", ran.seen());
}

#[test]
fn errors_are_data_too() {
    let folder = Folder::with(&SMALL.replace("issuer", "isuer"));
    let ran = folder.run("plan pki.toml --json");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
    let label = &ran.json()["diagnostics"][0]["labels"][0];
    assert_eq!(
        (&label["file"], &label["line"], &label["column"]),
        (&"pki.toml".into(), &9.into(), &1.into())
    );
    assert_eq!(ran.json()["written"], false);
}

#[test]
fn a_key_is_replaced_by_the_word_alone_even_with_yes() {
    let folder = Folder::with(SMALL);
    folder.run("apply pki.toml");
    let before = std::fs::read(folder.path().join("pki/small/root/key.pem")).unwrap();
    folder.write("pki.toml", SMALL.replace("ecdsa-p256", "ecdsa-p384"));
    let ran = folder.run("apply pki.toml --yes");
    insta::assert_snapshot!("key-replacement", ran.seen());
    let after = std::fs::read(folder.path().join("pki/small/root/key.pem")).unwrap();
    assert_eq!(before, after);
    let done = folder.run("apply pki.toml --allow-key-replacement=root");
    assert_eq!(done.code, Some(0), "{}", done.stderr);
}

#[test]
fn one_wrong_spec_of_a_folder_stops_all() {
    let folder = Folder::new();
    folder.write("specs/a.toml", SMALL);
    folder.write(
        "specs/b.toml",
        SMALL
            .replace("small", "other")
            .replace("issuer = \"root\"", "issuer = \"rot\""),
    );
    let ran = folder.run("apply specs --out out");
    insta::assert_snapshot!("one-of-several", ran.seen());
    assert!(!folder.has("out"));
    folder.write("specs/b.toml", SMALL);
    let ran = folder.run("apply specs --out out");
    assert!(ran.stderr.contains("same-store"), "{}", ran.stderr);
    assert!(!folder.has("out"));
}

#[test]
fn what_was_written_before_an_error_is_not_denied() {
    let folder = Folder::with(SMALL);
    folder.write("pki/small/www", "a file where a folder belongs");
    let ran = folder.run("apply pki.toml");
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    assert!(
        !ran.stderr.contains("Nothing was written") || !folder.has("pki/small/root/key.pem"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_verify_finds_on_a_fleet_is_one_row() {
    let folder = Folder::with(&SMALL.replace(
        "[leaf.www]",
        "[leaf.device]\nissuer = \"root\"\ncount = 40\nsubject.common_name = \"d{{ index }}\"\n\n[leaf.www]",
    ));
    insta::assert_snapshot!("verify-nothing", folder.run("verify pki.toml").seen());
    assert_eq!(folder.run("apply pki.toml -q").code, Some(0));
    for device in [3, 4, 5] {
        folder.write(&format!("pki/small/device-{device}/cert.pem"), "mine");
    }
    std::fs::remove_file(folder.path().join("pki/small/device-6/chain.pem")).unwrap();
    insta::assert_snapshot!("verify-fleet", folder.run("verify pki.toml").seen());
}

#[test]
fn an_empty_folder_for_the_store_is_no_folder() {
    let folder = Folder::with(SMALL);
    let ran = folder
        .command("apply pki.toml --out")
        .arg("")
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(!folder.has("root"));
}
