//! minijinja over string values, strict and with fuel: a value cannot inject structure.
