//! Trust stores: how a root gets into one, out of it, and whether it is in; one file a kind of store.

mod act;
mod anchor;
mod debian;
mod fedora;
mod java;
mod kind;
mod macos;
mod nss;
mod p11_kit;
mod status;
mod steps;
mod windows;

pub use act::{perform, shown};
pub use anchor::{Anchor, anchor};
pub use java::Storepass;
pub use kind::{Kind, databases, of_system};
pub use status::{Status, status};
pub use steps::{Act, Look, Steps, steps};
