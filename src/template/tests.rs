//! Templates as a person meets them: what they become, and what is said where they fail.

use minijinja::Value;

use super::{Scope, Templated, render_list};
use crate::source::{Diagnostic, Diagnostics, Document, Spanned, VariableSources, read};

const VARS: &str =
    "region = 'eu'\nhosts = ['a', 'b']\nsites = { north = { port = 1 } }\nflag = false\n";

fn scope(document: &Document) -> Scope {
    let item = Value::from_pairs([("serial", "7")]);
    Scope::new(&document.vars, "azure", None).with("item", item)
}

fn document(value: &str) -> Document {
    let text = format!("[vars]\n{VARS}[t]\nx = {value}\n");
    Document::parse("t.toml".into(), &text, None, &VariableSources::default()).unwrap()
}

fn written<T: serde::de::DeserializeOwned>(document: &Document) -> T {
    let node = document.root.at(&["t", "x"]).unwrap();
    read(node, "a test", &mut Diagnostics::new()).unwrap()
}

/// What a TOML string renders to, or the error with the text that is underlined.
fn render(value: &str) -> String {
    let document = document(value);
    let templated: Templated<String> = written(&document);
    match templated.render(&scope(&document)) {
        Ok(text) => text,
        Err(diagnostic) => shown(&document, &diagnostic),
    }
}

fn shown(document: &Document, diagnostic: &Diagnostic) -> String {
    let label = diagnostic.labels.first().unwrap();
    let place = document.map.snippet(label.span).unwrap();
    format!(
        "{}: {} <{place}> {}",
        diagnostic.code, diagnostic.message, label.message
    )
}

#[test]
fn values_are_written_as_toml_writes_them() {
    assert_eq!(
        render("\"{{ region }}-{{ item.serial }}-{{ sites.north.port }}\""),
        "eu-7-1"
    );
    assert_eq!(
        render("\"{{ flag }} {{ 2 > 1 }} {{ 1.5 }}\""),
        "false true 1.5"
    );
    assert_eq!(
        render("\"{{ '%03d' | format(item.serial | int) }}\""),
        "007"
    );
    assert_eq!(render("\"{{ regoin | default('x') }}\""), "x");
}

#[test]
fn what_is_not_there_is_underlined_itself() {
    let listed = "(defined: env, flag, hosts, item, region, sites, spec)";
    let regoin = format!(
        "undefined-variable: `regoin` is not defined <regoin> did you mean `region`? {listed}"
    );
    for template in [
        "\"api {{ regoin }}\"",
        "'api {{ region ~ regoin }}'",
        "'''regoin {{ region }} {{ regoin | upper }}'''",
        "\"\"\"\n{{ regoin.x }}\"\"\"",
        "\"{{ regoin | slug }}\"",
        "\"{{ '%s' | format(regoin) }}\"",
        "\"{% if index is defined %}{{ index }}{% endif %}{{ regoin | upper }}\"",
    ] {
        assert_eq!(render(template), regoin, "{template}");
    }
    assert_eq!(
        render("\"{{ item.seriol }}\""),
        "undefined-variable: `item` has no `seriol` <seriol> did you mean `serial`? (it has: serial)"
    );
    assert_eq!(
        render("\"{{ sites.north.prt }}\""),
        "undefined-variable: `sites.north` has no `prt` <prt> did you mean `port`? (it has: port)"
    );
    assert_eq!(
        render("\"{{ region.x.y }}\""),
        "undefined-variable: `region` is no table, and has no `x` <x> "
    );
}

#[test]
fn faults_of_templates_are_said_at_their_place() {
    for (template, said) in [
        (
            "\"{{ region | uper }}\"",
            "template: there is no filter `uper` <uper> did you mean `upper`?",
        ),
        (
            "\"{{ rang(3) }}\"",
            "template: there is no function `rang` <rang(3)> unknown",
        ),
        (
            "\"{% include 'x' %}\"",
            "template-syntax: a template has no `include` <include> here",
        ),
        (
            "\"{{ region }\"",
            "template-syntax: this template can't be read: unexpected `}`, expected end of variable block <}> here",
        ),
        (
            "\"{{ hosts }}\"",
            "template: a list has no place in a text: take one item as `[0]`, or `| join(',')` <hosts> fails here",
        ),
        (
            "\"{{ item }}\"",
            "template: a table has no place in a text: take one of its values as `.key` <item> fails here",
        ),
    ] {
        assert_eq!(render(template), said);
    }
}

#[test]
fn no_template_runs_grows_or_nests_without_end() {
    let doubling = "{% set a = a ~ a %}".repeat(50);
    for (template, code) in [
        (
            "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
            "template-fuel",
        ),
        ("{{ 'a' * 1000000000 }}", "template-fuel"),
        (
            &format!("{{% set a = 'aaaaaaaa' %}}{doubling}"),
            "template-size",
        ),
        (
            &format!(
                "{{% set a = 'aaaaaaaa' %}}{}",
                "{% set a = a ~ a %}".repeat(30)
            ),
            "template-fuel",
        ),
        (
            "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
            "template-fuel",
        ),
        (
            &format!("{{{{ {}1 }}}}", "-".repeat(20_000)),
            "template-size",
        ),
        (
            &format!("{{{{ {}1{} }}}}", "(".repeat(90), ")".repeat(90)),
            "template-size",
        ),
        (
            &format!("{{{{ region{} }}}}", "()".repeat(200)),
            "template-size",
        ),
        (
            &format!("{{{{ region }}}}{}", "x".repeat(70_000)),
            "template-size",
        ),
    ] {
        let said = render(&format!("\"{template}\""));
        assert!(
            said.starts_with(&format!("{code}: ")),
            "{}",
            said.chars().take(200).collect::<String>()
        );
    }
}

#[test]
fn an_element_that_is_one_list_is_spliced() {
    let document = document(
        "['{{ hosts }}', '{{ region }}', 'c', '{{ hosts | map(\"upper\") }}', '{{ flag }}', '{{ hosts[0] }}.{{ region }}']",
    );
    let list: Vec<Spanned<Templated<String>>> = written(&document);
    let rendered = render_list(&list, &scope(&document)).unwrap();
    let texts: Vec<&str> = rendered.iter().map(|text| text.value.as_str()).collect();
    assert_eq!(texts, ["a", "b", "eu", "c", "A", "B", "false", "a.eu"]);
}

#[test]
fn a_list_of_tables_and_a_missing_list_are_refused() {
    for (value, said) in [
        (
            "['{{ [sites] }}']",
            "template: an item of this list is itself a list or a table <'{{ [sites] }}'> its items are to be texts, numbers or booleans",
        ),
        (
            "['{{ host }}']",
            "undefined-variable: `host` is not defined <host> did you mean `hosts`? (defined: env, flag, hosts, item, region, sites, spec)",
        ),
    ] {
        let document = document(value);
        let list: Vec<Spanned<Templated<String>>> = written(&document);
        let diagnostic = render_list(&list, &scope(&document)).unwrap_err();
        assert_eq!(shown(&document, &diagnostic), said);
    }
}

#[test]
fn a_number_is_a_number_a_string_or_a_template() {
    let number = |value: &str| {
        let document = document(value);
        let node = document.root.at(&["t", "x"]).unwrap();
        let mut found = Diagnostics::new();
        let templated: Option<Templated<u32>> = read(node, "a test", &mut found);
        match templated.map(|templated| templated.render(&scope(&document))) {
            Some(Ok(number)) => number.to_string(),
            Some(Err(diagnostic)) => shown(&document, &diagnostic),
            None => shown(&document, found.iter().next().unwrap()),
        }
    };
    assert_eq!(number("3"), "3");
    assert_eq!(number("\"{{ sites.north.port + 1 }}\""), "2");
    assert_eq!(
        number("\"{{ region }}\""),
        "invalid-value: `eu` is no whole number from 0 to 4294967295 <\"{{ region }}\"> "
    );
    assert_eq!(
        number("[1]"),
        "wrong-type: a list stands where a whole number from 0 to 4294967295 belongs <[1]> wrong type"
    );
    assert_eq!(
        number("-1"),
        "invalid-value: the number -1 stands where a whole number from 0 to 4294967295 belongs <-1> "
    );
}
