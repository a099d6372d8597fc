//! The checks on a hierarchy, one a file.
