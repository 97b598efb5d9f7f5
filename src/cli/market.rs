//! Which market a command asks: the real one, or the built-in one started for this run.

use super::context::Context;
use super::failure::Failure;
use crate::model::Symbol;
use crate::provider::Sources;
#[cfg(feature = "demo")]
use crate::sim::{Server, ServerOptions, TICK};

/// The sources of a run, and the built-in market behind them if there is one.
pub(super) struct MarketDoor {
    sources: Sources,
    #[cfg(feature = "demo")]
    built_in: Option<Server>,
}

/// Opens what `--demo` or its absence asks for.
#[cfg(feature = "demo")]
pub(super) async fn open(context: &Context) -> Result<MarketDoor, Failure> {
    if !context.global.demo {
        return Ok(MarketDoor {
            sources: context.sources(),
            built_in: None,
        });
    }
    let options = ServerOptions {
        tick: Some(TICK.unsigned_abs()),
        ..ServerOptions::at(context.clock.now())
    };
    let server = Server::start(options).await?;
    Ok(MarketDoor {
        sources: context.market_sources(&server.base_url()),
        built_in: Some(server),
    })
}

/// Opens the real market; there is no other in this build.
#[cfg(not(feature = "demo"))]
pub(super) async fn open(context: &Context) -> Result<MarketDoor, Failure> {
    if context.global.demo {
        return Err(super::failure::UsageError::NoMarket.into());
    }
    Ok(MarketDoor {
        sources: context.sources(),
    })
}

impl MarketDoor {
    /// What to ask.
    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Where the REST side of the sources is.
    pub(super) fn rest_url(&self, context: &Context) -> String {
        #[cfg(feature = "demo")]
        if let Some(server) = &self.built_in {
            return server.base_url();
        }
        context.settings.rest.base_url.as_str().to_owned()
    }

    /// Whether prices are simulated.
    pub(super) fn is_built_in(&self) -> bool {
        self.sources.demo
    }

    /// Every underlying of the built-in market: stocks, funds, indices and the futures roots.
    #[cfg(feature = "demo")]
    pub(super) fn universe(&self) -> Vec<Symbol> {
        let mut symbols: Vec<Symbol> = Vec::new();
        for text in self
            .built_in
            .iter()
            .flat_map(|server| server.market().symbols())
        {
            let Ok(symbol) = text.parse::<Symbol>() else {
                continue;
            };
            let root = symbol
                .future_parts()
                .and_then(|(root, _)| format!("/{root}").parse().ok());
            let symbol = root.unwrap_or(symbol);
            if !symbols.contains(&symbol) {
                symbols.push(symbol);
            }
        }
        symbols
    }

    /// The real market has no universe of its own.
    #[cfg(not(feature = "demo"))]
    pub(super) fn universe(&self) -> Vec<Symbol> {
        Vec::new()
    }
}
