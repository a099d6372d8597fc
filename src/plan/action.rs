//! What a plan does with one entity, and how often it does each.

use serde::{Deserialize, Serialize};

/// What is done with one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing of it exists: make a key and a certificate.
    Create,
    /// Everything is as the spec says.
    Keep,
    /// A new certificate over the same key, because the spec, the issuer or the file changed.
    Reissue,
    /// A new key and a new certificate; the old key goes to the archive.
    Rekey,
    /// A new certificate over the same key, because the old one ends.
    Renew,
    /// The key and the certificate stay; derived files are written again, or modes are mended.
    Repackage,
    /// The files are as the spec says, but the lock did not know them.
    Adopt,
    /// The entity left the spec and its files are taken away; its key goes to the archive.
    Remove,
}

impl Action {
    /// Whether a certificate is issued (or a bare key pair made).
    #[must_use]
    pub fn issues(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Reissue | Self::Rekey | Self::Renew
        )
    }

    /// Whether a private key is made.
    #[must_use]
    pub fn makes_key(self) -> bool {
        matches!(self, Self::Create | Self::Rekey)
    }

    /// Whether something that exists is changed or taken away, so that a person is asked first.
    #[must_use]
    pub fn touches_what_exists(self) -> bool {
        !matches!(self, Self::Create | Self::Keep | Self::Adopt)
    }

    /// The verb, as in "2 to reissue".
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Keep => "keep",
            Self::Reissue => "reissue",
            Self::Rekey => "rekey",
            Self::Renew => "renew",
            Self::Repackage => "repackage",
            Self::Adopt => "adopt",
            Self::Remove => "remove",
        }
    }
}

/// How many entities each action concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "each field is the count of the action of that name"
)]
pub struct Counts {
    pub create: usize,
    pub keep: usize,
    pub reissue: usize,
    pub rekey: usize,
    pub renew: usize,
    pub repackage: usize,
    pub adopt: usize,
    pub remove: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, action: Action) {
        let count = match action {
            Action::Create => &mut self.create,
            Action::Keep => &mut self.keep,
            Action::Reissue => &mut self.reissue,
            Action::Rekey => &mut self.rekey,
            Action::Renew => &mut self.renew,
            Action::Repackage => &mut self.repackage,
            Action::Adopt => &mut self.adopt,
            Action::Remove => &mut self.remove,
        };
        *count = count.saturating_add(1);
    }

    /// How many are changed.
    #[must_use]
    pub fn changed(&self) -> usize {
        let counts = self.changes().map(|(_, count)| count);
        counts.fold(0, usize::saturating_add)
    }

    /// Counts what others counted.
    pub fn join(&mut self, others: Self) {
        let add = |count: &mut usize, other| *count = count.saturating_add(other);
        add(&mut self.create, others.create);
        add(&mut self.keep, others.keep);
        add(&mut self.reissue, others.reissue);
        add(&mut self.rekey, others.rekey);
        add(&mut self.renew, others.renew);
        add(&mut self.repackage, others.repackage);
        add(&mut self.adopt, others.adopt);
        add(&mut self.remove, others.remove);
    }

    /// The actions that change something, with their counts, in the order in which a person reads them.
    pub fn changes(&self) -> impl Iterator<Item = (Action, usize)> {
        [
            (Action::Create, self.create),
            (Action::Rekey, self.rekey),
            (Action::Reissue, self.reissue),
            (Action::Renew, self.renew),
            (Action::Repackage, self.repackage),
            (Action::Adopt, self.adopt),
            (Action::Remove, self.remove),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
    }
}
