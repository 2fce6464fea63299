//! The two texts, and which one a client wants.

/// A text that metrics are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The text format of Prometheus, version 0.0.4.
    #[default]
    Prometheus,
    /// OpenMetrics, version 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The one that the value of `Accept` asks for; that of Prometheus unless it prefers the other.
    ///
    /// ```
    /// use tidegate_monitor::metrics::Format;
    ///
    /// let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    /// assert_eq!(Format::accepted(prometheus), Format::OpenMetrics);
    /// assert_eq!(Format::accepted("text/html, */*;q=0.8"), Format::Prometheus);
    /// ```
    pub fn accepted(accept: &str) -> Self {
        let (mut open, mut plain) = (0.0, 0.0);
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameters: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
            let find = |name: &str| parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            let quality = find("q").map_or(1.0, |(_, quality)| quality.parse::<f32>().unwrap_or(0.0));
            let version = find("version").map(|(_, version)| version.trim_matches('"'));
            match (&*essence, version) {
                ("application/openmetrics-text", None | Some("1.0.0")) => open = quality.max(open),
                ("text/plain", None | Some("0.0.4")) => plain = quality.max(plain),
                _ => {}
            }
        }
        if open > 0.0 && open >= plain { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_one_a_client_prefers_and_knows() {
        let open = [
            "application/openmetrics-text",
            "text/plain;q=0.2, Application/OpenMetrics-Text; Version=\"1.0.0\"",
        ];
        for accept in open {
            assert_eq!(Format::accepted(accept), Format::OpenMetrics, "{accept}");
        }
        let plain = [
            "",
            "*/*",
            "text/plain, application/openmetrics-text;q=0.5",
            "application/openmetrics-text; version=9.0.0",
            "application/openmetrics-text; q=0",
            "application/openmetrics-text; q=x",
        ];
        for accept in plain {
            assert_eq!(Format::accepted(accept), Format::Prometheus, "{accept}");
        }
    }
}
