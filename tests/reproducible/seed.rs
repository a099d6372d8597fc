//! The seed is used and never shown: not on a stream, not in a file, not by its owner's memory after its end.

use std::fs;

use super::{SMALL, digest, small};
use crate::support::Pki;

/// A seed that is found wherever it stands.
const MARKED: &str = "MARKED-SEED-c0ffee-d00d-feed";

fn holds(octets: &[u8]) -> bool {
    let forms = [
        MARKED.to_owned(),
        data_encoding::HEXLOWER.encode(MARKED.as_bytes()),
        data_encoding::BASE64.encode(MARKED.as_bytes()),
    ];
    forms.iter().any(|form| {
        octets
            .windows(form.len())
            .any(|window| window == form.as_bytes())
    })
}

#[test]
fn no_output_and_no_file_holds_it() {
    let pki = Pki::new(SMALL).environment("PKI_SEED", MARKED);
    let saved = pki.beside("plan.json");
    let saved = saved.to_str().unwrap();
    let failing = SMALL.replace("validity", "validty");
    let other = Pki::new(&format!("{failing}\nvalidty = \"1d\"\n")).environment("PKI_SEED", MARKED);
    let runs = [
        pki.run("plan", &["-v"]),
        pki.run("plan", &["--json", "--save", saved]),
        pki.run("apply", &["-v"]),
        pki.run("apply", &["--json"]),
        pki.run("verify", &["-v"]),
        pki.run("tree", &[]),
        pki.run("plan", &["--allow-key-replacement=nobody"]),
        other.run("apply", &["-v"]),
    ];
    for run in runs {
        assert!(
            !holds(run.stdout.as_bytes()) && !holds(run.stderr.as_bytes()),
            "{run:?}"
        );
    }
    let mut read = 0;
    for entry in walkdir::WalkDir::new(pki.beside("")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            read += 1;
            assert!(
                !holds(&fs::read(entry.path()).unwrap()),
                "{:?}",
                entry.path()
            );
        }
    }
    assert!(read > 8, "{read}");
}

#[test]
fn the_plan_says_which_seed_by_a_fingerprint() {
    let shown = |seed: &str| {
        let pki = Pki::new(SMALL).environment("PKI_SEED", seed);
        let plan = pki.run("plan", &["--json"]).succeeds().stdout;
        let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
        let print = plan["reproducible"]["seed"].as_str().unwrap().to_owned();
        pki.run("plan", &[])
            .succeeds()
            .says(&format!("reproducible: seed {print}, epoch 2026-11-01"));
        print
    };
    let one = shown(MARKED);
    assert_eq!(one.len(), 16);
    assert_eq!(shown(MARKED), one);
    assert_ne!(shown("another seed, long enough"), one);
}

#[test]
fn a_saved_plan_is_not_carried_out_with_another_seed() {
    let pki = small();
    let saved = pki.beside("plan.json");
    let saved = saved.to_str().unwrap();
    pki.run("plan", &["--save", saved]).succeeds();
    let apply = |seed: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pkiform"));
        command.args(["apply", saved]).env("PKI_SEED", seed);
        crate::support::Run::of(command)
    };
    apply("another seed, long enough")
        .exits(1)
        .says("the seed or the epoch is another");
    apply(super::SEED).succeeds();
}

#[test]
fn a_source_is_as_good_as_another() {
    let pki = small();
    pki.apply().succeeds();
    let wanted = digest(&pki);
    let file = Pki::new(&SMALL.replace("env:PKI_SEED", "file:seed"));
    fs::write(file.beside("seed"), format!("{}\n", super::SEED)).unwrap();
    file.apply().succeeds();
    assert_eq!(digest(&file), wanted);
    let command =
        Pki::new(&SMALL.replace("env:PKI_SEED", &format!("command:echo {}", super::SEED)));
    command.run("apply", &["--allow-commands"]).succeeds();
    assert_eq!(digest(&command), wanted);
}

#[test]
fn the_spec_s_own_seed_is_told_and_marked_in_the_lock() {
    let both = SMALL.replace(
        "\"env:PKI_SEED\"",
        "{ from = \"env:PKI_SEED\", insecure_default = \"known to every reader\" }",
    );
    let pki = Pki::new(&both);
    pki.apply()
        .succeeds()
        .says("the insecure default of the spec is used");
    let lock = String::from_utf8(pki.read("pkiform.lock")).unwrap();
    assert_eq!(lock.matches("\"insecure-seed\":true").count(), 2, "{lock}");
    let secret = Pki::new(&both).environment("PKI_SEED", super::SEED);
    secret.apply().succeeds();
    let lock = String::from_utf8(secret.read("pkiform.lock")).unwrap();
    assert!(!lock.contains("insecure-seed"), "{lock}");
}

#[test]
fn the_lock_holds_nothing_of_the_run() {
    let pki = small();
    pki.apply().succeeds();
    let lock = String::from_utf8(pki.read("pkiform.lock")).unwrap();
    for trace in [env!("CARGO_PKG_VERSION"), "2026-11-25", "/tmp", "12:00"] {
        assert!(!lock.contains(trace), "{trace} in {lock}");
    }
}

#[test]
fn verify_needs_no_seed() {
    let pki = small();
    pki.apply().succeeds();
    let mut command = pki.command("verify", &[]);
    command.env_remove("PKI_SEED");
    crate::support::Run::of(command).succeeds();
}

/// Whether a text stands in this process's memory, at any place that it can write: as a core file would show. The text
/// comes masked, so that it is not found in itself.
#[cfg(target_os = "linux")]
fn in_memory(masked: &[u8], mask: u8) -> bool {
    use std::io::{Read, Seek, SeekFrom};

    const STEP: usize = 1 << 20;
    let is_it = |window: &[u8]| {
        window
            .iter()
            .zip(masked)
            .all(|(octet, wanted)| octet ^ mask == *wanted)
    };
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = fs::File::open("/proc/self/mem").unwrap();
    let mut buffer = zeroize::Zeroizing::new(vec![0_u8; STEP]);
    let own = buffer.as_ptr().addr();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let number = |text| usize::from_str_radix(text, 16).unwrap();
        let (mut at, to) = (number(from), number(to));
        while at < to {
            let mut length = STEP.min(to - at);
            if (own..own + STEP).contains(&at) {
                at = own + STEP;
                continue;
            }
            if at < own && at + length > own {
                length = own - at;
            }
            memory
                .seek(SeekFrom::Start(u64::try_from(at).unwrap()))
                .unwrap();
            // What another thread has given back meanwhile is no memory any more.
            if memory.read_exact(&mut buffer[..length]).is_err() {
                break;
            }
            if buffer[..length].windows(masked.len()).any(is_it) {
                return true;
            }
            // Pieces overlap, so that nothing is missed between two.
            at += if at + length < to && length > masked.len() {
                length - masked.len()
            } else {
                length
            };
        }
    }
    false
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_wiped_after_use() {
    const MASK: u8 = 0x55;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seed");
    // But for a moment the seed is never whole in this test's own memory.
    let mut seed = *b"_ARKED-SEED-in-memory-c0ffee-d00d";
    seed[0] = b'M';
    let masked: Vec<u8> = seed.iter().map(|octet| octet ^ MASK).collect();
    fs::write(&path, seed.as_slice()).unwrap();
    zeroize::Zeroize::zeroize(&mut seed);
    let held = zeroize::Zeroizing::new(fs::read(&path).unwrap());
    assert!(in_memory(&masked, MASK), "the search finds what is there");
    drop(held);
    assert!(
        !in_memory(&masked, MASK),
        "the search finds nothing of its own"
    );
    let spec = SMALL.replace("env:PKI_SEED", "file:seed");
    let beside = camino::Utf8PathBuf::from_path_buf(folder.path().join("pki.toml")).unwrap();
    let made = pkiform::testing::Pki::builder(&spec)
        .path(beside)
        .build()
        .unwrap();
    assert!(made.get("www").is_ok());
    assert!(
        !in_memory(&masked, MASK),
        "the seed is gone once all is made"
    );
    // HKDF's pseudorandom key, from which all comes as from the seed; and a private key, as OpenSSL lays a number out; both masked.
    let masked_hex = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    let extracted = masked_hex("460db2a60b821c17644d9019ba1cece1e792f22d85cdc81fb7549d7113d9ff14");
    let number = masked_hex("416f38641266ac80fa1570ac7061e45432050cc6d7f7677e0ccce84de52dbe38");
    assert!(!in_memory(&extracted, MASK));
    assert!(in_memory(&number, MASK), "the key of `www` is still held");
    drop(made);
    assert!(!in_memory(&number, MASK), "a key is gone with its PKI");
}
