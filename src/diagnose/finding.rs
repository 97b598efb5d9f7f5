//! One layer's finding, with the kind of failure it is. Knows no layer in particular.

use std::error::Error;
use std::time::Duration;

use crate::model::FailureKind;
use crate::model::diagnosis::{DiagnosisLayer, LayerStatus};
use crate::provider::ProviderError;

/// A layer and what it would make of the command if it were the first to fail.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    pub(super) layer: DiagnosisLayer,
    /// `None` unless the layer does not work; a layer that nobody depends on may be told as a warning all the same.
    pub(super) failure: Option<FailureKind>,
}

impl Finding {
    /// It works.
    pub(super) fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Ok, None, detail)
    }

    /// It works, with something to know.
    pub(super) fn warn(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Warn, None, detail)
    }

    /// It could not or need not be tried.
    pub(super) fn skip(name: &'static str, why: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Skip, None, why)
    }

    /// It does not work.
    pub(super) fn fail(name: &'static str, kind: FailureKind, detail: impl Into<String>) -> Self {
        Self::new(name, LayerStatus::Fail, Some(kind), detail)
    }

    /// The user broke it off before it was known.
    pub(super) fn interrupted(name: &'static str) -> Self {
        Self::skip(name, "interrupted")
    }

    /// It does not work because of this error.
    pub(super) fn of_error(name: &'static str, error: &ProviderError) -> Self {
        let mut finding = Self::fail(name, error.kind(), words(error));
        finding.layer.hint = error.hint();
        let (status, code) = error.server_answer();
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
        self.layer.status != LayerStatus::Skip && self.failure.is_none()
    }

    /// Why what depends on this layer cannot be tried.
    pub(super) fn blocks(&self) -> Option<String> {
        (!self.works()).then(|| format!("needs {}", self.layer.name))
    }

    fn new(
        name: &'static str,
        status: LayerStatus,
        failure: Option<FailureKind>,
        detail: impl Into<String>,
    ) -> Self {
        let mut layer = DiagnosisLayer::new(name, status);
        layer.detail = Some(detail.into());
        Self { layer, failure }
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
    use crate::tastytrade::{ServerFault, TastyError};

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
        assert_eq!(finding.failure, Some(FailureKind::AuthRefused));
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
        let fault = |code: &str| ServerFault {
            status: 403,
            code: Some(code.to_owned()),
            message: String::new(),
            support_id: None,
        };
        let rest = |error| {
            Finding::of_error("x", &ProviderError::Rest(Arc::new(error)))
                .failure
                .unwrap()
        };
        assert_eq!(
            rest(TastyError::NotEntitled(fault("a"))),
            FailureKind::NotEntitled
        );
        assert_eq!(
            rest(TastyError::Unauthorized(fault("a"))),
            FailureKind::AuthRefused
        );
        assert_eq!(
            rest(TastyError::Incomplete { what: "x" }),
            FailureKind::Network
        );
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
