//! What would take the disk from what it holds to what the hierarchy says, and why; pure.
