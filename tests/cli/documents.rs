//! What the command says of itself: help, completions, manual pages; and the specs that `init` begins with.

use insta::assert_snapshot;

use crate::shell::Shell;

const COMMANDS: [&str; 11] = [
    "init",
    "validate",
    "plan",
    "apply",
    "verify",
    "show",
    "tree",
    "rules",
    "schema",
    "completions",
    "man",
];

#[test]
fn help_of_every_command() {
    let shell = Shell::new();
    let said = shell.run("--help").exits(0);
    for command in COMMANDS {
        assert!(said.stdout.contains(&format!("\n  {command}")), "{command}");
    }
    assert_snapshot!("help", shell.picture(&said));
    for command in COMMANDS {
        let said = shell.run(&format!("{command} --help")).exits(0);
        assert_snapshot!(format!("help_{command}"), shell.picture(&said));
        assert_eq!(shell.seen().len(), 0, "help writes nothing");
    }
}

#[test]
fn completions_of_every_shell() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = shell.run(&format!("completions {name}")).exits(0);
        assert!(said.stdout.contains("expires-within"), "{name}");
    }
    shell.run("completions csh").exits(2);
}

#[test]
fn manual_pages() {
    let shell = Shell::new();
    let said = shell.run("man").exits(0);
    assert!(said.stdout.contains(".TH pkiform"), "{}", said.stdout);
}

#[test]
fn each_template_of_init_is_a_spec_that_works() {
    for template in ["minimal", "web", "mtls", "iot"] {
        let shell = Shell::new();
        let said = shell
            .run(&format!("init --template {template} --name my-own"))
            .exits(0);
        assert!(said.stdout.contains("pkiform apply"), "{}", said.stdout);
        assert!(shell.path("pkiform.schema.json").is_file());
        shell.run("validate").exits(0);
        shell.run("apply").exits(0);
        shell.run("verify").exits(0);
        assert!(
            shell.path("pki/my-own/pkiform.lock").is_file(),
            "{template}"
        );
        let before = shell.seen();
        let said = shell.run("apply").exits(0);
        assert!(said.stdout.starts_with("No changes."), "{}", said.stdout);
        assert_eq!(shell.seen(), before);
    }
}
