//! One entity judged: its certificate, its chain, its end, its keys and files.

use jiff::Timestamp;

use crate::catalog::Artifact;
use crate::execute::secrets::Access;
use crate::hierarchy::{Entity, Hierarchy, Renew};
use crate::store::{FileState, State};
use crate::x509::Certificate;

use super::chain::{Anchors, Fault};
use super::verdict::{Check, Status, Verdict};
use super::{Options, crl, lock, secret_files};

/// An entity to be judged.
pub(super) struct Case<'a> {
    pub(super) entity: &'a Entity,
    /// What stands in its place, if it can be read.
    pub(super) certificate: Option<&'a Certificate>,
    /// Whether it is revoked: then it ends, and nobody renews it.
    pub(super) revoked: bool,
}

/// Judges an entity.
pub(super) fn entity(
    hierarchy: &Hierarchy,
    case: &Case<'_>,
    anchors: &Anchors,
    state: &State,
    options: &Options,
) -> Verdict {
    let mut verdict = Verdict::default();
    let access = Access {
        allow_commands: options.allow_commands,
        base: &options.base,
    };
    let entity = case.entity;
    let Some(certificate) = case.certificate else {
        if entity.has_certificate() {
            verdict.push(without_certificate(entity, state));
        } else {
            secret_files::keys(entity, None, state, access, &mut verdict);
            lock::files(entity, state, &mut verdict);
        }
        return verdict;
    };
    if case.revoked && certificate.not_after() <= hierarchy.now() {
        let day = day(certificate.not_after());
        let message = format!("expired on {day}, and is revoked: nobody renews it");
        verdict.push(Check::note("expiry", &entity.id, message));
    } else {
        if !case.revoked {
            expiry(hierarchy, entity, certificate, options, &mut verdict);
        }
        chain(entity, certificate, anchors, &mut verdict);
    }
    if entity.external.is_none() {
        secret_files::keys(entity, Some(certificate), state, access, &mut verdict);
        secret_files::pkcs12(entity, certificate, state, access, &mut verdict);
        crl::crl(hierarchy, entity, certificate, state, &mut verdict);
        let known = verdict.checks.len();
        lock::files(entity, state, &mut verdict);
        if verdict.checks.len() == known {
            // Of a file that was changed by hand, that is said.
            lock::facts(entity, certificate, state, &mut verdict);
        }
    }
    verdict
}

/// What stands where a certificate should.
fn without_certificate(entity: &Entity, state: &State) -> Check {
    let external = entity
        .external
        .as_ref()
        .map(|external| &external.cert.value);
    let path = external.or_else(|| {
        [Artifact::Cert, Artifact::CertDer, Artifact::Fullchain]
            .into_iter()
            .find_map(|artifact| Some(&entity.output(artifact)?.path))
    });
    let Some(path) = path else {
        let message = "has no file with its certificate".to_owned();
        return Check::failed("missing", &entity.id, message).help("add `cert` to its `outputs`");
    };
    let shown = state.dir().join(path);
    let (message, help) = match state.file(path) {
        FileState::Missing => (
            format!("{shown} is missing"),
            "the next `pkiform apply` makes it",
        ),
        FileState::Unreadable(error) => (
            format!("{shown} can't be read: {error}"),
            "let this user read it",
        ),
        FileState::Present { .. } => (
            format!("{shown} holds no certificate that can be read"),
            "the next `pkiform apply` makes it anew",
        ),
    };
    let check = Check::failed("missing", &entity.id, message);
    if external.is_some() {
        check.help("it is external: pkiform never writes it")
    } else {
        check.help(help)
    }
}

fn chain(entity: &Entity, certificate: &Certificate, anchors: &Anchors, verdict: &mut Verdict) {
    let above = entity
        .issuer
        .as_ref()
        .map_or(entity.id.as_str(), |issuer| issuer.value.as_str());
    let Some(Some(anchor)) = anchors.get(above) else {
        verdict.push(Check::failed(
            "chain",
            &entity.id,
            format!("the certificates of `{above}` and above cannot be read"),
        ));
        return;
    };
    match anchor.judge(certificate) {
        Ok(()) => {
            verdict.summary.certificates = verdict.summary.certificates.saturating_add(1);
            verdict.summary.roots.push(anchor.root.clone());
        }
        // Whose end it is stands at that one's own line.
        Err(Fault::Expired) if !verdict.is_good() => {}
        Err(Fault::Expired) => verdict.push(Check::failed(
            "chain",
            &entity.id,
            "a certificate above it has ended".to_owned(),
        )),
        Err(Fault::Other(words)) => {
            let mut check = Check::failed(
                "chain",
                &entity.id,
                format!("does not chain to {}: {words}", anchor.root),
            );
            if !entity.allow.is_empty() {
                // The spec breaks a rule on purpose, and says so.
                check.status = Status::Warning;
            }
            verdict.push(check);
        }
    }
}

fn expiry(
    hierarchy: &Hierarchy,
    entity: &Entity,
    certificate: &Certificate,
    options: &Options,
    verdict: &mut Verdict,
) {
    let (now, end) = (hierarchy.now(), certificate.not_after());
    verdict.summary.first_end = Some((entity.id.clone(), end));
    if certificate.not_before() > now {
        verdict.push(Check::failed(
            "expiry",
            &entity.id,
            format!("is not valid before {}", certificate.not_before()),
        ));
    }
    let left = end.duration_since(now);
    let day = day(end);
    let message = if end < now {
        format!("expired on {day}")
    } else if options.expires_within.is_some_and(|within| left < within) {
        match left.as_hours() / 24 {
            0 => format!("expires in {} hours ({day})", left.as_hours()),
            1 => format!("expires in 1 day ({day})"),
            days => format!("expires in {days} days ({day})"),
        }
    } else {
        return;
    };
    let check = Check::failed("expiry", &entity.id, message);
    verdict.push(if is_due(entity, certificate, now) {
        check.help("renewed by the next `pkiform apply`")
    } else {
        check
    });
}

fn day(time: Timestamp) -> jiff::civil::Date {
    time.to_zoned_datetime(jiff::tz::TimeZone::UTC).date()
}

/// Whether a certificate is within the window before its end in which `apply` renews it.
#[must_use]
pub fn is_due(entity: &Entity, certificate: &Certificate, now: Timestamp) -> bool {
    if entity.external.is_some() {
        return false;
    }
    match entity.validity.renew {
        Renew::Never => certificate.not_after() <= now,
        Renew::Before(window) => window
            .begins(certificate.not_before(), certificate.not_after())
            .is_some_and(|begins| begins <= now),
    }
}
