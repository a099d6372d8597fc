//! From a spec to a store and back, by the command alone.

use super::folder::{Folder, SMALL};

/// What differs from run to run, taken out.
fn steady(text: &str) -> String {
    let mut settings = String::with_capacity(text.len());
    for line in text.lines() {
        let line = match line.split_once("SHA-256 ") {
            Some((before, _)) => format!("{before}SHA-256 […]"),
            None => line.to_owned(),
        };
        let line = match line.rsplit_once(" in ") {
            Some((before, time)) if time.ends_with("s.") => format!("{before} in […]."),
            _ => line,
        };
        settings.push_str(&line);
        settings.push('\n');
    }
    settings
}

#[test]
fn from_nothing_to_a_pki_that_stays() {
    let folder = Folder::with(SMALL);
    let plan = folder.run("plan pki.toml --detailed-exitcode");
    insta::assert_snapshot!("plan-first", plan.seen());
    let first = folder.run("apply pki.toml");
    insta::assert_snapshot!("apply-first", steady(&first.seen()));
    let again = folder.run("apply pki.toml");
    insta::assert_snapshot!("apply-again", again.seen());
    assert_eq!(
        folder.run("plan pki.toml --detailed-exitcode").code,
        Some(0)
    );
    insta::assert_snapshot!("verify", folder.run("verify pki.toml").seen());
    let soon = folder.run("verify pki.toml --expires-within 91d");
    insta::assert_snapshot!("verify-soon", soon.seen());
    insta::assert_snapshot!("tree", folder.run("tree pki.toml").seen());
}

#[test]
fn a_change_is_shown_with_its_reason() {
    let folder = Folder::with(&SMALL.replace(
        "[leaf.www]",
        "[leaf.device]\nissuer = \"root\"\ncount = 40\nsubject.common_name = \"d{{ index }}\"\n\n[leaf.www]",
    ));
    assert_eq!(folder.run("apply pki.toml -q").code, Some(0));
    std::fs::remove_file(folder.path().join("pki/small/device-7/cert.pem")).unwrap();
    let spec = std::fs::read_to_string(folder.path().join("pki.toml")).unwrap();
    folder.write("pki.toml", spec.replace("\"d{{", "\"dev{{"));
    insta::assert_snapshot!("plan-fleet", folder.run("plan pki.toml").seen());
    folder.write(
        "pki.toml",
        spec.replace("\"Root\"", "\"First\"")
            .replace("count = 40", "count = 39"),
    );
    insta::assert_snapshot!("plan-root", folder.run("plan pki.toml").seen());
}

#[test]
fn the_next_command_sees_the_same_pki() {
    let spec = format!("{SMALL}\n[vars]\ncity = \"Bern\"\n\n[env.prod.vars]\ncity = \"Basel\"\n");
    let folder = Folder::with(&spec);
    let ran = folder
        .command("apply pki.toml --env prod --out")
        .args(["my store", "--var", "city=St. Gallen"])
        .output()
        .unwrap();
    let stdout = String::from_utf8(ran.stdout).unwrap();
    let next = stdout.lines().find(|line| line.starts_with("Next:"));
    assert_eq!(
        next.unwrap(),
        "Next: pkiform verify pki.toml --env prod --var 'city=St. Gallen' --out 'my store' · \
         pkiform show www --spec pki.toml --env prod --var 'city=St. Gallen' --out 'my store'"
    );
}

#[test]
fn a_saved_plan_is_done_once_and_takes_no_other_flags() {
    let folder = Folder::with(SMALL);
    assert_eq!(folder.run("plan pki.toml --save p.json").code, Some(0));
    let flagged = folder.run("apply p.json --prune");
    assert_eq!(flagged.code, Some(1));
    assert!(
        flagged.stderr.contains("error[saved-plan]"),
        "{}",
        flagged.stderr
    );
    assert_eq!(folder.run("apply p.json").code, Some(0));
    let stale = folder.run("apply p.json");
    assert_eq!(stale.code, Some(1));
    assert!(
        stale.stderr.contains("error[stale-plan]"),
        "{}",
        stale.stderr
    );
}

#[test]
fn every_report_is_data_too() {
    let folder = Folder::with(SMALL);
    for (arguments, pointer) in [
        ("validate pki.toml", "/entities"),
        ("plan pki.toml", "/steps/0/id"),
        ("apply pki.toml", "/outcome/made/0/id"),
        ("apply pki.toml", "/plan/counts/keep"),
        ("verify pki.toml", "/good"),
        ("show www --spec pki.toml", "/certificate/subject"),
        ("show pki/small/www/cert.pem", "/certificates/0/serial"),
        ("show pki/small/www/key.pem", "/key"),
        ("tree pki.toml", "/0/issues/0/id"),
        ("rules", "/0/why"),
        ("rules path-length", "/0/source"),
        ("schema", "/properties/spec"),
        ("init new.toml", "/spec"),
    ] {
        let ran = folder.run(&format!("{arguments} --json"));
        assert_eq!(
            (ran.code, ran.stderr.as_str()),
            (Some(0), ""),
            "{arguments}"
        );
        assert!(
            ran.json().pointer(pointer).is_some(),
            "{arguments}: {}",
            ran.stdout
        );
    }
}

#[test]
fn init_writes_specs_that_apply_and_never_over_one() {
    for template in ["minimal", "web", "mtls", "iot"] {
        let folder = Folder::new();
        let init = format!("init a.toml --template {template}");
        assert_eq!(folder.run(&init).code, Some(0));
        let text = std::fs::read_to_string(folder.path().join("a.toml")).unwrap();
        assert!(text.contains("name = \"a\""), "{text}");
        let applied = folder.run("apply a.toml");
        assert_eq!(applied.code, Some(0), "{template}: {}", applied.stderr);
        assert_eq!(folder.run("verify a.toml").code, Some(0), "{template}");
        folder.write("a.toml", "mine");
        folder.write("pkiform.schema.json", "mine too");
        assert_eq!(folder.run(&init).code, Some(1));
        assert_eq!(folder.run("init b.toml").code, Some(0));
        let read = |file: &str| std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert_eq!(read("a.toml"), "mine");
        assert_eq!(read("pkiform.schema.json"), "mine too");
        assert_eq!(folder.run(&format!("{init} --force")).code, Some(0));
        assert_eq!(read("a.toml"), text);
    }
}

#[test]
fn show_reads_certificates_and_keys_in_any_form() {
    let spec = SMALL.replace(
        "[leaf.www]",
        "[leaf.www]\noutputs = [\"key\", \"key-der\", \"public-key\", \"cert\", \"cert-der\", \"chain\", \"fullchain\"]",
    );
    let folder = Folder::with(&spec);
    assert_eq!(folder.run("apply pki.toml -q").code, Some(0));
    for (file, said) in [
        ("key.pem", "a private key"),
        ("key.der", "a private key"),
        ("public-key.pem", "a public key"),
        ("cert.pem", "dns:www.example.com"),
        ("cert.der", "dns:www.example.com"),
        ("fullchain.pem", "dns:www.example.com"),
    ] {
        let ran = folder.run(&format!("show pki/small/www/{file}"));
        assert_eq!(ran.code, Some(0), "{file}: {}", ran.stderr);
        assert!(ran.stdout.contains(said), "{file}: {}", ran.stdout);
    }
    let ran = folder.run("show ww --spec pki.toml");
    assert!(ran.stderr.contains("did you mean `www`?"), "{}", ran.stderr);
}
