//! What a person sees on the way: the first run, again, a change, a word that is needed, CI weeks later.

use insta::assert_snapshot;

use super::CHAIN;
use crate::shell::Shell;

#[test]
fn from_the_first_run_to_weeks_later() {
    let mut shell = Shell::with(CHAIN);
    let seen = |shell: &Shell, words: &str, code: i32| {
        let said = shell.run(words).exits(code);
        shell.picture(&said)
    };
    assert_snapshot!("1_validate", seen(&shell, "validate pki.toml", 0));
    assert_snapshot!("2_plan", seen(&shell, "plan pki.toml", 0));
    assert_snapshot!("3_first_run", seen(&shell, "apply pki.toml", 0));
    assert_snapshot!("4_again", seen(&shell, "apply pki.toml", 0));
    assert_snapshot!("5_verify", seen(&shell, "verify pki.toml", 0));
    assert_snapshot!("6_tree", seen(&shell, "tree pki.toml", 0));

    shell.edit(
        "pki.toml",
        "\"Factory {{ level }}\"",
        "\"{% if level == 1 %}Contoso 1{% else %}Factory 2{% endif %}\"",
    );
    assert_snapshot!("7_subject_planned", seen(&shell, "plan pki.toml", 0));
    assert_snapshot!("8_subject_applied", seen(&shell, "apply pki.toml", 0));

    shell.edit(
        "pki.toml",
        "path_length = 12",
        "path_length = 12\nkey = \"rsa-2048\"",
    );
    assert_snapshot!("9_word_needed", seen(&shell, "apply pki.toml", 1));
    assert_snapshot!(
        "10_word_given",
        seen(&shell, "apply pki.toml --allow-key-replacement=root", 0)
    );

    shell.edit("pki.toml", "count = 3", "count = 4");
    assert_snapshot!("11_one_more", seen(&shell, "apply pki.toml", 0));
    shell.edit("pki.toml", "count = 4", "count = 2");
    assert_snapshot!("12_two_less", seen(&shell, "apply pki.toml", 0));
    assert_snapshot!("13_pruned", seen(&shell, "apply pki.toml --prune", 0));

    let cert = shell.read("pki/factory/device-1/cert.pem");
    shell.write(
        "pki/factory/device-1/cert.pem",
        shell.read("pki/factory/device-2/cert.pem"),
    );
    assert_snapshot!("14_by_hand", seen(&shell, "verify pki.toml", 4));
    shell.write("pki/factory/device-1/cert.pem", cert);
    shell.now("2026-12-18T12:00:00Z");
    assert_snapshot!(
        "15_expires_soon",
        seen(&shell, "verify pki.toml --expires-within 10d", 4)
    );
    assert_snapshot!("16_renewed", seen(&shell, "apply pki.toml", 0));
    shell.now("2027-03-01T00:00:00Z");
    assert_snapshot!("17_expired", seen(&shell, "verify pki.toml", 4));
    assert_snapshot!("18_renewed_late", seen(&shell, "apply pki.toml", 0));
    seen(&shell, "verify pki.toml", 0);
}

#[test]
fn what_is_deleted_is_made_again_from_what_is_left() {
    let shell = Shell::with(CHAIN);
    shell.run("apply pki.toml").exits(0);
    for file in ["root/cert.pem", "device-1/fullchain.pem"] {
        std::fs::remove_file(shell.path("pki/factory").join(file)).unwrap();
    }
    let said = shell.run("plan pki.toml").exits(0);
    assert_snapshot!(shell.picture(&said));
    shell.run("apply pki.toml").exits(0);
    shell.run("verify pki.toml").exits(0);
}
