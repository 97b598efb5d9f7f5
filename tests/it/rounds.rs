//! Several rounds of questions on one connection: what outlives a round, and what a round leaves behind.

use std::sync::Arc;
use std::time::Duration;

use market::Counter;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use volq::auth::Login;
use volq::clock::{Clock, SystemClock};
use volq::legacy;
use volq::model::{Field, FieldSet, Origin, Provider};
use volq::net::{Http, HttpOptions, Retry};
use volq::provider::{Account, Engine, Found, Limits, Question, Ranking, Sources, Target, Timeout};
use volq::secret::{Credentials, Secret};
use volq::tastytrade::{RestClient, RestClientOptions};

use crate::feed::once;
use crate::harness::{CLIENT_SECRET, Harness, REFRESH_TOKEN};

/// Rounds of the long test.
const ROUNDS: u64 = 50;

/// The market's account, and every provider.
fn sources(market: &Harness) -> Sources {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let base_url = market.server().base_url();
    let http = Http::new(HttpOptions::default());
    let retry = Retry::default();
    let credentials = Credentials {
        client_secret: Secret::new(CLIENT_SECRET),
        refresh_token: Secret::new(REFRESH_TOKEN),
        client_id: None,
    };
    let login = Login::new(
        http.clone(),
        Arc::clone(&clock),
        &base_url,
        credentials,
        retry,
        None,
    );
    let options = RestClientOptions {
        base_url: base_url.clone(),
        requests_per_second: 10_000.0,
        batch_size: 200,
        retry,
        cache_folder: None,
        rates: None,
    };
    let client = RestClient::new(http.clone(), login.clone(), Arc::clone(&clock), &options);
    let keyless = legacy::Options {
        base_url,
        ..legacy::Options::default()
    };
    let keyless = legacy::ChartClient::new(&HttpOptions::default(), keyless, Arc::clone(&clock));
    Sources {
        ranking: Ranking::new(Provider::ALL.to_vec()),
        account: Ok(Account {
            login,
            client,
            http,
        }),
        slots: None,
        open_stream: None,
        stream_url: None,
        feed: once(),
        bars: None,
        legacy: Arc::new(keyless),
        demo: false,
        clock,
    }
}

/// Waits that a busy machine does not cut short.
fn limits() -> Limits {
    Limits {
        listen: Duration::from_secs(30),
        settle: Duration::from_secs(30),
        timeout: Timeout::Fixed(Duration::from_mins(5)),
        full_listen: false,
    }
}

fn question(symbols: &[&str], fields: &[Field]) -> Question {
    let targets = symbols.iter().map(|symbol| Target {
        symbol: symbol.parse().unwrap(),
        wants: FieldSet::of(fields),
        explained: FieldSet::EMPTY,
    });
    Question {
        targets: targets.collect(),
        ..Question::default()
    }
}

async fn round(engine: &mut Engine, symbols: &[&str], fields: &[Field]) -> Found {
    let cancel = CancellationToken::new();
    let question = question(symbols, fields);
    engine.ask(question, limits(), &cancel, &mut |_| {}).await
}

/// Every row has every field, and prices are the stream's.
#[track_caller]
fn assert_whole(found: &Found, symbols: &[&str], fields: &[Field]) {
    let names: Vec<&str> = found.rows.iter().map(|row| row.symbol.as_str()).collect();
    assert_eq!(names, symbols);
    for row in &found.rows {
        for field in fields {
            assert!(row.number(*field).is_some(), "{} {field}", row.symbol);
        }
        let bid = row.cell(Field::Bid).map(|cell| cell.origin);
        assert_eq!(bid, Some(Origin::DXLINK), "{}", row.symbol);
    }
}

#[test]
fn three_rounds_share_a_login_and_a_socket_and_take_back_what_is_dropped() {
    let market = Harness::new();
    let sources = sources(&market);
    market.runtime().block_on(async {
        let mut engine = Engine::new(&sources, limits(), Instant::now());
        let rounds: [(&[&str], &[Field]); 3] = [
            (&["SPY", "QQQ"], &[Field::Bid, Field::Last, Field::Ivr]),
            (&["QQQ", "AAPL"], &[Field::Bid, Field::Last, Field::Ivr]),
            (&["AAPL", "IWM"], &[Field::Bid]),
        ];
        for (symbols, fields) in rounds {
            let found = round(&mut engine, symbols, fields).await;
            assert_whole(&found, symbols, fields);
        }
        engine.close().await
    });
    // Quote and Trade of SPY and QQQ, then of AAPL, then Quote of IWM. Gone are both of SPY, both of QQQ and the Trade of
    // AAPL.
    market.until("what is dropped is taken back", |record| {
        record.count(Counter::SubscriptionsRemoved) >= 5
    });
    let record = market.record();
    assert_eq!(record.count(Counter::SubscriptionsAdded), 7);
    assert_eq!(record.count(Counter::SubscriptionsRemoved), 5);
    assert_eq!(record.count(Counter::OauthLogins), 1);
    assert_eq!(record.count(Counter::QuoteTokens), 1);
    assert_eq!(record.count(Counter::StreamConnections), 1);
    assert_eq!(
        record.requests("market-metrics"),
        2,
        "of AAPL the second time"
    );
    assert_eq!(record.requests("chart"), 0);
}

#[test]
fn many_rounds_use_one_connection_and_never_more_subscriptions_than_one_round_needs() {
    let market = Harness::new();
    let sources = sources(&market);
    let pairs = [
        ["SPY", "QQQ"],
        ["QQQ", "AAPL"],
        ["AAPL", "IWM"],
        ["IWM", "SPY"],
    ];
    market.runtime().block_on(async {
        let mut engine = Engine::new(&sources, limits(), Instant::now());
        for symbols in pairs.iter().cycle().take(usize::try_from(ROUNDS).unwrap()) {
            let found = round(&mut engine, symbols, &[Field::Bid]).await;
            assert_whole(&found, symbols, &[Field::Bid]);
        }
        engine.close().await
    });
    let record = market.record();
    assert_eq!(record.count(Counter::OauthLogins), 1);
    assert_eq!(record.count(Counter::StreamConnections), 1);
    // Two in the first round; one comes and one goes in every other.
    assert_eq!(record.count(Counter::SubscriptionsAdded), 1 + ROUNDS);
    market.until("all but the last two are taken back", |record| {
        record.count(Counter::SubscriptionsRemoved) == ROUNDS - 1
    });
}
