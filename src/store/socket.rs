//! A socket of the system's own (Unix domain) that its owner alone may reach, where there is such a thing.

use std::io::{self, BufReader, Write};
#[cfg(unix)]
use std::time::Duration;

use camino::Utf8Path;

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::{PATIENCE, Utf8Path, io};

    /// Where others connect.
    #[derive(Debug)]
    pub struct Listener(UnixListener);

    /// A connection.
    pub type Stream = UnixStream;

    impl Listener {
        /// Waits for the next connection.
        ///
        /// # Errors
        /// The system refuses.
        pub fn accept(&self) -> io::Result<Stream> {
            self.0.accept().map(|(stream, _)| stream)
        }
    }

    pub(super) fn listen(path: &Utf8Path) -> io::Result<Listener> {
        if let Ok(there) = path.symlink_metadata() {
            if !there.file_type().is_socket() {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "there is a file that is no socket",
                ));
            }
            if UnixStream::connect(path).is_ok() {
                return Err(io::Error::new(
                    io::ErrorKind::AddrInUse,
                    "another signer listens there",
                ));
            }
            // Its owner has died.
            std::fs::remove_file(path)?;
        }
        // Nobody else may connect, from the first moment.
        let before = nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o177));
        let bound = UnixListener::bind(path);
        nix::sys::stat::umask(before);
        bound.map(Listener)
    }

    pub(super) fn connect(path: &Utf8Path) -> io::Result<Stream> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }
}

#[cfg(not(unix))]
mod unix {
    use super::{Utf8Path, io};

    /// Where others connect.
    #[derive(Debug)]
    pub struct Listener(std::convert::Infallible);

    /// A connection.
    pub type Stream = std::net::TcpStream;

    impl Listener {
        /// Waits for the next connection.
        ///
        /// # Errors
        /// There is none here.
        pub fn accept(&self) -> io::Result<Stream> {
            match self.0 {}
        }
    }

    fn none<T>() -> io::Result<T> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has no Unix domain sockets",
        ))
    }

    pub(super) fn listen(_: &Utf8Path) -> io::Result<Listener> {
        none()
    }

    pub(super) fn connect(_: &Utf8Path) -> io::Result<Stream> {
        none()
    }
}

pub use unix::{Listener, Stream};

/// How long one end waits for the other: a signature takes far less.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest line that a connection carries.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Opens a socket to be connected to: its owner's alone from the first moment. One that a dead process left is replaced.
///
/// # Errors
/// Another process listens there, something else lies there, or the system refuses.
pub fn listen(path: &Utf8Path) -> io::Result<Listener> {
    unix::listen(path)
}

/// A connection that carries lines.
#[derive(Debug)]
pub struct Lines(BufReader<Stream>);

impl Lines {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there, or the system refuses.
    pub fn connect(path: &Utf8Path) -> io::Result<Self> {
        unix::connect(path).map(Self::on)
    }

    /// The lines of a connection.
    #[must_use]
    pub fn on(stream: Stream) -> Self {
        Self(BufReader::new(stream))
    }

    /// Sends a line.
    ///
    /// # Errors
    /// The other end is gone.
    pub fn send(&mut self, line: &str) -> io::Result<()> {
        let mut octets = line.as_bytes().to_vec();
        octets.push(b'\n');
        self.0.get_mut().write_all(&octets).map_err(silent)
    }

    /// Receives a line; none at the end.
    ///
    /// # Errors
    /// The other end is gone, or sends what is no line.
    pub fn receive(&mut self) -> io::Result<Option<String>> {
        use std::io::{BufRead, Read};
        let mut line = String::new();
        let read = self.0.by_ref().take(LONGEST).read_line(&mut line);
        let read = read.map_err(silent)?;
        match line.strip_suffix('\n') {
            _ if read == 0 => Ok(None),
            Some(line) => Ok(Some(line.to_owned())),
            None => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it sends what is no line",
            )),
        }
    }
}

/// A time that ran out, in words that say so.
fn silent(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            io::Error::new(io::ErrorKind::TimedOut, "the other end does not answer")
        }
        _ => error,
    }
}
