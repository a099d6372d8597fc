//! Flags, exit codes, and commands on several specs.

use std::fs;

use super::CHAIN;
use crate::shell::Shell;

#[test]
fn exit_codes_are_as_documented() {
    let shell = Shell::with(CHAIN);
    shell.run("plan pki.toml --detailed-exitcode").exits(3);
    shell.run("plan pki.toml").exits(0);
    shell.run("apply pki.toml").exits(0);
    shell.run("plan pki.toml --detailed-exitcode").exits(0);
    shell.run("verify pki.toml").exits(0);
    shell.run("verify pki.toml --expires-within 60d").exits(4);
    shell.run("aply pki.toml").exits(2);
    shell.run("apply pki.toml --jobs 0").exits(2);
    shell.run("").exits(2);
    shell.run("validate gone.toml").exits(1);
    shell.run("--version").exits(0);
}

#[test]
fn quiet_says_nothing_and_verbose_names_each_file() {
    let shell = Shell::with(CHAIN);
    let said = shell.run("apply pki.toml -q").exits(0);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
    let said = shell.run("verify pki.toml -q").exits(0);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""));
    let said = shell.run("apply pki.toml -v --out other").exits(0);
    assert!(
        said.stdout.contains("wrote other/root/key.pem"),
        "{}",
        said.stdout
    );
}

#[test]
fn colours_come_only_when_they_are_wanted() {
    let mut shell = Shell::with(CHAIN);
    assert!(!shell.run("plan pki.toml").stdout.contains('\u{1b}'));
    assert!(
        shell
            .run("plan pki.toml --color always")
            .stdout
            .contains('\u{1b}')
    );
    shell.set("NO_COLOR", "1");
    assert!(!shell.run("plan pki.toml").stdout.contains('\u{1b}'));
}

#[test]
fn a_folder_is_walked_and_each_spec_gets_its_store() {
    let shell = Shell::new();
    shell.write(
        "specs/base.toml",
        "spec = 1\n[defaults]\nvalidity = \"10d\"\n",
    );
    for name in ["a", "b"] {
        let spec = format!(
            "spec = 1\nextends = \"../base.toml\"\n[ca.root]\nsubject.common_name = \"{name}\"\n"
        );
        shell.write(&format!("specs/{name}/{name}.toml"), spec);
    }
    shell.write("specs/.hidden/c.toml", "no spec");
    shell.run("apply specs --out stores").exits(0);
    for name in ["a", "b"] {
        assert!(
            shell
                .path(&format!("stores/{name}/root/cert.pem"))
                .is_file()
        );
    }
    shell.run("verify specs --out stores").exits(0);
    let said = shell.run("plan specs --out stores --json").exits(0);
    assert_eq!(said.json().as_array().map(Vec::len), Some(2));
    // One wrong spec, and none is applied.
    shell.edit("specs/b/b.toml", "[ca.root]", "[ca.root]\nisuer = \"x\"");
    shell.edit("specs/a/a.toml", "\"a\"", "\"other\"");
    let before = shell.seen();
    shell.run("apply specs --out stores").exits(1);
    assert_eq!(shell.seen(), before);
}

#[test]
fn a_target_brings_its_issuers_and_no_one_else() {
    let shell = Shell::with(CHAIN);
    shell.run("apply pki.toml --target device-2").exits(0);
    let folders: Vec<String> = fs::read_dir(shell.path("pki/factory"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && !name.starts_with("pkiform."))
        .collect();
    let mut folders = folders;
    folders.sort();
    assert_eq!(folders, ["device-2", "mid-1", "mid-2", "root"]);
    let said = shell.run("apply pki.toml --target device").exits(0);
    assert!(said.stdout.contains("Plan: 2 to create"), "{}", said.stdout);
    let before = shell.seen();
    shell.run("apply pki.toml").exits(0);
    assert_eq!(shell.seen(), before);
}

#[test]
fn who_left_the_spec_stays_until_prune_and_his_key_for_ever() {
    let shell = Shell::with(CHAIN);
    shell.run("apply pki.toml").exits(0);
    let key = shell.read("pki/factory/device-3/key.pem");
    shell.edit("pki.toml", "count = 3", "count = 2");
    let before = shell.seen();
    let said = shell.run("apply pki.toml").exits(0);
    assert!(said.stdout.contains("device-3"), "{}", said.stdout);
    assert_eq!(shell.seen(), before);
    shell.run("apply pki.toml --prune").exits(0);
    assert!(!shell.path("pki/factory/device-3").exists());
    let kept = walkdir::WalkDir::new(shell.path("pki/factory/.archive/device-3"))
        .into_iter()
        .flatten()
        .any(|entry| fs::read_to_string(entry.path()).is_ok_and(|text| text == key));
    assert!(kept, "the key is in the archive");
    shell.run("verify pki.toml").exits(0);
}

#[test]
fn a_saved_plan_is_done_as_it_was_shown() {
    let shell = Shell::with(CHAIN);
    shell.run("plan pki.toml --save plan.json").exits(0);
    shell.run("apply plan.json").exits(0);
    shell.run("verify pki.toml").exits(0);
    shell.run("apply plan.json").exits(1);
    shell.edit("pki.toml", "count = 3", "count = 4");
    shell.run("plan pki.toml --save plan.json").exits(0);
    let said = shell.run("apply plan.json").exits(0);
    assert!(said.stdout.contains("device-4"), "{}", said.stdout);
    shell.run("plan pki.toml --detailed-exitcode").exits(0);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let shell = Shell::with(CHAIN);
    let program = env!("CARGO_BIN_EXE_pkiform");
    let status = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("{{ {program} schema; echo $? >code; }} | head -c 1 >/dev/null"),
        ])
        .current_dir(shell.path(""))
        .status();
    assert!(status.unwrap().success());
    assert_eq!(shell.read("code").trim(), "0");
}
