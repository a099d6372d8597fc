//! Spoiling a spec line by line: what comes out is TOML more often than not, and goes far before it is refused.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Words that mean something to some parser on the way.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "spec = 1\n", "name = ", "extends = ", "[vars]\n", "[env.x]\n", "[ca.a]\n", "[leaf.b]\n", "[defaults]\n",
    "[leaf.b.extensions]\n", "issuer = ", "subject = ", "subject.common_name = ", "san = ", "key = ", "validity = ",
    "count = ", "depth = ", "for_each = ", "when = ", "id = ", "outputs = ", "path_length = ", "name_constraints = ",
    "custom = ", "passphrase = ", "not_after = ", "\"a\"", "'a'", "\"\"\"", "'''", "[", "]", "{", "}", "=", ",", ".",
    "\n", " ", "#", "\\", "\\n", "\\u00e9", "é", "\u{1F600}", "\u{202e}", "\u{0}", "\r", "\t", "{{", "}}", "{%",
    "%}", "{#", "#}", "{{ index }}", "{{ item }}", "{% raw %}", "{% for x in y %}", "|", "~", "'%04d' | format(index)",
    "CN=a,O=b+OU=c", "CN=\\,", "dns:", "ip:", "10.0.0.0/8", "::1", "uri:spiffe://", "email:a@b", "*.x", "env:A",
    "file:a", "command:a b", "hex:00", "1.2.840", "2.999.1", "30d", "1y6mo", "0", "-1", "12", "1e9", "inf",
    "9999-12-31T23:59:59Z", "2026-02-30", "true", "false", "../x", "/", "rsa-2048", "ed25519", "tls-server",
];

/// Values of all types, right in one place and wrong in most.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "0", "1", "-1", "255", "256", "1.5", "nan", "true", "false", "[]", "{}", "\"\"", "\"a\"", "\"é\\n\\n\\n\\n{{ x }}\"",
    "[\"a\", 1, {}]", "{ a = 1 }", "{ oid = \"2.5.29.17\", value = \"hex:0\" }", "{ critical = true }",
    "{ from = \"env:A\", insecure_default = \"b\" }", "\"root\"", "\"self\"", "\"{{ index }}\"", "\"{{ item }}\"",
    "\"{{ hosts }}\"", "\"{% if env %}a{% endif %}\"", "\"{{ [1, 2] }}\"", "\"1y6mo\"", "\"30d\"", "\"-1d\"", "\"999999999y\"",
    "2026-11-25T00:00:00Z", "\"9999-12-31T23:59:59Z\"", "\"0000-01-01T00:00:00Z\"", "\"rsa-2048\"", "\"ml-dsa-44\"",
    "\"ed448\"", "\"CN=a,O=b+OU=c\"", "[{ country = \"DEU\" }]", "[[{ type = \"CN\", value = \"x\" }]]", "\"../../x\"",
    "\"devices.csv\"", "\"ca.root\"", "[\"key\", \"cert\", \"pkcs12\"]", "{ cert = \"{{ id }}\" }", "[\"*.*\", \"::1/64\", \"@\"]",
    "[\"server-auth\", \"1.2.3\"]", "{ permitted = { dns = [\".\"] , ip = [\"10.0.0.0/33\"] } }", "\"tls-server\"",
];

/// One way of spoiling a spec.
#[derive(Clone, Debug)]
pub(super) enum Spoil {
    Value(Index, &'static str),
    DropLine(Index),
    CopyLine(Index, Index),
}

/// Spoils whole lines: what comes out is TOML more often than not.
pub(super) fn spoil() -> impl Strategy<Value = Spoil> {
    prop_oneof![
        4 => (any::<Index>(), select(VALUES)).prop_map(|(line, value)| Spoil::Value(line, value)),
        1 => any::<Index>().prop_map(Spoil::DropLine),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Spoil::CopyLine(from, to)),
    ]
}

pub(super) fn spoiled(text: &str, spoils: &[Spoil]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for spoil in spoils {
        match spoil {
            Spoil::Value(line, value) => {
                let mut settings: Vec<&mut String> = lines
                    .iter_mut()
                    .filter(|line| line.contains(" = "))
                    .collect();
                let line = line.index(settings.len());
                let (key, _) = settings[line].split_once(" = ").unwrap();
                *settings[line] = format!("{key} = {value}");
            }
            Spoil::DropLine(line) => {
                lines.remove(line.index(lines.len()));
            }
            Spoil::CopyLine(from, to) => {
                let copy = lines[from.index(lines.len())].clone();
                lines.insert(to.index(lines.len()), copy);
            }
        }
    }
    lines.join("\n")
}
