//! Every field volq can show: its name, unit and meaning, the instruments it applies to, what supplies it or what it is
//! computed from, the commands it appears in and what it costs.
//!
//! The JSON keys, the CSV headers, the `--fields` and `--where` names, the output of `volq fields`, the published schemas,
//! the ranking of providers and what a run asks all follow from this table. What stands elsewhere: how an answer becomes
//! values (in `provider`, with each provider), how a computed field is computed (`provider::derive`), and which columns a
//! table shows and hides first (`render::columns`).

use std::fmt;
use std::str::FromStr;

use super::provider::{Origin, Supply};
use super::symbol::SymbolKind;

/// The unit of a number, fixed per field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Not a number: a word, a name.
    Text,
    /// A calendar day, `YYYY-MM-DD`.
    Date,
    /// True or false.
    Flag,
    /// A list of words.
    List,
    /// Currency of the instrument per unit.
    Price,
    /// Percent points: 21.3 means 21.3 %.
    Percent,
    /// A difference of two percentages, in percent points.
    Points,
    /// A plain ratio.
    Ratio,
    /// Calendar days.
    Days,
    /// Seconds.
    Seconds,
    /// Shares, contracts or another count.
    Count,
    /// A plain number with a scale of its own (a rating, a greek).
    Number,
}

impl Unit {
    /// How `volq fields` and the schemas write the unit.
    pub fn label(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Date => "date",
            Self::Flag => "yes/no",
            Self::List => "list",
            Self::Price => "$",
            Self::Percent => "%",
            Self::Points => "points",
            Self::Ratio => "x",
            Self::Days => "d",
            Self::Seconds => "s",
            Self::Count => "count",
            Self::Number => "number",
        }
    }

    /// Whether cells of this unit hold a number.
    pub fn is_numeric(self) -> bool {
        !matches!(self, Self::Text | Self::Date | Self::Flag | Self::List)
    }
}

/// The commands that print rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// `volq quote`
    Quote,
    /// `volq greeks`
    Greeks,
    /// `volq screen`
    Screen,
}

impl Command {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Quote, Self::Greeks, Self::Screen];

    /// The name typed after `volq`, also the middle of the schema name `volq.NAME/1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Greeks => "greeks",
            Self::Screen => "screen",
        }
    }

    /// Every field a row of this command carries in JSON, NDJSON and CSV, in canonical order; fields that would cost
    /// extra requests are left out, they come when named.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| {
            let info = field.info();
            info.commands.contains(&self) && matches!(info.cost, Cost::Usual | Cost::Told)
        })
    }
}

/// The instruments that a field makes sense for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// Every instrument.
    All,
    /// What has an implied volatility: all but crypto.
    Priced,
    /// What trades itself: all but indices.
    Traded,
    /// Stocks, funds, indices and futures: what options are on.
    Underlyings,
    /// Stocks, funds and indices.
    Cash,
    /// Stocks and funds.
    Stocks,
    /// What expires: options and futures.
    Contracts,
    /// Options.
    Options,
}

impl Applies {
    /// Whether a kind of symbol is among them.
    pub const fn to(self, kind: SymbolKind) -> bool {
        let is_crypto = matches!(kind, SymbolKind::Crypto);
        match self {
            Self::All => true,
            Self::Priced => !is_crypto,
            Self::Traded => !matches!(kind, SymbolKind::Index),
            Self::Underlyings => !kind.is_option() && !is_crypto,
            Self::Cash => matches!(kind, SymbolKind::Equity | SymbolKind::Index),
            Self::Stocks => matches!(kind, SymbolKind::Equity),
            Self::Contracts => kind.is_option() || kind.is_future(),
            Self::Options => kind.is_option(),
        }
    }
}

/// What a field costs, and so when it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// It comes with requests that the command makes anyway.
    Usual,
    /// It is shown as far as the symbol tells it; a provider is asked for the rest of it when it is named.
    Told,
    /// It would cost requests or events of its own, so it comes when it is named.
    Named,
    /// It costs a chain per symbol, so it comes when it is named, and last, for the rows that everything cheaper leaves.
    Late,
}

/// Who makes the value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// A provider sends it.
    Sent,
    /// A provider sends it, or else volq reads it off the symbol.
    Filled,
    /// volq computes it.
    Computed,
}

/// What the table knows of one field.
#[derive(Clone, Copy, Debug)]
pub struct FieldInfo {
    /// JSON key, CSV header, `--fields` and `--where` name.
    pub name: &'static str,
    /// Unit of the cell.
    pub unit: Unit,
    /// What it means, one fragment.
    pub about: &'static str,
    /// The instruments it makes sense for.
    pub applies: Applies,
    /// What brings it, best first. A field that is computed from a request's facts names that request.
    pub supplies: &'static [Supply],
    /// The fields it is computed from.
    pub parts: &'static [Field],
    /// Who makes it.
    pub made: Made,
    /// Which commands carry it.
    pub commands: &'static [Command],
    /// What it costs.
    pub cost: Cost,
    /// Decimals a table shows; other formats carry the full number.
    pub decimals: u8,
}

impl FieldInfo {
    /// Where its value may come from, best first, for an underlying.
    pub fn origins(&self) -> Vec<Origin> {
        let mut origins = Vec::new();
        if self.made != Made::Computed {
            let sent = self
                .supplies
                .iter()
                .map(|supply| Origin::from(supply.provider()));
            sent.for_each(|origin| {
                if !origins.contains(&origin) {
                    origins.push(origin);
                }
            });
        }
        if self.made != Made::Sent {
            origins.push(Origin::Computed);
        }
        origins
    }
}

macro_rules! fields {
    ($($variant:ident $name:literal $unit:ident $decimals:literal $applies:ident [$($supply:ident)*] [$($part:ident)*] $made:ident [$($command:ident)*] $cost:ident $about:literal;)*) => {
        /// One column of volq's output. The order of the variants is the canonical column order.
        #[expect(clippy::doc_markdown, reason = "the same texts are shown to users, without markup")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = $about] $variant,)*
        }

        impl Field {
            /// Every field in canonical order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// What is known of this field.
            pub const fn info(self) -> &'static FieldInfo {
                match self {
                    $(Self::$variant => &FieldInfo {
                        name: $name,
                        unit: Unit::$unit,
                        about: $about,
                        applies: Applies::$applies,
                        supplies: &[$(Supply::$supply,)*],
                        parts: &[$(Field::$part,)*],
                        made: Made::$made,
                        commands: &[$(Command::$command,)*],
                        cost: Cost::$cost,
                        decimals: $decimals,
                    },)*
                }
            }
        }
    };
}

fields! {
    Symbol "symbol" Text 0 All [] [] Sent [Quote Greeks Screen] Usual "symbol as asked, normalised";
    Name "name" Text 0 All [Profile Equities Futures Chart] [] Sent [Quote Screen] Named "name of the instrument";
    Instrument "instrument" Text 0 All [Equities Futures Chart] [] Filled [Quote Greeks Screen] Told "equity, etf, index, future, equity_option, future_option or crypto";
    Sector "sector" Text 0 Stocks [Metrics] [] Sent [Quote Screen] Named "sector of the company";
    Industry "industry" Text 0 Stocks [Metrics] [] Sent [Quote Screen] Named "industry of the company";
    StreamerSymbol "streamer_symbol" Text 0 All [Futures] [] Filled [Quote Greeks Screen] Usual "symbol used on the DXLink stream";
    Underlying "underlying" Text 0 Contracts [Futures] [] Filled [Quote Greeks Screen] Usual "what an option is on, or the contract a futures root resolved to";
    Expiration "expiration" Date 0 Contracts [Futures] [] Filled [Quote Greeks Screen] Usual "expiration day of the contract";
    Dte "dte" Days 0 Contracts [] [Expiration] Computed [Quote Greeks Screen] Usual "calendar days to expiration, New York";
    Strike "strike" Price 2 Options [] [] Computed [Greeks] Usual "strike price";
    Right "right" Text 0 Options [] [] Computed [Greeks] Usual "call or put";

    Bid "bid" Price 2 Traded [Quote ByType] [] Sent [Quote Greeks Screen] Usual "best bid";
    Ask "ask" Price 2 Traded [Quote ByType] [] Sent [Quote Greeks Screen] Usual "best ask";
    BidSize "bid_size" Count 0 Traded [Quote ByType] [] Sent [Quote Greeks Screen] Usual "size at the best bid, as the source counts it";
    AskSize "ask_size" Count 0 Traded [Quote ByType] [] Sent [Quote Greeks Screen] Usual "size at the best ask, as the source counts it";
    Mid "mid" Price 2 Traded [] [Bid Ask] Computed [Quote Greeks Screen] Usual "middle of bid and ask, both positive and not crossed";
    Last "last" Price 2 All [Trade ByType Chart] [] Sent [Quote Greeks Screen] Usual "last traded price";
    Mark "mark" Price 2 All [] [Bid Ask Last] Computed [Quote Greeks Screen] Usual "mid, else last, else the one side there is; also named price";
    Chg "chg" Price 2 All [] [Last PrevClose] Computed [Quote Greeks Screen] Usual "last less the previous close";
    ChgPct "chg_pct" Percent 2 All [] [Last PrevClose] Computed [Quote Greeks Screen] Usual "change in percent of the previous close";
    Open "open" Price 2 All [Summary ByType] [] Sent [Quote Greeks Screen] Usual "first price of the session";
    High "high" Price 2 All [Summary ByType Chart] [] Sent [Quote Greeks Screen] Usual "highest price of the session";
    Low "low" Price 2 All [Summary ByType Chart] [] Sent [Quote Greeks Screen] Usual "lowest price of the session";
    PrevClose "prev_close" Price 2 All [Summary ByType Chart] [] Sent [Quote Greeks Screen] Usual "close of the previous session";
    Volume "volume" Count 0 Traded [Trade ByType Chart] [] Sent [Quote Greeks Screen] Usual "shares or contracts traded in the session";
    SpreadPct "spread_pct" Percent 2 Traded [] [Bid Ask] Computed [Quote Greeks Screen] Usual "ask less bid in percent of the mid";
    Age "age" Seconds 1 All [] [Bid Ask Last] Computed [Quote Greeks Screen] Usual "age of the newest event or update of the row";
    AgeBasis "age_basis" Text 0 All [] [Bid Ask Last] Computed [Quote Greeks Screen] Usual "whether the age counts from the event's own time (event) or from its arrival (receive)";
    Basis "basis" Text 0 All [] [Bid Ask Last PrevClose] Computed [Quote Greeks Screen] Usual "live, delayed, prev-close, stale or demo";
    Halted "halted" Flag 0 All [Profile ByType] [] Sent [Quote Screen] Usual "whether trading is halted";

    Iv "iv" Percent 1 Priced [Metrics Greeks Underlying ByTypeGreeks] [] Sent [Quote Greeks Screen] Usual "implied volatility: 30-day index of an underlying, own volatility of an option";
    Iv5d "iv5d" Points 1 Underlyings [Metrics] [] Sent [Quote Screen] Usual "change of the implied volatility index over 5 days";
    Ivr "ivr" Percent 1 Underlyings [Metrics] [] Sent [Quote Screen] Usual "implied volatility rank over 52 weeks";
    Ivp "ivp" Percent 1 Underlyings [Metrics] [] Sent [Quote Screen] Usual "implied volatility percentile over 52 weeks";
    Hv10 "hv10" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 10 calendar days (7 returns)";
    Hv20 "hv20" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 20 calendar days (15 returns)";
    Hv30 "hv30" Percent 1 Underlyings [Metrics Candles Chart] [] Sent [Quote Screen] Usual "historical volatility over 30 calendar days (22 returns)";
    Hv45 "hv45" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 45 calendar days (33 returns)";
    Hv60 "hv60" Percent 1 Underlyings [Metrics Candles Chart] [] Sent [Quote Screen] Usual "historical volatility over 60 calendar days (44 returns)";
    Hv90 "hv90" Percent 1 Underlyings [Metrics Candles Chart] [] Sent [Quote Screen] Usual "historical volatility over 90 calendar days (66 returns)";
    Hv120 "hv120" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 120 calendar days (88 returns)";
    Hv150 "hv150" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 150 calendar days (110 returns)";
    Hv180 "hv180" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 180 calendar days (132 returns)";
    Hv270 "hv270" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 270 calendar days (198 returns)";
    Hv365 "hv365" Percent 1 Underlyings [Candles Chart] [] Sent [Quote Screen] Named "historical volatility over 365 calendar days (268 returns)";
    IvHv "iv_hv" Points 1 Underlyings [] [Iv Hv30] Computed [Quote Screen] Usual "iv less hv30";
    Vrp "vrp" Ratio 2 Underlyings [] [Iv Hv90] Computed [Quote Screen] Usual "volatility risk premium: iv over hv90, hv90 floored at 5 %";
    VrpT "vrp_t" Ratio 2 Underlyings [] [Iv Hv30] Computed [Quote Screen] Usual "tactical volatility risk premium: iv over hv30, hv30 floored at 5 %";
    Vtr "vtr" Ratio 2 Underlyings [] [Hv30 Hv90] Computed [Quote Screen] Usual "volatility trend ratio: hv30 over hv90";
    ExpMove "exp_move" Price 2 Underlyings [Metrics] [Mark] Computed [Quote Screen] Usual "one standard deviation to the nearest 30-day expiration";
    ExpMovePct "exp_move_pct" Percent 2 Underlyings [Metrics] [Mark] Computed [Quote Screen] Usual "expected move in percent of the price";
    TermSlope "term_slope" Points 1 Underlyings [Metrics] [] Computed [Quote Screen] Usual "slope of implied volatility between the expirations around 30 and 60 days, points per year";
    OptVolume "opt_volume" Count 0 Underlyings [Underlying] [] Sent [Quote Screen] Named "option contracts traded today on the underlying";
    PutCall "put_call" Ratio 2 Underlyings [Underlying] [] Sent [Quote Screen] Named "put volume over call volume today";

    Liq "liq" Number 0 Underlyings [Metrics] [] Sent [Quote Screen] Usual "liquidity rating of the options, 0 to 5, 5 best";
    LiqRank "liq_rank" Number 2 Underlyings [Metrics] [] Sent [Quote Screen] Usual "liquidity rank of the options, can exceed 1";
    Beta "beta" Ratio 2 Cash [Metrics] [] Sent [Quote Screen] Usual "beta against the S&P 500";
    CorrSpy "corr_spy" Ratio 2 Cash [Metrics] [] Sent [Quote Screen] Usual "correlation with SPY over 3 months";
    BorrowRate "borrow_rate" Percent 2 Stocks [Metrics] [] Sent [Quote Screen] Usual "rate to borrow the stock";
    EarningsDate "earnings_date" Date 0 Stocks [Metrics] [] Sent [Quote Screen] Usual "next expected earnings report";
    EarningsDays "earnings_days" Days 0 Stocks [] [EarningsDate] Computed [Quote Screen] Usual "calendar days to the next earnings report";
    EarningsTime "earnings_time" Text 0 Stocks [Metrics] [] Sent [Quote Screen] Usual "time of day of the report as the source calls it (BTO, AMC)";
    ExDivDate "ex_div_date" Date 0 Stocks [Metrics] [] Sent [Quote Screen] Usual "last or next ex-dividend day";
    DivYield "div_yield" Percent 2 Stocks [Metrics] [] Sent [Quote Screen] Usual "dividend yield";
    MarketCap "market_cap" Count 0 Stocks [Metrics] [] Sent [Quote Screen] Usual "market capitalisation, $";

    Delta "delta" Number 3 Options [Greeks ByTypeGreeks] [] Sent [Greeks] Usual "change of the option's price per $1 of the underlying";
    Gamma "gamma" Number 4 Options [Greeks ByTypeGreeks] [] Sent [Greeks] Usual "change of delta per $1 of the underlying";
    Theta "theta" Number 3 Options [Greeks ByTypeGreeks] [] Sent [Greeks] Usual "change of the option's price per calendar day, $";
    Vega "vega" Number 3 Options [Greeks ByTypeGreeks] [] Sent [Greeks] Usual "change of the option's price per volatility point, $";
    Rho "rho" Number 3 Options [Greeks ByTypeGreeks] [] Sent [Greeks] Usual "change of the option's price per 1 % of interest rate, $";
    Theo "theo" Price 2 Options [Greeks ByTypeGreeks] [] Sent [Greeks] Usual "model price of the option";
    OpenInterest "open_interest" Count 0 Contracts [Summary ByType] [] Sent [Greeks] Usual "open contracts";
    Intrinsic "intrinsic" Price 2 Options [] [] Computed [Greeks] Usual "value if exercised now";
    Extrinsic "extrinsic" Price 2 Options [] [Mark] Computed [Greeks] Usual "mark less intrinsic value";
    ProbItm "prob_itm" Percent 1 Options [] [Iv Expiration] Computed [Greeks] Usual "risk-neutral probability to expire in the money";
    ProbTouch "prob_touch" Percent 1 Options [] [Iv Expiration] Computed [Greeks] Usual "probability to touch the strike, twice prob_itm, at most 100";

    AtmSpreadPct "atm_spread_pct" Percent 1 Underlyings [Chain] [Mark] Computed [Screen] Late "widest spread of the at-the-money options of the nearest 30-day expiration, percent of their mid";
    Score "score" Number 0 All [] [Iv Vrp VrpT Ivp Ivr] Computed [Screen] Usual "richness of the volatility, 0 to 100";
    Signal "signal" Text 0 All [] [Iv Hv30 Hv90 Vrp VrpT Vtr Ivp Ivr EarningsDays] Computed [Screen] Usual "EVENT, RICH, EXPANDING, COILED, DISCOUNT or FAIR";
    Rank "rank" Number 0 All [] [Score] Computed [Screen] Usual "place in the sorted result, 1 first";
    Reasons "reasons" List 0 All [] [] Computed [Screen] Usual "why the row was rejected, empty when it passes";
    Held "held" Flag 0 All [] [] Computed [Screen] Usual "whether the symbol is one of those named as held";
}

impl Field {
    /// The canonical name.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether the field makes sense for a kind of symbol.
    pub const fn applies_to(self, kind: SymbolKind) -> bool {
        self.info().applies.to(kind)
    }

    /// What brings the field for a kind of symbol, best first.
    pub fn supplies(self, kind: SymbolKind) -> impl Iterator<Item = Supply> {
        let all = self.info().supplies.iter().copied();
        let applies = self.applies_to(kind);
        all.filter(move |supply| applies && supply.serves(kind))
    }

    /// The names closest to `wrong`, at most three, for the error that corrects a typing slip.
    pub fn near(wrong: &str) -> Vec<&'static str> {
        near(wrong, Self::ALL.iter().map(|field| field.name()))
    }
}

/// The names closest to `wrong`, best first, at most three.
pub fn near<N: AsRef<str> + Ord>(wrong: &str, names: impl Iterator<Item = N>) -> Vec<N> {
    let wrong = wrong.to_ascii_lowercase();
    let mut scored: Vec<(usize, N)> = names
        .map(|name| {
            (
                strsim::levenshtein(&wrong, &name.as_ref().to_ascii_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| {
            let name = name.as_ref();
            *distance <= 2.max(name.len() / 3) || name.contains(&wrong)
        })
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no field is named '{name}'{}", suggestion(.near))]
pub struct UnknownField {
    /// What was asked for.
    pub name: String,
    /// Real names that look like it.
    pub near: Vec<&'static str>,
}

fn suggestion(near: &[&'static str]) -> String {
    if near.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", near.join(", "))
    }
}

impl FromStr for Field {
    type Err = UnknownField;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let wanted = name.trim().to_ascii_lowercase().replace('-', "_");
        // People say price for what traders call the mark; both words name one number.
        let wanted = if wanted == "price" { "mark" } else { &wanted };
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.name() == wanted)
            .ok_or_else(|| UnknownField {
                name: name.to_owned(),
                near: Self::near(wanted),
            })
    }
}

/// A set of fields, small enough to copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(u128);

impl FieldSet {
    /// No field.
    pub const EMPTY: Self = Self(0);

    /// Every field.
    pub fn all() -> Self {
        Field::ALL.iter().copied().collect()
    }

    /// A set of the given fields.
    pub const fn of(fields: &[Field]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < fields.len() {
            set |= 1 << fields[at] as u8;
            at += 1;
        }
        Self(set)
    }

    /// Adds a field.
    pub fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u8;
    }

    /// Takes a field out.
    pub fn remove(&mut self, field: Field) {
        self.0 &= !(1 << field as u8);
    }

    /// Whether the field is in.
    pub fn contains(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// These fields and everything they are computed from.
    #[must_use]
    pub fn with_parts(self) -> Self {
        self.iter().fold(self, |all, field| {
            all.union(Self::of(field.info().parts).with_parts())
        })
    }

    /// The fields that make sense for a kind of symbol.
    #[must_use]
    pub fn that_apply_to(self, kind: SymbolKind) -> Self {
        self.iter().filter(|field| field.applies_to(kind)).collect()
    }

    /// The fields that a supply can bring for a kind of symbol.
    pub fn supplied_by(supply: Supply, kind: SymbolKind) -> Self {
        let supplied = |field: &&Field| field.supplies(kind).any(|other| other == supply);
        Field::ALL.iter().filter(supplied).copied().collect()
    }

    /// Fields in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Fields in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Fields in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether no field is in.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many fields are in.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The fields in canonical order.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let lowest = rest.trailing_zeros() as usize;
            // Taking the lowest bit off an empty set leaves it empty.
            rest &= rest.wrapping_sub(1);
            Field::ALL.get(lowest).copied()
        })
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        let mut set = Self::EMPTY;
        for field in fields {
            set.insert(field);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_fit_the_set() {
        let mut names: Vec<_> = Field::ALL.iter().map(|field| field.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Field::ALL.len());
        assert!(Field::ALL.len() <= 128, "FieldSet holds 128 fields");
    }

    #[test]
    fn what_a_field_is_computed_from_is_wanted_with_it() {
        let wants = FieldSet::of(&[Field::Vrp]).with_parts();
        assert_eq!(wants, FieldSet::of(&[Field::Vrp, Field::Iv, Field::Hv90]));
        let wants = FieldSet::of(&[Field::ExpMovePct]).with_parts();
        assert!(wants.contains(Field::Mark) && wants.contains(Field::Last));
        for field in Field::ALL {
            let parts = FieldSet::of(field.info().parts).with_parts();
            assert!(!parts.contains(*field), "{field} is computed from itself");
        }
    }

    #[test]
    fn every_field_has_a_maker() {
        for field in Field::ALL.iter().filter(|field| **field != Field::Symbol) {
            let info = field.info();
            assert!(
                info.made == Made::Computed || !info.supplies.is_empty(),
                "{field}"
            );
            assert!(
                info.parts.is_empty() || info.made == Made::Computed,
                "{field}"
            );
        }
    }

    #[test]
    fn price_is_another_word_for_mark() {
        assert_eq!("price".parse::<Field>(), Ok(Field::Mark));
        assert_eq!("IV-HV".parse::<Field>(), Ok(Field::IvHv));
    }

    #[test]
    fn a_slip_lists_the_near_names() {
        let error = "hv3".parse::<Field>().unwrap_err();
        assert!(error.near.contains(&"hv30"), "{error}");
        assert!("zzzzzzzz".parse::<Field>().unwrap_err().near.is_empty());
    }

    #[test]
    fn sets_keep_canonical_order() {
        let set = FieldSet::of(&[Field::Iv, Field::Bid]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Field::Bid, Field::Iv]);
        assert_eq!(set.len(), 2);
    }
}
