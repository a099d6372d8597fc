//! minijinja over string values, strict and with fuel: a value cannot inject structure.

/// A value that a template's text becomes once it is rendered.
pub trait FromText: Sized {
    /// Reads the rendered text.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    fn from_text(text: &str) -> Result<Self, String>;
}
