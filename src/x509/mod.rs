//! Composing and reading certificates; no I/O.
