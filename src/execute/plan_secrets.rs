//! The secrets of a plan, read before anything is written.

use crate::hierarchy::Hierarchy;
use crate::plan::Plan;
use crate::source::Diagnostics;
use crate::store::State;

use super::Options;
use super::fleets::read_secrets;
use super::keyring::Keyring;

/// The secrets that a plan needs, each source read once.
#[derive(Debug)]
pub struct Secrets {
    pub(super) keyring: Keyring,
    pub(super) warnings: Diagnostics,
}

impl Secrets {
    /// Reads them. Nothing is written.
    ///
    /// # Errors
    /// Each secret that can't be had.
    pub fn read(
        plan: &Plan,
        hierarchy: &Hierarchy,
        state: &State,
        options: &Options,
    ) -> Result<Self, Diagnostics> {
        let mut warnings = Diagnostics::new();
        let mut keyring = Keyring::read(plan, hierarchy, state, options, &mut warnings)?;
        read_secrets(plan, hierarchy, state, options, &mut keyring, &mut warnings)?;
        Ok(Self { keyring, warnings })
    }
}
