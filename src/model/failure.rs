//! Every kind of failure with its exit code, its code word and whether it may pass: the one table of them.
//! Each error says elsewhere which kind it is; this file knows no error.

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done; complete enough.
    Done,
    /// Something inside volq went wrong.
    Internal,
    /// Usage or settings.
    Usage,
    /// Credentials missing, refused or expired.
    Auth,
    /// Logged in, but not allowed, and nothing else could answer.
    NotEntitled,
    /// Nothing reachable, or rate limited beyond the budget.
    Network,
    /// Sources answered, but no symbol got anything.
    NoData,
    /// Less complete than wanted.
    Partial,
    /// A condition the user set was not met.
    Gate,
    /// Broken off by the user.
    Interrupted,
}

impl ExitStatus {
    /// Every way to end, by code.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Internal,
        Self::Usage,
        Self::Auth,
        Self::NotEntitled,
        Self::Network,
        Self::NoData,
        Self::Partial,
        Self::Gate,
        Self::Interrupted,
    ];

    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Auth => 3,
            Self::NotEntitled => 4,
            Self::Network => 5,
            Self::NoData => 6,
            Self::Partial => 7,
            Self::Gate => 8,
            Self::Interrupted => 130,
        }
    }
}

/// What kind of failure it is, as far as a user or a script has to act differently on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The reader of stdout went away, which is nobody's failure.
    ClosedPipe,
    /// The output cannot be written.
    Output,
    /// What is kept between runs cannot be listed or cleared.
    Cache,
    /// Settings do not hold.
    Settings,
    /// The list of symbols cannot be used.
    Symbols,
    /// A filter or sort expression cannot be read.
    Expression,
    /// There is no field of that name.
    Field,
    /// The command line asks for something that does not exist or does not fit.
    Usage,
    /// The built-in market cannot be served.
    Simulate,
    /// Credentials are missing.
    NoCredentials,
    /// Credentials were refused.
    AuthRefused,
    /// Logged in, but not allowed.
    NotEntitled,
    /// Asked too often.
    RateLimited,
    /// Other processes use all stream sessions.
    NoSession,
    /// The server cannot prove who it is.
    Untrusted,
    /// Nothing reachable, or the server is in trouble.
    Network,
    /// Sources answered and have nothing.
    NoData,
    /// The user broke it off.
    Interrupted,
}

/// What follows from a kind of failure.
struct FailureInfo {
    exit: ExitStatus,
    code: &'static str,
    is_retryable: bool,
}

impl FailureKind {
    /// How the process ends.
    pub const fn exit_status(self) -> ExitStatus {
        self.info().exit
    }

    /// A stable word to branch on.
    pub const fn code(self) -> &'static str {
        self.info().code
    }

    /// Whether the same call may work later.
    pub const fn is_retryable(self) -> bool {
        self.info().is_retryable
    }

    /// How `volq diagnose-access` helps to find the cause, where it does.
    pub const fn diagnosis(self) -> Option<&'static str> {
        match self {
            Self::AuthRefused => {
                Some("`volq diagnose-access` tells which part of the login is refused, and why")
            }
            Self::NotEntitled => Some("`volq diagnose-access` shows what this login may see"),
            Self::Network => Some("`volq diagnose-access` tells how far the connection comes"),
            _ => None,
        }
    }

    const fn info(self) -> FailureInfo {
        let (exit, code, is_retryable) = match self {
            Self::ClosedPipe => (ExitStatus::Done, "output", false),
            Self::Output => (ExitStatus::Internal, "output", false),
            Self::Cache => (ExitStatus::Internal, "cache", false),
            Self::Settings => (ExitStatus::Usage, "settings", false),
            Self::Symbols => (ExitStatus::Usage, "symbols", false),
            Self::Expression => (ExitStatus::Usage, "expression", false),
            Self::Field => (ExitStatus::Usage, "field", false),
            Self::Usage => (ExitStatus::Usage, "usage", false),
            Self::Simulate => (ExitStatus::Usage, "simulate", false),
            Self::NoCredentials => (ExitStatus::Auth, "no_credentials", false),
            Self::AuthRefused => (ExitStatus::Auth, "auth_refused", false),
            Self::NotEntitled => (ExitStatus::NotEntitled, "not_entitled", false),
            Self::RateLimited => (ExitStatus::Network, "rate_limited", true),
            Self::NoSession => (ExitStatus::Network, "no_session", true),
            Self::Untrusted => (ExitStatus::Network, "network", false),
            Self::Network => (ExitStatus::Network, "network", true),
            Self::NoData => (ExitStatus::NoData, "no_data", false),
            Self::Interrupted => (ExitStatus::Interrupted, "interrupted", true),
        };
        FailureInfo {
            exit,
            code,
            is_retryable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_contract() {
        let codes = ExitStatus::ALL.map(ExitStatus::code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
    }

    #[test]
    fn only_what_may_pass_is_retryable() {
        for (kind, exit, is_retryable) in [
            (FailureKind::NoCredentials, 3, false),
            (FailureKind::AuthRefused, 3, false),
            (FailureKind::NotEntitled, 4, false),
            (FailureKind::RateLimited, 5, true),
            (FailureKind::NoSession, 5, true),
            (FailureKind::Untrusted, 5, false),
            (FailureKind::Network, 5, true),
            (FailureKind::Usage, 2, false),
        ] {
            assert_eq!(kind.exit_status().code(), exit, "{kind:?}");
            assert_eq!(kind.is_retryable(), is_retryable, "{kind:?}");
        }
    }
}
