//! A reader that remembers the last row that went through it: what a row's place and its quotes are told from.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// The longest row.
pub(super) const LONGEST: usize = 1024 * 1024;

/// What was read and is not yet behind.
#[derive(Debug, Default)]
struct Held {
    bytes: Vec<u8>,
    /// The position of the first of them in the file.
    start: u64,
    /// Whether a row was longer than any may be.
    overrun: bool,
}

/// The memory of a [`Taped`] reader.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape(Arc<Mutex<Held>>);

/// A reader with its tape.
#[derive(Debug)]
pub(super) struct Taped<R> {
    inner: R,
    tape: Tape,
}

impl<R> Taped<R> {
    pub(super) fn new(inner: R, start: u64) -> (Self, Tape) {
        let tape = Tape::default();
        tape.with(|held| held.start = start);
        (
            Self {
                inner,
                tape: tape.clone(),
            },
            tape,
        )
    }
}

impl Tape {
    fn with<T>(&self, look: impl FnOnce(&mut Held) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at what stands between two positions, and forgets what is before the second.
    pub(super) fn take<T>(&self, from: u64, to: u64, look: impl FnOnce(&[u8]) -> T) -> T {
        self.with(|held| {
            let place = |position: u64| {
                usize::try_from(position.saturating_sub(held.start))
                    .unwrap_or(usize::MAX)
                    .min(held.bytes.len())
            };
            let (begin, end) = (place(from), place(to));
            let found = look(held.bytes.get(begin..end).unwrap_or_default());
            // Moving what is left costs little as long as it is done seldom.
            if end > LONGEST / 4 || end == held.bytes.len() {
                held.bytes.drain(..end);
                held.start = held.start.saturating_add(u64::try_from(end).unwrap_or(0));
            }
            found
        })
    }

    /// Whether a row was longer than any may be.
    pub(super) fn overrun(&self) -> bool {
        self.with(|held| held.overrun)
    }
}

impl<R: Read> Read for Taped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.tape.with(|held| {
            held.bytes
                .extend_from_slice(buffer.get(..read).unwrap_or_default());
            if held.bytes.len() > 2 * LONGEST {
                held.overrun = true;
                return Err(io::Error::other("a row is longer than 1 MiB"));
            }
            Ok(read)
        })
    }
}
