//! Words of the command line that name nothing, or that need the user's word.

use insta::assert_snapshot;

use super::THREE;
use crate::shell::Shell;

#[test]
fn environments_and_variables() {
    let shell = Shell::with(&format!(
        "{THREE}\n[vars]\nregion = \"eu\"\n[env.prod.vars]\nregion = \"us\"\n"
    ));
    assert_snapshot!("unknown_env", shell.refused("apply pki.toml --env prd"));
    assert_snapshot!(
        "unknown_var",
        shell.refused("apply pki.toml --var regoin=us")
    );
    assert_snapshot!(
        "unknown_var_file",
        shell.refused("apply pki.toml --var-file gone.toml")
    );
    shell.write("vars.toml", "regoin = \"us\"\n");
    assert_snapshot!(
        "unknown_in_var_file",
        shell.refused("apply pki.toml --var-file vars.toml")
    );
}

/// The name goes into a folder's, and into what a seed gives, where an empty one would be the same as none.
#[test]
fn an_environment_has_a_name_that_a_folder_may_have() {
    let shell = Shell::with(&format!(
        "{THREE}\n[env.\"\"]\n[env.\"../../x\"]\n[env.\"prod.eu\"]\n"
    ));
    assert_snapshot!("bad_env", shell.refused("apply pki.toml --env ../../x"));
}

#[test]
fn targets() {
    let shell = Shell::with(THREE);
    assert_snapshot!(
        "unknown_target",
        shell.refused("apply pki.toml --target ww")
    );
    assert_snapshot!(
        "unknown_repackage",
        shell.refused("apply pki.toml --repackage ww")
    );
    assert_snapshot!(
        "unknown_replacement",
        shell.refused("apply pki.toml --allow-key-replacement=ww")
    );
    assert_snapshot!("unknown_shown", shell.refused("show ww --spec pki.toml"));
    assert_snapshot!("shown_without_spec", shell.refused("show ww"));
    assert_snapshot!("unknown_rule", shell.refused("rules path-lenght"));
}

#[test]
fn moments() {
    let mut shell = Shell::with(THREE);
    assert_snapshot!("bad_now", shell.refused("apply pki.toml --now yesterday"));
    shell.set("SOURCE_DATE_EPOCH", "now");
    let said = shell
        .command("apply pki.toml --now=2026-11-25T12:00:00Z")
        .output();
    assert!(said.unwrap().status.success(), "--now comes first");
    let shell = {
        let mut other = Shell::with(THREE);
        other.set("SOURCE_DATE_EPOCH", "now");
        other
    };
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_pkiform"))
        .args(["apply", "pki.toml"])
        .env("SOURCE_DATE_EPOCH", "now")
        .current_dir(shell.path(""))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(
        "bad_source_date_epoch",
        String::from_utf8(output.stderr).unwrap()
    );
}

#[test]
fn a_key_replacement_without_the_word() {
    let shell = Shell::with(THREE);
    shell.run("apply pki.toml").exits(0);
    shell.edit("pki.toml", "[ca.root]", "[ca.root]\nkey = \"ecdsa-p384\"");
    assert_snapshot!(shell.refused("apply pki.toml --yes"));
}

#[test]
fn saved_plans() {
    let shell = Shell::with(THREE);
    shell.run("plan pki.toml --save plan.json").exits(0);
    shell.edit("pki.toml", "\"Issuing\"", "\"Other\"");
    assert_snapshot!("stale_plan_by_spec", shell.refused("apply plan.json"));
    shell.edit("pki.toml", "\"Other\"", "\"Issuing\"");
    shell.run("apply pki.toml").exits(0);
    assert_snapshot!("stale_plan_by_store", shell.refused("apply plan.json"));
    shell.write("plan.json", "{}");
    assert_snapshot!("no_plan", shell.refused("apply plan.json"));
    assert_snapshot!("no_plan_file", shell.refused("apply gone.json"));
}

#[test]
fn init_over_a_spec() {
    let shell = Shell::with(THREE);
    assert_snapshot!("init_exists", shell.refused("init pki.toml"));
    assert_snapshot!("init_bad_name", shell.refused("init new.toml --name ../x"));
}
