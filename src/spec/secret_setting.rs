//! A secret's source as written, and rendering it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{SecretRef, SecretSource};
use crate::source::{Diagnostic, Spanned};
use crate::template::{Scope, Templated};

/// A secret's source as written: `"env:NAME"`, or `{ from = "env:NAME", insecure_default = "1234" }`.
#[derive(Clone, Debug)]
pub struct SecretSetting {
    from: Option<Spanned<String>>,
    insecure_default: Option<Spanned<Templated<String>>>,
}

/// The table form, either part alone or both.
#[derive(Deserialize, JsonSchema)]
#[serde(rename = "a secret", deny_unknown_fields)]
struct SecretTable {
    /// Where the secret is got: `env:NAME`, `file:PATH` or `command:PROGRAM ARGUMENT…`.
    from: Option<Spanned<String>>,
    /// What is used where the source has none: known to every reader of the spec, so for test PKIs alone.
    insecure_default: Option<Spanned<Templated<String>>>,
}

impl SecretSetting {
    /// Renders what stands behind the prefix. The prefix and a command's program are the spec's own words: a value
    /// names neither.
    ///
    /// # Errors
    /// A source of no known kind, a command that is empty or whose quotes don't close, or a template that fails.
    pub fn resolve(setting: &Spanned<Self>, scope: &Scope) -> Result<SecretRef, Diagnostic> {
        let Self {
            from,
            insecure_default,
        } = &setting.value;
        let from = from
            .as_ref()
            .map(|from| {
                if from.span.is_somewhere() {
                    source(from, scope)
                } else {
                    source(&Spanned::new(from.value.clone(), setting.span), scope)
                }
            })
            .transpose()?;
        let span = insecure_default
            .as_ref()
            .map_or(setting.span, |default| default.span);
        let insecure_default = insecure_default
            .as_ref()
            .map(|default| default.value.render(scope))
            .transpose()?;
        if from.is_none() && insecure_default.is_none() {
            return Err(Diagnostic::error("secret-source", "this secret has neither source nor default")
                .at(span, "says neither `from` nor `insecure_default`")
                .help("write `\"env:NAME\"`, `\"file:PATH\"`, or `{ insecure_default = \"…\" }` for a test PKI"));
        }
        Ok(SecretRef {
            from,
            insecure_default,
            span,
        })
    }
}

fn source(from: &Spanned<String>, scope: &Scope) -> Result<SecretSource, Diagnostic> {
    let render = |part: &str| Templated::<String>::from_part_at(part, from.span).render(scope);
    match from.value.split_once(':') {
        Some(("env", name)) => Ok(SecretSource::Env(render(name)?)),
        Some(("file", path)) => Ok(SecretSource::File(render(path)?.into())),
        Some(("command", line)) => {
            let words = shlex::split(line).unwrap_or_default();
            let Some((program, arguments)) = words.split_first() else {
                return Err(Diagnostic::error("secret-source", "`command:` names no program")
                    .at(from.span, "nothing to run, or a quote that does not close"));
            };
            if program.contains("{{") || program.contains("{%") {
                return Err(Diagnostic::error("secret-source", "a variable may not name the program to run")
                    .at(from.span, "the program is a template")
                    .help("write the program out; its arguments may be templates"));
            }
            let mut command = vec![program.clone()];
            for argument in arguments {
                command.push(render(argument)?);
            }
            Ok(SecretSource::Command(command))
        }
        _ => Err(Diagnostic::error("secret-source", "a secret is named by where it is got")
            .at(from.span, "no source")
            .help("write `env:NAME`, `file:PATH` or `command:PROGRAM`; a default that everybody may know is `insecure_default`")),
    }
}

impl<'de> Deserialize<'de> for SecretSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretVisitor;
        impl<'de> de::Visitor<'de> for SecretVisitor {
            type Value = SecretSetting;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "where a secret is got: `env:NAME`, `file:PATH` or `command:…`, or a table",
                )
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretSetting, E> {
                // A visitor sees no span of a bare string: the field's own stands in.
                let from = Some(Spanned::nowhere(text.to_owned()));
                Ok(SecretSetting {
                    from,
                    insecure_default: None,
                })
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<SecretSetting, A::Error> {
                let table = SecretTable::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(SecretSetting {
                    from: table.from,
                    insecure_default: table.insecure_default,
                })
            }
        }
        deserializer.deserialize_any(SecretVisitor)
    }
}

impl JsonSchema for SecretSetting {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = SecretTable::json_schema(generator);
        json_schema!({
            "description": "Where a secret is got; the spec holds none.",
            "anyOf": [
                { "type": "string", "pattern": "^(env|file|command):" },
                table,
            ],
        })
    }
}
