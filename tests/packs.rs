//! Fleets in packs: made, changed, killed, dealt out, joined and taken out, by the command and by others' readers.

mod bad;
mod changes;
mod judged;
mod killed;
mod shares;
mod support;
