//! The signer's end: it looks at what it is asked to sign, and signs certificates and lists of the CAs that it serves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use der::{Decode, Encode};
use x509_cert::TbsCertificate;
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::TbsCertList;
use x509_cert::ext::pkix::BasicConstraints;

use super::key::SigningKey;
use super::protocol::{Answer, Request, ServedCa, Signing, VERSION};
use crate::crypto::Nonces;
use crate::execute::cas::Cas;
use crate::execute::keyring::Keyring;
use crate::execute::{ExecuteError, Options};
use crate::hierarchy::Hierarchy;
use crate::store::{Lines, Listener, State};

/// The most connections at a time.
const MOST: usize = 256;

/// The CAs that are served.
#[derive(Debug)]
pub struct Served {
    cas: BTreeMap<String, ServedKey>,
    /// Whether certificates of CAs are signed too.
    allow_ca: bool,
}

#[derive(Debug)]
struct ServedKey {
    key: SigningKey,
    spki_der: Vec<u8>,
    name_der: Vec<u8>,
    not_after: jiff::Timestamp,
}

impl Served {
    /// Loads the keys of CAs.
    ///
    /// # Errors
    /// One has no certificate or no key here.
    pub fn load(
        ids: &[String],
        hierarchy: &Hierarchy,
        state: &State,
        options: &Options,
        allow_ca: bool,
    ) -> Result<Self, ExecuteError> {
        let mut cas = BTreeMap::new();
        for id in ids {
            let Some(entity) = hierarchy.get(id) else {
                return Err(ExecuteError::Stale { id: id.clone() });
            };
            let keyring = Keyring::of_ca(entity, hierarchy, options)
                .map_err(|fault| ExecuteError::Refused(fault.into()))?;
            let mut ready = Cas::default();
            ready.load(id, hierarchy, state, &keyring, true)?;
            let no_key = || ExecuteError::NoKey { id: id.clone() };
            let ca = ready.get(id).ok_or_else(no_key)?;
            cas.insert(
                id.clone(),
                ServedKey {
                    key: ca.key.clone().ok_or_else(no_key)?,
                    spki_der: ca.facts.spki_der.clone(),
                    name_der: ca.facts.name_der.clone(),
                    not_after: ca.not_after,
                },
            );
        }
        Ok(Self { cas, allow_ca })
    }

    fn answer(&self, line: &str) -> Answer {
        let refused = |error: String| Answer {
            error: Some(error),
            ..Answer::default()
        };
        let request: Request = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => return refused(format!("this is no request: {error}")),
        };
        if request.version != VERSION {
            return refused(format!(
                "it speaks version {VERSION}, not {}",
                request.version
            ));
        }
        match request.sign {
            None => Answer {
                cas: self
                    .cas
                    .iter()
                    .map(|(id, ca)| ServedCa {
                        id: id.clone(),
                        public_key: data_encoding::BASE64.encode(&ca.spki_der),
                    })
                    .collect(),
                ..Answer::default()
            },
            Some(signing) => match self.sign(&signing) {
                Ok(signature) => Answer {
                    signature: Some(data_encoding::BASE64.encode(&signature)),
                    ..Answer::default()
                },
                Err(error) => refused(error),
            },
        }
    }

    fn sign(&self, signing: &Signing) -> Result<Vec<u8>, String> {
        let ca = self
            .cas
            .get(&signing.ca)
            .ok_or_else(|| format!("it does not serve `{}`", signing.ca))?;
        let tbs = data_encoding::BASE64
            .decode(signing.tbs.as_bytes())
            .map_err(|_| "what is to be signed is no base64")?;
        self.check(ca, &tbs)?;
        let nonces = if signing.deterministic {
            Nonces::Deterministic
        } else {
            Nonces::Random
        };
        ca.key
            .sign(&signing.ca, &tbs, signing.digest, nonces)
            .map_err(|error| error.to_string())
    }

    /// Refuses what is no certificate or list of the CA.
    fn check(&self, ca: &ServedKey, tbs: &[u8]) -> Result<(), String> {
        if let Ok(certificate) = TbsCertificate::from_der(tbs) {
            if certificate.issuer().to_der().ok().as_ref() != Some(&ca.name_der) {
                return Err("it signs for a CA what names that CA as its issuer".to_owned());
            }
            let end = certificate
                .validity()
                .not_after
                .to_unix_duration()
                .as_secs();
            if i64::try_from(end).map_or(true, |end| end > ca.not_after.as_second()) {
                return Err("it signs nothing that outlasts the CA".to_owned());
            }
            let is_ca = certificate
                .get_extension::<BasicConstraints>()
                .map_err(|error| format!("the certificate can't be read: {error}"))?
                .is_some_and(|(_, constraints)| constraints.ca);
            if is_ca && !self.allow_ca {
                return Err(
                    "it signs no certificates of CAs: start it with --allow-ca if it shall"
                        .to_owned(),
                );
            }
            return Ok(());
        }
        match TbsCertList::<Rfc5280>::from_der(tbs) {
            Ok(list) if list.issuer.to_der().ok().as_ref() == Some(&ca.name_der) => Ok(()),
            _ => Err("it signs certificates and CRLs of its CAs, and this is neither".to_owned()),
        }
    }
}

/// Serves whoever connects, for ever. `told` hears of each signature, by its CA's id, and of each refusal.
///
/// # Errors
/// The socket is gone.
pub fn serve(
    listener: &Listener,
    served: &Arc<Served>,
    told: &Arc<dyn Fn(&str) + Send + Sync>,
) -> std::io::Result<()> {
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        let stream = listener.accept()?;
        if open.fetch_add(1, Ordering::AcqRel) >= MOST {
            open.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let (served, told, open) = (Arc::clone(served), Arc::clone(told), Arc::clone(&open));
        std::thread::spawn(move || {
            let mut lines = Lines::on(stream);
            while let Ok(Some(line)) = lines.receive() {
                let answer = served.answer(&line);
                if let Some(error) = &answer.error {
                    told(&format!("refused: {error}"));
                } else if answer.signature.is_some() {
                    told("signed");
                }
                let Ok(line) = serde_json::to_string(&answer) else {
                    break;
                };
                if lines.send(&line).is_err() {
                    break;
                }
            }
            open.fetch_sub(1, Ordering::AcqRel);
        });
    }
}
