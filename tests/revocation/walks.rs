//! Random walks through a PKI's life: whatever the order of changes, what is revoked is listed until it has ended, and
//! numbers only grow.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use proptest::prelude::*;
use serde_json::Value;

use crate::support::Pki;

/// A change, of one leaf by its number where it concerns one.
#[derive(Clone, Debug)]
enum Change {
    Revoke(usize, &'static str),
    Unsay(usize),
    Raise(usize),
    Rename(usize),
    Move(usize),
    Leave(usize, bool),
    Return(usize),
    RaiseCa,
    Days(i64),
    LoseLedger,
    LoseList,
    /// The last run died before it had written the lock.
    LoseLastLock,
    TargetFirst(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let leaf = 0..3_usize;
    prop_oneof![
        4 => (leaf.clone(), prop_oneof![Just("superseded"), Just("certificate-hold"), Just("key-compromise")])
            .prop_map(|(leaf, reason)| Change::Revoke(leaf, reason)),
        2 => leaf.clone().prop_map(Change::Unsay),
        2 => leaf.clone().prop_map(Change::Raise),
        1 => leaf.clone().prop_map(Change::Rename),
        2 => leaf.clone().prop_map(Change::Move),
        1 => (leaf.clone(), any::<bool>()).prop_map(|(leaf, prune)| Change::Leave(leaf, prune)),
        2 => leaf.clone().prop_map(Change::Return),
        1 => Just(Change::RaiseCa),
        4 => (1..70_i64).prop_map(Change::Days),
        1 => Just(Change::LoseLedger),
        1 => Just(Change::LoseList),
        2 => Just(Change::LoseLastLock),
        1 => leaf.prop_map(Change::TargetFirst),
    ]
}

#[derive(Clone, Debug)]
struct Leaf {
    present: bool,
    generation: u32,
    name: u32,
    ca: usize,
    revoked: Option<(&'static str, String)>,
    /// The generation that the statement means.
    meant: u32,
}

const CAS: [&str; 2] = ["north", "south"];

struct World {
    pki: Pki,
    leaves: Vec<Leaf>,
    ca_generation: u32,
    now: jiff::Timestamp,
    previous_lock: Option<Vec<u8>>,
    /// The days on which something was revoked: another day is another revocation.
    days: i64,
}

impl World {
    fn new() -> Self {
        let leaf = Leaf {
            present: true,
            generation: 1,
            name: 0,
            ca: 0,
            revoked: None,
            meant: 0,
        };
        Self {
            pki: Pki::new("spec = 1\n"),
            leaves: vec![leaf; 3],
            ca_generation: 1,
            now: crate::support::NOW.parse().unwrap(),
            previous_lock: None,
            days: 0,
        }
    }

    fn write_spec(&self) {
        let mut text =
            "spec = 1\nname = \"walk\"\n[ca.root]\nsubject.common_name = \"Root\"\n".to_owned();
        for ca in CAS {
            let _ = write!(
                text,
                "[ca.{ca}]\nissuer = \"root\"\ngeneration = {}\nsubject.common_name = \"{ca}\"\n\
                 outputs = [\"key\", \"cert\", \"crl\", \"crl-der\"]\n",
                self.ca_generation
            );
        }
        for (number, leaf) in self
            .leaves
            .iter()
            .enumerate()
            .filter(|(_, leaf)| leaf.present)
        {
            let _ = write!(
                text,
                "[leaf.l{number}]\nissuer = \"{}\"\ngeneration = {}\nsubject.common_name = \"l{number} {}\"\n",
                CAS[leaf.ca], leaf.generation, leaf.name
            );
            if let Some((reason, date)) = &leaf.revoked {
                let _ = writeln!(
                    text,
                    "revoked = {{ reason = \"{reason}\", date = \"{date}\" }}"
                );
            }
        }
        fs::write(self.pki.beside("pki.toml"), text).unwrap();
    }

    fn lock(&self) -> BTreeMap<String, Value> {
        let text = fs::read_to_string(self.pki.path("pkiform.lock")).unwrap_or_default();
        let lines = text.lines().skip(1);
        lines
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|line| (line["id"].as_str().unwrap().to_owned(), line))
            .collect()
    }

    /// Makes the change; the flags for the next apply.
    fn make(&mut self, change: &Change) -> Vec<String> {
        let known = self.lock();
        match change {
            Change::Revoke(number, reason) => {
                self.days += 1;
                let day = jiff::civil::date(2026, 1, 1) + jiff::Span::new().days(self.days);
                let leaf = &mut self.leaves[*number];
                leaf.revoked = Some((reason, day.to_string()));
                let held = known.get(&format!("l{number}"));
                leaf.meant = held.map_or(leaf.generation, |line| {
                    u32::try_from(line["generation"].as_u64().unwrap()).unwrap()
                });
            }
            Change::Unsay(number) => self.leaves[*number].revoked = None,
            Change::Raise(number) => self.leaves[*number].generation += 1,
            Change::Rename(number) => self.leaves[*number].name += 1,
            Change::Move(number) => self.leaves[*number].ca = 1 - self.leaves[*number].ca,
            Change::Leave(number, prune) => {
                self.leaves[*number].present = false;
                if *prune {
                    return vec!["--prune".to_owned()];
                }
            }
            Change::Return(number) => self.leaves[*number].present = true,
            Change::RaiseCa => self.ca_generation += 1,
            Change::Days(days) => self.now += jiff::SignedDuration::from_hours(24 * days),
            Change::LoseLedger => {
                let _ = fs::remove_file(self.pki.path("pkiform.ledger"));
            }
            Change::LoseList => {
                let _ = fs::remove_file(self.pki.path("north/crl.pem"));
            }
            Change::LoseLastLock => {
                self.now += jiff::SignedDuration::from_hours(24);
                if let Some(lock) = &self.previous_lock {
                    fs::write(self.pki.path("pkiform.lock"), lock).unwrap();
                }
            }
            Change::TargetFirst(number) => {
                if self.leaves[*number].present && !known.is_empty() {
                    return vec![format!("--target=l{number}")];
                }
            }
        }
        Vec::new()
    }

    fn list(&self, ca: &str) -> Option<Value> {
        let path = self.pki.path(&format!("{ca}/crl.der"));
        let list = pkiform::x509::Crl::parse(&fs::read(path).ok()?).unwrap();
        let number = list.number().unwrap();
        let number = number
            .iter()
            .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
        let entries: BTreeSet<String> = list
            .entries()
            .iter()
            .map(|entry| pkiform::x509::serial::to_hex(&entry.serial))
            .collect();
        Some(serde_json::json!({
            "number": number,
            "entries": entries,
            "this_update": list.this_update().to_string(),
        }))
    }
}

fn entries(list: &Value) -> BTreeSet<String> {
    let entries = list["entries"].as_array().unwrap().iter();
    entries
        .map(|one| one.as_str().unwrap().to_owned())
        .collect()
}

/// What must hold from one list of a CA to the next.
fn compare(
    before: &Value,
    after: &Value,
    locked: &Value,
    releasable: &BTreeSet<String>,
    place: &str,
) {
    let number = |list: &Value| list["number"].as_u64().unwrap();
    if before == after {
        return;
    }
    assert!(number(before) < number(after), "{place}: {before} {after}");
    let this_update = before["this_update"].as_str().unwrap();
    for entry in locked["crl"]["entries"].as_array().into_iter().flatten() {
        let serial = entry["serial"].as_str().unwrap();
        let ended = entry["not-after"].as_str().unwrap() <= this_update;
        let hold = entry["reason"] == "certificate-hold"
            && releasable.contains(entry["id"].as_str().unwrap());
        assert!(
            ended || hold || entries(after).contains(serial),
            "{place}: {serial} of {} is dropped: {before} {after}",
            entry["id"]
        );
    }
}

fn walk(changes: &[Change]) {
    let mut world = World::new();
    world.write_spec();
    let mut lists: BTreeMap<&str, Value> = BTreeMap::new();
    for (at, change) in std::iter::once(&Change::Days(0)).chain(changes).enumerate() {
        let place = format!("step {at} {change:?}");
        let flags = world.make(change);
        world.write_spec();
        let before = world.lock();
        let previous = fs::read(world.pki.path("pkiform.lock")).ok();
        let now = world.now.to_string();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let run = world.pki.run(
            "apply",
            &[&["--now", now.as_str(), "--yes"], &flags[..]].concat(),
        );
        assert_eq!(run.code, Some(0), "{place}\n{}{}", run.stdout, run.stderr);
        let whole = world.pki.run("apply", &["--now", &now, "--yes"]);
        assert_eq!(
            whole.code,
            Some(0),
            "{place}\n{}{}",
            whole.stdout,
            whole.stderr
        );
        // Before what was pruned, a lock asks for keys that are in the archive.
        world.previous_lock = previous.filter(|_| !flags.contains(&"--prune"));
        let files = world.pki.files();
        world.pki.run("apply", &["--now", &now]).succeeds();
        assert!(world.pki.files() == files, "{place}: a second apply wrote");
        let verified = world.pki.run("verify", &["--now", &now]);
        assert_eq!(
            verified.code,
            Some(0),
            "{place}\n{}{}",
            verified.stdout,
            verified.stderr
        );
        let unsaid = |leaf: &Leaf| leaf.present && leaf.revoked.is_none();
        let releasable: BTreeSet<String> = (world.leaves.iter().enumerate())
            .filter(|(_, leaf)| unsaid(leaf))
            .map(|(number, _)| format!("l{number}"))
            .collect();
        for ca in CAS {
            let list = world.list(ca).unwrap();
            if let Some(before_list) = lists.get(ca) {
                let locked = before.get(ca).cloned().unwrap_or_default();
                compare(before_list, &list, &locked, &releasable, &place);
            }
            lists.insert(ca, list);
        }
        let lock = world.lock();
        for (number, leaf) in world
            .leaves
            .iter()
            .enumerate()
            .filter(|(_, leaf)| leaf.present)
        {
            let line = &lock[&format!("l{number}")];
            let ended = line["not-after"].as_str().unwrap() <= now.as_str();
            let listed = entries(&lists[CAS[leaf.ca]]).contains(line["serial"].as_str().unwrap());
            if leaf.revoked.is_some() {
                let revoked = leaf.meant == leaf.generation;
                assert!(
                    listed == revoked || (ended && revoked),
                    "{place}: l{number} {leaf:?} {line}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_revoked_is_listed_until_it_has_ended(changes in prop::collection::vec(change(), 8..14)) {
        walk(&changes);
    }
}
