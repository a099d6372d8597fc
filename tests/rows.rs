//! Where a fleet's rows come from: files, queries, commands, numbers; and what is said of those that are wrong.

use std::fmt::Write;
use std::path::Path;

use assert_cmd::Command;

const HEAD: &str = r#"spec = 1
name = "rows"

[ca.root]
subject.common_name = "Root"
validity = "10y"

[leaf.device]
issuer = "root"
profile = "tls-client"
validity = "1y"
"#;

/// A folder with a spec whose fleet is made for each of `each`.
fn folder(each: &str, rest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let spec = format!("{HEAD}for_each = {each}\n{rest}");
    std::fs::write(folder.path().join("pki.toml"), spec).unwrap();
    folder
}

/// Both outputs of a run at 2026-11-25T12:00:00Z, and how it ended.
fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let output = Command::cargo_bin("pkiform")
        .unwrap()
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", "1795608000")
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

/// The ids and common names of the leaves that a spec makes.
fn leaves(folder: &Path, flags: &str) -> Vec<(String, String)> {
    let (code, text) = run(folder, &format!("tree pki.toml --json {flags}"));
    assert_eq!(code, 0, "{text}");
    let tree: serde_json::Value = serde_json::from_str(&text).unwrap();
    let leaves = tree[0]["issues"].as_array().unwrap();
    leaves
        .iter()
        .map(|leaf| {
            let text = |name: &str| leaf[name].as_str().unwrap().to_owned();
            (text("id"), text("subject"))
        })
        .collect()
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()))
        .collect()
}

#[test]
fn numbers_of_a_range() {
    let folder = folder(
        "{ range = [8, 10] }",
        "subject.common_name = \"no {{ item }}\"\n",
    );
    let wanted = [
        ("device-8", "CN=no 8"),
        ("device-9", "CN=no 9"),
        ("device-10", "CN=no 10"),
    ];
    assert_eq!(leaves(folder.path(), ""), pairs(&wanted));
}

#[test]
fn objects_of_json_lines_with_values_in_values() {
    let folder = folder(
        "\"d.jsonl\"",
        "subject.common_name = \"{{ item.n + 1 }} {{ item.in.x }}\"\n",
    );
    let text = "{\"id\": \"a\", \"n\": 1, \"in\": {\"x\": \"y\"}}\n\n{\"id\":\"b\",\"n\":2,\"in\":{\"x\":true}}";
    std::fs::write(folder.path().join("d.jsonl"), text).unwrap();
    let wanted = [("device-a", "CN=2 y"), ("device-b", "CN=3 true")];
    assert_eq!(leaves(folder.path(), ""), pairs(&wanted));
}

#[test]
fn rows_of_a_query() {
    let each =
        "{ sqlite = \"d.db\", query = \"SELECT name AS id, n FROM d WHERE n > 1 ORDER BY n\" }";
    let folder = folder(each, "subject.common_name = \"{{ item.n }}\"\n");
    let database = rusqlite::Connection::open(folder.path().join("d.db")).unwrap();
    database
        .execute_batch(
            "CREATE TABLE d (name, n); INSERT INTO d VALUES ('a', 1), ('b', 2), ('c', 3)",
        )
        .unwrap();
    let wanted = [("device-b", "CN=2"), ("device-c", "CN=3")];
    assert_eq!(leaves(folder.path(), ""), pairs(&wanted));
}

#[cfg(unix)]
#[test]
fn what_a_command_prints_once_the_user_allows_it() {
    let each = "{ command = [\"./list\", \"b\"], format = \"jsonl\" }";
    let folder = folder(each, "subject.common_name = \"{{ item.n }}\"\n");
    let script = "#!/bin/sh\necho run >> runs\necho '{\"id\": \"a\", \"n\": 1}'\necho \"{\\\"id\\\": \\\"$1\\\", \\\"n\\\": 2}\"\n";
    let list = folder.path().join("list");
    std::fs::write(&list, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&list, mode).unwrap();
    let (code, refused) = run(folder.path(), "plan pki.toml");
    assert_eq!(code, 1);
    insta::assert_snapshot!("command_refused", refused);
    assert_eq!(run(folder.path(), "validate pki.toml").0, 0);
    assert!(
        !folder.path().join("runs").exists(),
        "nothing ran without leave"
    );
    let wanted = [("device-a", "CN=1"), ("device-b", "CN=2")];
    assert_eq!(leaves(folder.path(), "--allow-commands"), pairs(&wanted));
    let (code, _) = run(folder.path(), "apply pki.toml --allow-commands --quiet");
    assert_eq!(code, 0);
    let runs = std::fs::read_to_string(folder.path().join("runs")).unwrap();
    assert_eq!(runs.lines().count(), 2, "once a run");
    std::fs::write(
        &list,
        "#!/bin/sh\necho id\necho 'no list today' >&2\nexit 3\n",
    )
    .unwrap();
    let (code, failed) = run(folder.path(), "plan pki.toml --allow-commands");
    assert_eq!(code, 1);
    insta::assert_snapshot!("command_failed", failed);
}

#[test]
fn what_is_wrong_names_its_place() {
    let mut seen = String::new();
    let mut tell = |what: &str, folder: tempfile::TempDir| {
        let (code, said) = run(folder.path(), "validate pki.toml");
        assert_eq!(code, 1, "{what}: {said}");
        let _ = write!(seen, "{what}\n{said}\n");
    };
    let with = |file: &str, text: &[u8]| {
        let folder = folder(&format!("\"{file}\""), "");
        std::fs::write(folder.path().join(file), text).unwrap();
        folder
    };
    tell("no such file", folder("\"none.jsonl\"", ""));
    tell(
        "no JSON",
        with("d.jsonl", b"{\"id\": \"a\"}\n{\"id\": nonsense}\n[7]\n"),
    );
    tell(
        "no id",
        with("d.jsonl", b"{\"id\": \"a\"}\n{\"name\": \"b\"}\n"),
    );
    tell("UTF-16", with("d.csv", b"\xff\xfei\0d\0"));
    tell("Latin-1", with("d.csv", b"id,name\na,M\xfcller\n"));
    tell("an empty file", with("d.csv", b""));
    tell("twice", with("d.csv", b"id\na\nb\na\n"));
    tell(
        "two sources",
        folder("{ file = \"d.csv\", range = [1, 2] }", ""),
    );
    tell("half a range", folder("{ range = [1] }", ""));
    tell("an unknown key", folder("{ rang = [1, 2] }", ""));
    tell("no query", folder("{ sqlite = \"d.db\" }", ""));
    let query = |text: &str| {
        let folder = folder(&format!("{{ sqlite = \"d.db\", query = \"{text}\" }}"), "");
        let database = rusqlite::Connection::open(folder.path().join("d.db")).unwrap();
        database
            .execute_batch("CREATE TABLE d (id); INSERT INTO d VALUES ('a')")
            .unwrap();
        folder
    };
    tell("no such table", query("SELECT * FROM e"));
    tell("a query that writes", query("DELETE FROM d"));
    let held = query("SELECT * FROM d");
    let holder = rusqlite::Connection::open(held.path().join("d.db")).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    tell("a database that is held", held);
    let none = folder("{ sqlite = \"d.db\", query = \"SELECT 1\" }", "");
    std::fs::write(
        none.path().join("d.db"),
        "no database, and long enough to be told from one that is empty",
    )
    .unwrap();
    tell("no database", none);
    insta::assert_snapshot!("wrong", seen);
}

/// What would lose digits or a row's name in silence.
#[test]
fn what_rows_would_lose_is_said() {
    let name = "subject.common_name = \"{{ item.n }}\"\n";
    let mut seen = String::new();
    let mut tell = |what: &str, each: &str, file: Option<&str>| {
        let folder = folder(each, name);
        if let Some(text) = file {
            let path = each.trim_matches('"');
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        let database = rusqlite::Connection::open(folder.path().join("d.db")).unwrap();
        database
            .execute_batch(
                "CREATE TABLE d (id, n); INSERT INTO d VALUES ('a', 1), (NULL, 2), ('', 3)",
            )
            .unwrap();
        let (code, said) = run(folder.path(), "validate pki.toml");
        assert_eq!(code, 1, "{what}: {said}");
        let _ = write!(seen, "{what}\n{said}\n");
    };
    tell(
        "digits",
        "\"d.jsonl\"",
        Some(
            "{\"id\":\"a\",\"n\":18446744073709551615}\n{\"id\":\"b\",\"n\":89490200001234567890}\n",
        ),
    );
    tell(
        "a key twice",
        "\"d.jsonl\"",
        Some("{\"id\":\"a\",\"n\":1,\"id\":\"b\"}\n"),
    );
    tell("no name", "\"d.csv\"", Some("id,n\na,1\n,2\n"));
    tell("semicolons", "\"d.csv\"", Some("id;n\na;1\n"));
    tell("down", "{ range = [5, 1] }", None);
    tell(
        "names of a query",
        "{ sqlite = \"d.db\", query = \"SELECT id, n FROM d\" }",
        None,
    );
    tell(
        "no database",
        "{ sqlite = \"no.db\", query = \"SELECT id, n FROM d\" }",
        None,
    );
    tell(
        "no such table",
        "{ sqlite = \"d.db\", query = \"SELECT id FROM e\" }",
        None,
    );
    insta::assert_snapshot!("lost", seen);
}

#[test]
fn the_good_rows_are_made_and_the_bad_ones_listed() {
    let rest = "san = [\"{{ item.host }}\"]\n\n[leaf.packed]\nissuer = \"root\"\nprofile = \"tls-server\"\nvalidity = \"1y\"\n\
                pack = \"sqlite\"\nfor_each = \"p.csv\"\nsan = [\"{{ item.host }}\"]\n";
    let folder = folder("\"d.csv\"", rest);
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    write("d.csv", "id,host\na,a.example.com\nb,b.example.com\n");
    write("p.csv", "id,host\na,a.example.com\nb,b.example.com\n");
    assert_eq!(run(folder.path(), "apply pki.toml --quiet").0, 0);
    // What was made before and is bad now stays, whatever is pruned.
    write(
        "d.csv",
        "id,host\na,a.example.com\nb\nc,c.example.com\n../d,d.example.com\n",
    );
    write(
        "p.csv",
        "id,host\na,a.example.com\nb\nc,c.example.com\nd,bad host\n",
    );
    let (code, refused) = run(folder.path(), "apply pki.toml --yes");
    assert_eq!(code, 1, "{refused}");
    let (code, said) = run(folder.path(), "apply pki.toml --yes --keep-going --prune");
    assert_eq!(code, 1);
    let said = said
        .lines()
        .filter(|line| !line.starts_with("Made "))
        .collect::<Vec<_>>()
        .join("\n");
    insta::assert_snapshot!("keep_going", said);
    for file in ["device-b/cert.pem", "device-c/cert.pem"] {
        assert!(folder.path().join("pki/rows").join(file).exists(), "{file}");
    }
    let database =
        rusqlite::Connection::open(folder.path().join("pki/rows/packed.sqlite")).unwrap();
    let ids: String = database
        .query_row(
            "SELECT group_concat(id) FROM (SELECT id FROM members ORDER BY id)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(ids, "packed-a,packed-b,packed-c");
}

/// What a template makes of a row can be wrong too: the place is the template's, and the row is named beside it.
#[test]
fn the_rows_whose_values_are_wrong_are_named() {
    let rest = |pack: &str| {
        format!("{pack}subject.country = \"{{{{ item.c }}}}\"\nsan = [\"{{{{ item.host }}}}\"]\n")
    };
    let rows = [
        ("a", "DE", "a.example.com"),
        ("b", "Germany", "b.example.com"),
        ("c", "DE", ""),
        ("d", "France", "d.example.com"),
        ("e", "DE", ""),
    ];
    let csv = rows
        .iter()
        .fold("id,c,host\n".to_owned(), |text, (id, c, host)| {
            format!("{text}{id},{c},{host}\n")
        });
    let mut seen = String::new();
    let query = "{ sqlite = \"d.db\", query = \"SELECT * FROM devices\" }";
    for (each, pack) in [
        ("\"d.csv\"", ""),
        ("\"d.csv\"", "pack = \"sqlite\"\n"),
        (query, "pack = \"sqlite\"\n"),
    ] {
        let folder = folder(each, &rest(pack));
        std::fs::write(folder.path().join("d.csv"), &csv).unwrap();
        let database = rusqlite::Connection::open(folder.path().join("d.db")).unwrap();
        database
            .execute_batch("CREATE TABLE devices (id, c, host)")
            .unwrap();
        for row in rows {
            let insert = "INSERT INTO devices VALUES (?1, ?2, ?3)";
            database.execute(insert, row).unwrap();
        }
        let (code, text) = run(folder.path(), "plan pki.toml --keep-going");
        assert_eq!(code, 1, "{text}");
        let _ = writeln!(seen, "## {each} {pack}\n{text}");
        let (_, text) = run(folder.path(), "validate pki.toml --json");
        let found: serde_json::Value = serde_json::from_str(&text).unwrap();
        let about = found["diagnostics"].as_array().unwrap().iter();
        let about: Vec<&serde_json::Value> = about.map(|one| &one["about"]).collect();
        let _ = writeln!(seen, "{}", serde_json::to_string(&about).unwrap());
    }
    insta::assert_snapshot!("wrong_values", seen);
}

/// Who verifies with bad rows left out hears that there are some.
#[test]
fn rows_that_are_left_out_are_no_success() {
    for pack in ["", "pack = \"sqlite\"\n"] {
        let rest = format!("{pack}subject.country = \"{{{{ item.c }}}}\"\n");
        let folder = folder("\"d.csv\"", &rest);
        let at = folder.path();
        std::fs::write(at.join("d.csv"), "id,c\na,DE\nb,DEU\n").unwrap();
        assert_eq!(run(at, "apply pki.toml --keep-going --quiet").0, 1);
        for command in ["verify", "check"] {
            let (code, said) = run(at, &format!("{command} pki.toml --keep-going"));
            assert_eq!(code, 4, "{command}: {said}");
            assert!(said.contains("left out"), "{command}: {said}");
        }
        std::fs::write(at.join("d.csv"), "id,c\na,DE\n").unwrap();
        for command in ["verify", "check"] {
            let (code, said) = run(at, &format!("{command} pki.toml --keep-going"));
            assert_eq!(code, 0, "{command}: {said}");
        }
    }
}

/// Rows are read as they are walked, and members made lot by lot: many take no more memory than a few.
#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_types, reason = "a process tells its own peak")]
fn rows_of_a_packed_fleet_are_never_all_in_memory() {
    let peak = |command: &str, rows: usize| {
        let folder = folder(
            "\"d.jsonl\"",
            "pack = \"sqlite\"\nsubject.common_name = \"{{ item.name }}\"\n",
        );
        let mut text = String::new();
        for row in 0..rows {
            let _ = writeln!(
                text,
                "{{\"id\": \"{row}\", \"name\": \"device number {row} of a long list of many\"}}"
            );
        }
        std::fs::write(folder.path().join("d.jsonl"), text).unwrap();
        let script = "import resource, subprocess, sys\n\
                      subprocess.run([sys.argv[1], sys.argv[2], 'pki.toml'], check=True, stdout=2)\n\
                      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let output = std::process::Command::new("python3")
            .current_dir(folder.path())
            .args(["-c", script])
            .arg(assert_cmd::cargo::cargo_bin("pkiform"))
            .arg(command)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse::<u64>()
            .unwrap()
    };
    for (command, few, many) in [("validate", 3_000, 60_000), ("apply", 6_000, 24_000)] {
        let (less, more) = (peak(command, few), peak(command, many));
        assert!(
            more < less + 30 * 1024 && more < 200 * 1024,
            "{command}: {less} KiB for {few} rows, {more} for {many}"
        );
    }
}
