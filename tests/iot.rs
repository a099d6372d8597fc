//! The tutorial's last step: devices connect to a real broker by mutual TLS, and who must not get in is refused.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

/// The one port that Microsoft's client knows: one test at a time.
static PORT: Mutex<()> = Mutex::new(());

fn script() -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Bounded, whatever hangs.
    let mut command = Command::new("timeout");
    command
        .arg("240")
        .arg(root.join("examples/iot/run.sh"))
        .env("PKIFORM", env!("CARGO_BIN_EXE_pkiform"))
        .env("PYTHON", python());
    command
}

fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/venv/bin/python")
}

/// Whether to go on without broker or clients: CI goes without none.
#[expect(clippy::print_stderr, reason = "whoever goes without a tool is told")]
fn lacks_something() -> bool {
    let broker = [
        "/usr/sbin/mosquitto",
        "/usr/bin/mosquitto",
        "/usr/local/sbin/mosquitto",
    ];
    let has_client = Command::new(python())
        .args(["-c", "import azure.iot.device, paho.mqtt.client"])
        .output()
        .is_ok_and(|output| output.status.success());
    let lacks = !has_client || !broker.iter().any(|path| Path::new(path).exists());
    if lacks {
        assert!(
            std::env::var_os("CI").is_none(),
            "mosquitto or azure-iot-device is missing"
        );
        eprintln!("skipped: mosquitto or azure-iot-device is missing");
    }
    lacks
}

/// What the whole example says; nothing where it can't be run.
pub(crate) fn all_of_it() -> Option<String> {
    static SAID: OnceLock<Option<String>> = OnceLock::new();
    SAID.get_or_init(|| {
        let _held = PORT.lock().unwrap();
        if lacks_something() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let output = script().arg(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let log = std::fs::read_to_string(folder.path().join("broker.log")).unwrap();
        assert!(log.contains("terminating"), "the broker was ended");
        Some(said)
    })
    .clone()
}

#[test]
fn devices_connect_and_nobody_else() {
    let Some(said) = all_of_it() else { return };
    let passed = said.lines().filter(|line| line.starts_with("pass "));
    assert_eq!(passed.count(), 8, "{said}");
}

#[test]
fn a_port_that_is_taken_is_said() {
    let _held = PORT.lock().unwrap();
    if lacks_something() {
        return;
    }
    let taken = TcpListener::bind("127.0.0.1:8883").unwrap();
    let output = script().output().unwrap();
    drop(taken);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("port 8883 is taken"), "{said}");
}
