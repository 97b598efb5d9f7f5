//! Which market a command asks: the real one, or the built-in one started for this run.

use super::built_in::BuiltIn;
use super::context::Context;
use super::failure::Failure;
use crate::model::Symbol;
use crate::provider::Sources;

/// The sources of a run, and the built-in market behind them if there is one.
pub(super) struct Backend {
    sources: Sources,
    built_in: Option<BuiltIn>,
}

/// Opens what `--demo` or its absence asks for.
pub(super) async fn open(context: &Context) -> Result<Backend, Failure> {
    if !context.global.demo {
        return Ok(Backend {
            sources: context.sources(),
            built_in: None,
        });
    }
    let built_in = BuiltIn::start(context).await?;
    Ok(Backend {
        sources: context.market_sources(&built_in.base_url()),
        built_in: Some(built_in),
    })
}

impl Backend {
    /// What to ask.
    pub(super) fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Where the REST side of the sources is.
    pub(super) fn rest_url(&self, context: &Context) -> String {
        match &self.built_in {
            Some(market) => market.base_url(),
            None => context.settings.rest.base_url.as_str().to_owned(),
        }
    }

    /// Whether prices are simulated.
    pub(super) fn is_built_in(&self) -> bool {
        self.built_in.is_some()
    }

    /// Every underlying of the built-in market: stocks, funds, indices and the futures roots. The real market has no
    /// universe of its own.
    pub(super) fn universe(&self) -> Vec<Symbol> {
        self.built_in
            .as_ref()
            .map(BuiltIn::universe)
            .unwrap_or_default()
    }
}
