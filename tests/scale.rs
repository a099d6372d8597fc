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

#[test]
fn the_job_is_one_that_kubectl_reads() {
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
    let command = job["spec"]["template"]["spec"]["containers"][0]["args"][0]
        .as_str()
        .unwrap();
    let count = job["spec"]["completions"].as_u64().unwrap();
    assert!(
        command.contains(&format!("--shard \"$share/{count}\"")),
        "{command}"
    );
}
