//! What a spec may name: algorithms, extensions, attributes, outputs; one entry a file, pure.
