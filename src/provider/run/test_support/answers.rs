//! What the providers of a test answer.

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use super::super::super::source::Answer;
use crate::auth::AuthError;
use crate::legacy::LegacyError;
use crate::model::instrument::{EquityInstrument, FutureContract, InstrumentClass};
use crate::model::market::{DailyChart, DailyClose, MarketData, Metrics, OptionGreeks};
use crate::model::{Field, FieldSet, StreamerSymbol, Symbol, Vol};
use crate::tastytrade::Portion;
use dxlink::event::{Candle, Double, Greeks, Millis, Profile, Quote, Summary, Trade, Underlying};
use dxlink::{
    CandleSymbol, Change, Changes, Event, EventType, Notice, Sent, SeriesChange, SeriesFailure,
    SeriesNews, SeriesRequest, Stats, Subscription,
};

/// The session before the day of every test.
const YESTERDAY: Date = date(2026, 11, 19);

/// How the stream behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Stream {
    /// It opens after so long.
    Opens { after: Duration },
    /// It neither opens nor fails.
    Hangs,
    /// Its server refuses the upgrade, and it will be tried again.
    Lost,
    /// It was refused for good.
    Fails,
}

/// What the providers answer: everything of everybody and at once, unless a test changes that.
#[derive(Clone, Debug)]
pub(in super::super) struct Answers {
    /// The fields that REST, `/market-metrics` and by-type, has.
    pub(in super::super) rest: FieldSet,
    /// Symbols whose metrics lack some fields, and which.
    pub(in super::super) metrics_without: Vec<(String, FieldSet)>,
    /// The fields that the stream's events have.
    pub(in super::super) stream_fields: FieldSet,
    /// Names of which the stream sends nothing.
    pub(in super::super) silent: Vec<String>,
    /// Event types of which the stream sends nothing.
    pub(in super::super) silent_types: Vec<EventType>,
    /// How many daily bars the stream has; `None` where a series is never complete.
    pub(in super::super) bars: Option<usize>,
    /// How many closes a chart has.
    pub(in super::super) closes: usize,
    /// What a chart says beside closes and the name.
    pub(in super::super) chart_has_price: bool,
    /// Symbols that neither REST nor the chart knows.
    pub(in super::super) unknown: Vec<String>,
    pub(in super::super) class: InstrumentClass,
    pub(in super::super) stream: Stream,
    /// When one of the account's sessions is free, and whether it is got then; `None` where they are not counted.
    pub(in super::super) slot: Option<(Duration, bool)>,
    /// Names of which a session has no room for a subscription.
    pub(in super::super) without_room: Vec<String>,
    /// Why there is no login.
    pub(in super::super) login: Option<AuthError>,
    /// When the login is answered, if it is.
    pub(in super::super) login_after: Option<Duration>,
    pub(in super::super) rest_after: Duration,
    pub(in super::super) futures_after: Duration,
    pub(in super::super) event_after: Duration,
    pub(in super::super) chart_after: Duration,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            rest: FieldSet::all(),
            metrics_without: Vec::new(),
            stream_fields: FieldSet::all(),
            silent: Vec::new(),
            silent_types: Vec::new(),
            bars: Some(400),
            closes: 300,
            chart_has_price: true,
            unknown: Vec::new(),
            class: InstrumentClass::Equity,
            stream: Stream::Opens {
                after: Duration::ZERO,
            },
            slot: None,
            without_room: Vec::new(),
            login: None,
            login_after: Some(Duration::ZERO),
            rest_after: Duration::ZERO,
            futures_after: Duration::ZERO,
            event_after: Duration::ZERO,
            chart_after: Duration::ZERO,
        }
    }
}

impl Answers {
    /// Everybody answers at once, and has nothing.
    pub(in super::super) fn nothing() -> Self {
        Self {
            rest: FieldSet::EMPTY,
            stream_fields: FieldSet::EMPTY,
            bars: Some(0),
            closes: 0,
            chart_has_price: false,
            ..Self::default()
        }
    }

    /// Metrics of these symbols lack some fields.
    pub(in super::super) fn metrics_lack(mut self, symbols: &str, fields: &[Field]) -> Self {
        let symbols = symbols.split_whitespace();
        let lack = symbols.map(|symbol| (symbol.to_owned(), FieldSet::of(fields)));
        self.metrics_without.extend(lack);
        self
    }

    /// The stream sends nothing about these names.
    pub(in super::super) fn silent_about(mut self, names: &str) -> Self {
        self.silent
            .extend(names.split_whitespace().map(str::to_owned));
        self
    }

    /// Whether a session has no room for a subscription.
    pub(super) fn has_no_room(&self, item: &Subscription) -> bool {
        self.without_room.iter().any(|name| **name == *item.symbol)
    }

    fn is_unknown(&self, symbol: &Symbol) -> bool {
        self.unknown
            .iter()
            .any(|unknown| unknown == symbol.as_str())
    }

    fn portion<T>(&self, symbols: &[Symbol], item: impl Fn(&Symbol) -> T) -> Portion<T> {
        let (absent, known): (Vec<_>, Vec<_>) = symbols
            .iter()
            .cloned()
            .partition(|symbol| self.is_unknown(symbol));
        Portion {
            items: known.iter().map(item).collect(),
            absent,
            failed: Vec::new(),
        }
    }

    pub(super) fn metrics(&self, symbols: &[Symbol]) -> Portion<Metrics> {
        self.portion(symbols, |symbol| {
            let lack = self.metrics_without.iter();
            let lack = lack.filter(|(of, _)| of == symbol.as_str());
            let lack = lack.fold(FieldSet::EMPTY, |all, (_, fields)| all.union(*fields));
            metrics(symbol, self.rest.without(lack))
        })
    }

    pub(super) fn quotes(&self, symbols: &[Symbol]) -> Portion<MarketData> {
        self.portion(symbols, |symbol| quote(symbol, self.rest))
    }

    pub(super) fn equities(&self, symbols: &[Symbol]) -> Portion<EquityInstrument> {
        self.portion(symbols, |symbol| EquityInstrument {
            symbol: symbol.clone(),
            class: self.class,
            description: self.rest.contains(Field::Name).then(|| "A name".into()),
            streamer: None,
        })
    }

    /// One contract of each product: the one of December.
    pub(super) fn futures(&self, products: &[String]) -> Vec<FutureContract> {
        let known = products.iter().filter(|product| {
            let root = format!("/{product}");
            !self.unknown.contains(&root)
        });
        known
            .map(|product| FutureContract {
                symbol: format!("/{product}Z6").parse().unwrap(),
                product: product.clone(),
                description: None,
                streamer: Some(StreamerSymbol::new(&format!("/{product}Z26:XCME"))),
                expiration: Some(date(2026, 12, 18)),
                active_month: true,
                tradeable: true,
                closing_only: false,
                active_months: String::new(),
            })
            .collect()
    }

    /// The events that follow a subscription.
    pub(super) fn events(&self, items: &[Subscription]) -> Vec<Change> {
        let heard = items.iter().filter(|item| {
            !self.silent_types.contains(&item.event_type)
                && !self.has_no_room(item)
                && !self.silent.iter().any(|name| *name == *item.symbol)
        });
        heard
            .map(|item| Change {
                symbol: Arc::clone(&item.symbol),
                event: event(item.event_type, self.stream_fields),
            })
            .collect()
    }

    /// What becomes of a series, and after how long.
    pub(super) fn series(&self, ask: &SeriesRequest) -> (Duration, Answer) {
        let is_silent = self.silent.contains(&plain_name(&ask.symbol));
        let bars = self.bars.filter(|_| !is_silent);
        let (after, news) = if let Some(count) = bars {
            let bars = days(count).map(candle).collect();
            let truncated = false;
            (self.event_after, SeriesNews::Snapshot { bars, truncated })
        } else {
            let after = ask.timeout;
            (after, SeriesNews::Failed(SeriesFailure::Overdue { after }))
        };
        let change = SeriesChange {
            symbol: ask.symbol.clone(),
            news,
        };
        let changes = Changes {
            series: vec![change],
            ..nothing_new()
        };
        (after, Answer::Stream(Box::new(changes)))
    }

    pub(super) fn chart(&self, symbol: &Symbol) -> Result<DailyChart, LegacyError> {
        if self.is_unknown(symbol) {
            let symbol = symbol.to_string();
            return Err(LegacyError::UnknownSymbol { symbol });
        }
        let price = self.chart_has_price.then_some(10.0);
        let closes = days(self.closes).enumerate();
        Ok(DailyChart {
            symbol: symbol.clone(),
            source_symbol: symbol.to_string(),
            name: self.chart_has_price.then(|| "A name".into()),
            class: self.chart_has_price.then(|| "EQUITY".into()),
            last: price,
            last_at: None,
            high: price,
            low: price,
            volume: price,
            prev_close: price,
            closes: closes
                .map(|(n, date)| DailyClose {
                    date,
                    close: close(n),
                })
                .collect(),
            doubts: Vec::new(),
        })
    }
}

/// The name of what a series is of.
pub(super) fn plain_name(series: &CandleSymbol) -> String {
    let name = series.to_string();
    name.split('{').next().unwrap_or_default().to_owned()
}

pub(super) fn notice(notice: Notice) -> Answer {
    stream(Changes {
        notices: vec![notice],
        ..nothing_new()
    })
}

pub(super) fn sent(sent: Sent) -> Answer {
    stream(Changes {
        sent: vec![sent],
        ..nothing_new()
    })
}

pub(super) fn events(events: Vec<Change>) -> Answer {
    stream(Changes {
        events,
        ..nothing_new()
    })
}

/// A Quote with a bid alone.
pub(super) fn bid(name: &str, bid: f64) -> Change {
    Change {
        symbol: name.into(),
        event: Event::Quote(Quote {
            bid_price: Double(bid),
            ..Quote::default()
        }),
    }
}

fn stream(changes: Changes) -> Answer {
    Answer::Stream(Box::new(changes))
}

fn nothing_new() -> Changes {
    Changes {
        events: Vec::new(),
        series: Vec::new(),
        sent: Vec::new(),
        notices: Vec::new(),
        stats: Stats::default(),
    }
}

/// So many days up to yesterday, ascending.
fn days(count: usize) -> impl Iterator<Item = Date> {
    let count = i64::try_from(count).unwrap();
    (0..count).map(move |n| YESTERDAY - (count - 1 - n).days())
}

fn close(n: usize) -> f64 {
    if n.is_multiple_of(2) { 10.0 } else { 11.0 }
}

fn candle(day: Date) -> Candle {
    let start = day.to_zoned(TimeZone::UTC).unwrap();
    let close = close(usize::try_from(day.day()).unwrap());
    Candle {
        time: Millis(start.timestamp().as_millisecond()),
        index: start.timestamp().as_second(),
        open: Double(close),
        high: Double(close + 1.0),
        low: Double(close - 1.0),
        close: Double(close),
        ..Candle::default()
    }
}

fn metrics(symbol: &Symbol, has: FieldSet) -> Metrics {
    let number = |field, number: f64| has.contains(field).then_some(number);
    let vol = |field| number(field, 20.0).and_then(Vol::from_percent);
    Metrics {
        symbol: symbol.clone(),
        iv_index: vol(Field::Iv),
        iv_change_5d: number(Field::Iv5d, 0.01),
        iv_rank: number(Field::Ivr, 0.5),
        iv_percentile: number(Field::Ivp, 0.5),
        iv_updated_at: None,
        hv30: vol(Field::Hv30),
        hv60: vol(Field::Hv60),
        hv90: vol(Field::Hv90),
        expirations: Vec::new(),
        liquidity_rating: number(Field::Liq, 4.0),
        liquidity_rank: number(Field::LiqRank, 0.5),
        beta: number(Field::Beta, 1.0),
        corr_spy: number(Field::CorrSpy, 0.5),
        borrow_rate: number(Field::BorrowRate, 1.0),
        dividend_yield: number(Field::DivYield, 0.01),
        ex_dividend: has.contains(Field::ExDivDate).then_some(date(2026, 12, 1)),
        earnings_date: has
            .contains(Field::EarningsDate)
            .then_some(date(2026, 12, 1)),
        earnings_time: has.contains(Field::EarningsTime).then(|| "AMC".into()),
        market_cap: number(Field::MarketCap, 1e9),
        sector: has.contains(Field::Sector).then(|| "Energy".into()),
        industry: has.contains(Field::Industry).then(|| "Oil".into()),
        updated_at: None,
    }
}

fn quote(symbol: &Symbol, has: FieldSet) -> MarketData {
    let number = |field, number: f64| has.contains(field).then_some(number);
    MarketData {
        symbol: symbol.clone(),
        instrument_type: "Equity".into(),
        updated_at: None,
        bid: number(Field::Bid, 9.0),
        ask: number(Field::Ask, 11.0),
        bid_size: number(Field::BidSize, 1.0),
        ask_size: number(Field::AskSize, 1.0),
        last: number(Field::Last, 10.0),
        open: number(Field::Open, 10.0),
        high: number(Field::High, 11.0),
        low: number(Field::Low, 9.0),
        prev_close: number(Field::PrevClose, 10.0),
        volume: number(Field::Volume, 100.0),
        halted: has.contains(Field::Halted).then_some(false),
        open_interest: number(Field::OpenInterest, 10.0),
        greeks: OptionGreeks {
            iv: number(Field::Iv, 20.0).and_then(Vol::from_percent),
            delta: number(Field::Delta, 0.5),
            gamma: number(Field::Gamma, 0.1),
            theta: number(Field::Theta, -0.1),
            vega: number(Field::Vega, 0.1),
            rho: number(Field::Rho, 0.1),
            theo: number(Field::Theo, 10.0),
        },
    }
}

/// An event that has these fields as far as its type carries them.
fn event(event_type: EventType, has: FieldSet) -> Event {
    let number = |field, number: f64| {
        Double(if has.contains(field) {
            number
        } else {
            f64::NAN
        })
    };
    match event_type {
        EventType::Quote => Event::Quote(Quote {
            bid_price: number(Field::Bid, 9.5),
            ask_price: number(Field::Ask, 10.5),
            bid_size: number(Field::BidSize, 2.0),
            ask_size: number(Field::AskSize, 2.0),
            ..Quote::default()
        }),
        EventType::Trade => Event::Trade(Trade {
            price: number(Field::Last, 10.1),
            day_volume: number(Field::Volume, 200.0),
            ..Trade::default()
        }),
        EventType::Summary => Event::Summary(Summary {
            open: number(Field::Open, 10.0),
            high: number(Field::High, 11.0),
            low: number(Field::Low, 9.0),
            prev_close: number(Field::PrevClose, 10.0),
            open_interest: number(Field::OpenInterest, 20.0),
            ..Summary::default()
        }),
        EventType::Profile => Event::Profile(Profile {
            description: has.contains(Field::Name).then(|| "A name".into()),
            trading_status: has.contains(Field::Halted).then(|| "ACTIVE".into()),
            ..Profile::default()
        }),
        EventType::Greeks => Event::Greeks(Greeks {
            volatility: number(Field::Iv, 0.2),
            delta: number(Field::Delta, 0.5),
            gamma: number(Field::Gamma, 0.1),
            theta: number(Field::Theta, -0.1),
            vega: number(Field::Vega, 0.1),
            rho: number(Field::Rho, 0.1),
            price: number(Field::Theo, 10.0),
            ..Greeks::default()
        }),
        EventType::Underlying => Event::Underlying(Underlying {
            volatility: number(Field::Iv, 0.25),
            call_volume: number(Field::OptVolume, 10.0),
            put_volume: number(Field::OptVolume, 10.0),
            put_call_ratio: number(Field::PutCall, 1.0),
            ..Underlying::default()
        }),
        other => panic!("{other:?} is not subscribed for its newest event"),
    }
}
