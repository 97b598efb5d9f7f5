//! What to do about each failure of a source: the one table, whoever tells it. Pure.
//!
//! See `docs/reference/tastytrade-rest.md`, "3.2 Token errors" and "12. `diagnose-access` decision table";
//! `docs/reference/dxlink-protocol.md`, "14. Endpoints, entitlement, limits"; `docs/reference/legacy-sources.md`, "1.3
//! Errors".

use super::ProviderError;
use crate::auth::{AuthError, RefusalReason};
use crate::legacy::LegacyError;
use crate::net::NetError;
use crate::tastytrade::TastyError;
use dxlink::Loss;

/// What a server that took the question and refuses it for now leaves to do.
const LATER: &str = "the server is in trouble: try again in a few minutes";

/// Where another server than the broker's seems to answer.
const WRONG_PLACE: &str = "check rest.base_url: this does not look like the broker's REST API";

/// Something in front of the server said no.
const FIREWALL: &str = "the login itself was not looked at: a firewall or a proxy on the way refuses this program, \
                        try from another network";

/// Failed logins are remembered by address.
const BLOCK: &str = "after repeated failed logins the broker blocks an address for about eight hours, and requests \
                     then time out";

/// What to do about a certificate that is not trusted.
const UNTRUSTED: &str = "check the clock of this machine; where a company proxy opens TLS, its root certificate has to \
                             be among those this machine trusts (on Linux also: in the file that SSL_CERT_FILE names)";

/// What to do about an error.
pub(super) fn of(error: &ProviderError) -> Option<String> {
    match error {
        ProviderError::Login(error) => of_login(error),
        ProviderError::Rest(error) => of_rest(error),
        ProviderError::Stream(loss) => Some(of_loss(loss).to_owned()),
        ProviderError::Legacy(error) => of_legacy(error),
        ProviderError::Sessions(_) => Some(
            "wait for one of them to end, as --wait-slot 20s does; dxlink.max_sessions says how many there are".to_owned(),
        ),
        ProviderError::Deadline { .. } => None,
    }
}

fn of_login(error: &AuthError) -> Option<String> {
    let hint = match error {
        AuthError::Missing { variables } => {
            return Some(format!(
                "set {} in the environment or in .env.tastytrade (--env-file names another file); --demo needs no \
                 account",
                variables.join(" and ")
            ));
        }
        AuthError::Refused { reason, .. } => match reason {
            RefusalReason::GrantRevoked => {
                "the grant was deleted or belongs to the other environment: create a new one at my.tastytrade.com and \
                 set TT_REFRESH_TOKEN to its token"
            }
            RefusalReason::ClientSecretMismatch => {
                "TT_CLIENT_SECRET does not belong to this grant: take both from the same OAuth application"
            }
            RefusalReason::InvalidJwt => {
                "the refresh token is damaged: copy it again, whole, without quotes and line breaks"
            }
            RefusalReason::Other => {
                "check that TT_CLIENT_SECRET and TT_REFRESH_TOKEN are the secret and the grant of one OAuth application"
            }
        },
        AuthError::Blocked { .. } => FIREWALL,
        AuthError::Server { status: 429, .. } => {
            "too many logins: wait a minute, and let jobs that start together follow each other"
        }
        AuthError::Server { .. } => LATER,
        AuthError::Malformed => WRONG_PLACE,
        AuthError::Net(error) => return of_net(error, "rest.base_url"),
    };
    Some(hint.to_owned())
}

fn of_rest(error: &TastyError) -> Option<String> {
    let hint = match error {
        TastyError::Unauthorized(_) => {
            "the login works and its token is refused all the same: create a new grant with the scope read"
        }
        TastyError::NotEntitled(_) => {
            "this login has no opened account, and quotes come with one; --provider legacy works without"
        }
        TastyError::Forbidden(_) => {
            "quotes come with a funded account; if there is one, create a new grant with the scope read"
        }
        TastyError::NotFound(_) | TastyError::NotJson { .. } | TastyError::Incomplete { .. } => {
            WRONG_PLACE
        }
        TastyError::RateLimited { .. } => {
            "wait a minute; if other programs use this login, lower rest.requests_per_second"
        }
        TastyError::Server { .. } => LATER,
        TastyError::Blocked(_) => FIREWALL,
        TastyError::Validation(_) | TastyError::Refused(_) => {
            "the server and this version of volq do not agree: look for a newer one"
        }
        TastyError::Net(error) => return of_net(error, "rest.base_url"),
        TastyError::Auth(error) => return of_login(error),
    };
    let support = error.fault().and_then(|fault| fault.support_id.as_deref());
    Some(support.map_or_else(
        || hint.to_owned(),
        |id| format!("{hint}; the broker's support asks for the identifier {id}"),
    ))
}

/// What to do about a server that gave no answer; `setting` holds its address.
fn of_net(error: &NetError, setting: &str) -> Option<String> {
    Some(match error {
        error if error.is_refused_locally() => format!("correct {setting}"),
        error if error.is_dns() => {
            format!("check the name in {setting} and the name resolution of this machine")
        }
        error if error.is_tls() => UNTRUSTED.to_owned(),
        NetError::RateBudget { .. } => "raise --timeout or the rate in the settings".to_owned(),
        error if error.is_timeout() => {
            format!("nothing came in time: check network and firewall; {BLOCK}")
        }
        error if error.is_connect() => {
            "no connection: check network, firewall and HTTPS_PROXY".to_owned()
        }
        NetError::Transfer { .. } => {
            "the connection broke: try again, and check proxies on the way".to_owned()
        }
        _ => return None,
    })
}

fn of_loss(loss: &Loss) -> &'static str {
    match loss {
        Loss::NoAccess { .. } => {
            "leave dxlink.url open, or set it if the quote token names no address"
        }
        Loss::Address(_) => "correct dxlink.url",
        Loss::Connect { .. } | Loss::NoAnswer { .. } => {
            "check network and firewall: the stream is reached directly, also where HTTPS_PROXY is set; --no-stream \
             does without"
        }
        Loss::Certificate { .. } => UNTRUSTED,
        Loss::Socket { .. } => {
            "TLS or the upgrade fails: check dxlink.url and whether something between here and there answers instead"
        }
        Loss::Upgrade {
            status: 401 | 403, ..
        } => {
            "the stream refuses this login: run again, which fetches a fresh quote token, then create a new grant"
        }
        Loss::Upgrade { status, .. } if *status == 429 || *status >= 500 => {
            "an incident at the stream: try again in a few minutes; --no-stream does without"
        }
        Loss::Upgrade { .. } => {
            "the address is wrong: leave dxlink.url (DXLINK_URL) open, so that the one of the quote token is used"
        }
        Loss::TokenRefused { .. }
        | Loss::SessionNotFound { .. }
        | Loss::ClosedAfterToken { .. }
        | Loss::AuthorisationWithdrawn => {
            "run again, which fetches a fresh quote token; no more than five sessions of a login may be open at \
             once"
        }
        Loss::TokenNeeded => "this stream needs an account: leave --dxfeed-demo and dxlink.url out",
        Loss::UnsupportedProtocol { .. }
        | Loss::Unexpected { .. }
        | Loss::TooLarge { .. }
        | Loss::Malformed { .. } => {
            "this is not the stream that volq speaks to: check dxlink.url, and look for a newer volq"
        }
        Loss::ChannelRefused { .. } | Loss::ChannelClosed => {
            "this login is not served a feed: ask the broker's support; --no-stream does without"
        }
        Loss::Timeout { .. } | Loss::Silent { .. } | Loss::Stalled { .. } | Loss::Closed { .. } => {
            "the stream takes connections and does not keep them up: try again in a few minutes; --no-stream does \
             without"
        }
    }
}

fn of_legacy(error: &LegacyError) -> Option<String> {
    let hint = match error {
        LegacyError::Blocked => {
            "HTTP 429: too many requests came from this address (wait a quarter of an hour), or programs like this one \
             are refused however few they send (nothing helps); --provider dxlink,rest does without"
        }
        LegacyError::Consent { .. } => {
            "the service wants consent to cookies first, which volq does not give: use --provider dxlink,rest"
        }
        LegacyError::NotJson { .. } | LegacyError::Status { .. } => LATER,
        LegacyError::Net(error) => return of_net(error, "legacy.base_url"),
        LegacyError::Budget { .. } => return None,
        LegacyError::NoMapping { .. }
        | LegacyError::UnknownSymbol { .. }
        | LegacyError::NoData { .. }
        | LegacyError::Malformed { .. }
        | LegacyError::Refused { .. } => {
            "check legacy.base_url: this is not the answer it should give"
        }
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::tastytrade::ServerFault;

    fn fault(support_id: Option<&str>) -> ServerFault {
        ServerFault {
            status: 401,
            code: None,
            message: String::new(),
            support_id: support_id.map(str::to_owned),
        }
    }

    #[test]
    fn each_refusal_of_a_login_has_its_own_way_out() {
        for (reason, word) in [
            (RefusalReason::GrantRevoked, "create a new one"),
            (
                RefusalReason::ClientSecretMismatch,
                "same OAuth application",
            ),
            (RefusalReason::InvalidJwt, "line breaks"),
            (RefusalReason::Other, "one OAuth application"),
        ] {
            let error = AuthError::Refused {
                reason,
                description: String::new(),
                code: None,
                status: 400,
            };
            let hint = of_login(&error).unwrap();
            assert!(hint.contains(word), "{word}: {hint}");
        }
    }

    #[test]
    fn rest_failures_lead_to_their_cause() {
        for (error, word) in [
            (TastyError::Unauthorized(fault(None)), "new grant"),
            (TastyError::NotEntitled(fault(None)), "no opened account"),
            (TastyError::Forbidden(fault(None)), "funded account"),
            (TastyError::Forbidden(fault(None)), "scope read"),
            (TastyError::Blocked(fault(None)), "firewall"),
            (TastyError::NotFound(fault(None)), "rest.base_url"),
            (TastyError::Auth(AuthError::Malformed), "rest.base_url"),
        ] {
            let hint = of_rest(&error).unwrap();
            assert!(hint.contains(word), "{word}: {hint}");
        }
        let hint = of_rest(&TastyError::Unauthorized(fault(Some("76c0d3aa")))).unwrap();
        assert!(hint.ends_with("identifier 76c0d3aa"), "{hint}");
    }

    #[test]
    fn an_upgrade_that_is_refused_is_told_by_its_status() {
        for (status, word) in [
            (401, "new grant"),
            (403, "new grant"),
            (400, "address is wrong"),
            (404, "address is wrong"),
            (429, "incident"),
            (502, "incident"),
        ] {
            let loss = Loss::Upgrade {
                host: "h".to_owned(),
                status,
            };
            assert!(of_loss(&loss).contains(word), "{status}");
        }
    }

    #[test]
    fn a_step_that_is_not_answered_is_told_from_a_connection_that_is_not_made() {
        let after = Duration::from_secs(5);
        let host = "h".to_owned();
        assert!(of_loss(&Loss::NoAnswer { host, after }).contains("HTTPS_PROXY"));
        let waiting_for = "SETUP";
        assert!(of_loss(&Loss::Timeout { waiting_for, after }).contains("does not keep them up"));
    }

    #[test]
    fn a_block_has_two_possible_causes() {
        let error = ProviderError::Legacy(Arc::new(LegacyError::Blocked));
        let hint = of(&error).unwrap();
        assert!(hint.contains("wait a quarter") && hint.contains("nothing helps"));
    }

    #[test]
    fn a_server_that_does_not_answer_may_have_blocked_the_address() {
        let late = NetError::Deadline {
            host: "h".to_owned(),
        };
        assert!(
            of_net(&late, "rest.base_url")
                .unwrap()
                .contains("eight hours")
        );
        let wrong = NetError::Header { name: "x" };
        assert_eq!(
            of_net(&wrong, "rest.base_url").unwrap(),
            "correct rest.base_url"
        );
    }
}
