//! The error types that user code and the runtime share.

/// Any error an actor may return.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What actor methods return; the error is any boxed error, so `?` works on all of them.
pub type Result<T = (), E = BoxError> = std::result::Result<T, E>;
