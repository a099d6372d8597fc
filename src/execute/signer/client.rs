//! A worker's end: which CAs the signer serves, and their signatures. Each is verified before anything is made of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::protocol::{Answer, Request, Signing, VERSION};
use crate::catalog::{Digest, KeyAlgorithm, signature_algorithm};
use crate::crypto::{Nonces, verify_signature};
use crate::source::Diagnostic;
use crate::store::Lines;

/// A process that signs for CAs. A clone asks the same one.
#[derive(Clone, Debug)]
pub struct RemoteSigner(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: Utf8PathBuf,
    /// The public keys of the CAs that it serves.
    cas: BTreeMap<String, Vec<u8>>,
    /// Connections that nobody uses just now.
    idle: Mutex<Vec<Lines>>,
}

impl RemoteSigner {
    /// Asks the signer at a socket whom it serves.
    ///
    /// # Errors
    /// Nobody listens there, or what answers is no signer of this version.
    pub fn connect(path: &Utf8Path) -> Result<Self, Diagnostic> {
        let fault = |what: String| {
            Diagnostic::error("signer", format!("the signer at {path}: {what}"))
                .help("start one: `pkiform signer SPEC --listen PATH`")
        };
        let mut lines = Lines::connect(path).map_err(|error| fault(error.to_string()))?;
        let answer = ask(
            &mut lines,
            &Request {
                version: VERSION,
                sign: None,
            },
        )
        .map_err(fault)?;
        let mut cas = BTreeMap::new();
        for ca in answer.cas {
            let key = data_encoding::BASE64.decode(ca.public_key.as_bytes());
            cas.insert(
                ca.id,
                key.map_err(|_| fault("it names a key that is none".to_owned()))?,
            );
        }
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            cas,
            idle: Mutex::new(vec![lines]),
        })))
    }

    /// The ids of the CAs that it serves.
    pub fn cas(&self) -> impl Iterator<Item = &str> {
        self.0.cas.keys().map(String::as_str)
    }

    /// Whether it serves a CA of this public key.
    pub(super) fn serves(&self, ca: &str, spki_der: &[u8]) -> bool {
        self.0.cas.get(ca).is_some_and(|key| key == spki_der)
    }

    /// Has something signed by a CA.
    pub(super) fn sign(
        &self,
        ca: &str,
        tbs: &[u8],
        digest: Option<Digest>,
        nonces: Nonces,
    ) -> Result<Vec<u8>, String> {
        let idle = || self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let mut lines = match kept {
            Some(lines) => lines,
            None => Lines::connect(&self.0.path).map_err(|error| error.to_string())?,
        };
        let answer = ask(
            &mut lines,
            &Request {
                version: VERSION,
                sign: Some(Signing {
                    ca: ca.to_owned(),
                    digest,
                    deterministic: nonces == Nonces::Deterministic,
                    tbs: data_encoding::BASE64.encode(tbs),
                }),
            },
        )?;
        idle().push(lines);
        let signature = answer.signature.ok_or("it gave no signature")?;
        let signature = data_encoding::BASE64
            .decode(signature.as_bytes())
            .map_err(|_| "it gave no signature".to_owned())?;
        let spki_der = self.0.cas.get(ca).ok_or("it does not serve that CA")?;
        let key =
            KeyAlgorithm::from_spki_der(spki_der).ok_or("its key is of an unknown algorithm")?;
        let algorithm = signature_algorithm(key, digest);
        match verify_signature(tbs, &signature, spki_der, &algorithm) {
            Ok(true) => Ok(signature),
            _ => Err("its signature does not hold".to_owned()),
        }
    }
}

fn ask(lines: &mut Lines, request: &Request) -> Result<Answer, String> {
    let line = serde_json::to_string(request).map_err(|error| error.to_string())?;
    lines.send(&line).map_err(|error| error.to_string())?;
    let answer = lines.receive().map_err(|error| error.to_string())?;
    let answer = answer.ok_or("it has ended the connection")?;
    let answer: Answer =
        serde_json::from_str(&answer).map_err(|error| format!("it is no signer: {error}"))?;
    match answer.error {
        Some(error) => Err(error),
        None => Ok(answer),
    }
}
