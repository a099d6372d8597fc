//! Which layers a file imports from: every path in it that starts in this crate.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{ItemMod, ItemUse, Macro, UseTree};

/// Where the module at `module` names a layer that comes after its own, as "line: layer uses later layer".
pub(super) fn backward(layers: &[String], module: &[String], text: &str) -> Vec<String> {
    let mut imports = Imports {
        module: module.to_vec(),
        found: Vec::new(),
    };
    imports.visit_file(&syn::parse_file(text).unwrap());
    let place = |name: &str| layers.iter().position(|layer| layer == name);
    // `lib.rs` and `main.rs` stand above all layers.
    let Some(layer) = module.first() else {
        return Vec::new();
    };
    let Some(own) = place(layer) else {
        return Vec::new();
    };
    let mut faults: Vec<String> = imports
        .found
        .into_iter()
        .filter(|(_, name)| place(name).is_some_and(|at| at > own))
        .map(|(line, name)| format!("{line}: {layer} uses {name}"))
        .collect();
    faults.dedup();
    faults
}

/// Every path of a file that starts in this crate, as the first module that it names.
struct Imports {
    module: Vec<String>,
    found: Vec<(usize, String)>,
}

impl Imports {
    fn see(&mut self, segments: &[String], span: Span) {
        let mut at = self.module.clone();
        let mut rest = segments;
        match rest.first().map(String::as_str) {
            Some("crate") => at.clear(),
            Some("self" | "super") => {}
            _ => return,
        }
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" | "self" => {}
                "super" => {
                    at.pop();
                }
                _ => break,
            }
            rest = others;
        }
        at.extend(rest.iter().cloned());
        if let Some(layer) = at.first() {
            self.found.push((span.start().line, layer.clone()));
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &syn::Ident| {
            let mut path = before.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.see(&with(&name.ident), name.ident.span()),
            UseTree::Rename(name) => self.see(&with(&name.ident), name.ident.span()),
            UseTree::Glob(star) => self.see(before, star.star_token.span),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, before);
                }
            }
        }
    }

    /// syn leaves a macro's arguments unparsed: the names between `::` are looked for in its tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        let mut start = Span::call_site();
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.see(&path, start);
                        path.clear();
                        start = name.span();
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Group(group) => {
                    self.see(&path, start);
                    path.clear();
                    colons = 0;
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.see(&path, start);
                    path.clear();
                    colons = 0;
                }
            }
        }
        self.see(&path, start);
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.tree(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        if let Some(first) = path.segments.first() {
            self.see(&names, first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}
