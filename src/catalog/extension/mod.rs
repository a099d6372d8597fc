//! X.509 extensions: as a spec writes them, resolved, as DER, and as a person reads them.

mod describe;
mod encode;
mod general_name;
mod key_context;
mod key_usage_bit;
pub mod kind;
mod purpose;
mod setting;
mod subtree;
mod tls_feature;
mod value;

pub use describe::{describe, general_name};
pub use general_name::San;
pub use key_context::{IssuerKey, KeyContext, KeyIdMethod};
pub use key_usage_bit::KeyUsageBit;
pub use purpose::Purpose;
pub use setting::Setting;
pub use subtree::Subtree;
pub use tls_feature::TlsExtension;
pub use value::{
    AccessDescription, DistributionPoint, Policy, Reason, ResolvedExtension, UserNotice, Value,
};
