//! The seed of a reproducible PKI: read once from where the spec says, before anything is planned.

use std::sync::Arc;

use crate::crypto::{CryptoError, Seed};
use crate::hierarchy::Hierarchy;
use crate::source::{Diagnostic, Diagnostics};
use crate::spec::SecretSource;
use crate::store;

use super::Options;
use super::secrets::{self, Access};

/// What the seed is called in a sentence.
const PURPOSE: &str = "seed";

/// A seed that was read.
#[derive(Clone, Debug)]
pub struct SpecSeed {
    /// The seed.
    pub seed: Arc<Seed>,
    /// Whether it is the one that stands in the spec, so that everybody who has the spec has every key.
    pub insecure: bool,
    /// What is to be said of its source.
    pub warnings: Diagnostics,
}

/// Reads the seed of a reproducible PKI; of any other there is none.
///
/// # Errors
/// `secret-missing`, `secret-source`, `command-not-allowed` as for any secret; `seed-too-short`.
pub fn read_seed(hierarchy: &Hierarchy, options: &Options) -> Result<Option<SpecSeed>, Diagnostic> {
    let Some(reproducible) = hierarchy.reproducible() else {
        return Ok(None);
    };
    let reference = &reproducible.seed.value;
    let access = Access {
        allow_commands: options.allow_commands,
        base: &options.base,
    };
    let mut warnings = Diagnostics::new();
    let resolved = secrets::resolve(reference, PURPOSE, access)?;
    if resolved.insecure && reference.from.is_some() {
        warnings.push(secrets::insecure_warning(reference, PURPOSE));
    }
    if let Some(SecretSource::File(path)) = &reference.from
        && !resolved.insecure
        && store::is_open_to_others(&options.base.join(path))
    {
        warnings.push(
            Diagnostic::warning(
                "seed-file-open",
                format!("the seed file {path} can be read by other users"),
            )
            .at(reference.span, "who has the seed has every key")
            .help(format!("chmod 600 {path}")),
        );
    }
    let seed = Seed::new(resolved.secret).map_err(|error| match error {
        CryptoError::ShortSeed { octets } => Diagnostic::error(
            "seed-too-short",
            format!(
                "the seed has {octets} bytes, and {} are the least",
                Seed::MINIMUM
            ),
        )
        .at(reference.span, "where it comes from")
        .help("take 32 random bytes, as `openssl rand -hex 32` gives them"),
        other => {
            Diagnostic::error("seed", other.to_string()).at(reference.span, "where it comes from")
        }
    })?;
    Ok(Some(SpecSeed {
        seed: Arc::new(seed),
        insecure: resolved.insecure,
        warnings,
    }))
}
