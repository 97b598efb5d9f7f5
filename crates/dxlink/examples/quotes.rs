//! Prints the quotes of some symbols: `quotes ADDRESS SYMBOL…`, with a token from `DXLINK_TOKEN` where the server wants one.
//!
//! Ends when a quote of every symbol has been printed; with `--follow` in front it goes on.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a small program of its own, with output and an environment"
)]

use std::collections::HashSet;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use dxlink::{
    Access, Change, Event, EventType, Feed, FeedOptions, Notice, Subscription, Token, WebSocket,
};
use rustls::{ClientConfig, RootCertStore};

const USAGE: &str = "usage: quotes [--follow] ADDRESS SYMBOL…";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let follow = arguments.first().is_some_and(|first| first == "--follow");
    arguments.drain(..usize::from(follow));
    let [address, symbols @ ..] = &arguments[..] else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    if symbols.is_empty() {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match run(address, symbols, follow) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quotes: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str, symbols: &[String], follow: bool) -> Result<(), Box<dyn Error>> {
    let access = match std::env::var("DXLINK_TOKEN") {
        Ok(token) => Access::with_token(address, Token::new(token)),
        Err(_) => Access::open(address),
    };
    let options = FeedOptions {
        client: "quotes-example/1",
        ..FeedOptions::default()
    };
    let transport = WebSocket::with_lazy_tls(|| tls().map(Arc::new));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (feed, task) = Feed::new(options, access, transport);
        let task = tokio::spawn(task);
        let outcome = print(&feed, symbols, follow).await;
        feed.close().await;
        task.await?;
        outcome
    })
}

/// Whom to trust: the authorities that browsers trust. A program may prefer those of the machine.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    Ok(builder
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

async fn print(feed: &Feed, symbols: &[String], follow: bool) -> Result<(), Box<dyn Error>> {
    let quotes = symbols
        .iter()
        .map(|symbol| Subscription::new(EventType::Quote, symbol));
    feed.subscribe(quotes.collect()).await;
    let mut missing: HashSet<&str> = symbols.iter().map(String::as_str).collect();
    while follow || !missing.is_empty() {
        let Some(changes) = feed.changes().await else {
            break;
        };
        for notice in changes.notices {
            match notice {
                Notice::Failed(loss) => return Err(loss.to_string().into()),
                Notice::Lost(loss) => eprintln!("connection lost: {loss}"),
                _ => {}
            }
        }
        for Change { symbol, event } in changes.events {
            if let Event::Quote(quote) = event {
                let shown = |price: Option<f64>| price.map_or("–".to_owned(), |p| p.to_string());
                let (bid, ask) = (quote.bid_price.available(), quote.ask_price.available());
                println!("{symbol}\t{}\t{}", shown(bid), shown(ask));
                missing.remove(&*symbol);
            }
        }
    }
    Ok(())
}
