//! A login at the market through volq's own library, and the names of options that it gives.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use volq::auth::Login;
use volq::clock::{Clock, SystemClock};
use volq::model::Symbol;
use volq::net::{Http, HttpOptions, Retry};
use volq::secret::{Credentials, Secret};
use volq::store::{AccountMark, CacheKind, Store};
use volq::tastytrade::{RestClient, RestClientOptions};

/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Underlyings with enough options between them.
const UNDERLYINGS: [&str; 5] = ["SPY", "QQQ", "IWM", "AAPL", "NVDA"];

/// Runs work to its end in a runtime of one thread, as volq does.
pub(crate) fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(work)
}

/// A login that finds its tokens in a folder, if they are there, and leaves them there.
pub(crate) fn broker(port: u16, folder: Option<&Path>) -> RestClient {
    let http = Http::new(HttpOptions::default());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let word = Secret::new("built-in-market".to_owned());
    let base_url = format!("http://127.0.0.1:{port}");
    let cache_folder = folder.map(|folder| {
        let mark = AccountMark::new(&base_url, &word, &word);
        Store::at(folder.to_owned()).cache_folder(CacheKind::Tokens, &mark)
    });
    let credentials = Credentials {
        client_secret: word.clone(),
        refresh_token: word,
        client_id: None,
    };
    let login = Login::new(
        http.clone(),
        clock.clone(),
        &base_url,
        credentials,
        Retry::default(),
        cache_folder.clone(),
    );
    let options = RestClientOptions {
        base_url,
        requests_per_second: 1_000.0,
        batch_size: 50,
        retry: Retry::default(),
        cache_folder,
        rates: None,
    };
    RestClient::new(http, login, clock, &options)
}

/// Options of the market in stream spelling.
pub(crate) fn option_symbols(port: u16, count: usize) -> Vec<String> {
    let mut symbols = Vec::new();
    in_runtime(async {
        let client = broker(port, None);
        for underlying in UNDERLYINGS {
            let underlying: Symbol = underlying.parse().expect("a symbol");
            let deadline = tokio::time::Instant::now() + PATIENCE;
            let chain = client.option_chain(&underlying, deadline).await;
            let expirations = chain.expect("a chain").expirations;
            let pairs = expirations.into_iter().flat_map(|date| date.strikes);
            let options = pairs.flat_map(|pair| [pair.call_streamer, pair.put_streamer]);
            symbols.extend(options.flatten().map(|option| option.as_str().to_owned()));
        }
    });
    assert!(symbols.len() >= count, "{} options", symbols.len());
    symbols.truncate(count);
    symbols
}
