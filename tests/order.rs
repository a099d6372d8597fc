//! Invariant 8: neither the order of the spec's tables nor the number of threads changes an output.

use crate::support::Pki;

const HEAD: &str = "spec = 1\nname = \"order\"\n";

const TABLES: [&str; 6] = [
    "[defaults]\nvalidity = \"30d\"\n",
    "[ca.root]\nsubject.common_name = \"Root\"\n",
    "[ca.mid]\nissuer = \"root\"\ndepth = 2\nsubject.common_name = \"Mid {{ level }}\"\n",
    "[leaf.device]\nissuer = \"mid\"\nprofile = \"device\"\ncount = 12\nsubject.common_name = \"d{{ index }}\"\nsan = [\"d{{ index }}.example\"]\n",
    "[leaf.host]\nissuer = \"mid-1\"\nprofile = \"tls-server\"\nfor_each = [\"b\", \"a\"]\nsan = [\"{{ item }}.example\"]\n",
    "[key.sa]\n",
];

fn spec(order: &[usize]) -> String {
    let tables: Vec<&str> = order
        .iter()
        .filter_map(|at| TABLES.get(*at))
        .copied()
        .collect();
    format!("{HEAD}{}", tables.concat())
}

#[test]
fn the_order_of_the_tables_changes_no_plan_and_no_store() {
    let first = Pki::new(&spec(&[0, 1, 2, 3, 4, 5]));
    let plan = planned(&first);
    assert_eq!(plan.len(), 18);
    first.apply().succeeds();
    let before = first.files();
    for order in [[5, 4, 3, 2, 1, 0], [3, 1, 5, 0, 4, 2], [4, 2, 0, 5, 3, 1]] {
        let shuffled = Pki::new(&spec(&order));
        assert_eq!(planned(&shuffled), plan, "{order:?}");
        // The same store, planned from the shuffled spec, is as it should be.
        first.edit(
            &std::fs::read_to_string(first.beside("pki.toml")).unwrap(),
            &spec(&order),
        );
        first.apply().succeeds().says("No changes");
        assert_eq!(first.files(), before, "{order:?}");
    }
}

#[test]
fn the_number_of_threads_changes_neither_the_files_nor_the_lines_of_the_lock() {
    let shape = |jobs: &str| {
        let pki = Pki::new(&spec(&[0, 1, 2, 3, 4, 5]));
        pki.run("apply", &["--jobs", jobs]).succeeds();
        pki.verify().succeeds();
        let names: Vec<String> = pki.files().into_keys().collect();
        let ids = |file: &str| -> Vec<String> {
            let text = String::from_utf8(pki.read(file)).unwrap();
            let lines = text
                .lines()
                .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            lines
                .filter_map(|line| Some(line.get("id")?.as_str()?.to_owned()))
                .collect()
        };
        (names, ids("pkiform.lock"), ids("pkiform.ledger"))
    };
    let one = shape("1");
    assert_eq!(one, shape("2"));
    assert_eq!(one, shape("7"));
    let sorted = ["device-9", "device-10", "device-11"];
    let at = |id: &str| one.1.iter().position(|line| line == id).unwrap();
    assert!(sorted.map(at).is_sorted(), "{:?}", one.1);
}

/// The plan's steps as they are printed, one a line.
fn planned(pki: &Pki) -> Vec<String> {
    let run = pki.run("plan", &["--json"]).succeeds();
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    plan.get("steps")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect()
}
