//! Carrying out a plan: parallel, resumable; emits events, prints nothing.
