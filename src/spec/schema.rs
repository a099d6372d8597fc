//! The JSON Schema of the spec language, for editors and validators.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Context, RootTable};

/// The JSON Schema (draft 2020-12) of a spec.
#[must_use]
pub fn schema() -> Schema {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<RootTable>();
    let root = schema.ensure_object();
    root.insert("title".into(), json!("pkiform spec"));
    split_entity_tables(root);
    allow_removal(root);
    root.values_mut().for_each(forget_null);
    schema
}

/// TOML has no null: what may be left out is left out.
fn forget_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(forget_null);
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    object.insert("type".into(), one);
                }
            }
            let Some(Value::Array(mut either)) = object.remove("anyOf") else {
                return;
            };
            either.retain(|one| *one != json!({ "type": "null" }));
            match either.as_slice() {
                // A choice of one is no choice.
                [Value::Object(one)] if one.keys().all(|key| !object.contains_key(key)) => {
                    object.extend(one.clone());
                }
                _ => {
                    object.insert("anyOf".into(), Value::Array(either));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_null),
        _ => {}
    }
}

/// One Rust type reads all tables of entities; the schema has one definition for each kind, with its own keys alone.
fn split_entity_tables(root: &mut Map<String, Value>) {
    let Some(definitions) = root.get_mut("$defs").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(whole) = definitions
        .remove("EntityTable")
        .or_else(|| definitions.remove("entity"))
    else {
        return;
    };
    for context in Context::ALL {
        let mut own = whole.clone();
        if let Some(properties) = own.get_mut("properties").and_then(Value::as_object_mut) {
            let known = context.keys();
            properties.retain(|key, _| known.contains(&key.as_str()));
            for (key, below) in [("ca", "DefaultsCa"), ("leaf", "DefaultsLeaf")] {
                if let Some(property) = properties.get_mut(key) {
                    let description = property.get("description").cloned();
                    *property = reference(below);
                    if let (Some(property), Some(description)) =
                        (property.as_object_mut(), description)
                    {
                        property.insert("description".into(), description);
                    }
                }
            }
        }
        if let Some(own) = own.as_object_mut() {
            own.insert(
                "description".into(),
                json!(format!("What {} may say.", context.noun())),
            );
        }
        definitions.insert(format!("{context:?}"), own);
    }
    let environment = definitions
        .get_mut("Environment")
        .and_then(Value::as_object_mut);
    environment.map(point_to_kinds);
    point_to_kinds(root);
}

fn point_to_kinds(table: &mut Map<String, Value>) {
    let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (key, name) in [
        ("ca", "Ca"),
        ("leaf", "Leaf"),
        ("key", "Key"),
        ("profile", "Profile"),
    ] {
        if let Some(map) = properties.get_mut(key).and_then(Value::as_object_mut) {
            map.insert("additionalProperties".into(), reference(name));
        }
    }
    if let Some(defaults) = properties
        .get_mut("defaults")
        .and_then(Value::as_object_mut)
    {
        let description = defaults.remove("description");
        *defaults = Map::new();
        defaults.insert("$ref".into(), json!("#/$defs/Defaults"));
        if let Some(description) = description {
            defaults.insert("description".into(), description);
        }
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// `false` takes away an inherited setting: every key of an entity's table takes it.
fn allow_removal(root: &mut Map<String, Value>) {
    let Some(definitions) = root.get_mut("$defs").and_then(Value::as_object_mut) else {
        return;
    };
    let tables = Context::ALL.iter().map(|context| format!("{context:?}"));
    for table in tables.chain(["Subject".to_owned(), "Extensions".to_owned()]) {
        let Some(properties) = definitions
            .get_mut(&table)
            .and_then(|table| table.get_mut("properties"))
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        for property in properties.values_mut() {
            let Some(inner) = property.as_object_mut() else {
                continue;
            };
            let description = inner.remove("description");
            let mut either = Map::new();
            if let Some(description) = description {
                either.insert("description".into(), description);
            }
            either.insert(
                "anyOf".into(),
                json!([Value::Object(inner.clone()), { "const": false }]),
            );
            *property = Value::Object(either);
        }
    }
}
