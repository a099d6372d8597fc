//! The names that a template sees: a spec's variables, and what each entity adds.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object};

use crate::source::{Kind, Node, Table};

/// Names and their values. A clone is cheap; [`with`](Self::with) adds a name for one entity and shares the rest.
#[derive(Clone, Debug, Default)]
pub struct Scope(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    names: Vec<(Arc<str>, Value)>,
    below: Scope,
}

impl Scope {
    /// The names of a whole spec: its variables, its name as `spec`, its environment as `env` (empty if there is none).
    #[must_use]
    pub fn new(variables: &Table, spec: &str, env: Option<&str>) -> Self {
        let mut names: Vec<(Arc<str>, Value)> = variables
            .iter()
            .map(|(name, _, node)| (name.into(), value(node)))
            .collect();
        names.push(("spec".into(), Value::from(spec)));
        names.push(("env".into(), Value::from(env.unwrap_or_default())));
        Self(Some(Arc::new(Link {
            names,
            below: Self(None),
        })))
    }

    /// The same and one name more, over any of the same name.
    #[must_use]
    pub fn with(&self, name: &str, value: Value) -> Self {
        Self(Some(Arc::new(Link {
            names: vec![(name.into(), value)],
            below: self.clone(),
        })))
    }

    /// All names, sorted, none twice.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut scope = self;
        while let Some(link) = &scope.0 {
            names.extend(link.names.iter().map(|(name, _)| name.to_string()));
            scope = &link.below;
        }
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let mut scope = self;
        while let Some(link) = &scope.0 {
            if let Some((_, value)) = link.names.iter().find(|(known, _)| **known == *name) {
                return Some(value.clone());
            }
            scope = &link.below;
        }
        None
    }

    pub(super) fn to_context(&self) -> Value {
        Value::from_object(Context(self.clone()))
    }
}

#[derive(Debug)]
struct Context(Scope);

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.get(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.names().into_iter().map(Value::from).collect())
    }
}

/// A node as a template's value.
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::String(text) | Kind::Datetime(text) => Value::from(text.as_str()),
        Kind::Integer(number) => Value::from(*number),
        Kind::Float(number) => Value::from(*number),
        Kind::Boolean(truth) => Value::from(*truth),
        Kind::Array(items) => items.iter().map(value).collect(),
        Kind::Table(table) => {
            Value::from_pairs(table.iter().map(|(key, _, node)| (key, value(node))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Document, VariableSources};
    use crate::template::Templated;

    fn render(vars: &str, template: &str) -> Result<String, String> {
        let document = Document::parse("t.toml".into(), vars, None, &VariableSources::default());
        let scope = Scope::new(&document.unwrap().vars, "azure", Some("prod"));
        let item = Value::from_pairs([("serial", "7")]);
        Templated::from_text_at(template, crate::source::Span::NOWHERE)
            .render(&scope.with("item", item))
            .map_err(|diagnostic| diagnostic.message)
    }

    #[test]
    fn tables_and_rows_are_read_by_key() {
        let vars = "[vars]\nregion = { name = 'eu', hosts = ['a', 'b'] }";
        let rendered = render(
            vars,
            "{{ region.name }} {{ region.hosts[1] }} {{ item.serial }}",
        );
        assert_eq!(rendered.as_deref(), Ok("eu b 7"));
    }

    #[test]
    fn the_last_name_wins_and_the_spec_and_its_environment_have_theirs() {
        let rendered = render("[vars]\nx = 1", "{{ spec }} {{ env }} {{ x + 1 }}");
        assert_eq!(rendered.as_deref(), Ok("azure prod 2"));
        let scope = Scope::default().with("x", Value::from(1));
        let over = scope.with("x", Value::from(2));
        assert_eq!(
            (scope.get("x"), over.get("x")),
            (Some(Value::from(1)), Some(Value::from(2)))
        );
        assert_eq!(over.names(), ["x"]);
    }
}
