//! Judging what is on disk: chains, drift, expiry, from the files alone.
