//! What rules share: findings, walks over the hierarchy, the grammars of names.

mod constraint;
mod country;
mod dns;
mod email;
mod findings;
mod subject;
mod target;
mod uri;
mod walk;

pub(super) use constraint::{Form, form, within};
pub(super) use country::{Country, country};
pub(super) use dns::{DnsFault, name_fault};
pub(super) use email::address_fault;
pub use findings::{Findings, Judgement, Lifted};
pub(super) use findings::{run, run_on_members};
pub(super) use subject::{dns_common_name, same_subject, subject_key};
pub(super) use target::{devices, registered, targets};
pub(super) use uri::{scheme, uri_fault};
pub(super) use walk::{
    certificates, declared_seconds, fetched, has_key_identifier, has_purpose, is_self_issued,
    issuer_span, known_issuers, leaves, oid, or, purpose_name,
};
