//! The `tidegate` command line, as a library.
