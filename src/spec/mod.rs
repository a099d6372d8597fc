//! The spec as the user wrote it: typed TOML, from which the JSON Schema comes.
