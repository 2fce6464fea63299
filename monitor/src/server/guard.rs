//! Who may do what: looked at before any route is.
//!
//! A page from elsewhere, open in a browser of this machine, can send requests to a loopback address. It is kept from
//! reading by a `Host` that is not its own name (DNS rebinding), as no answer permits other origins; and from
//! controlling by `Origin` and `Sec-Fetch-Site`, which a page cannot forge, and by a content type that no form has.

use super::answer::Refusal;
use super::state::State;
use crate::dashboard::CONTENT_SECURITY_POLICY;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Extracted};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tidegate::settings::Secret;
use tokio::time::timeout;

use crate::options::{MonitorOptions, TOKEN_VARIABLE};

/// The largest body, in bytes.
const LARGEST_BODY: usize = 16 * 1024;

/// What requests are held against.
#[derive(Debug)]
pub(super) struct Guard {
    loopback: bool,
    token: Option<Secret>,
    hosts: Vec<String>,
}

/// What is needed to control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Control {
    /// Nothing: only this machine reaches the address.
    Open,
    /// The token.
    Token,
    /// It is not possible.
    Refused,
}

impl Guard {
    pub(super) fn new(options: &MonitorOptions, address: SocketAddr) -> Self {
        Self {
            loopback: address.ip().to_canonical().is_loopback(),
            token: options.token.clone(),
            hosts: options.hosts.iter().map(|host| host.to_ascii_lowercase()).collect(),
        }
    }

    /// What is needed to control.
    pub(super) fn control(&self) -> Control {
        match (&self.token, self.loopback) {
            (Some(_), _) => Control::Token,
            (None, true) => Control::Open,
            (None, false) => Control::Refused,
        }
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        self.check_hosts(request)?;
        if request.method() == Method::POST {
            check_site(request.headers())?;
            check_content(request.headers())?;
            self.check_token(request.headers())?;
        }
        Ok(())
    }

    fn check_hosts(&self, request: &Request) -> Result<(), Refusal> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "the request needs one `Host` header"));
        };
        let host = host.to_str().unwrap_or_default();
        let written = request.uri().authority().map(Authority::as_str);
        for host in [Some(host), written].into_iter().flatten() {
            let known = host.parse().is_ok_and(|host: Authority| self.knows(host.host()));
            if !known {
                let host: String = host.chars().take(100).collect();
                let help = "reach it as `localhost`, or list the name in `hosts` of the table `[monitor]`";
                let error = format!("`{}` is not a host of this monitor", host.escape_debug());
                return Err(Refusal::new(StatusCode::FORBIDDEN, error).help(help));
            }
        }
        Ok(())
    }

    /// Whether a client may mean this server by `host`. No name can be bound anew to make a browser send a
    /// number, so every address of the loopback network is one; and where others than this machine reach it, every address
    /// is, as it has some that it does not know of.
    fn knows(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
        let number = bare.parse::<IpAddr>().is_ok_and(|ip| !self.loopback || ip.to_canonical().is_loopback());
        host == "localhost" || number || self.hosts.contains(&host)
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let token = match (&self.token, self.control()) {
            (Some(token), _) => token,
            (None, Control::Refused) => {
                let error = "without a token nobody can control a run from another machine";
                let help =
                    format!("start it with a token: `token` in the table `[monitor]`, or {TOKEN_VARIABLE}");
                return Err(Refusal::new(StatusCode::FORBIDDEN, error).help(help));
            }
            (None, _) => return Ok(()),
        };
        let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let Some(given) = given.and_then(bearer) else {
            let help = "send `Authorization: Bearer TOKEN`";
            return Err(
                Refusal::new(StatusCode::UNAUTHORIZED, "controlling this run needs its token").help(help)
            );
        };
        if bool::from(given.ct_eq(token.expose().as_bytes())) {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "this is not the token"))
    }
}

/// The token in the value of `Authorization`.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token.trim_ascii())
}

/// Whether a browser sends this for a page of this server, or for none.
fn check_site(headers: &HeaderMap) -> Result<(), Refusal> {
    let refused = |why: &str| {
        let error = format!("the request comes from a page of another site ({why})");
        Err(Refusal::new(StatusCode::FORBIDDEN, error)
            .help("use the page of this server, or a client that is no browser"))
    };
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return refused("`Sec-Fetch-Site`");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().unwrap_or_default();
    // By https, if somebody else speaks that for this server.
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    match authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host)) {
        true => Ok(()),
        false => refused("`Origin`"),
    }
}

fn check_content(headers: &HeaderMap) -> Result<(), Refusal> {
    let length =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(too_large());
    }
    let content_type = headers.get(header::CONTENT_TYPE);
    let is_json = |value: &HeaderValue| {
        let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    };
    let empty = length.unwrap_or(0) == 0 && !headers.contains_key(header::TRANSFER_ENCODING);
    match content_type {
        None if empty => Ok(()),
        Some(value) if is_json(value) => Ok(()),
        _ => {
            let error = "the body must be JSON, or none";
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error)
                .help("send `Content-Type: application/json`"))
        }
    }
}

fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a body may have {LARGEST_BODY} bytes at most"))
}

/// The body, if it is not too large.
async fn read(body: Body) -> Result<Bytes, Refusal> {
    let mut parts = body.into_data_stream();
    let mut all = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the body ends too early"))?;
        if all.len() + part.len() > LARGEST_BODY {
            return Err(too_large());
        }
        all.extend_from_slice(&part);
    }
    Ok(all.into())
}

/// Lets through what may pass, and sees to it that an answer comes in time.
pub(super) async fn guard(Extracted(state): Extracted<Arc<State>>, request: Request, next: Next) -> Response {
    let answer = async {
        state.guard.check(&request)?;
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        Ok(next.run(Request::from_parts(parts, body.into())).await)
    };
    let late = || {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "this took too long; what was asked for may yet happen")
    };
    let answer = timeout(state.limits.request, answer).await.unwrap_or_else(|_| Err(late()));
    let mut response = answer.unwrap_or_else(Refusal::into_response);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
