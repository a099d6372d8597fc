//! The registry of typed extensions: key in a spec, OID, customary criticality.

use der::oid::ObjectIdentifier;

/// What is known of a typed extension.
#[derive(Debug)]
pub struct Kind {
    /// The key in a spec.
    pub name: &'static str,
    /// The OID.
    pub oid: ObjectIdentifier,
    /// Whether it is critical unless the spec says otherwise.
    pub critical: bool,
}

macro_rules! kinds {
    ($($constant:ident $name:literal $oid:literal $critical:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`.")]
            pub const $constant: Kind = Kind {
                name: $name,
                oid: ObjectIdentifier::new_unwrap($oid),
                critical: $critical,
            };
        )*
        /// All typed extensions, in the order in which a certificate carries them.
        pub const KINDS: &[Kind] = &[$($constant),*];
    };
}

kinds! {
    BASIC_CONSTRAINTS "basic_constraints" "2.5.29.19" true;
    KEY_USAGE "key_usage" "2.5.29.15" true;
    EXTENDED_KEY_USAGE "extended_key_usage" "2.5.29.37" false;
    SUBJECT_ALT_NAME "subject_alt_name" "2.5.29.17" false;
    SUBJECT_KEY_IDENTIFIER "subject_key_identifier" "2.5.29.14" false;
    AUTHORITY_KEY_IDENTIFIER "authority_key_identifier" "2.5.29.35" false;
    NAME_CONSTRAINTS "name_constraints" "2.5.29.30" true;
    CERTIFICATE_POLICIES "certificate_policies" "2.5.29.32" false;
    AUTHORITY_INFO_ACCESS "authority_info_access" "1.3.6.1.5.5.7.1.1" false;
    CRL_DISTRIBUTION_POINTS "crl_distribution_points" "2.5.29.31" false;
    TLS_FEATURE "tls_feature" "1.3.6.1.5.5.7.1.24" false;
}

/// The key in a spec of an extension's OID, if it is a typed one.
#[must_use]
pub fn name_of(oid: &ObjectIdentifier) -> Option<&'static str> {
    KINDS
        .iter()
        .find(|kind| kind.oid == *oid)
        .map(|kind| kind.name)
}
