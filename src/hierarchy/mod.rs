//! The resolved graph of entities: every default filled in, every template rendered, every chain expanded.
