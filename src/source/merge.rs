//! Laying one tree over another: tables merge key by key, whatever else replaces.

use super::{Kind, Node, Table};

/// Lays `over` upon `base`. Every value keeps the place where it was written; a table that both hold is where `over`
/// wrote it.
pub fn overlay(base: &mut Node, over: &Node) {
    match (&mut base.kind, &over.kind) {
        (Kind::Table(below), Kind::Table(above)) => {
            overlay_table(below, above);
            if over.span.is_somewhere() {
                base.span = over.span;
            }
        }
        _ => *base = over.clone(),
    }
}

fn overlay_table(below: &mut Table, above: &Table) {
    for (key, key_span, value) in above.iter() {
        match below.get_mut(key) {
            Some(there)
                if matches!((&there.kind, &value.kind), (Kind::Table(_), Kind::Table(_))) =>
            {
                overlay(there, value);
            }
            _ => below.insert(key, key_span, value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;
    use crate::source::SourceMap;

    fn tree(text: &str) -> Node {
        parse("t.toml".into(), text, &mut SourceMap::new()).unwrap()
    }

    #[test]
    fn tables_merge_and_all_else_replaces() {
        let mut base = tree("a = { x = 1, y = [1, 2] }\nb = 'CN=x'\nc = true");
        overlay(
            &mut base,
            &tree("a = { y = [3] }\nb = { common_name = 'y' }\nc = false"),
        );
        assert_eq!(base.at(&["a", "x"]).unwrap().kind, Kind::Integer(1));
        let Kind::Array(list) = &base.at(&["a", "y"]).unwrap().kind else {
            panic!()
        };
        assert_eq!(list.len(), 1);
        assert_eq!(base.at(&["b", "common_name"]).unwrap().as_str(), Some("y"));
        assert_eq!(base.at(&["c"]).unwrap().kind, Kind::Boolean(false));
    }
}
