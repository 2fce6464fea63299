//! How a receiver knows that a post is from here, and is not an old one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;
use tidegate::settings::Secret;

/// `sha256=` and the HMAC-SHA-256 of `timestamp.body` with `secret`, in hexadecimal digits.
pub(super) fn sign(secret: &Secret, timestamp: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("a key for HMAC, because it takes any length");
    mac.update(format!("{timestamp}.").as_bytes());
    mac.update(body);
    format!("sha256={}", hex(&mac.finalize().into_bytes()))
}

/// `bytes` in hexadecimal digits.
pub(in crate::alerts) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret`.
    #[test]
    fn a_signature_is_the_one_that_other_programs_work_out() {
        let signature = sign(&Secret::new("secret"), 1_700_000_000, br#"{"a":1}"#);
        assert_eq!(signature, "sha256=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686");
    }
}
