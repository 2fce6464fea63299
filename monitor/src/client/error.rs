//! What can go wrong on the way to a run that is watched, and what to do about it.

/// Why a monitor did not answer as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address makes no sense.
    #[error("`{address}` is no address of a monitor: {reason}; write it like 127.0.0.1:9090")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody listens there.
    #[error(
        "nothing listens at {address}; start the run with `--monitor {place}`, or name the address it was started with"
    )]
    NothingListens {
        /// The address.
        address: String,
        /// Host and port.
        place: String,
    },
    /// The way there is broken.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// The address.
        address: String,
        /// What the system says.
        reason: String,
    },
    /// It takes too long.
    #[error("{address} does not answer within {seconds} s; is it busy, or stopped?")]
    Timeout {
        /// The address.
        address: String,
        /// How long was waited.
        seconds: f64,
    },
    /// A token is needed.
    #[error(
        "{address} asks for a token; set TIDEGATE_MONITOR_TOKEN to the `token` of its `[monitor]`, or to the value \
         of the same variable there"
    )]
    TokenWanted {
        /// The address.
        address: String,
    },
    /// The token is wrong.
    #[error("{address} does not know this token; TIDEGATE_MONITOR_TOKEN must be the same here and there")]
    TokenWrong {
        /// The address.
        address: String,
    },
    /// It may not be done.
    #[error("{address} refuses this: {message}")]
    Refused {
        /// The address.
        address: String,
        /// What the monitor says.
        message: String,
    },
    /// Something else answers.
    #[error("what answers at {address} is no Tidegate monitor, or one of another version: {reason}")]
    Foreign {
        /// The address.
        address: String,
        /// What was found.
        reason: String,
    },
}

impl ClientError {
    /// Whether it may work later without anybody doing something about it here: the other end is away.
    pub fn is_away(&self) -> bool {
        matches!(self, Self::NothingListens { .. } | Self::Unreachable { .. } | Self::Timeout { .. })
    }
}
