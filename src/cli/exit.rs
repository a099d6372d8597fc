//! How a run ends: the exit codes, chosen in one place.

use std::process::ExitCode;

/// The end of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// `plan --detailed-exitcode` has found changes.
    Changes,
    /// The verification has failed.
    NotVerified,
    /// The user has ended a run before its end.
    Interrupted,
    /// The user's spec or store has an error; nothing was written, or what was written stays and the next run goes on.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        // 2 is clap's: the command line is no call of pkiform.
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Changes => 3,
            Exit::NotVerified => 4,
            Exit::Interrupted => 130,
        })
    }
}
