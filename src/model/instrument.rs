//! What a symbol turned out to be, as the instrument endpoints say.

use std::sync::Arc;

use jiff::civil::Date;

use super::symbol::{StreamerSymbol, Symbol};

/// The classes volq tells apart in output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstrumentClass {
    /// A stock.
    Equity,
    /// A fund traded like a stock.
    Etf,
    /// A cash index.
    Index,
    /// A futures contract.
    Future,
    /// An option on a stock, a fund or an index.
    EquityOption,
    /// An option on a future.
    FutureOption,
    /// A crypto pair.
    Crypto,
}

impl InstrumentClass {
    /// The word in the `instrument` field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equity => "equity",
            Self::Etf => "etf",
            Self::Index => "index",
            Self::Future => "future",
            Self::EquityOption => "equity_option",
            Self::FutureOption => "future_option",
            Self::Crypto => "crypto",
        }
    }
}

/// An entry of `/instruments/equities` (`docs/reference/tastytrade-rest.md`, "7.8 Equities").
#[derive(Clone, Debug, PartialEq)]
pub struct EquityInstrument {
    /// The symbol that the record is about.
    pub symbol: Symbol,
    /// Stock, fund or index.
    pub class: InstrumentClass,
    /// Full name, if sent.
    pub description: Option<Arc<str>>,
    /// Name on the stream, if sent.
    pub streamer: Option<StreamerSymbol>,
}

/// An entry of `/instruments/futures` (`docs/reference/tastytrade-rest.md`, "7.7 Futures").
#[derive(Clone, Debug, PartialEq)]
pub struct FutureContract {
    /// The contract, `/ESZ6`.
    pub symbol: Symbol,
    /// Product code without slash, `ES`.
    pub product: String,
    /// Name of the product, if sent.
    pub description: Option<Arc<str>>,
    /// Name on the stream, `/ESZ26:XCME`, if sent.
    pub streamer: Option<StreamerSymbol>,
    /// Expiration day, if sent.
    pub expiration: Option<Date>,
    /// Whether the broker calls it the active month.
    pub active_month: bool,
    /// Whether it can be traded.
    pub tradeable: bool,
    /// Whether positions can only be closed.
    pub closing_only: bool,
    /// Letters of the months in which the product is traded actively, as sent; empty where it is not told.
    pub active_months: String,
}

impl FutureContract {
    /// The contract a root stands for: the active month, else the earliest unexpired one that can be opened
    /// (`docs/reference/tastytrade-rest.md`, "7.7 Futures", the front-month rule).
    pub fn active<'a>(
        contracts: impl IntoIterator<Item = &'a Self> + Clone,
        product: &str,
        today: Date,
    ) -> Option<&'a Self> {
        let of_product = |contract: &&'a Self| contract.product == product;
        let marked = contracts
            .clone()
            .into_iter()
            .filter(of_product)
            .filter(|contract| contract.active_month)
            .min_by_key(|contract| contract.expiration);
        marked.or_else(|| {
            contracts
                .into_iter()
                .filter(of_product)
                .filter(|contract| {
                    contract.tradeable
                        && !contract.closing_only
                        && contract.expiration.is_some_and(|date| date >= today)
                })
                .min_by_key(|contract| contract.expiration)
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn contract(
        symbol: &str,
        expiration: Date,
        active_month: bool,
        closing_only: bool,
    ) -> FutureContract {
        FutureContract {
            symbol: symbol.parse().unwrap(),
            product: "ES".to_owned(),
            description: None,
            streamer: None,
            expiration: Some(expiration),
            active_month,
            tradeable: true,
            closing_only,
            active_months: String::new(),
        }
    }

    #[test]
    fn a_root_stands_for_the_active_month() {
        let listed = [
            contract("/ESH7", date(2027, 3, 19), true, false),
            contract("/ESZ6", date(2026, 12, 18), false, false),
        ];
        assert_eq!(
            FutureContract::active(&listed, "ES", date(2026, 11, 20))
                .unwrap()
                .symbol
                .as_str(),
            "/ESH7"
        );
    }

    #[test]
    fn without_an_active_month_it_is_the_earliest_that_can_be_opened() {
        let listed = [
            contract("/ESH7", date(2027, 3, 19), false, false),
            contract("/ESZ6", date(2026, 12, 18), false, true),
            contract("/ESU6", date(2026, 9, 18), false, false),
        ];
        assert_eq!(
            FutureContract::active(&listed, "ES", date(2026, 11, 20))
                .unwrap()
                .symbol
                .as_str(),
            "/ESH7"
        );
        assert_eq!(
            FutureContract::active(&listed, "CL", date(2026, 11, 20)),
            None
        );
    }
}
