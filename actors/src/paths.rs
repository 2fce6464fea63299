//! Which paths are the same file, and where one is written.

use std::fs;
use std::path::{Path, PathBuf};

/// The one path of a regular file that may have many, there already or not; `None` for pipes and devices, which any
/// number of actors can use.
pub(crate) fn identity(path: &Path) -> Option<PathBuf> {
    if is_special(path) {
        return None;
    }
    let path = std::path::absolute(path).ok()?;
    path.ancestors().find_map(|there| {
        let rest = path.strip_prefix(there).expect("a prefix, because it is an ancestor");
        let there = fs::canonicalize(there).ok()?;
        // Joining nothing would end the path of a file with a separator.
        Some(if rest.as_os_str().is_empty() { there } else { there.join(rest) })
    })
}

/// What exists and is no regular file. Standard output by way of `/dev` is written as it is even where it is one.
pub(crate) fn is_special(path: &Path) -> bool {
    path.starts_with("/dev")
        || fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// What an actor claims that writes the file with this [`identity`].
pub(crate) fn resource(identity: &Path) -> String {
    format!("the file `{}`", identity.display())
}

/// Where the file at `path` is written until it is complete.
pub(crate) fn partial(path: &Path) -> PathBuf {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    partial.into()
}
