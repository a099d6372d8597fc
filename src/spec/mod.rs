//! The spec as the user wrote it: typed TOML, from which the JSON Schema comes.

mod context;
mod duration;
mod entity_table;
mod for_each;
mod kind;
mod pack;
mod read;
mod reproducible;
mod revoked;
mod root;
mod schema;
mod secret_ref;
mod secret_setting;
mod settings;
mod subject;
mod target;

pub use context::Context;
pub use duration::{Date, Duration, Window};
pub use entity_table::{
    Condition, EntityTable, ExternalTable, KeyEncryptionTable, Mode, Outputs, Pkcs12Table,
    RenewWord, Setting,
};
pub use for_each::{ForEach, RowsTable};
pub use kind::{EntityKind, check_name};
pub use pack::{PackFormat, PackTable};
pub use read::{Declared, LANGUAGE_VERSION, Spec, strip_removed};
pub use reproducible::{Epoch, Period, ReproducibleOverlay, ReproducibleTable};
pub use revoked::{CrlTable, Revoked, RevokedTable};
pub use root::{AnyValue, EnvironmentTable, Extends, Layout, OutputTable, RootTable};
pub use schema::schema;
pub use secret_ref::{SecretRef, SecretSource};
pub use secret_setting::SecretSetting;
pub use settings::{Kdf, Pkcs12Encryption};
pub use subject::Subject;
pub use target::{Attestation, TargetTable, TargetsTable};
