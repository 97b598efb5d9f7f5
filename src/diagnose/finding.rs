//! One layer's finding, with what it means for the outcome of the command. Knows no layer in particular.

use std::error::Error;
use std::time::Duration;

use super::hint;
use crate::model::diagnosis::{Layer, LayerStatus};
use crate::provider::{FailureKind, ProviderError};

/// What a diagnosis comes to, as far as a caller has to branch on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every layer works.
    Ok,
    /// The settings are wrong.
    Usage,
    /// Credentials are missing or refused.
    Auth,
    /// Logged in, but not entitled to quotes.
    NotEntitled,
    /// Something cannot be reached or is in trouble.
    Network,
    /// Everything answers and nothing comes.
    NoData,
    /// The user broke it off.
    Interrupted,
}

impl From<FailureKind> for Outcome {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::NoCredentials | FailureKind::Auth => Self::Auth,
            FailureKind::Entitlement => Self::NotEntitled,
            FailureKind::RateLimited
            | FailureKind::NoSession
            | FailureKind::Untrusted
            | FailureKind::Network => Self::Network,
        }
    }
}

/// A layer and what it would make of the command if it were the first to fail.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) layer: Layer,
    /// `Ok` unless the layer does not work; a layer that nobody depends on may be told as a warning all the same.
    pub(super) outcome: Outcome,
}

impl Finding {
    /// It works.
    pub(super) fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Ok, Outcome::Ok, detail)
    }

    /// It works, with something to know.
    pub(super) fn warn(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Warn, Outcome::Ok, detail)
    }

    /// It could not or need not be tried.
    pub(super) fn skip(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Skip, Outcome::Ok, why)
    }

    /// It does not work.
    pub(super) fn fail(name: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Fail, outcome, detail)
    }

    /// The user broke it off before it was known.
    pub(super) fn interrupted(name: &'static str) -> Self {
        Self::skip(name, "interrupted")
    }

    /// It does not work because of this error.
    pub(super) fn of_error(name: &'static str, error: &ProviderError) -> Self {
        let mut finding = Self::fail(name, error.kind().into(), words(error));
        finding.layer.hint = hint::of(error);
        let (status, code) = match error {
            ProviderError::Login(error) => (error.http_status(), error.server_code()),
            ProviderError::Rest(error) => (error.http_status(), error.server_code()),
            ProviderError::Stream(loss) => hint::answer_of(loss),
            ProviderError::Legacy(error) => hint::answer_of_chart(error),
            ProviderError::Deadline { .. } | ProviderError::Sessions(_) => (None, None),
        };
        finding.layer.http_status = status;
        finding.layer.server_code = code.map(str::to_owned);
        finding
    }

    /// The same with what to do about it.
    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.layer.hint = Some(hint.into());
        self
    }

    /// The same with the time it took.
    pub(super) fn taking(mut self, took: Duration) -> Self {
        self.layer.took = Some(took);
        self
    }

    /// The same told as a warning: it does not work, which is no reason for the command to fail.
    pub(super) fn softened(mut self) -> Self {
        if self.layer.status == LayerStatus::Fail {
            self.layer.status = LayerStatus::Warn;
        }
        self
    }

    /// Whether what depends on this layer can be tried.
    pub(super) fn works(&self) -> bool {
        self.layer.status != LayerStatus::Skip && self.outcome == Outcome::Ok
    }

    /// Why what depends on this layer cannot be tried.
    pub(super) fn blocks(&self) -> Option<String> {
        (!self.works()).then(|| format!("needs {}", self.layer.name))
    }

    fn new(
        name: &'static str,
        status: LayerStatus,
        outcome: Outcome,
        detail: impl Into<String>,
    ) -> Self {
        let mut layer = Layer::new(name, status);
        layer.detail = Some(detail.into());
        Self { layer, outcome }
    }
}

/// An error and its causes, each said once.
fn words(error: &ProviderError) -> String {
    // The layer's name says already which part of the way it is.
    let first: &dyn Error = match error {
        ProviderError::Login(error) => error,
        other => other,
    };
    let mut text = first.to_string();
    let mut cause = first.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::auth::{AuthError, RefusalReason};
    use crate::net::NetError;
    use crate::tastytrade::{Fault, TastyError};

    fn refused() -> ProviderError {
        ProviderError::Login(AuthError::Refused {
            reason: RefusalReason::GrantRevoked,
            description: "Grant revoked".to_owned(),
            code: Some("invalid_grant".to_owned()),
            status: 400,
        })
    }

    #[test]
    fn a_failure_carries_the_servers_words_status_and_code() {
        let finding = Finding::of_error("oauth", &refused());
        assert_eq!(finding.outcome, Outcome::Auth);
        assert_eq!(finding.layer.status, LayerStatus::Fail);
        assert_eq!(finding.layer.http_status, Some(400));
        assert_eq!(finding.layer.server_code.as_deref(), Some("invalid_grant"));
        insta::assert_snapshot!(
            finding.layer.detail.unwrap(),
            @"the token request was refused with HTTP 400: Grant revoked"
        );
    }

    #[test]
    fn causes_are_said_once() {
        let late = AuthError::from(NetError::Deadline {
            host: "api.example".to_owned(),
        });
        insta::assert_snapshot!(
            words(&ProviderError::Login(late.clone())),
            @"the token request got no answer: api.example did not answer before the deadline"
        );
        let rest = ProviderError::Rest(Arc::new(TastyError::Auth(late)));
        insta::assert_snapshot!(
            words(&rest),
            @"the token request got no answer: api.example did not answer before the deadline"
        );
    }

    #[test]
    fn what_a_failure_means_follows_its_kind() {
        let fault = |code: &str| Fault {
            status: 403,
            code: Some(code.to_owned()),
            message: String::new(),
            support_id: None,
        };
        let rest = |error| Finding::of_error("x", &ProviderError::Rest(Arc::new(error))).outcome;
        assert_eq!(
            rest(TastyError::NotEntitled(fault("a"))),
            Outcome::NotEntitled
        );
        assert_eq!(rest(TastyError::Unauthorized(fault("a"))), Outcome::Auth);
        assert_eq!(rest(TastyError::Incomplete { what: "x" }), Outcome::Network);
    }

    #[test]
    fn a_softened_failure_still_does_not_work() {
        let finding = Finding::of_error("legacy", &refused()).softened();
        assert_eq!(finding.layer.status, LayerStatus::Warn);
        assert!(!finding.works());
        assert_eq!(finding.blocks().as_deref(), Some("needs legacy"));
        assert!(Finding::warn("x", "y").softened().works());
    }
}
