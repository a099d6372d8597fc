//! The one call for which the openssl crate has no safe form: ML-DSA's deterministic variant (FIPS 204 §3.4).

use std::ffi::c_uint;

use foreign_types::ForeignTypeRef;
use openssl::error::ErrorStack;
use openssl::pkey_ctx::PkeyCtxRef;

/// OpenSSL's name of the parameter (provider-signature(7), EVP_SIGNATURE-ML-DSA(7)).
const DETERMINISTIC: &std::ffi::CStr = c"deterministic";

/// Sets a context that signs with ML-DSA to its deterministic variant.
#[expect(
    unsafe_code,
    reason = "the openssl crate has no safe call that sets this parameter"
)]
pub(super) fn set<T>(context: &mut PkeyCtxRef<T>) -> Result<(), ErrorStack> {
    let mut yes: c_uint = 1;
    // SAFETY: the name is a constant with its NUL, `yes` outlives the call that reads it, the array ends with the end
    // mark that OSSL_PARAM(3) asks for, and the context is a live one that this reference alone can reach.
    let set = unsafe {
        let parameters = [
            openssl_sys::OSSL_PARAM_construct_uint(DETERMINISTIC.as_ptr(), &raw mut yes),
            openssl_sys::OSSL_PARAM_construct_end(),
        ];
        openssl_sys::EVP_PKEY_CTX_set_params(context.as_ptr(), parameters.as_ptr())
    };
    if set == 1 {
        Ok(())
    } else {
        Err(ErrorStack::get())
    }
}
