//! What the server answers, errors included.

use axum::Json;
use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;

/// Why a request was refused: what is wrong, in one sentence, and what to do.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

impl Refusal {
    /// Clients print what was wrong, and it may be in what they sent: so there are no characters that move a cursor.
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        let error: String = error.into();
        let harmless = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
        Self { status, error: error.chars().map(harmless).collect(), help: None }
    }

    /// The same with advice.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with advice, if there is any.
    pub(super) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let written = Written { error: &self.error, help: self.help.as_deref() };
        let mut response = (self.status, Json(written)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"tidegate\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// Text of this type.
pub(super) fn text(content_type: &'static str, text: String) -> Response<Body> {
    ([(header::CONTENT_TYPE, content_type)], text).into_response()
}
