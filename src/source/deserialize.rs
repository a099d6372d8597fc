//! Reading a tree into a type: what is wrong is said and left out, and reading goes on.

use serde::de::DeserializeOwned;

use super::fault::Step;
use super::tree_access::TreeDeserializer;
use super::{Diagnostics, Kind, Node};

/// Reads a tree into a type. What is wrong is reported and left out, and the rest is read on, so that many faults come
/// at once; there is a value only if there was none.
pub fn read<T: DeserializeOwned>(
    node: &Node,
    what: &str,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    /// One reading a fault: enough for any spec that a person wrote.
    const MOST_FAULTS: usize = 50;
    let mut tree = node.clone();
    let mut clean = true;
    let mut removed: Vec<Vec<Step>> = Vec::new();
    for _ in 0..MOST_FAULTS {
        match T::deserialize(TreeDeserializer(&tree)) {
            Ok(value) => return clean.then_some(value),
            Err(fault) => {
                clean = false;
                let path = fault.path.clone();
                if fault.code == "missing-key" {
                    // What this reading took out itself is not missing.
                    let mut missing = vec![Step::Key(fault.message.clone())];
                    missing.extend(path.iter().cloned());
                    if removed.contains(&missing) {
                        return None;
                    }
                }
                diagnostics.push(fault.into_diagnostic(what, tree.span));
                if !take_out(&mut tree, &path) {
                    return None;
                }
                removed.push(path);
            }
        }
    }
    None
}

/// Takes the value at a path out of the tree; false if there is none to take.
fn take_out(tree: &mut Node, path: &[Step]) -> bool {
    let Some((last, above)) = path.split_first() else {
        return false;
    };
    let mut node = tree;
    for step in above.iter().rev() {
        let next = match (step, &mut node.kind) {
            (Step::Key(key), Kind::Table(table)) => table.get_mut(key),
            (Step::Index(index), Kind::Array(items)) => items.get_mut(*index),
            _ => None,
        };
        let Some(next) = next else { return false };
        node = next;
    }
    match (last, &mut node.kind) {
        (Step::Key(key), Kind::Table(table)) => table.remove(key).is_some(),
        (Step::Index(index), Kind::Array(items)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
