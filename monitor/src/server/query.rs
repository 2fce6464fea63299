//! The parameters of a request, in its path and behind it.

use super::answer::Refusal;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// Parameters of type `T`; what is wrong with them is answered like every other error.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(parameters)) => Ok(Self(parameters)),
            Err(wrong) => Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, wrong.body_text())),
        }
    }
}

/// Parts of the path; one that is no text is answered like every other error.
pub(super) struct Path<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(wrong) => Err(Refusal::new(wrong.status(), wrong.body_text())),
        }
    }
}

/// The one of `known` that `name` is most like, if it is like one.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let short = name.chars().count() <= 100;
    let all = known.into_iter().take(300).filter(|_| short);
    let likeness = all.map(|known| (strsim::jaro_winkler(name, known), known));
    let (likeness, known) = likeness.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (likeness > 0.8).then_some(known)
}
