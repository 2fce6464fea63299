//! See `tidegate_fuzz::targets::seen`.
#![no_main]
#![allow(unsafe_code, reason = "libFuzzer calls it by an exported name")]
libfuzzer_sys::fuzz_target!(|data: &[u8]| tidegate_fuzz::targets::seen(data));
