//! Where a monitor is.

use super::ClientError;
use std::fmt::Write;
use std::net::Ipv6Addr;

/// The address of a monitor, as people write it, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `http://127.0.0.1:9090`, without a slash at the end.
    pub(super) base: String,
    /// `127.0.0.1:9090`.
    pub(super) place: String,
}

/// The port of a monitor that does not say otherwise.
const PORT: u16 = 9090;

impl Address {
    /// Understands `127.0.0.1:9090`, `:9090`, `host`, `[::1]:9090` and `http://host:9090/`.
    pub(super) fn parse(text: &str) -> Result<Self, ClientError> {
        let wrong = |reason: &str| ClientError::Address { address: text.into(), reason: reason.into() };
        let trimmed = text.trim();
        let (scheme, rest) = match trimmed.split_once("://") {
            Some(("http", rest)) => ("http", rest),
            Some(("https", rest)) => ("https", rest),
            Some((other, _)) => return Err(wrong(&format!("`{other}` is neither http nor https"))),
            None => ("http", trimmed),
        };
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            return Err(wrong("only host and port are wanted"));
        }
        if place.chars().any(|c| c.is_whitespace() || c.is_control() || "@?#\\".contains(c)) {
            return Err(wrong("there is a character that no host has"));
        }
        let place = match place.strip_prefix(':') {
            Some(port) => format!("127.0.0.1:{port}"),
            None => place.to_string(),
        };
        if place.is_empty() {
            return Err(wrong("there is no host"));
        }
        // An IPv6 address has colons of its own, in brackets.
        let bare = place.rsplit_once(':').map_or(&*place, |(host, _)| host);
        match place.strip_prefix('[') {
            Some(rest) => {
                let inside = rest.split_once(']').filter(|(inside, _)| inside.parse::<Ipv6Addr>().is_ok());
                let (_, after) = inside.ok_or_else(|| wrong("what is in brackets is no IPv6 address"))?;
                if !(after.is_empty() || after.starts_with(':')) {
                    return Err(wrong("nothing but a port may follow the brackets"));
                }
            }
            None if bare.contains(':') => {
                return Err(wrong("an IPv6 address is written in brackets, like [::1]:9090"));
            }
            None => {}
        }
        let after = place.rfind(']').map_or(0, |bracket| bracket + 1);
        let place = match place[after..].rsplit_once(':') {
            Some((_, port)) => {
                port.parse::<u16>().map_err(|_| wrong(&format!("`{port}` is no port")))?;
                place
            }
            None if scheme == "https" => place,
            None => format!("{place}:{PORT}"),
        };
        Ok(Self { base: format!("{scheme}://{place}"), place })
    }
}

/// `text` as one segment of a path: whatever an actor is called, it stays one.
pub(super) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => encoded.push(byte.into()),
            // A dot too: `.` and `..` are steps in a path.
            _ => write!(encoded, "%{byte:02X}").expect("a string takes everything"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_understood_as_people_write_it() {
        let bases = ["127.0.0.1:9090", ":9090", "http://127.0.0.1:9090/", " 127.0.0.1 "]
            .map(|text| Address::parse(text).unwrap().base);
        assert!(bases.iter().all(|base| base == "http://127.0.0.1:9090"), "{bases:?}");
        assert_eq!(Address::parse("[::1]:80").unwrap().base, "http://[::1]:80");
        assert_eq!(Address::parse("[::1]").unwrap().place, "[::1]:9090");
        assert_eq!(Address::parse("https://runs.example").unwrap().base, "https://runs.example");
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_write() {
        for (text, reason) in [
            ("", "there is no host"),
            ("ftp://a", "`ftp` is neither http nor https"),
            ("a:x", "`x` is no port"),
            ("a:70000", "`70000` is no port"),
            ("a:1/b", "only host and port are wanted"),
            ("user@a:1", "there is a character that no host has"),
            ("::1", "an IPv6 address is written in brackets"),
            ("http://[nowhere", "what is in brackets is no IPv6 address"),
            ("[a]:1", "what is in brackets is no IPv6 address"),
            ("[::1]9090", "nothing but a port may follow the brackets"),
        ] {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason) && error.ends_with("write it like 127.0.0.1:9090"), "{error}");
        }
    }

    #[test]
    fn a_name_stays_one_segment_of_a_path() {
        assert_eq!(segment("store_2"), "store_2");
        assert_eq!(segment("../a b?ü"), "%2E%2E%2Fa%20b%3F%C3%BC");
    }
}
