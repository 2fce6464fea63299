//! What targets need to run something.

use std::future::Future;
use std::io::Write;
use tempfile::{NamedTempFile, TempDir};

thread_local! {
    static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime, because it takes no thread");
    static FOLDER: TempDir = tempfile::tempdir().expect("a folder for files");
}

/// Runs `what` to its end; no time passes while something can be done.
pub(super) fn block_on<T>(what: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(what))
}

/// A file that holds `bytes`, with a name of this ending.
pub(super) fn file(ending: &str, bytes: &[u8]) -> NamedTempFile {
    FOLDER.with(|folder| {
        let made = tempfile::Builder::new().suffix(ending).tempfile_in(folder);
        let mut file = made.expect("a file in a folder for files");
        file.write_all(bytes).expect("a disk with room");
        file
    })
}
