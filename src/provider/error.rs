//! Why a source did not deliver.

use std::sync::Arc;
use std::time::Duration;

use super::hint;
use crate::auth::AuthError;
use crate::legacy::LegacyError;
use crate::model::{FailureKind, Reason};
use crate::store::SlotsTaken;
use crate::tastytrade::TastyError;
use dxlink::Loss;

/// The failure of one source, shared with everything that needs to tell it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ProviderError {
    /// No login.
    #[error("login failed: {0}")]
    Login(#[source] AuthError),
    /// A REST request failed.
    #[error("{0}")]
    Rest(#[source] Arc<TastyError>),
    /// The stream failed.
    #[error("{0}")]
    Stream(#[source] Arc<Loss>),
    /// Other processes use all the sessions that the account has.
    #[error("{0}")]
    Sessions(#[source] SlotsTaken),
    /// The keyless source failed.
    #[error("{0}")]
    Legacy(#[source] Arc<LegacyError>),
    /// The run's time was up before an answer came.
    #[error("no answer within {} s", .after.as_secs_f64())]
    Deadline {
        /// How long was waited.
        after: Duration,
    },
}

impl ProviderError {
    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Login(error) => of_login(error),
            Self::Rest(error) => of_rest(error),
            Self::Stream(loss) if loss.is_auth() => FailureKind::AuthRefused,
            Self::Stream(loss) if matches!(**loss, Loss::Certificate { .. }) => {
                FailureKind::Untrusted
            }
            Self::Legacy(error)
                if matches!(**error, LegacyError::Blocked | LegacyError::Budget { .. }) =>
            {
                FailureKind::RateLimited
            }
            Self::Sessions(_) => FailureKind::NoSession,
            Self::Stream(_) | Self::Legacy(_) | Self::Deadline { .. } => FailureKind::Network,
        }
    }

    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        hint::of(self)
    }

    /// The HTTP status and the server's own code, as far as the server gave them.
    pub fn server_answer(&self) -> (Option<u16>, Option<&str>) {
        match self {
            Self::Login(error) => (error.http_status(), error.server_code()),
            Self::Rest(error) => (error.http_status(), error.server_code()),
            Self::Stream(loss) => of_lost_stream(loss),
            Self::Legacy(error) => of_chart(error),
            Self::Deadline { .. } | Self::Sessions(_) => (None, None),
        }
    }

    /// The reason that fields are missing because of it.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Rest(error) if error.is_out_of_budget() => Reason::NotAsked,
            _ if self.kind() == FailureKind::NotEntitled => Reason::NotEntitled,
            _ => Reason::ProviderFailed,
        }
    }
}

fn of_login(error: &AuthError) -> FailureKind {
    match error {
        AuthError::Missing { .. } => FailureKind::NoCredentials,
        AuthError::Refused { .. } | AuthError::Blocked { .. } => FailureKind::AuthRefused,
        AuthError::Server { status: 429, .. } => FailureKind::RateLimited,
        AuthError::Server { .. } | AuthError::Malformed | AuthError::Net(_) => FailureKind::Network,
    }
}

fn of_rest(error: &TastyError) -> FailureKind {
    match error {
        TastyError::Auth(error) => of_login(error),
        error if error.is_entitlement() => FailureKind::NotEntitled,
        TastyError::RateLimited { .. } => FailureKind::RateLimited,
        error if error.is_auth() => FailureKind::AuthRefused,
        _ => FailureKind::Network,
    }
}

/// HTTP status and server's code of a lost connection to the stream.
fn of_lost_stream(loss: &Loss) -> (Option<u16>, Option<&str>) {
    match loss {
        Loss::Upgrade { status, .. } => (Some(*status), None),
        Loss::ChannelRefused { code, .. } => (None, Some(code)),
        _ => (None, None),
    }
}

/// The same of a chart that did not come.
fn of_chart(error: &LegacyError) -> (Option<u16>, Option<&str>) {
    match error {
        LegacyError::Blocked => (Some(429), None),
        LegacyError::Consent { status }
        | LegacyError::NotJson { status }
        | LegacyError::Status { status } => (Some(*status), None),
        LegacyError::Refused { code, .. } => (None, Some(code)),
        _ => (None, None),
    }
}

/// A span as people say it: what is left of a run has digits that nobody set.
pub(super) fn in_tenths(span: Duration) -> Duration {
    const TENTH: u128 = 100;
    let tenths = (span.as_millis() + TENTH / 2) / TENTH;
    Duration::from_millis(u64::try_from(tenths * TENTH).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_of_a_run_is_told_in_tenths() {
        let told = |seconds| {
            let after = in_tenths(Duration::from_secs_f64(seconds));
            ProviderError::Deadline { after }.to_string()
        };
        assert_eq!(told(0.999_735_586), "no answer within 1 s");
        assert_eq!(told(2.25), "no answer within 2.3 s");
        assert_eq!(told(5.0), "no answer within 5 s");
    }

    #[test]
    fn a_refused_upgrade_keeps_its_status() {
        let loss = Loss::Upgrade {
            host: "h".to_owned(),
            status: 403,
        };
        let error = ProviderError::Stream(Arc::new(loss));
        assert_eq!(error.server_answer(), (Some(403), None));
    }
}
