//! `volq simulate`: the built-in market on its own, for trying cron lines and other clients without an account.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use market::{Script, Server, ServerOptions, TICK};
use tokio_util::sync::CancellationToken;

use super::answer::{block_on, until_interrupted};
use super::context::Context;
use super::failure::{ExitStatus, Failure, UsageError};
use super::messages;
use crate::capped;

/// The built-in market server on loopback
///
/// Prints the variables that point volq at it, then serves until Ctrl-C and says which protocol rules its clients broke.
///
/// Example: volq simulate --port 8123 > market.env & sleep 1; . ./market.env; volq quote SPY
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,

    /// Seed of the market: the same seed gives the same prices
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Made-up stocks besides the usual symbols: XAAAA, XAAAB and so on
    #[arg(long, value_name = "N", default_value_t = 0)]
    extra_symbols: usize,

    /// JSON file of faults to play
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// Keep prices still
    #[arg(long)]
    frozen: bool,

    /// Speak the stream as the official JavaScript and Python clients need it
    #[arg(long)]
    peer_compatible: bool,

    /// End after this long; 500ms, 5s, 2m
    #[arg(long, value_name = "DUR", value_parser = crate::settings::parse_duration)]
    duration: Option<Duration>,
}

pub(super) fn run(args: SimulateArgs, context: &Context) -> Result<ExitStatus, Failure> {
    let script = args
        .script
        .as_deref()
        .map(read_script)
        .transpose()?
        .unwrap_or_default();
    let script = if args.peer_compatible {
        script.peer_compatible()
    } else {
        script
    };
    let duration = args.duration;
    let options = args.options(script, context.clock.now());
    block_on(serve(options, duration))
}

impl SimulateArgs {
    fn options(self, script: Script, now: Timestamp) -> ServerOptions {
        ServerOptions {
            port: self.port,
            seed: self.seed,
            extra_symbols: self.extra_symbols,
            tick: (!self.frozen).then_some(TICK.unsigned_abs()),
            script,
            ..ServerOptions::at(now)
        }
    }
}

async fn serve(options: ServerOptions, duration: Option<Duration>) -> Result<ExitStatus, Failure> {
    let server = Server::start(options).await?;
    let base = server.base_url();
    messages::data(&format!(
        "export API_BASE_URL={base}\nexport LEGACY_BASE_URL={base}\nexport TT_CLIENT_SECRET=built-in-market\nexport TT_REFRESH_TOKEN=built-in-market\n"
    ))?;
    let cancel = CancellationToken::new();
    let end = async {
        match duration {
            Some(duration) => tokio::time::timeout(duration, cancel.cancelled())
                .await
                .unwrap_or_default(),
            None => cancel.cancelled().await,
        }
    };
    until_interrupted(&cancel, end).await;
    let record = server.record();
    server.shutdown().await;
    for violation in &record.violations {
        messages::note(&format!("violation: {violation}\n"));
    }
    messages::note(&format!("{} violations\n", record.violations.len()));
    Ok(ExitStatus::Done)
}

/// Larger files are no scripts.
const LARGEST_SCRIPT: u64 = 1 << 20;

fn read_script(path: &std::path::Path) -> Result<Script, UsageError> {
    let shown = path.display().to_string();
    let text = std::fs::File::open(path)
        .and_then(|file| Ok(capped::read_text(file, LARGEST_SCRIPT)?))
        .map_err(|source| UsageError::File {
            path: shown.clone(),
            source,
        })?;
    Script::from_json(&text).map_err(|source| UsageError::Script {
        path: shown,
        source,
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: SimulateArgs,
    }

    #[test]
    fn options_reach_the_market() {
        let now: Timestamp = "2026-11-20T15:30:00Z".parse().unwrap();
        let options = |line: &str| {
            let line = Line::parse_from(line.split(' '));
            line.args.options(Script::default(), now)
        };
        let plain = options("simulate");
        assert_eq!((plain.seed, plain.extra_symbols, plain.port), (1, 0, 0));
        assert_eq!(plain.tick, Some(TICK.unsigned_abs()));
        let other = options("simulate --seed 7 --extra-symbols 5000 --port 81 --frozen");
        assert_eq!((other.seed, other.extra_symbols, other.port), (7, 5000, 81));
        assert_eq!((other.tick, other.now), (None, now));
    }
}
