//! What `--help` says of each command.

use super::folder::Folder;

#[test]
fn each_command_explains_itself() {
    let folder = Folder::new();
    let all = folder.run("--help");
    insta::assert_snapshot!("help", all.stdout);
    let commands: Vec<&str> = all
        .stdout
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert_eq!(
        commands,
        [
            "init",
            "validate",
            "plan",
            "apply",
            "verify",
            "check",
            "digest",
            "extract",
            "merge",
            "signer",
            "prove",
            "enroll",
            "trust",
            "show",
            "tree",
            "graph",
            "rules",
            "schema",
            "completions",
            "man"
        ]
    );
    for command in commands {
        let ran = folder.run(&format!("{command} --help"));
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{command}");
        insta::assert_snapshot!(format!("help-{command}"), ran.stdout);
    }
}

#[test]
fn a_wrong_call_exits_with_2() {
    let folder = Folder::new();
    for wrong in [
        "",
        "bogus",
        "plan --bogus",
        "apply --jobs 0",
        "plan --var x",
    ] {
        assert_eq!(folder.run(wrong).code, Some(2), "pkiform {wrong}");
    }
}

#[test]
fn every_shell_gets_completions_and_every_command_a_manual_page() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&format!("completions {shell}")).stdout;
        assert!(script.contains("allow-key-replacement"), "{shell}");
    }
    assert!(folder.run("man").stdout.contains(".TH pkiform"));
    assert_eq!(folder.run("man --dir .").code, Some(0));
    assert!(folder.has("pkiform.1") && folder.has("pkiform-apply.1"));
}
