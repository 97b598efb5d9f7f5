//! What a server sent back: status, the few headers that matter, the body's bytes.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The longest a server can make us wait (`docs/reference/tastytrade-rest.md`, "5. Errors and how to react").
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(1);

/// An answer with its body read to the end.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header, if sent.
    pub content_type: Option<String>,
    /// When the server says it answered, by its own clock and to the second.
    pub date: Option<Timestamp>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    retry_after: Option<String>,
}

impl HttpResponse {
    pub(super) fn new(status: u16, headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.trim().to_owned())
        };
        Self {
            status,
            content_type: text(CONTENT_TYPE),
            date: text(DATE).and_then(|date| moment(&date)),
            body: Vec::new(),
            retry_after: text(RETRY_AFTER),
        }
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text, bytes that are no UTF-8 replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The first 200 characters of the body without markup, for answers that are not what was expected. `redact` sees the
    /// text before it is cut: half a secret would not be recognised.
    pub fn excerpt(&self, redact: impl Fn(&str) -> String) -> String {
        let mut words = String::new();
        let mut is_tag = false;
        for c in redact(&self.text()).chars().take(8_000) {
            match c {
                '<' => is_tag = true,
                '>' if is_tag => {
                    is_tag = false;
                    words.push(' ');
                }
                _ if is_tag => {}
                c => words.push(if c.is_control() { ' ' } else { c }),
            }
        }
        let words: Vec<&str> = words.split_whitespace().collect();
        words.join(" ").chars().take(200).collect()
    }

    /// How long the server asks to be left alone, at most a minute; `now` is needed because it may name a date.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.retry_after.as_deref()?;
        let asked = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => until(moment(text)?, now),
        };
        Some(asked.min(LONGEST_RETRY_AFTER))
    }
}

/// A date as headers write it.
fn moment(text: &str) -> Option<Timestamp> {
    Some(rfc2822::parse(text).ok()?.timestamp())
}

fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(header: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, header.parse().unwrap());
        HttpResponse::new(429, &headers).retry_after("2026-11-20T15:00:00Z".parse().unwrap())
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            asked("Fri, 20 Nov 2026 15:00:09 GMT"),
            Some(Duration::from_secs(9))
        );
        assert_eq!(
            asked("Fri, 20 Nov 2026 14:59:00 GMT"),
            Some(Duration::ZERO),
            "a date in the past"
        );
        assert_eq!(asked("soon"), None);
    }

    #[test]
    fn the_servers_clock_is_read() {
        let dated = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, text.parse().unwrap());
            HttpResponse::new(200, &headers).date
        };
        assert_eq!(
            dated("Fri, 20 Nov 2026 15:00:09 GMT"),
            "2026-11-20T15:00:09Z".parse().ok()
        );
        assert_eq!(dated("today"), None);
    }

    #[test]
    fn an_excerpt_is_short_and_free_of_markup() {
        let mut answer = HttpResponse::new(502, &HeaderMap::new());
        answer.body =
            b"<html>\r\n<h1 class=\"x\">502 Bad Gateway</h1><hr>nginx\x1b[2J</html>".to_vec();
        assert_eq!(answer.excerpt(str::to_owned), "502 Bad Gateway nginx [2J");
        answer.body = "\u{e9}".repeat(5000).into_bytes();
        assert_eq!(answer.excerpt(str::to_owned).chars().count(), 200);
        answer.body = format!("{}secret", "x".repeat(197)).into_bytes();
        assert!(
            !answer
                .excerpt(|text| text.replace("secret", "-"))
                .contains("sec")
        );
    }

    #[test]
    fn a_server_cannot_ask_for_more_than_a_minute() {
        assert_eq!(asked("86400"), Some(Duration::from_mins(1)));
        assert_eq!(
            asked("Sat, 21 Nov 2026 15:00:00 GMT"),
            Some(Duration::from_mins(1))
        );
    }
}
