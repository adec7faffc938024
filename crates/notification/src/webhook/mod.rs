//! Calls of web addresses.

mod address;
mod resolver;
mod signature;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kit::SharedClock;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, StatusCode};
use tokio::sync::Semaphore;
use url::Url;

pub(crate) use address::shown;

use crate::settings::read_authorities;
use crate::text::{causes, one_line};
use crate::{DeliveryId, Outcome, SettingsError, Webhook, Webhooks};
use address::{Address, is_private};
use resolver::{OnlyPrivate, PublicOnly};
use signature::Keys;

/// Most bytes of an answer that are read. A receiver has nothing to say beyond its status.
const ANSWER_BYTES_MAX: usize = 4_096;
/// The longest wait that a server may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// Calls web addresses.
pub(crate) struct WebhookSender {
    http: Client,
    clock: SharedClock,
    default: Keys,
    /// The longest prefix first.
    by_prefix: Vec<(Url, Keys)>,
    permits: Semaphore,
    timeout: Duration,
    body_max: u64,
    private_addresses: bool,
}

impl WebhookSender {
    pub(crate) fn open(settings: &Webhooks, clock: SharedClock) -> Result<Self, SettingsError> {
        settings.check()?;
        let mut by_prefix = Vec::new();
        for (index, signing) in settings.signing.iter().enumerate() {
            let name = format!("webhooks.signing[{index}]");
            let prefix = Address::parse(&signing.prefix)
                .map_err(|why| SettingsError::new(format!("{name}.prefix"), why))?;
            let keys = Keys::read(&format!("{name}.secrets"), &signing.secrets)?;
            if keys.is_empty() {
                return Err(SettingsError::new(format!("{name}.secrets"), "is empty"));
            }
            by_prefix.push((prefix.url, keys));
        }
        by_prefix.sort_by_key(|(url, _)| std::cmp::Reverse(url.path().len()));
        Ok(Self {
            http: client(settings)?,
            clock,
            default: Keys::read("webhooks.secrets", &settings.secrets)?,
            by_prefix,
            permits: Semaphore::new(settings.concurrency.into()),
            timeout: settings.timeout.get(),
            body_max: settings.body_max.bytes(),
            private_addresses: settings.private_addresses,
        })
    }

    pub(crate) async fn send(&self, id: &DeliveryId, webhook: &Webhook) -> Outcome {
        let address = match Address::parse(&webhook.url) {
            Ok(address) => address,
            Err(why) => return Outcome::refused(why),
        };
        let private = address.literal().is_some_and(is_private);
        if private && !self.private_addresses {
            return leads_inside(&address);
        }
        let Some(keys) = self.keys(&address) else {
            return Outcome::later(format!(
                "{}: no signing secret is set for it: set `secrets` under [notifications.webhooks], or [[notifications.webhooks.signing]] with its prefix",
                address.shown
            ));
        };
        // Values of JSON always have a text.
        let body = webhook.body.to_string().into_bytes();
        if u64::try_from(body.len()).unwrap_or(u64::MAX) > self.body_max {
            return Outcome::refused(format!(
                "{}: the body has {} bytes, and webhooks.body_max is {}",
                address.shown,
                body.len(),
                self.body_max
            ));
        }
        // Never closed.
        let Ok(_permit) = self.permits.acquire().await else {
            return Outcome::later("the senders are closed");
        };
        self.call(id, &address, keys, body).await
    }

    fn keys(&self, address: &Address) -> Option<&Keys> {
        let of_prefix = self.by_prefix.iter().find(|(prefix, _)| address.is_below(prefix));
        let keys = of_prefix.map_or(&self.default, |(_, keys)| keys);
        (!keys.is_empty()).then_some(keys)
    }

    async fn call(
        &self,
        id: &DeliveryId,
        address: &Address,
        keys: &Keys,
        body: Vec<u8>,
    ) -> Outcome {
        // The time of this attempt: receivers refuse what is older than some minutes.
        let seconds = self.clock.now().as_second();
        let request = self
            .http
            .post(address.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id.as_str())
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", keys.sign(id.as_str(), seconds, &body))
            .timeout(self.timeout)
            .body(body);
        match request.send().await {
            Ok(response) => self.answered(address, response).await,
            Err(error) => failed(address, &error.without_url()),
        }
    }

    /// The status is definite, whatever becomes of the rest of the answer.
    async fn answered(&self, address: &Address, mut response: Response) -> Outcome {
        let status = response.status();
        let after = retry_after(response.headers(), self.clock.now());
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(|to| shown_location(address, to));
        let mut answer = Vec::new();
        while answer.len() < ANSWER_BYTES_MAX
            && let Ok(Some(chunk)) = response.chunk().await
        {
            answer.extend_from_slice(&chunk);
        }
        answer.truncate(ANSWER_BYTES_MAX);
        // What was not read is not waited for: the connection is closed with the response.
        drop(response);
        let said = address.mask(&String::from_utf8_lossy(&answer));
        let text = one_line(&format!("{}: {status} {said}", address.shown));
        judge(status, text, after, location)
    }
}

/// What a status means (Standard Webhooks, RFC 9110).
fn judge(
    status: StatusCode,
    text: String,
    after: Option<Duration>,
    location: Option<String>,
) -> Outcome {
    match status.as_u16() {
        200..=299 => Outcome::Delivered { answer: text, refused: Vec::new(), later: Vec::new() },
        408 | 425 | 429 | 500.. => Outcome::Later { reason: text, after },
        410 => Outcome::Refused { reason: text, is_gone: true },
        300..=399 => {
            let to = location.unwrap_or_else(|| "elsewhere".to_owned());
            Outcome::refused(format!(
                "{text}; it leads to {to}, and redirects are not followed: give the address itself"
            ))
        }
        _ => Outcome::Refused { reason: text, is_gone: false },
    }
}

/// A failure without an answer: before anything was sent, or after.
fn failed(address: &Address, error: &reqwest::Error) -> Outcome {
    if is_caused_by::<OnlyPrivate>(error) {
        return leads_inside(address);
    }
    let shown = &address.shown;
    let why = address.mask(&causes(error));
    if error.is_connect() || error.is_builder() {
        return Outcome::later(format!("{shown}: cannot be reached: {why}"));
    }
    let what = if error.is_timeout() { "no answer in time" } else { "the connection broke" };
    Outcome::unknown(format!("{shown}: {what} after the call was sent: {why}"))
}

fn leads_inside(address: &Address) -> Outcome {
    Outcome::refused(format!(
        "{}: is an address of this machine or of a private network; set webhooks.private_addresses to allow them",
        address.shown
    ))
}

fn is_caused_by<E: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<E>() {
        return true;
    }
    error.source().is_some_and(is_caused_by::<E>)
}

fn shown_location(address: &Address, to: &str) -> String {
    address
        .url
        .join(to)
        .map_or_else(|_| "an address that is none".to_owned(), |to| shown(to.as_str()))
}

/// Seconds, or a date of HTTP.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        text.parse().map_or(RETRY_AFTER_MAX, Duration::from_secs)
    } else {
        let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        let wait: SignedDuration = at.duration_since(now);
        Duration::try_from(wait).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

fn client(settings: &Webhooks) -> Result<Client, SettingsError> {
    let mut builder = Client::builder()
        .connect_timeout(settings.connect_timeout.get())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(4)
        .user_agent(concat!("ringmaster/", env!("CARGO_PKG_VERSION")));
    if let Some(file) = &settings.ca_file {
        let pem = read_authorities("webhooks.ca_file", file)?;
        let all = Certificate::from_pem_bundle(&pem)
            .map_err(|error| SettingsError::new("webhooks.ca_file", causes(&error)))?;
        builder = builder.tls_certs_merge(all);
    }
    if !settings.private_addresses {
        builder = builder.dns_resolver(Arc::new(PublicOnly));
    }
    builder.build().map_err(|error| SettingsError::new("webhooks", causes(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_mean_what_the_standard_says() {
        let means = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            match judge(status, String::new(), None, None) {
                Outcome::Delivered { .. } => "delivered",
                Outcome::Refused { is_gone: true, .. } => "gone",
                Outcome::Refused { .. } => "refused",
                Outcome::Later { .. } => "later",
                Outcome::Unknown { .. } => "unknown",
            }
        };
        for (status, expected) in [
            (200, "delivered"),
            (204, "delivered"),
            (299, "delivered"),
            (301, "refused"),
            (304, "refused"),
            (400, "refused"),
            (401, "refused"),
            (404, "refused"),
            (408, "later"),
            (410, "gone"),
            (413, "refused"),
            (425, "later"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
            (599, "later"),
            (999, "later"),
        ] {
            assert_eq!(means(status), expected, "{status}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_at_most_a_day() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let wait = |text: &str| {
            let headers = [(RETRY_AFTER, text.parse().unwrap())].into_iter().collect();
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("99999999999999999999999"), Some(86_400));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(wait("Sun, 06 Nov 1994 08:48:37 GMT"), Some(0));
        assert_eq!(wait("Mon, 06 Nov 2094 08:49:37 GMT"), None, "that day was a Saturday");
        assert_eq!(wait("Sat, 06 Nov 2094 08:49:37 GMT"), Some(86_400));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait(""), None);
    }
}
