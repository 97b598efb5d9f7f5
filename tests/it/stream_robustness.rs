//! The same answer whatever the network does to the order of things in time.

use std::sync::Arc;
use std::time::Duration;

use dxlink::{Event, EventType};
use jiff::Timestamp;
use market::{Counter, Script, StreamFaults, StreamRule};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use volq::auth::AuthError;
use volq::clock::FixedClock;
use volq::legacy;
use volq::model::{Command, Field, FieldSet, Provider, Row};
use volq::net::HttpOptions;
use volq::provider::{Limits, Ranking, Sources, Target, Timeout, collect};

use crate::feed::{Listener, once, options};
use crate::harness::Harness;
use crate::scripted_server::{ScriptedServer, data, polite};

/// How often the same question is asked.
const RUNS: u64 = 200;

/// Runs that go on at the same time.
const AT_ONCE: u64 = 40;

fn trembling(seed: u64) -> StreamFaults {
    StreamFaults {
        seed,
        frame_jitter_ms: 3,
        no_auth: true,
        ..StreamFaults::default()
    }
}

/// The stream alone, without an account.
fn stream_alone(market: &Harness) -> Sources {
    let clock = Arc::new(FixedClock(Timestamp::now()));
    let keyless = legacy::ChartClient::new(
        &HttpOptions::default(),
        legacy::Options::default(),
        clock.clone(),
    );
    Sources {
        bars: None,
        ranking: Ranking::new(vec![Provider::Dxlink]),
        account: Err(AuthError::Missing {
            variables: Vec::new(),
        }),
        slots: None,
        open_stream: Some(market.server().ws_url()),
        stream_url: None,
        feed: once(),
        legacy: Arc::new(keyless),
        demo: false,
        clock,
    }
}

fn targets() -> Vec<Target> {
    let wants: FieldSet = Command::Quote.fields().collect();
    ["SPY", "QQQ", "AAPL", "SPX"]
        .map(|symbol| Target {
            symbol: symbol.parse().unwrap(),
            wants,
            explained: FieldSet::EMPTY,
        })
        .to_vec()
}

/// Two hundred runs in which every frame waits a random moment bring the same rows, and no rule of the protocol is
/// broken in any of them.
#[test]
fn random_delays_change_no_row() {
    let script = Script {
        stream: (1..=RUNS)
            .map(|number| StreamRule::on(number, trembling(number)))
            .collect(),
        ..Script::default()
    };
    let market = Harness::with(script);
    let sources = stream_alone(&market);
    let mut outcomes = Vec::new();
    for _ in 0..RUNS / AT_ONCE {
        market.runtime().block_on(async {
            let mut runs = JoinSet::new();
            for _ in 0..AT_ONCE {
                runs.spawn(rows(sources.clone()));
            }
            outcomes.extend(runs.join_all().await);
        });
    }
    for row in &outcomes[0] {
        assert!(row.number(Field::Mark).is_some(), "{row:?}");
    }
    for rows in &outcomes {
        assert_eq!(rows, &outcomes[0]);
    }
    assert_eq!(market.record().count(Counter::StreamConnections), RUNS);
}

async fn rows(sources: Sources) -> Vec<Row> {
    let limits = Limits {
        listen: Duration::from_secs(20),
        settle: Duration::from_secs(20),
        timeout: Timeout::Fixed(Duration::from_secs(30)),
        full_listen: false,
    };
    let collected = collect(
        targets(),
        &sources,
        limits,
        &CancellationToken::new(),
        &mut |_| {},
    )
    .await;
    assert!(collected.failures.is_empty(), "{:?}", collected.failures);
    collected.rows
}

/// Checklist 97. A reader that comes late finds the newest value of each symbol, and the connection lives.
#[test]
fn a_slow_reader_finds_the_newest_value() {
    let server = ScriptedServer::polite_but("FEED_SUBSCRIPTION", |_, message| {
        let mut line = polite(message);
        for bid in 1..=5_000 {
            let row = json!([{"eventType": "Quote", "eventSymbol": "SPY", "bidPrice": bid}]);
            line.push(data(message, &row));
        }
        line.extend(polite(&json!({
            "type": "FEED_SUBSCRIPTION", "channel": 1, "add": [{"symbol": "LAST"}],
        })));
        line
    });
    let mut line = Listener::to_scripted_server(&server, options());
    line.subscribe(EventType::Quote, &["SPY", "LAST"]);
    line.until("the last row", |seen| seen.stats.events >= 5_003);
    let Some(Event::Quote(quote)) = line.newest(EventType::Quote, "SPY") else {
        panic!("{:?}", line.events)
    };
    assert_eq!(quote.bid_price.0, 5_000.0);
    assert_eq!(line.stats.connections, 1);
}
