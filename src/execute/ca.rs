//! A CA as a run uses it: made ready once, then shared by all that it issues.

use crate::plan::sha256;
use crate::x509::{Certificate, IssuerFacts, pem};

use super::signer::SigningKey;

/// A CA's certificate, the certificates above it and, if it signs in this run, its key.
#[derive(Clone, Debug)]
pub(super) struct Ca {
    /// What it tells those below it.
    pub(super) facts: IssuerFacts,
    /// Its key; `None` when nothing is signed with it in this run.
    pub(super) key: Option<SigningKey>,
    /// Its certificate as PEM.
    pub(super) pem: String,
    /// When its certificate ends.
    pub(super) not_after: jiff::Timestamp,
    /// SHA-256 of its certificate (DER).
    pub(super) print: [u8; 32],
    /// What stands in the chain of what it issues: it and its issuers, without the root.
    pub(super) chain: Vec<Link>,
    /// The chain as PEM.
    pub(super) chain_pem: String,
    /// The root's certificate as PEM.
    pub(super) root_pem: String,
    /// SHA-256 of the root's certificate (DER); `None` when no certificate of the spec is a root.
    pub(super) root_print: Option<[u8; 32]>,
}

/// One certificate of a chain.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The certificate, DER.
    pub(super) der: Vec<u8>,
    /// SHA-256 of it.
    pub(super) print: [u8; 32],
}

impl AsRef<[u8]> for Link {
    fn as_ref(&self) -> &[u8] {
        &self.der
    }
}

impl Ca {
    /// Makes a CA ready. `above` is its issuer; `None` if it is self-signed or comes from elsewhere.
    pub(super) fn new(
        certificate: &Certificate,
        facts: IssuerFacts,
        key: Option<SigningKey>,
        above: Option<&Self>,
    ) -> Self {
        let own_pem = pem::encode(pem::CERTIFICATE, certificate.der());
        let print = sha256(certificate.der());
        let (mut chain, mut chain_pem) = (Vec::new(), String::new());
        let (mut root_pem, mut root_print) = (String::new(), None);
        if above.is_none() && certificate.is_self_issued() {
            root_pem.clone_from(&own_pem);
            root_print = Some(print);
        } else {
            chain.push(Link {
                der: certificate.der().to_vec(),
                print,
            });
            chain_pem.push_str(&own_pem);
        }
        if let Some(above) = above {
            chain.extend_from_slice(&above.chain);
            chain_pem.push_str(&above.chain_pem);
            root_pem.clone_from(&above.root_pem);
            root_print = above.root_print;
        }
        Self {
            facts,
            key,
            pem: own_pem,
            not_after: certificate.not_after(),
            print,
            chain,
            chain_pem,
            root_pem,
            root_print,
        }
    }
}
