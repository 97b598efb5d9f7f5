//! What the tests of this room share: a client of a canned server, and documents gone wrong.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::client::{RestClient, RestClientOptions};
use crate::auth::Login;
use crate::clock::FixedClock;
use crate::net::responder::{Responder, reply};
use crate::net::{Http, HttpOptions, Retry};
use crate::secret::{Credentials, Secret};
use crate::store::CacheFolder;

/// A client that holds `token-1`, retries without pause and is paced beyond notice. Its clock stands on 2026-11-20.
pub(super) fn client(server: &Responder) -> RestClient {
    keeping(server, None)
}

/// The same with a place for its quote token.
pub(super) fn keeping(server: &Responder, cache_folder: Option<CacheFolder>) -> RestClient {
    let retry = Retry {
        tries: 3,
        start: Duration::ZERO,
        ceiling: Duration::ZERO,
    };
    let clock = Arc::new(FixedClock("2026-11-20T15:00:00Z".parse().unwrap()));
    let http = Http::new(HttpOptions::default());
    let credentials = Credentials {
        client_secret: Secret::new("secret-abc"),
        refresh_token: Secret::new("refresh-xyz"),
        client_id: None,
    };
    let login = Login::new(
        http.clone(),
        clock.clone(),
        &server.url(""),
        credentials,
        retry,
        None,
    );
    login.adopt(Secret::new("token-1"), Duration::from_mins(10));
    let options = RestClientOptions {
        base_url: server.url("/"),
        requests_per_second: 50_000.0,
        batch_size: 50,
        retry,
        cache_folder,
        rates: None,
    };
    RestClient::new(http, login, clock, &options)
}

/// Far enough away that only a hanging test meets it.
pub(super) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// A JSON answer.
pub(super) fn json_reply(status: u16, body: &str) -> String {
    reply(status, "application/json", body)
}

/// The path and query of a request as it was seen by the server.
pub(super) fn target(request: &str) -> String {
    request.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// The fixture with a few of its values replaced by ones nobody expects there.
pub(super) fn mangled(fixture: &str) -> impl Strategy<Value = Value> + use<> {
    let document: Value = serde_json::from_str(fixture).unwrap();
    let odd = prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!("NaN")),
        Just(json!("-1e309")),
        Just(json!("-009999-01-02T00:00:00Z")),
        Just(json!("9999-12-31")),
        Just(json!(-1)),
        Just(json!(u64::MAX)),
        Just(json!(1e308)),
        Just(json!([])),
        Just(json!([null, {"symbol": []}])),
        Just(json!({})),
        Just(json!(true)),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), odd), 1..6).prop_map(move |changes| {
        let mut document = document.clone();
        for (place, odd) in changes {
            let nodes = count(&document);
            replace(&mut document, &mut place.index(nodes), &odd);
        }
        document
    })
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// Walks to the node with the number `left` and puts `odd` in its place.
fn replace(value: &mut Value, left: &mut usize, odd: &Value) -> bool {
    if *left == 0 {
        *value = odd.clone();
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, left, odd)),
        Value::Object(map) => map.values_mut().any(|item| replace(item, left, odd)),
        _ => false,
    }
}
