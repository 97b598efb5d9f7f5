//! `GET /customers/me`, for diagnosis. All but a few yes-or-no facts is personal data and is dropped here.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.11 Customer and accounts (diagnose only)".

use serde_json::Value;
use tokio::time::Instant;

use super::client::RestClient;
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::JsonRecord;

/// What the customer record says about quotes; `None` where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustomerFacts {
    /// Quotes are delayed for this customer.
    pub has_delayed_quotes: Option<bool>,
    /// The customer counts as a professional, for whom exchanges charge more.
    pub is_professional: Option<bool>,
    /// The customer has agreed to margin trading.
    pub agreed_to_margining: Option<bool>,
    /// An application for an account is pending or approved.
    pub has_application: Option<bool>,
}

impl RestClient {
    /// Facts of the customer who is logged in.
    ///
    /// # Errors
    ///
    /// Those of [`TastyError`]; `Unauthorized` when the token is refused.
    pub async fn customer(&self, deadline: Instant) -> Result<CustomerFacts, TastyError> {
        let document = self.get(Endpoint::Other, "/customers/me", deadline).await?;
        parse(&document).ok_or(TastyError::Incomplete {
            what: "customer record",
        })
    }
}

fn parse(document: &Value) -> Option<CustomerFacts> {
    let data = JsonRecord::new(&document["data"])?;
    Some(CustomerFacts {
        has_delayed_quotes: data.flag("has-delayed-quotes"),
        is_professional: data.flag("is-professional"),
        agreed_to_margining: data.flag("agreed-to-margining"),
        has_application: data.flag("has-pending-or-approved-application"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{client, json_reply, soon};
    use super::*;
    use crate::net::responder::Responder;

    const FIXTURE: &str = include_str!("../../fixtures/http_tastytrade_customer.json");

    #[tokio::test]
    async fn flags_are_kept_and_people_are_not() {
        let server = Responder::start(vec![json_reply(200, FIXTURE)]).await;
        let facts = client(&server).customer(soon()).await.unwrap();
        assert_eq!(
            facts,
            CustomerFacts {
                has_delayed_quotes: Some(true),
                is_professional: Some(false),
                agreed_to_margining: Some(true),
                has_application: None,
            }
        );
    }

    #[tokio::test]
    async fn an_answer_without_a_record_is_incomplete() {
        let server = Responder::start(vec![json_reply(200, r#"{"data":[]}"#)]).await;
        let error = client(&server).customer(soon()).await.unwrap_err();
        assert!(matches!(error, TastyError::Incomplete { .. }));
    }
}
