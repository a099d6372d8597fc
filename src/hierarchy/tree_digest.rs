//! The digest of a tree's values, wherever they stand: the same for two texts that say the same.

use sha2::{Digest as _, Sha256};

use crate::source::{Kind, Node};

/// SHA-256 over a tree.
pub(super) fn digest(node: &Node) -> [u8; 32] {
    let mut hash = Sha256::new();
    add(&mut hash, node);
    hash.finalize().into()
}

fn add(hash: &mut Sha256, node: &Node) {
    match &node.kind {
        Kind::Array(items) => {
            part(hash, "array", &items.len().to_string());
            for item in items {
                add(hash, item);
            }
        }
        Kind::Table(table) => {
            part(hash, "table", &table.len().to_string());
            for (key, _, value) in table.iter() {
                part(hash, "key", key);
                add(hash, value);
            }
        }
        Kind::String(text) => part(hash, "string", text),
        other => part(hash, "value", &format!("{other:?}")),
    }
}

/// A part with its length, so that no two trees run together into one text.
fn part(hash: &mut Sha256, what: &str, text: &str) {
    hash.update(format!("{what} {}\n", text.len()));
    hash.update(text);
}
