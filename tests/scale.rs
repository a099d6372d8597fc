//! The fleets of `examples/scale`: dealt out by engines that exist, and joined to the digest of the single run.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_types,
    reason = "scripts are run as their users run them"
)]

use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

/// What the scripts print last.
fn digest(script: &str, out: &Path) -> String {
    let output = Command::new(script)
        .env("PKIFORM", cargo_bin("pkiform"))
        .env("OUT", out)
        .env("FLAGS", "--env test --var devices=200 --now 2026-11-25")
        .env_remove("SOURCE_DATE_EPOCH")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{script}: {said}{errors}");
    assert!(said.contains("200 members of 4 shares"), "{said}");
    said.lines().last().unwrap().to_owned()
}

fn single(folder: &Path) -> String {
    let store = folder.join("single");
    let run = |arguments: &[&str]| {
        let output = Command::new(cargo_bin("pkiform"))
            .args(arguments)
            .arg(&store)
            .env_remove("SOURCE_DATE_EPOCH")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let flags = [
        "--env",
        "test",
        "--var",
        "devices=200",
        "--now",
        "2026-11-25",
        "--quiet",
        "--out",
    ];
    run(&[&["apply", "specs/fleet.toml"][..], &flags[..]].concat());
    run(&["digest"])
}

fn is_there(command: &str) -> bool {
    let found =
        which::which_in(command, Some("/usr/sbin:/usr/bin:/bin:/usr/local/bin"), ".").is_ok();
    assert!(
        found || std::env::var_os("PKIFORM_SKIP_JUDGES").is_some(),
        "{command} is not there: run .ci/setup-judges, or set PKIFORM_SKIP_JUDGES"
    );
    found
}

#[test]
fn a_slurm_array_of_four_tasks_gives_the_digest_of_the_single_run() {
    if !is_there("slurmctld") || !is_there("sbatch") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let of_slurm = digest("examples/scale/slurm-here.sh", &folder.path().join("slurm"));
    assert_eq!(of_slurm, single(folder.path()));
}

#[test]
fn gnu_parallel_gives_the_digest_of_the_single_run() {
    if !is_there("parallel") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let of_parallel = digest(
        "examples/scale/parallel.sh",
        &folder.path().join("parallel"),
    );
    assert_eq!(of_parallel, single(folder.path()));
}

/// By the schemas of Kubernetes, where a key that is none is an error.
#[test]
fn the_job_is_one_that_kubernetes_takes() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/venv/bin/python");
    if std::env::var_os("PKIFORM_SKIP_JUDGES").is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let judge = |manifest: &Path| {
        Command::new(&python)
            .args(["-m", "kubernetes_validate", "--strict", "-k", "1.30"])
            .arg(manifest)
            .output()
            .unwrap()
    };
    let job = Path::new("examples/scale/job.yaml");
    let output = judge(job);
    assert!(output.status.success(), "{output:?}");
    let wrong = folder.path().join("wrong.yaml");
    let text = std::fs::read_to_string(job).unwrap();
    std::fs::write(&wrong, text.replace("completions:", "completionz:")).unwrap();
    assert!(!judge(&wrong).status.success());
}

/// What its pods run, with the volumes of the manifest as folders.
#[test]
fn the_jobs_pods_give_the_digest_of_the_single_run() {
    if !is_there("kubectl") {
        return;
    }
    let output = Command::new("kubectl")
        .args([
            "label",
            "--local",
            "-f",
            "examples/scale/job.yaml",
            "tried=yes",
            "-o",
            "json",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let job: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(job["spec"]["completionMode"], "Indexed");
    let args = &job["spec"]["template"]["spec"]["containers"][0]["args"];
    let count = job["spec"]["completions"].as_u64().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let line = args[0]
        .as_str()
        .unwrap()
        .replace("/spec/", &format!("{}/", root.join("specs").display()))
        .replace("/pki/", &format!("{}/", pki.display()))
        .replace(
            "pkiform apply",
            &format!("{} apply --now 2026-11-25", cargo_bin("pkiform").display()),
        );
    let seeded = |command: &mut Command| {
        let output = command
            .env("FLEET_SEED", "a seed of a test, and of no fleet at all")
            .env_remove("SOURCE_DATE_EPOCH")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for index in 0..count {
        let index = index.to_string();
        seeded(
            Command::new("sh")
                .args(["-ec", &line])
                .env("JOB_COMPLETION_INDEX", index),
        );
    }
    let pkiform = |arguments: &str| {
        let arguments = arguments.replace("PKI", &pki.display().to_string());
        seeded(Command::new(cargo_bin("pkiform")).args(arguments.split(' ')))
    };
    let flags = "--env cluster --now 2026-11-25 --out PKI";
    let shares: Vec<String> = (1..=count)
        .map(|share| format!("PKI/share-{share}"))
        .collect();
    pkiform(&format!(
        "merge specs/fleet.toml {} {flags}/whole",
        shares.join(" ")
    ));
    pkiform(&format!("apply specs/fleet.toml {flags}/single --quiet"));
    assert_eq!(pkiform("digest PKI/whole"), pkiform("digest PKI/single"));
}
