//! Spans for an OpenTelemetry collector, over OTLP in HTTP.
//!
//! Each instance of an actor is a span, which is sent when it ends, with links to those that send to it. Now and then a run
//! of calls is a span inside, sent within seconds.

use crate::log::Also;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;

/// How long the end of a run waits for the collector.
const FLUSH: Duration = Duration::from_secs(5);

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The environment variables that say where the collector is.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

/// What sends spans.
pub(crate) struct Export(SdkTracerProvider);

/// Begins to send to the collector at `url`, or where the environment says; nothing if neither says anything.
///
/// # Errors
/// When the address cannot be used.
pub(crate) fn start(url: Option<&str>) -> Result<Option<(Export, Also)>, String> {
    let said = |name: &&str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    if url.is_none() && !ENDPOINTS.iter().any(said) {
        return Ok(None);
    }
    let exporter =
        SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary).with_timeout(TIMEOUT);
    let exporter = match url {
        Some(url) => exporter.with_endpoint(traces(url)?),
        None => exporter,
    };
    let exporter = exporter.build().map_err(|error| format!("cannot send spans: {error}"))?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("tidegate");
    }
    let provider =
        SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    let tracer = provider.tracer("tidegate");
    // What sends spans must not be what they are about.
    let quiet =
        ["hyper", "hyper_util", "reqwest", "rustls", "opentelemetry", "opentelemetry_sdk", "h2", "ureq"];
    let filter = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("tidegate::handle", LevelFilter::DEBUG)
        .with_targets(quiet.map(|target| (target, LevelFilter::OFF)));
    let layer = tracing_opentelemetry::layer().with_tracer(tracer).with_threads(false).with_location(false);
    Ok(Some((Export(provider), layer.with_filter(filter).boxed())))
}

/// The address for spans at a collector.
fn traces(url: &str) -> Result<String, String> {
    let known = url.starts_with("http://") || url.starts_with("https://");
    if !known {
        return Err(format!(
            "`{url}` is not the address of a collector; write one like `http://localhost:4318`"
        ));
    }
    let url = url.trim_end_matches('/');
    Ok(if url.ends_with("/v1/traces") { url.into() } else { format!("{url}/v1/traces") })
}

impl Drop for Export {
    /// Sends what is left.
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!(target: "tidegate::run", "not all spans could be sent: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_that_of_the_collector_or_that_for_spans() {
        for url in ["http://localhost:4318", "http://localhost:4318/", "http://localhost:4318/v1/traces"] {
            assert_eq!(traces(url).as_deref(), Ok("http://localhost:4318/v1/traces"));
        }
        assert!(traces("localhost:4318").unwrap_err().contains("write one like"));
    }
}
