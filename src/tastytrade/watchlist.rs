//! `GET /watchlists/{name}` and `/public-watchlists/{name}` (tastytrade-rest §7.10): lists of symbols by name.

use serde_json::Value;
use tokio::time::Instant;

use super::client::{Client, encoded};
use super::error::TastyError;
use super::limits::Endpoint;
use super::record::Record;
use crate::model::Symbol;

/// Whose list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WatchlistOwner {
    /// The customer's own.
    Private,
    /// The broker's, the same for everybody.
    Public,
}

impl Client {
    /// The symbols of a watchlist, in its order.
    ///
    /// # Errors
    ///
    /// Those of [`TastyError`]; `NotFound` for a name that does not exist.
    pub async fn watchlist(
        &self,
        owner: WatchlistOwner,
        name: &str,
        deadline: Instant,
    ) -> Result<Vec<Symbol>, TastyError> {
        let collection = match owner {
            WatchlistOwner::Private => "watchlists",
            WatchlistOwner::Public => "public-watchlists",
        };
        let path = format!("/{collection}/{}", encoded(name));
        let document = self.get(Endpoint::Other, &path, deadline).await?;
        parse(&document).ok_or(TastyError::Incomplete { what: "watchlist" })
    }
}

/// Entries that are `null` or no symbol are left out.
fn parse(document: &Value) -> Option<Vec<Symbol>> {
    let list = Record::new(&document["data"])?;
    let symbols = list.list("watchlist-entries");
    Some(symbols.filter_map(|entry| entry.symbol("symbol")).collect())
}

#[cfg(test)]
mod tests {
    use super::super::rig::{client, json_reply, soon, target};
    use super::*;
    use crate::net::responder::Responder;

    const FIXTURE: &str = include_str!("../../fixtures/http_tastytrade_watchlist.json");

    #[tokio::test]
    async fn entries_keep_their_order_and_broken_ones_are_left_out() {
        let server = Responder::start(vec![json_reply(200, FIXTURE)]).await;
        let symbols = client(&server)
            .watchlist(WatchlistOwner::Public, "Tom's Watchlist", soon())
            .await
            .unwrap();
        assert_eq!(
            target(&server.seen()[0]),
            "/public-watchlists/Tom%27s%20Watchlist"
        );
        let names: Vec<&str> = symbols.iter().map(Symbol::as_str).collect();
        assert_eq!(names, ["SPY", "/ESZ6", "/CL", "BRK/B"]);
    }

    #[tokio::test]
    async fn a_private_list_may_be_empty_or_not_exist() {
        let server = Responder::start(vec![
            json_reply(200, r#"{"data":{"name":"Mine","watchlist-entries":null}}"#),
            json_reply(
                404,
                r#"{"error":{"code":"record_not_found","message":"Couldn't find Watchlist"}}"#,
            ),
        ])
        .await;
        let client = client(&server);
        let list = async || {
            client
                .watchlist(WatchlistOwner::Private, "Mine", soon())
                .await
        };
        assert_eq!(list().await.unwrap(), []);
        assert!(matches!(list().await, Err(TastyError::NotFound(_))));
        assert_eq!(target(&server.seen()[0]), "/watchlists/Mine");
    }
}
