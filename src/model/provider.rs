//! Who can be asked, and by which of their requests or events a value comes.

use std::fmt;

use super::symbol::SymbolKind;

/// A source of market data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// The `DXLink` stream.
    Dxlink,
    /// tastytrade's REST API.
    Rest,
    /// The keyless daily chart.
    Legacy,
}

/// What is known of a provider wherever it is spoken of.
#[derive(Clone, Copy, Debug)]
pub struct ProviderInfo {
    /// The word used in `sources`, `meta.providers` and `--provider`.
    pub name: &'static str,
    /// The mark behind a table's value that came from it though a better ranked one could have it.
    pub mark: char,
    /// The code of the warning that it failed.
    pub failed_code: &'static str,
}

impl Provider {
    /// All of them, in their default order of rank.
    pub const ALL: [Self; 3] = [Self::Dxlink, Self::Rest, Self::Legacy];

    /// What is known of it.
    pub const fn info(self) -> &'static ProviderInfo {
        match self {
            Self::Dxlink => &ProviderInfo {
                name: "dxlink",
                mark: '+',
                failed_code: "dxlink_failed",
            },
            Self::Rest => &ProviderInfo {
                name: "rest",
                mark: '*',
                failed_code: "rest_failed",
            },
            Self::Legacy => &ProviderInfo {
                name: "legacy",
                mark: '~',
                failed_code: "legacy_failed",
            },
        }
    }

    /// The word used in `sources`, `meta.providers` and `--provider`.
    pub const fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A provider sent it during this run.
    Provider(Provider),
    /// volq calculated it from other cells or from the symbol itself.
    Computed,
    /// It was kept from an earlier run.
    Cached,
    /// volq joined the daily bars of several futures contracts.
    Stitched,
}

impl Origin {
    /// The stream sent it.
    pub const DXLINK: Self = Self::Provider(Provider::Dxlink);
    /// The REST API sent it.
    pub const REST: Self = Self::Provider(Provider::Rest);
    /// The keyless chart sent it.
    pub const LEGACY: Self = Self::Provider(Provider::Legacy);

    /// Every origin, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::DXLINK,
        Self::REST,
        Self::LEGACY,
        Self::Computed,
        Self::Cached,
        Self::Stitched,
    ];

    /// The word used in `sources`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provider(provider) => provider.name(),
            Self::Computed => "computed",
            Self::Cached => "cache",
            Self::Stitched => "stitched",
        }
    }

    /// The mark behind a table's value.
    pub const fn mark(self) -> char {
        match self {
            Self::Provider(provider) => provider.info().mark,
            Self::Computed => '=',
            Self::Cached => '^',
            Self::Stitched => '#',
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Provider> for Origin {
    fn from(provider: Provider) -> Self {
        Self::Provider(provider)
    }
}

/// A request or an event type that brings values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Supply {
    /// The stream's Quote.
    Quote,
    /// The stream's Trade.
    Trade,
    /// The stream's Summary.
    Summary,
    /// The stream's Profile.
    Profile,
    /// The stream's Greeks, of options alone.
    Greeks,
    /// The stream's Underlying, of what has options.
    Underlying,
    /// The stream's daily candles.
    Candles,
    /// `/market-metrics`, of underlyings.
    Metrics,
    /// `/market-data/by-type`, what it says of every instrument.
    ByType,
    /// `/market-data/by-type`, what it says of options alone.
    ByTypeGreeks,
    /// `/instruments/equities`, of stocks, funds and indices.
    Equities,
    /// `/instruments/futures`.
    Futures,
    /// An option chain with quotes of its options at the money.
    Chain,
    /// The keyless daily chart.
    Chart,
}

impl Supply {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Quote,
        Self::Trade,
        Self::Summary,
        Self::Profile,
        Self::Greeks,
        Self::Underlying,
        Self::Candles,
        Self::Metrics,
        Self::ByType,
        Self::ByTypeGreeks,
        Self::Equities,
        Self::Futures,
        Self::Chain,
        Self::Chart,
    ];

    /// Who answers it.
    pub const fn provider(self) -> Provider {
        match self {
            Self::Quote
            | Self::Trade
            | Self::Summary
            | Self::Profile
            | Self::Greeks
            | Self::Underlying
            | Self::Candles => Provider::Dxlink,
            Self::Metrics
            | Self::ByType
            | Self::ByTypeGreeks
            | Self::Equities
            | Self::Futures
            | Self::Chain => Provider::Rest,
            Self::Chart => Provider::Legacy,
        }
    }

    /// Whether it can be about a kind of symbol at all.
    pub const fn serves(self, kind: SymbolKind) -> bool {
        match self {
            Self::Quote => !matches!(kind, SymbolKind::Index),
            Self::Profile | Self::Metrics => {
                !kind.is_option() && !matches!(kind, SymbolKind::Crypto)
            }
            Self::Trade | Self::Summary | Self::ByType => true,
            Self::Greeks | Self::ByTypeGreeks => kind.is_option(),
            Self::Underlying | Self::Candles | Self::Chart => !kind.is_option(),
            Self::Equities => matches!(kind, SymbolKind::Equity | SymbolKind::Index),
            Self::Futures => kind.is_future(),
            Self::Chain => !kind.is_option() && !kind.is_future(),
        }
    }
}

/// A set of supplies, small enough to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SupplySet(u16);

impl SupplySet {
    /// No supply.
    pub const EMPTY: Self = Self(0);

    /// Adds a supply.
    pub fn insert(&mut self, supply: Supply) {
        self.0 |= 1 << supply as u8;
    }

    /// Takes a supply out.
    pub fn remove(&mut self, supply: Supply) {
        self.0 &= !(1 << supply as u8);
    }

    /// Whether the supply is in.
    pub fn contains(self, supply: Supply) -> bool {
        self.0 & (1 << supply as u8) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_names_tell_origins_apart() {
        for (at, origin) in Origin::ALL.iter().enumerate() {
            for other in &Origin::ALL[at + 1..] {
                assert_ne!(origin.name(), other.name());
                assert_ne!(origin.mark(), other.mark());
            }
        }
    }

    #[test]
    fn a_set_holds_every_supply_apart() {
        let mut set = SupplySet::EMPTY;
        for supply in Supply::ALL {
            assert!(!set.contains(supply));
            set.insert(supply);
            assert!(set.contains(supply));
        }
        set.remove(Supply::Chart);
        assert!(!set.contains(Supply::Chart) && set.contains(Supply::Quote));
    }
}
