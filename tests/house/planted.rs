//! The house is only as strong as what it sees: each planted break is found, at its line.

use super::imports::backward;
use super::look::{functions_with_bodies, says_its_job, star_imports, too_long};

fn faults(text: &str) -> Vec<String> {
    let layers = ["source", "catalog", "rules"].map(str::to_owned);
    backward(
        &layers,
        &["catalog".to_owned(), "algorithm".to_owned()],
        text,
    )
}

#[test]
fn an_import_in_a_group() {
    assert_eq!(
        faults("use crate::{source::Span, rules::Rule};"),
        ["1: catalog uses rules"]
    );
}

#[test]
fn an_import_by_super() {
    assert_eq!(
        faults("\nuse super::super::rules::{Rule, check};"),
        ["2: catalog uses rules"]
    );
}

#[test]
fn a_path_in_an_expression() {
    assert_eq!(
        faults("fn f() {\n crate::rules::check()\n}"),
        ["2: catalog uses rules"]
    );
}

#[test]
fn a_path_in_a_type() {
    assert_eq!(
        faults("struct S(Vec<crate::rules::Rule>);"),
        ["1: catalog uses rules"]
    );
}

#[test]
fn a_path_within_a_module_in_the_file() {
    assert_eq!(
        faults("mod inner {\n use super::super::super::rules::Rule;\n}"),
        ["2: catalog uses rules"]
    );
}

#[test]
fn a_path_in_a_macro() {
    assert_eq!(
        faults("fn f() {\n assert!([crate::rules::RULES.len()] == [0]);\n}"),
        ["2: catalog uses rules"]
    );
}

#[test]
fn a_name_taken_by_self() {
    assert_eq!(
        faults("use crate::rules::{self};"),
        ["1: catalog uses rules"]
    );
    assert_eq!(
        faults("use crate::rules as checks;"),
        ["1: catalog uses rules"]
    );
}

#[test]
fn a_restricted_visibility_is_no_import() {
    assert_eq!(
        faults("pub(in crate::rules) fn f() {}"),
        ["1: catalog uses rules"]
    );
    assert_eq!(faults("pub(crate) fn f() {}"), Vec::<String>::new());
}

#[test]
fn what_may_be_imported() {
    let text =
        "use crate::source::Span;\nuse super::Digest;\nuse self::deep::Thing;\nuse std::rules;";
    assert_eq!(faults(text), Vec::<String>::new());
}

#[test]
fn a_star() {
    assert_eq!(
        star_imports("use a::{b, c::*};\nmod tests { use super::*; }"),
        [1, 2]
    );
    let good = "use a::b;\nuse rayon::prelude::*;\n#[cfg(test)] mod tests { use super::*; }";
    assert_eq!(star_imports(good), Vec::<usize>::new());
}

#[test]
fn a_silent_file_and_a_long_one() {
    assert!(says_its_job("//! Does.\nfn f() {}"));
    assert!(!says_its_job("fn f() {}") && !says_its_job("//!\n//! Later."));
    assert!(too_long(&"\n".repeat(501)) && !too_long(&"\n".repeat(500)));
    assert!(!too_long(&format!(
        "//! Long because it is a table.\n{}",
        "\n".repeat(501)
    )));
}

#[test]
fn logic_in_a_registry() {
    assert_eq!(
        functions_with_bodies("mod a;\nfn act() {}\nimpl S { fn do_it(&self) {} }"),
        ["act", "S"]
    );
    assert_eq!(
        functions_with_bodies("mod a;\npub use a::B;\nenum Row {}\nimpl Row {}"),
        Vec::<String>::new()
    );
}
