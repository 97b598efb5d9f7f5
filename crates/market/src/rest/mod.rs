//! The broker's REST endpoints and the keyless chart, strict about what they are asked.
//!
//! It turns requests into answers and knows nothing of sockets; how an answer is torn apart on the wire is the
//! listener's affair.

mod answer;
mod chain;
mod chart;
mod customer;
mod gate;
mod instruments;
mod login;
mod metrics;
mod quotes;
mod request;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use hyper::StatusCode;
use jiff::Timestamp;

use super::market::Market;
use super::record::Recorder;
use super::script::{Endpoint, ReplyBody, RestFault, Script};
use super::ticker::Ticker;
use super::tokens::{Credentials, Tokens};

pub(super) use answer::Answer;
pub(super) use request::RestRequest;

/// What answers requests.
#[derive(Debug)]
pub(super) struct RestService {
    pub(super) market: Arc<Market>,
    pub(super) ticker: Ticker,
    pub(super) tokens: Arc<Tokens>,
    pub(super) script: Script,
    pub(super) recorder: Recorder,
    /// What a login must show; anything when absent.
    pub(super) credentials: Option<Credentials>,
    /// Life of an access token.
    pub(super) token_seconds: u64,
    /// Where quote tokens point.
    pub(super) stream_url: String,
    rates: gate::Rates,
}

impl RestService {
    pub(super) fn new(
        market: Arc<Market>,
        ticker: Ticker,
        script: Script,
        credentials: Option<Credentials>,
        stream_url: String,
    ) -> Self {
        Self {
            tokens: Arc::new(Tokens::new(market.draw())),
            recorder: Recorder::default(),
            token_seconds: 900,
            rates: gate::Rates::default(),
            market,
            ticker,
            script,
            credentials,
            stream_url,
        }
    }

    /// The answer to a request under a scripted fault, as far as the fault changes the answer itself.
    pub(super) fn answer(&self, request: &RestRequest, fault: Option<&RestFault>) -> Answer {
        if matches!(fault, Some(RestFault::ExpireToken)) {
            self.tokens.expire_all();
        }
        if let Some(refusal) = self.refusal(request) {
            return refusal;
        }
        match fault {
            Some(RestFault::Reply {
                status,
                body,
                headers,
            }) => {
                let mut answer = scripted(*status, body);
                answer.headers.extend(headers.clone());
                answer
            }
            Some(RestFault::TokenRefused(why)) => login::refused(*why),
            Some(RestFault::CustomerNotFound { status }) => {
                login::customer_not_found(code(*status))
            }
            _ => self.truthful(request),
        }
    }

    fn truthful(&self, request: &RestRequest) -> Answer {
        match request.endpoint {
            Endpoint::OauthToken => self.oauth_token(request),
            Endpoint::ApiQuoteTokens => self.api_quote_tokens(),
            Endpoint::MarketMetrics => self.market_metrics(request),
            Endpoint::MarketData => self.market_data(request),
            Endpoint::Futures => self.futures(request),
            Endpoint::Equities => self.equities(request),
            Endpoint::OptionChain => self.option_chain(request),
            Endpoint::Customer => self.customer(),
            Endpoint::Accounts => self.accounts(),
            Endpoint::Session => self.market_session(),
            Endpoint::Watchlist => self.watchlist(request),
            Endpoint::Chart => self.chart(request),
            Endpoint::Any | Endpoint::Unknown => Answer::error(
                StatusCode::NOT_FOUND,
                "not_found",
                "The requested resource could not be found",
            ),
        }
    }

    /// Wall time of the present tick.
    fn moment(&self) -> Timestamp {
        let now = self.market.time_ms(self.ticker.tick());
        Timestamp::from_millisecond(now).unwrap_or(self.market.now())
    }
}

fn scripted(status: u16, body: &ReplyBody) -> Answer {
    let status = code(status);
    match body {
        ReplyBody::Empty => Answer::text(status, ""),
        ReplyBody::Json(value) => Answer::json(status, value),
        ReplyBody::Html(text) => Answer::html(status, text.as_str()),
        ReplyBody::Text(text) => Answer::text(status, text.as_str()),
    }
}

/// A scripted status; one that HTTP does not have is an internal error, which it is.
pub(super) fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
