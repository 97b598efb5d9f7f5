//! The built-in market as commands see it; in builds without it, something that cannot be started.

#[cfg(feature = "demo")]
mod present {
    use market::{Server, ServerOptions, TICK};

    use crate::cli::context::Context;
    use crate::cli::failure::Failure;
    use crate::model::Symbol;

    /// A market that runs for as long as this lives.
    pub(in crate::cli) struct BuiltIn(Server);

    impl BuiltIn {
        /// Starts a market that stands at the present moment and moves.
        pub(in crate::cli) async fn start(context: &Context) -> Result<Self, Failure> {
            let options = ServerOptions {
                tick: Some(TICK.unsigned_abs()),
                ..ServerOptions::at(context.clock.now())
            };
            Ok(Self(Server::start(options).await?))
        }

        /// Where it listens.
        pub(in crate::cli) fn base_url(&self) -> String {
            self.0.base_url()
        }

        /// Its stocks, funds, indices and futures roots.
        pub(in crate::cli) fn universe(&self) -> Vec<Symbol> {
            let mut symbols: Vec<Symbol> = Vec::new();
            for text in self.0.market().symbols() {
                let Ok(symbol) = text.parse::<Symbol>() else {
                    continue;
                };
                let symbol = symbol.future_root().unwrap_or(symbol);
                if !symbols.contains(&symbol) {
                    symbols.push(symbol);
                }
            }
            symbols
        }
    }
}

#[cfg(not(feature = "demo"))]
mod absent {
    use crate::cli::context::Context;
    use crate::cli::failure::{Failure, UsageError};
    use crate::model::Symbol;

    /// A market that does not exist.
    pub(in crate::cli) enum BuiltIn {}

    impl BuiltIn {
        /// Says that this build has none.
        pub(in crate::cli) fn start(_: &Context) -> std::future::Ready<Result<Self, Failure>> {
            std::future::ready(Err(UsageError::NoMarket.into()))
        }

        /// Never called: there is no value to call it on.
        pub(in crate::cli) fn base_url(&self) -> String {
            match *self {}
        }

        /// Never called: there is no value to call it on.
        pub(in crate::cli) fn universe(&self) -> Vec<Symbol> {
            match *self {}
        }
    }
}

#[cfg(not(feature = "demo"))]
pub(super) use absent::BuiltIn;
#[cfg(feature = "demo")]
pub(super) use present::BuiltIn;
