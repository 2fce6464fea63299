//! The thread that posts.

use super::queue::Queue;
use super::signature::sign;
use crate::alerts::notice::{Notice, NoticeState};
use crate::alerts::options::WebhookOptions;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidegate::settings::Secret;
use ureq::http::{StatusCode, Uri};

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Posts what comes in the queue.
pub(super) struct Sender {
    agent: ureq::Agent,
    url: String,
    /// The address without what may be secret in it.
    shown: String,
    secret: Option<Secret>,
    timeout: Duration,
    attempts: u32,
    retry_after: Duration,
    queue: Arc<Queue>,
    chance: RandomState,
}

/// How an attempt went.
enum Attempt {
    Accepted,
    /// It may go better later.
    Failed(String),
    /// It will not.
    Refused(String),
}

/// The address of a webhook, without what may be secret in it.
///
/// # Errors
/// What is wrong with it.
pub(super) fn address(url: &str) -> Result<String, String> {
    let uri: Uri = url.parse().map_err(|error| format!("the address cannot be read: {error}"))?;
    let scheme = uri.scheme_str().unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        return Err("the address begins neither with `https://` nor with `http://`".into());
    }
    let host = uri.host().filter(|host| !host.is_empty()).ok_or("the address names no host")?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("a user and a password in the address are not supported".into());
    }
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{scheme}://{host}{port}"))
}

impl Sender {
    pub(super) fn new(options: &WebhookOptions, queue: Arc<Queue>) -> Self {
        let agent = ureq::Agent::config_builder()
            // A receiver that answers with another address is not followed there with what is signed for it.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: agent.into(),
            url: options.url.expose().into(),
            shown: address(options.url.expose()).unwrap_or_default(),
            secret: options.secret.clone(),
            timeout: options.timeout.duration(),
            attempts: options.attempts,
            retry_after: options.retry_after.duration(),
            queue,
            chance: RandomState::new(),
        }
    }

    /// Posts until there will be no more.
    pub(super) fn run(self) {
        while let Some(notice) = self.queue.take() {
            self.deliver(&notice);
        }
    }

    fn deliver(&self, notice: &Notice) {
        let body = serde_json::to_vec(notice).expect("JSON, because all keys are texts");
        let mut attempt = 1;
        let why = loop {
            match self.send(notice, &body) {
                Attempt::Accepted => return self.queue.count(|counts| counts.accepted += 1),
                Attempt::Refused(why) => break why,
                Attempt::Failed(why) if attempt >= self.attempts => break why,
                Attempt::Failed(why) => {
                    let wait = self.wait(attempt, &notice.id);
                    tracing::debug!(target: crate::alerts::TARGET, alert = %notice.alert, attempt, ?wait,
                        "posting to {} failed and will be tried again: {why}", self.shown);
                    if !self.queue.rest(wait) {
                        break why;
                    }
                }
            }
            attempt += 1;
            self.queue.count(|counts| counts.retries += 1);
        };
        self.queue.count(|counts| counts.given_up += 1);
        let state = match notice.state {
            NoticeState::Firing => "it fires",
            NoticeState::Resolved => "it has resolved",
        };
        tracing::error!(target: crate::alerts::TARGET, alert = %notice.alert, attempts = attempt,
            "could not post to {} that {state}: {why}", self.shown);
    }

    fn send(&self, notice: &Notice, body: &[u8]) -> Attempt {
        let timeout = self.queue.time_left().map_or(self.timeout, |left| left.min(self.timeout));
        if timeout.is_zero() {
            return Attempt::Failed("the run has ended".into());
        }
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut request = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("X-Tidegate-Id", &notice.id)
            .header("X-Tidegate-Timestamp", timestamp.to_string());
        if let Some(secret) = &self.secret {
            request = request.header("X-Tidegate-Signature", sign(secret, timestamp, body));
        }
        match request.config().timeout_global(Some(timeout)).build().send(body) {
            Ok(response) => judge(response.status()),
            // Errors of this library can quote the address.
            Err(error) => Attempt::Failed(error.to_string().replace(&self.url, &self.shown)),
        }
    }

    /// The wait after an attempt: twice as long each time, and half of it by chance, so that many who fail together do not
    /// come back together.
    fn wait(&self, attempt: u32, id: &str) -> Duration {
        let factor = 2u32.saturating_pow(attempt.saturating_sub(1).min(16));
        let longest = self.retry_after.saturating_mul(factor).min(LONGEST_WAIT);
        let chance = self.chance.hash_one((id, attempt)) as f64 / u64::MAX as f64;
        longest.mul_f64(0.5 + chance / 2.0)
    }
}

/// What a status means for the one who posts.
fn judge(status: StatusCode) -> Attempt {
    let why = format!("the answer was {status}");
    match status.as_u16() {
        200..=299 => Attempt::Accepted,
        300..=399 => Attempt::Refused(format!("{why}; it is not followed")),
        408 | 425 | 429 | 500..=599 => Attempt::Failed(why),
        _ => Attempt::Refused(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_in_an_address_is_not_shown() {
        assert_eq!(
            address("https://example.org:8443/T0/secret?key=1"),
            Ok("https://example.org:8443".into())
        );
        for wrong in ["", "example.org", "ftp://example.org/", "https://me:pass@example.org/", "http://"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn waits_double_with_half_of_them_by_chance_up_to_a_minute() {
        let options = WebhookOptions::new("http://localhost/");
        let sender = Sender::new(&options, Arc::new(Queue::new(1)));
        for (attempt, longest) in [(1, 1), (2, 2), (3, 4), (7, 60), (100, 60)] {
            let (wait, longest) = (sender.wait(attempt, "id"), Duration::from_secs(longest));
            assert!(longest / 2 <= wait && wait <= longest, "{attempt}: {wait:?}");
        }
    }
}
