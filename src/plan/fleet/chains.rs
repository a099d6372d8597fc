//! The chains that a pack holds once for all members of an issuer, held against the CAs of the store.

use std::collections::BTreeSet;

use crate::hierarchy::{Entity, Hierarchy};
use crate::plan::Step;
use crate::plan::observe;
use crate::store::{Pack, State};
use crate::x509::{Certificate, pem};

/// The issuers whose chains stand otherwise in the pack, or will when these steps are carried out.
pub(crate) fn stale_chains(
    hierarchy: &Hierarchy,
    state: &State,
    steps: &[Step],
    pack: &Pack,
    issuers: &BTreeSet<String>,
) -> BTreeSet<String> {
    let changes: BTreeSet<&str> = steps
        .iter()
        .filter(|step| step.action.issues())
        .map(|step| step.id.as_str())
        .collect();
    let is_stale = |id: &&String| {
        let Some(ca) = hierarchy.get(id) else {
            return false;
        };
        let above = hierarchy.issuers(ca);
        let line = || std::iter::once(&**ca).chain(above.iter().map(|issuer| &***issuer));
        if line().any(|one| changes.contains(one.id.as_str())) {
            return true;
        }
        let known = pack.chain(id).ok().flatten();
        known.is_none_or(|known| chain(state, line()).is_some_and(|now| now != known))
    };
    issuers.iter().filter(is_stale).cloned().collect()
}

/// The chain without the root, and the root, PEM.
fn chain<'a>(state: &State, line: impl Iterator<Item = &'a Entity>) -> Option<(String, String)> {
    let (mut chain, mut root) = (String::new(), String::new());
    for ca in line {
        let certificate: Certificate = match &ca.external {
            Some(_) => observe::external(state, ca).ok()?,
            None => observe::certificate(state, &observe::entity(state, ca))?,
        };
        let text = pem::encode(pem::CERTIFICATE, certificate.der());
        if ca.issuer.is_none() && certificate.is_self_issued() {
            root = text;
        } else {
            chain.push_str(&text);
        }
    }
    Some((chain, root))
}
