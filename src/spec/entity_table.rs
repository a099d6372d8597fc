//! The table of an entity, of a profile or of defaults, as the user wrote it.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::{
    CrlTable, Date, Duration, ForEach, Kdf, PackTable, Pkcs12Encryption, Revoked, SecretSetting,
    Subject, Window,
};
use crate::catalog::extension::{Extensions, SubjectAltName};
use crate::catalog::{Artifact, Digest, KeyAlgorithm};
use crate::source::Spanned;
use crate::template::Templated;

/// A value with its place that may be a template.
pub type Setting<T> = Option<Spanned<Templated<T>>>;

/// What a spec says of an entity. One type serves `ca`, `leaf`, `key`, `defaults` and `profile`, so that they merge;
/// [`Context`](super::Context) says which of them may have which key.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "entity", deny_unknown_fields, default)]
pub struct EntityTable {
    /// The id of the CA that issues it; `self` for a self-signed leaf. A `ca` without one is a root. The name of a
    /// chain stands for its deepest CA.
    pub issuer: Setting<String>,
    /// The profile whose key usage, extended key usage and basic constraints it takes.
    pub profile: Setting<String>,
    /// The profile that this profile begins from.
    pub extends: Option<Spanned<String>>,
    /// The entity exists when this renders to neither the empty string nor `false`.
    pub when: Option<Spanned<Condition>>,
    /// A chain of so many nested CAs, `name-1` the topmost; `{{ level }}` numbers them.
    pub depth: Setting<u32>,
    /// So many like entities, `name-1…n`; `{{ index }}` numbers them.
    pub count: Setting<u32>,
    /// One entity for each item of a list, each row of a CSV or JSON Lines file, of a query or of what a command prints,
    /// each number of a range, or each entity of a chain or fleet (`ca.site`); `{{ item }}` is the item,
    /// `{{ item.column }}` a row's field.
    pub for_each: Option<Spanned<ForEach>>,
    /// The id of each entity of a fleet, as a template.
    pub id: Setting<String>,
    /// Keeps the fleet in one database instead of a folder for each entity, with archives beside it (`tar`, `zip`) or
    /// without (`sqlite`); it is then never held in memory.
    pub pack: Option<Spanned<PackTable>>,
    /// The files of a CA that exists already.
    pub external: Option<Spanned<ExternalTable>>,
    /// The subject: a table of attributes, an RFC 4514 string, or a list of RDNs.
    pub subject: Option<Spanned<Subject>>,
    /// The algorithm of its key.
    pub key: Setting<KeyAlgorithm>,
    /// The public key that it has already, as PEM, as base64 of DER, or `file:PATH`: then no key is made.
    pub public_key: Setting<String>,
    /// A certification request (PKCS #10) whose public key it has; its signature is verified, and nothing else is taken
    /// from it.
    pub csr: Setting<String>,
    /// The digest with which its certificate is signed; unsaid, the one that fits the issuer's key.
    pub digest: Setting<Digest>,
    /// The lifetime of its certificate, from the moment of issue or from `not_before`.
    pub validity: Setting<Duration>,
    /// A fixed beginning of its validity.
    pub not_before: Setting<Date>,
    /// A fixed end of its validity, instead of `validity`.
    pub not_after: Setting<Date>,
    /// By how much the beginning is set back from the moment of issue, for clocks that are slow.
    pub backdate: Setting<Duration>,
    /// How long before its end it is renewed: a duration, or a fraction of its actual lifetime (default `1/3`).
    pub renew_before: Setting<Window>,
    /// `never` for a certificate that has left the house.
    pub renew: Option<Spanned<RenewWord>>,
    /// How many CAs may stand below it in a path (RFC 5280 §4.2.1.9). Unsaid: 0 for an intermediate CA with no CA
    /// beneath it, else no bound.
    pub path_length: Setting<u8>,
    /// Subject alternative names: short for `extensions.subject_alt_name`.
    pub san: Option<SubjectAltName>,
    /// Typed X.509 extensions, and any other under `custom`.
    pub extensions: Option<Extensions>,
    /// The files that it yields: a list of artifacts, or a table from artifact to path.
    pub outputs: Option<Spanned<Outputs>>,
    /// The passphrase of its PKCS#12.
    pub passphrase: Option<Spanned<SecretSetting>>,
    /// The alias and the encryption of its PKCS#12.
    pub pkcs12: Option<Pkcs12Table>,
    /// Encrypts its key file (PKCS#8, PBES2 with AES-256-CBC).
    pub key_encryption: Option<Spanned<KeyEncryptionTable>>,
    /// `false`: its key is handed out once, and is not missed afterwards.
    pub keep_key: Option<bool>,
    /// The count of its keys: a higher one asks for a new key; it never falls.
    pub generation: Setting<u32>,
    /// Why and since when its certificates are revoked; of a fleet or chain a list with `item`, or a CSV file.
    pub revoked: Option<Spanned<Revoked>>,
    /// How long its CRL holds, and when the next is issued.
    pub crl: Option<Spanned<CrlTable>>,
    /// The permissions of its secret files on Unix, in octal, as `"0640"`.
    pub mode: Setting<Mode>,
    /// The group of its secret files on Unix.
    pub group: Setting<String>,
    /// The folder in which its files lie where they are used, as `/etc/nginx/tls`, for the configurations that name them;
    /// unsaid, their paths in the store.
    pub deploy_dir: Setting<String>,
    /// The host that a device connects to, with `:PORT` if that is not 8883, for the artifact `connection`.
    pub connect_to: Setting<String>,
    /// The CAs whose certificates make up its `trust` bundle; unsaid, its own root.
    pub trust: Option<Vec<Spanned<Templated<String>>>>,
    /// The rules that it may break on purpose.
    pub allow: Option<Vec<Spanned<String>>>,
    /// Defaults of CAs alone.
    pub ca: Option<Box<EntityTable>>,
    /// Defaults of leaves alone.
    pub leaf: Option<Box<EntityTable>>,
}

/// Files of a CA that exists already.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "external", deny_unknown_fields)]
pub struct ExternalTable {
    /// Its certificate, PEM or DER: `file:PATH`, relative to the spec.
    pub cert: Spanned<Templated<String>>,
    /// Its key, if it may issue: `file:PATH`.
    pub key: Setting<String>,
    /// The passphrase of its key.
    pub passphrase: Option<Spanned<SecretSetting>>,
}

/// Settings of a PKCS#12 file (RFC 7292).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "pkcs12", deny_unknown_fields, default)]
pub struct Pkcs12Table {
    /// The friendly name by which readers list it; the entity's id if unsaid.
    pub alias: Setting<String>,
    /// `modern`, or `legacy` for readers from before 2020.
    pub encryption: Option<Spanned<Pkcs12Encryption>>,
}

/// How a key file is encrypted (RFC 8018).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "key_encryption", deny_unknown_fields)]
pub struct KeyEncryptionTable {
    /// Where the passphrase is got.
    pub passphrase: Spanned<SecretSetting>,
    /// The key derivation: `pbkdf2` (the default) or `scrypt`.
    pub kdf: Option<Spanned<Kdf>>,
}

/// The one word of `renew`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RenewWord {
    /// Not even when it has run out.
    Never,
}

/// A condition: `true`, `false`, or a template.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Said outright.
    Fixed(bool),
    /// Holds when it renders to neither the empty string nor `false`.
    Template(Templated<String>),
}

/// The files that an entity yields.
#[derive(Clone, Debug)]
pub enum Outputs {
    /// Artifacts, whose paths the layout names.
    Artifacts(Vec<Spanned<Artifact>>),
    /// Artifacts with their paths.
    Paths(IndexMap<Artifact, Spanned<Templated<String>>>),
}

/// Permissions of a file, in octal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(pub u32);

impl crate::template::FromText for Mode {
    fn from_text(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        match u32::from_str_radix(digits, 8) {
            Ok(mode) if mode <= 0o777 && mode & 0o600 == 0o600 => Ok(Self(mode)),
            Ok(_) => Err(format!(
                "`{text}` shuts out the owner, or is more than 0777; as `\"0640\"`"
            )),
            Err(_) => Err(format!(
                "`{text}` is no mode; write it in octal, as `\"0640\"`"
            )),
        }
    }
}

macro_rules! from_string {
    ($type:ty, $name:literal, $pattern:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                <$type as crate::template::FromText>::from_text(&text).map_err(de::Error::custom)
            }
        }
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}
from_string!(Mode, "Mode", "^(0o?)?[0-7]{3}$");

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionVisitor;
        impl de::Visitor<'_> for ConditionVisitor {
            type Value = Condition;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or a template")
            }
            fn visit_bool<E: de::Error>(self, fixed: bool) -> Result<Condition, E> {
                Ok(Condition::Fixed(fixed))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Condition, E> {
                Templated::deserialize(de::value::StrDeserializer::new(text))
                    .map(Condition::Template)
            }
        }
        deserializer.deserialize_any(ConditionVisitor)
    }
}

impl JsonSchema for Condition {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Condition".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["boolean", "string"] })
    }
}

impl<'de> Deserialize<'de> for Outputs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OutputsVisitor;
        impl<'de> de::Visitor<'de> for OutputsVisitor {
            type Value = Outputs;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of artifacts, or a table from artifact to path")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Outputs, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Outputs::Artifacts)
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Outputs, A::Error> {
                IndexMap::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(Outputs::Paths)
            }
        }
        deserializer.deserialize_any(OutputsVisitor)
    }
}

impl JsonSchema for Outputs {
    fn schema_name() -> Cow<'static, str> {
        "Outputs".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let artifact = generator.subschema_for::<Artifact>();
        let paths = Artifact::path_properties();
        json_schema!({
            "anyOf": [
                { "type": "array", "items": artifact },
                { "type": "object", "properties": paths, "additionalProperties": false },
            ],
        })
    }
}
