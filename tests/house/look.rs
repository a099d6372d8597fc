//! What one file's text shows: its first line, its length, its stars, its codes.

use std::collections::BTreeMap;
use std::path::Path;

use syn::ItemMod;
use syn::visit::{self, Visit};

/// A file longer than this says why: its module doc has a line with "Long because".
pub(super) const LONGEST: usize = 500;

pub(super) fn says_its_job(text: &str) -> bool {
    text.lines()
        .next()
        .is_some_and(|line| line.strip_prefix("//! ").is_some_and(|job| job.len() > 3))
}

pub(super) fn too_long(text: &str) -> bool {
    let reason = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .any(|line| line.contains("Long because"));
    text.lines().count() > LONGEST && !reason
}

/// The free functions of a file, and the types from elsewhere that it gives methods to.
pub(super) fn functions_with_bodies(text: &str) -> Vec<String> {
    let file = syn::parse_file(text).unwrap();
    let is_own = |name: &syn::Ident| {
        file.items.iter().any(|item| match item {
            syn::Item::Enum(item) => item.ident == *name,
            _ => false,
        })
    };
    file.items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Fn(item) => Some(item.sig.ident.to_string()),
            syn::Item::Impl(item) => match &*item.self_ty {
                syn::Type::Path(named) => {
                    let name = &named.path.segments.last()?.ident;
                    (!is_own(name)).then(|| name.to_string())
                }
                _ => Some("impl".to_owned()),
            },
            _ => None,
        })
        .collect()
}

/// The names of the variants of an enum that stands somewhere in a folder.
pub(super) fn variants(folder: &Path, name: &str) -> Vec<String> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
    {
        if entry.path().extension().is_some_and(|end| end == "rs") {
            let file = syn::parse_file(&std::fs::read_to_string(entry.path()).unwrap()).unwrap();
            for item in file.items {
                if let syn::Item::Enum(item) = item
                    && item.ident == name
                {
                    found.insert(
                        entry.path().to_owned(),
                        item.variants
                            .iter()
                            .map(|variant| variant.ident.to_string())
                            .collect(),
                    );
                }
            }
        }
    }
    found.into_values().next().unwrap_or_default()
}

pub(super) fn kebab(camel: &str) -> String {
    let mut kebab = String::new();
    for (at, letter) in camel.char_indices() {
        if letter.is_uppercase() && at > 0 {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

/// The first argument of each `Diagnostic::error(…)` and `Diagnostic::warning(…)`.
pub(super) fn codes(text: &str) -> Vec<String> {
    struct Codes(Vec<String>);
    impl<'ast> Visit<'ast> for Codes {
        fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
            if let syn::Expr::Path(function) = &*call.func
                && function
                    .path
                    .segments
                    .iter()
                    .rev()
                    .nth(1)
                    .is_some_and(|of| of.ident == "Diagnostic")
                && let Some(syn::Expr::Lit(literal)) = call.args.first()
                && let syn::Lit::Str(code) = &literal.lit
            {
                self.0.push(code.value());
            }
            visit::visit_expr_call(self, call);
        }
    }
    let mut codes = Codes(Vec::new());
    codes.visit_file(&syn::parse_file(text).unwrap());
    codes.0
}

/// The lines of imports by a star, but for those of a prelude, which is made for it, and of tests from what they test.
pub(super) fn star_imports(text: &str) -> Vec<usize> {
    struct Stars(Vec<usize>);
    impl<'ast> Visit<'ast> for Stars {
        fn visit_item_mod(&mut self, item: &'ast ItemMod) {
            if !item.attrs.iter().any(for_tests) {
                visit::visit_item_mod(self, item);
            }
        }
        fn visit_use_path(&mut self, path: &'ast syn::UsePath) {
            if path.ident != "prelude" {
                visit::visit_use_path(self, path);
            }
        }
        fn visit_use_glob(&mut self, star: &'ast syn::UseGlob) {
            self.0.push(star.star_token.span.start().line);
        }
    }
    let mut stars = Stars(Vec::new());
    stars.visit_file(&syn::parse_file(text).unwrap());
    stars.0
}

fn for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .parse_args::<syn::Ident>()
            .is_ok_and(|condition| condition == "test")
}
