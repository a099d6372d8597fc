//! The checks on a hierarchy, one a file: what no validator would accept is refused before a key is made.

mod any_policy_on_leaf;
mod any_purpose_critical;
mod authority_key_identifier;
mod aws_issuing_ca;
mod aws_key;
mod aws_thing_name;
mod azure_certificate_name;
mod azure_device_id;
mod azure_key;
mod basic_constraints_critical;
mod ca_flag_on_leaf;
mod ca_without_basic_constraints;
mod ca_without_key_cert_sign;
mod cn_not_in_san;
mod country_code;
mod criticality_advised;
mod crl_of_leaf;
mod crl_sign_missing;
mod custom_extension_der;
mod custom_for_typed;
mod digest_for_algorithm;
mod domain_component_syntax;
mod dps_ca_count;
mod dps_registration_id;
mod duplicate_ca_subject;
mod eku_nesting;
mod email_in_san;
mod empty_ca_subject;
mod empty_subject_needs_san;
mod encipher_only;
mod extension_criticality;
mod fetch_scheme;
mod key_cert_sign_on_leaf;
mod key_usage_critical;
mod key_usage_for_algorithm;
mod key_usage_for_purpose;
mod name_constraints;
mod name_constraints_leading_dot;
mod name_constraints_on_leaf;
mod name_constraints_support;
mod name_constraints_syntax;
mod not_after_past_issuer;
mod path_length;
mod path_length_on_leaf;
mod proof_issuer;
mod registered_ca_above;
mod repeated_attribute_in_rdn;
mod revocation_over_https;
mod revoked_by_nobody;
mod revoked_without_crl;
mod same_subject_as_issuer;
mod san_dns_syntax;
mod san_duplicate;
mod san_email_syntax;
mod san_wildcard_place;
mod server_lifetime;
mod server_needs_digital_signature;
mod server_without_san;
mod single_label;
mod ski_on_ca;
mod ski_on_leaf;
mod subject_attribute_bounds;
mod subject_control_characters;
mod time_stamping_purpose;
mod tls_feature_nesting;
mod uri_syntax;
mod validity_calendar;
mod validity_nesting;
mod validity_order;
mod validity_past;
mod weak_digest;
mod weaker_issuer;
mod wildcard_below_top_level;
mod registry;
pub(crate) mod support;

pub use registry::{Rule, check, judge, judge_members, judge_rows};
pub use support::{Findings, Judgement, Lifted};

/// Every rule, in the order of their ids.
pub const RULES: &[&Rule] = &[
    &any_policy_on_leaf::RULE,
    &any_purpose_critical::RULE,
    &authority_key_identifier::RULE,
    &aws_issuing_ca::RULE,
    &aws_key::RULE,
    &aws_thing_name::RULE,
    &azure_certificate_name::RULE,
    &azure_device_id::RULE,
    &azure_key::RULE,
    &basic_constraints_critical::RULE,
    &ca_flag_on_leaf::RULE,
    &ca_without_basic_constraints::RULE,
    &ca_without_key_cert_sign::RULE,
    &cn_not_in_san::RULE,
    &country_code::RULE,
    &criticality_advised::RULE,
    &crl_of_leaf::RULE,
    &crl_sign_missing::RULE,
    &custom_extension_der::RULE,
    &custom_for_typed::RULE,
    &digest_for_algorithm::RULE,
    &domain_component_syntax::RULE,
    &dps_ca_count::RULE,
    &dps_registration_id::RULE,
    &duplicate_ca_subject::RULE,
    &eku_nesting::RULE,
    &email_in_san::RULE,
    &empty_ca_subject::RULE,
    &empty_subject_needs_san::RULE,
    &encipher_only::RULE,
    &extension_criticality::RULE,
    &fetch_scheme::RULE,
    &key_cert_sign_on_leaf::RULE,
    &key_usage_critical::RULE,
    &key_usage_for_algorithm::RULE,
    &key_usage_for_purpose::RULE,
    &name_constraints::RULE,
    &name_constraints_leading_dot::RULE,
    &name_constraints_on_leaf::RULE,
    &name_constraints_support::RULE,
    &name_constraints_syntax::RULE,
    &not_after_past_issuer::RULE,
    &path_length::RULE,
    &path_length_on_leaf::RULE,
    &proof_issuer::RULE,
    &registered_ca_above::RULE,
    &repeated_attribute_in_rdn::RULE,
    &revocation_over_https::RULE,
    &revoked_by_nobody::RULE,
    &revoked_without_crl::RULE,
    &same_subject_as_issuer::RULE,
    &san_dns_syntax::RULE,
    &san_duplicate::RULE,
    &san_email_syntax::RULE,
    &san_wildcard_place::RULE,
    &server_lifetime::RULE,
    &server_needs_digital_signature::RULE,
    &server_without_san::RULE,
    &single_label::RULE,
    &ski_on_ca::RULE,
    &ski_on_leaf::RULE,
    &subject_attribute_bounds::RULE,
    &subject_control_characters::RULE,
    &time_stamping_purpose::RULE,
    &tls_feature_nesting::RULE,
    &uri_syntax::RULE,
    &validity_calendar::RULE,
    &validity_nesting::RULE,
    &validity_order::RULE,
    &validity_past::RULE,
    &weak_digest::RULE,
    &weaker_issuer::RULE,
    &wildcard_below_top_level::RULE,
];
