//! `pkiform show`: a file, or an entity of a spec, as a person reads it.

use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now};
use crate::catalog::{Artifact, KeyAlgorithm};
use crate::crypto::verify_signature;
use crate::hierarchy::{Entity, Fleet, Hierarchy};
use crate::plan::{PartPlan, find_member};
use crate::report::json as data;
use crate::report::text::{self, ShownFile};
use crate::source::{Diagnostic, nearest};
use crate::store::{KeyFileState, Pack, State, certificate_of, key_state};
use crate::x509::{Certificate, Crl, Request, pem};

/// Show an entity of a spec, or a file: certificates, a key, a request
#[derive(Args, Debug)]
pub(super) struct Show {
    /// The id of an entity, or a file; `-` is standard input
    #[arg(value_name = "ID|FILE")]
    what: String,
    /// The spec that declares the entity
    #[arg(short, long, value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    #[command(flatten)]
    values: Values,
}

impl Show {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let file = Utf8Path::new(&self.what);
        // A pipe can be read as well as a file.
        if self.what == "-" || file.exists() && !file.is_dir() {
            let shown = read(file).map_err(Refusal::alone)?;
            if output.json {
                output.data(&file_data(&shown));
            } else {
                output.print(&draw(&shown, now, output));
            }
            return Ok(Exit::Done);
        }
        let session = Session::load(&self.spec, &self.values, now, false).map_err(|refusal| {
            if self.spec.exists() {
                refusal
            } else {
                Refusal::alone(neither(&self.what, &self.spec))
            }
        })?;
        let state = session.state().map_err(|error| session.refusal(error))?;
        if session.hierarchy.get(&self.what).is_none()
            && let Some(found) = find_member(&session.hierarchy, &state, &self.what)
                .map_err(|found| session.refusal(found))?
        {
            let PartPlan { part, state, .. } = found.planned;
            if let Some(entity) = part.hierarchy.get(&self.what) {
                let pack = found.pack.as_ref().map(Pack::path);
                return Ok(shown(
                    &part.hierarchy,
                    entity,
                    &state,
                    pack.unwrap_or(&session.store),
                    now,
                    output,
                ));
            }
        }
        let Some(entity) = session.hierarchy.get(&self.what) else {
            let known = session
                .hierarchy
                .entities()
                .map(|entity| entity.id.as_str());
            let error = Diagnostic::error(
                "unknown-entity",
                format!(
                    "{} has no entity `{}`, and there is no such file",
                    self.spec, self.what
                ),
            );
            let fleets = session.hierarchy.fleets().iter();
            let packed = fleets
                .filter(|fleet| fleet.name() == self.what)
                .find_map(Fleet::first);
            let mut family = session.hierarchy.entities();
            let member = packed.map(|member| member.id).or_else(|| {
                let member = family.find(|entity| entity.family == self.what);
                member.map(|member| member.id.clone())
            });
            let error = match (member, nearest(&self.what, known)) {
                (Some(member), _) => error.help(format!(
                    "`{}` is a fleet: name one of its members, as `{member}`",
                    self.what
                )),
                (None, Some(near)) => error.help(format!("did you mean `{near}`?")),
                (None, None) => error.help(format!("`pkiform tree {}` lists them", self.spec)),
            };
            return Err(session.refusal(error));
        };
        Ok(shown(
            &session.hierarchy,
            entity,
            &state,
            &session.store,
            now,
            output,
        ))
    }
}

/// Shows an entity of a hierarchy; `place` is the store, or the pack that it lies in.
fn shown(
    hierarchy: &Hierarchy,
    entity: &Entity,
    state: &State,
    place: &Utf8Path,
    now: Timestamp,
    output: Output,
) -> Exit {
    let found = certificate_of(entity, state);
    if output.json {
        let mut value = data::entity(entity);
        if let Some(object) = value.as_object_mut() {
            object.insert(
                "certificate".to_owned(),
                found.as_ref().map_or(Value::Null, data::certificate),
            );
        }
        output.data(&value);
        return Exit::Done;
    }
    output.print(&text::entity(hierarchy, entity, place, output.style));
    output.print("\n");
    match (&found, entity.has_certificate()) {
        (Some(certificate), _) => {
            output.print(&text::certificate(certificate, now, output.style));
        }
        (None, true) => output.print("It has no certificate yet: pkiform apply makes it.\n"),
        (None, false) => {
            let path = entity
                .output(Artifact::Key)
                .map(|output| state.public_key(&output.path));
            if let Some(KeyFileState::Plain { spki_der }) = path {
                output.print(&text::public_key("a private key", &spki_der, output.style));
            }
        }
    }
    Exit::Done
}

fn neither(what: &str, spec: &Utf8Path) -> Diagnostic {
    Diagnostic::error(
        "unknown-entity",
        format!("there is no file `{what}`, and no spec `{spec}` with such an entity"),
    )
    .help(format!("name the spec: pkiform show {what} --spec FILE"))
}

/// In octets, far more than any bundle of certificates.
const LONGEST: u64 = 64 << 20;

/// In octets, more than any key has: a key is read without being moved, so that no copy stays behind in freed memory.
const KEY: usize = 64 << 10;

#[expect(
    clippy::disallowed_types,
    reason = "a file of the user's own, outside of any store"
)]
fn read(file: &Utf8Path) -> Result<ShownFile, Diagnostic> {
    let name = match file.as_str() {
        "-" => "standard input".to_owned(),
        file => format!("`{file}`"),
    };
    let error = |what: String| Diagnostic::error("show", format!("{name} {what}"));
    let mut octets = Zeroizing::new(Vec::with_capacity(KEY));
    let source: std::io::Result<Box<dyn Read>> = if file == "-" {
        Ok(Box::new(std::io::stdin().lock()))
    } else {
        std::fs::File::open(file).map(|file| -> Box<dyn Read> { Box::new(file) })
    };
    let length = source
        .and_then(|source| source.take(LONGEST).read_to_end(&mut octets))
        .map_err(|cause| error(format!("can't be read: {cause}")))?;
    if u64::try_from(length).is_ok_and(|length| length == LONGEST) {
        return Err(error(format!(
            "is longer than {} MiB, as no certificate or key is",
            LONGEST >> 20
        )));
    }
    if let Ok(certificate) = Certificate::parse(&octets) {
        return Ok(ShownFile::Certificates(vec![certificate]));
    }
    if let Ok(ders) = pem::certificates(&octets) {
        let certificates: Result<Vec<_>, _> =
            ders.iter().map(|der| Certificate::parse(der)).collect();
        match certificates {
            Ok(certificates) if !certificates.is_empty() => {
                return Ok(ShownFile::Certificates(certificates));
            }
            Ok(_) => {}
            Err(cause) => {
                return Err(error(format!(
                    "holds a certificate that can't be read: {cause}"
                )));
            }
        }
    }
    if let Some(block) = pem::decode(&octets)
        .unwrap_or_default()
        .into_iter()
        .find(|block| block.label == pem::PUBLIC_KEY)
    {
        return Ok(ShownFile::Key {
            what: "a public key",
            spki_der: block.der,
        });
    }
    if KeyAlgorithm::from_spki_der(&octets).is_some() {
        return Ok(ShownFile::Key {
            what: "a public key",
            spki_der: octets.to_vec(),
        });
    }
    if let Some(crl) = crl(&octets) {
        return Ok(ShownFile::Crl(crl));
    }
    if let Some(request) = request(&octets) {
        return Ok(request);
    }
    match key_state(&octets) {
        KeyFileState::Plain { spki_der } => Ok(ShownFile::Key {
            what: "a private key",
            spki_der,
        }),
        KeyFileState::Encrypted => Ok(ShownFile::EncryptedKey),
        KeyFileState::Broken(_) | KeyFileState::Missing => Err(error(
            "holds no certificate, key, CRL or request that can be read".to_owned(),
        )
        .help("PEM and DER are read; `openssl pkcs12 -info` opens PKCS#12")),
    }
}

/// A CRL, if these octets are one, as DER or PEM.
fn crl(octets: &[u8]) -> Option<Crl> {
    Crl::parse(octets).ok().or_else(|| {
        let blocks = pem::decode(octets).ok()?;
        let block = blocks.iter().find(|block| block.label == pem::CRL)?;
        Crl::parse(&block.der).ok()
    })
}

/// A request, if these octets are one, as DER or PEM.
fn request(octets: &[u8]) -> Option<ShownFile> {
    let request = Request::parse(octets).ok().or_else(|| {
        let blocks = pem::decode(octets).ok()?;
        let is_request = |block: &&pem::Block| {
            // RFC 7468 §7 names the second as one that old programs wrote.
            block.label == pem::REQUEST || block.label == "NEW CERTIFICATE REQUEST"
        };
        Request::parse(&blocks.iter().find(is_request)?.der).ok()
    })?;
    let fits = verify_signature(
        request.info_der(),
        request.signature(),
        request.spki_der(),
        request.signature_algorithm(),
    );
    Some(ShownFile::Request {
        fits: fits.ok(),
        request,
    })
}

fn draw(shown: &ShownFile, now: Timestamp, output: Output) -> String {
    match shown {
        ShownFile::Certificates(certificates) => {
            text::certificates(certificates, now, output.style)
        }
        ShownFile::Key { what, spki_der } => text::public_key(what, spki_der, output.style),
        ShownFile::EncryptedKey => "An encrypted private key.\n".to_owned(),
        ShownFile::Crl(crl) => text::crl(crl, now, output.style),
        ShownFile::Request { request, fits } => text::request(request, *fits, output.style),
    }
}

fn file_data(shown: &ShownFile) -> Value {
    match shown {
        ShownFile::Certificates(certificates) => {
            json!({ "certificates": certificates.iter().map(data::certificate).collect::<Value>() })
        }
        ShownFile::Key { what, spki_der } => data::key(what, spki_der),
        ShownFile::EncryptedKey => json!({ "holds": "an encrypted private key" }),
        ShownFile::Crl(crl) => data::crl(crl),
        ShownFile::Request { request, fits } => data::request(request, *fits),
    }
}
