//! A list that a run leaves half done: killed, without its lock, with targets, in shares, by a saved plan.

use std::fs;
use std::path::Path;

use super::{SPEC, list, reasons, revoke, serial};
use crate::support::Pki;

fn number(pki: &Pki) -> u64 {
    reasons(pki, "issuing").1.parse().unwrap()
}

/// A run that died after it had written the list, before the lock: another has its number already.
#[test]
fn a_number_is_never_given_twice_though_the_lock_does_not_know_it() {
    for with_ledger in [true, false] {
        let pki = Pki::new(SPEC);
        pki.apply().succeeds();
        let lock = pki.read("pkiform.lock");
        revoke(&pki, "www", "key-compromise", "2026-11-25");
        pki.apply().succeeds();
        let published = pki.read("issuing/crl.pem");
        fs::write(pki.path("pkiform.lock"), lock).unwrap();
        if !with_ledger {
            fs::remove_file(pki.path("pkiform.ledger")).unwrap();
        }
        pki.run("apply", &["--now", "2026-11-26"]).succeeds();
        assert_eq!(number(&pki), 3);
        assert_ne!(pki.read("issuing/crl.pem"), published);
        assert_eq!(reasons(&pki, "issuing").0, ["key-compromise"]);
        let run = pki.run("apply", &["--now", "2026-11-26"]).succeeds();
        run.says("No changes");
    }
}

/// A lock that is lost: what the list says stays, also of what left the spec.
#[test]
fn a_list_outlives_its_lock() {
    for with_ledger in [true, false] {
        let pki = Pki::new(SPEC);
        pki.apply().succeeds();
        revoke(&pki, "www", "key-compromise", "2026-11-25");
        revoke(&pki, "api", "certificate-hold", "2026-11-25");
        pki.apply().succeeds();
        let gone = serial(&pki, "www");
        fs::remove_file(pki.path("pkiform.lock")).unwrap();
        if !with_ledger {
            fs::remove_file(pki.path("pkiform.ledger")).unwrap();
        }
        let text = fs::read_to_string(pki.beside("pki.toml")).unwrap();
        let (before, rest) = text.split_once("[leaf.www]").unwrap();
        let (_, after) = rest.split_once("[leaf.api]").unwrap();
        fs::write(pki.beside("pki.toml"), format!("{before}[leaf.api]{after}")).unwrap();
        pki.apply().succeeds();
        assert_eq!(number(&pki), 3, "{with_ledger}");
        assert_eq!(reasons(&pki, "issuing").0.len(), 2);
        let listed = list(&pki, "issuing")["entries"].to_string();
        assert!(listed.contains(&gone), "{listed}");
        pki.apply().succeeds().says("No changes");
        pki.verify().succeeds();
    }
}

/// A list that the CA has not signed is none of its lists.
#[test]
fn a_foreign_list_is_replaced_and_not_believed() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let other = Pki::new(SPEC);
    revoke(&other, "www", "key-compromise", "2026-11-25");
    other.apply().succeeds();
    revoke(&other, "api", "key-compromise", "2026-11-25");
    other.apply().succeeds();
    fs::copy(other.path("issuing/crl.pem"), pki.path("issuing/crl.pem")).unwrap();
    pki.verify()
        .exits(4)
        .says("is not signed by its CA's present key");
    pki.apply().succeeds().says("crl.pem was changed by hand");
    assert_eq!(reasons(&pki, "issuing"), (Vec::new(), "2".to_owned()));
}

#[test]
fn a_target_asks_for_no_list_of_a_ca_that_only_issues_it() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-25");
    // The root's key is away, and its list is due: api can do without.
    fs::rename(pki.path("root/key.pem"), pki.beside("away.pem")).unwrap();
    let now = ["--now", "2026-12-20"];
    pki.run("apply", &[&now[..], &["--target", "api"]].concat())
        .succeeds()
        .says("No changes");
    assert_eq!(number(&pki), 1);
    pki.run("apply", &[&now[..], &["--target", "www"]].concat())
        .succeeds();
    assert_eq!(reasons(&pki, "issuing").0, ["key-compromise"]);
    let run = pki.run("apply", &now).exits(1);
    run.says("root/key.pem");
    fs::rename(pki.beside("away.pem"), pki.path("root/key.pem")).unwrap();
    pki.run("apply", &now).succeeds();
    pki.run("apply", &now).succeeds().says("No changes");
}

/// Thirty devices, every third revoked.
fn fleet() -> String {
    let revoked: Vec<String> = (1..=30)
        .step_by(3)
        .map(|number| {
            format!(
                "{{ item = \"{number}\", date = \"2026-11-{:02}\" }}",
                number % 9 + 1
            )
        })
        .collect();
    format!(
        "{SPEC}\n[leaf.device]\nissuer = \"issuing\"\ncount = 30\n\
         subject.common_name = \"device-{{{{ index }}}}\"\nrevoked = [{}]\n",
        revoked.join(", ")
    )
}

#[test]
fn shares_come_to_the_same_list_and_threads_make_no_difference() {
    let seed = "\n[reproducible]\nseed = { insecure_default = \"a seed that everybody may know\" }\nepoch = \"2026-11-20\"\n";
    let spec = fleet() + seed;
    let whole = Pki::new(&spec);
    whole.run("apply", &["--jobs", "1"]).succeeds();
    let shares = Pki::new(&spec);
    for share in ["3/4", "1/4", "4/4", "2/4"] {
        shares
            .run("apply", &["--shard", share, "--jobs", "8"])
            .succeeds();
    }
    for file in ["issuing/crl.pem", "issuing/crl.der", "pkiform.lock"] {
        assert!(whole.read(file) == shares.read(file), "{file}");
    }
    assert_eq!(reasons(&whole, "issuing").0.len(), 10);
    shares.apply().succeeds().says("No changes");
}

#[test]
fn shares_of_random_keys_list_all() {
    let pki = Pki::new(&fleet());
    for share in ["2/2", "1/2"] {
        pki.run("apply", &["--shard", share]).succeeds();
    }
    assert_eq!(reasons(&pki, "issuing").0.len(), 10);
    pki.apply().succeeds().says("No changes");
    pki.verify().succeeds();
}

#[test]
fn a_saved_plan_revokes_what_it_says() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-25");
    let saved = pki.beside("plan.json");
    let saved = saved.to_str().unwrap();
    pki.run("plan", &["--save", saved]).succeeds();
    let apply = |saved: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pkiform"));
        command.arg("apply").arg(saved);
        crate::support::Run::of(command)
    };
    apply(Path::new(saved)).succeeds();
    assert_eq!(reasons(&pki, "issuing").0, ["key-compromise"]);
    apply(Path::new(saved)).exits(1).says("stale");
    // The reason alone is another: that plan is stale too.
    pki.edit("key-compromise", "superseded");
    pki.run("plan", &["--save", saved]).succeeds();
    pki.edit("superseded", "cessation-of-operation");
    apply(Path::new(saved)).exits(1).says("stale");
}

#[test]
fn a_plan_as_data_says_who_is_revoked_and_why() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    revoke(&pki, "www", "key-compromise", "2026-11-25");
    let run = pki.run("plan", &["--json"]).succeeds();
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let step = |id: &str| {
        let steps = plan["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == id).unwrap().clone()
    };
    let www = step("www");
    assert_eq!(www["action"], "keep");
    assert_eq!(www["revoked"]["reason"], "key-compromise");
    assert_eq!(www["revoked"]["present"], true);
    let issuing = step("issuing");
    assert_eq!(issuing["action"], "repackage");
    assert_eq!(issuing["reasons"][0]["revoked"][0]["id"], "www");
    assert_eq!(issuing["crl"]["entries"][0]["serial"], serial(&pki, "www"));
}

#[test]
fn an_item_is_meant_by_its_own_name_too() {
    let pki = Pki::new(&format!(
        "{SPEC}\n[leaf.device]\nissuer = \"issuing\"\nfor_each = [\"a\", \"b\"]\nid = \"thing-{{{{ item }}}}\"\n\
         subject.common_name = \"{{{{ item }}}}\"\nrevoked = [{{ item = \"b\", date = \"2026-11-25\" }}]\n"
    ));
    pki.apply().succeeds();
    assert_eq!(
        list(&pki, "issuing")["entries"][0]["serial"],
        serial(&pki, "thing-b")
    );
}

/// A CA whose key is new goes on with its numbers and entries.
#[test]
fn a_ca_with_a_new_key_keeps_its_list() {
    let pki = Pki::new(SPEC);
    pki.apply().succeeds();
    let old = serial(&pki, "www");
    revoke(&pki, "www", "key-compromise", "2026-11-25");
    pki.edit("[leaf.www]\n", "[leaf.www]\ngeneration = 2\n");
    pki.edit("[ca.issuing]\n", "[ca.issuing]\ngeneration = 2\n");
    pki.apply().succeeds();
    assert_eq!(number(&pki), 2);
    assert_eq!(list(&pki, "issuing")["entries"][0]["serial"], old);
    pki.apply().succeeds().says("No changes");
    pki.verify().succeeds();
}

/// The list is signed as the certificates are.
#[test]
fn the_digest_is_that_of_the_certificates() {
    let pki = Pki::new(&format!("{SPEC}\n[defaults]\ndigest = \"sha384\"\n"));
    pki.apply().succeeds();
    for ca in ["root", "issuing"] {
        let mut shown = std::process::Command::new("openssl");
        shown
            .args(["crl", "-noout", "-text", "-in"])
            .arg(pki.path(&format!("{ca}/crl.pem")));
        let run = crate::support::Run::of(shown).succeeds();
        run.says("ecdsa-with-SHA384");
    }
}

/// Two branches revoke a leaf each; git joins the lines of both (`merge=union`), and neither revocation is lost.
#[test]
fn branches_that_each_revoke_one_merge() {
    let base = Pki::new(SPEC);
    base.apply().succeeds();
    let branch = |id: &str| {
        let branch = Pki::new(SPEC);
        for (path, _) in base.files() {
            let to = branch.path(&path);
            if base.path(&path).is_file() {
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(base.path(&path), to).unwrap();
            }
        }
        revoke(&branch, id, "superseded", "2026-11-25");
        branch.apply().succeeds();
        branch
    };
    let (ours, theirs) = (branch("www"), branch("api"));
    let mut lock = String::from_utf8(ours.read("pkiform.lock")).unwrap();
    for line in String::from_utf8(theirs.read("pkiform.lock"))
        .unwrap()
        .lines()
    {
        if !lock.lines().any(|one| one == line) {
            lock.push_str(line);
            lock.push('\n');
        }
    }
    fs::write(ours.path("pkiform.lock"), lock).unwrap();
    // Theirs left the spec since: its entry stays.
    let text = fs::read_to_string(ours.beside("pki.toml")).unwrap();
    let (before, _) = text.split_once("[leaf.api]").unwrap();
    fs::write(ours.beside("pki.toml"), before).unwrap();
    ours.apply().succeeds();
    assert_eq!(number(&ours), 3);
    let listed = list(&ours, "issuing")["entries"].to_string();
    assert!(listed.contains(&serial(&ours, "www")), "{listed}");
    assert!(listed.contains(&serial(&theirs, "api")), "{listed}");
    let left = ours.files();
    ours.apply().succeeds();
    assert!(ours.files() == left);
    ours.verify().succeeds();
}
