//! The keyless daily chart: the same closes under another source's names.
//!
//! See `docs/reference/legacy-sources.md`, "1.1 Response", "1.3 Errors" and "2. Symbol mapping (tastytrade → Yahoo)".

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::RestService;
use super::answer::Answer;
use super::request::RestRequest;
use crate::calendar::{Hours, day_id, hours};
use crate::corporate::dividend;
use crate::events::year_range;
use crate::history::Bar;
use crate::price::{Price, Session};
use crate::quoted::Quoted;
use crate::script::Oddity;
use crate::universe::Class;

/// Ranges with the bars each holds.
const RANGES: [(&str, usize); 11] = [
    ("1d", 1),
    ("5d", 5),
    ("1mo", 22),
    ("3mo", 66),
    ("6mo", 126),
    ("1y", 252),
    ("2y", usize::MAX),
    ("5y", usize::MAX),
    ("10y", usize::MAX),
    ("ytd", 252),
    ("max", usize::MAX),
];

impl RestService {
    pub(super) fn chart(&self, request: &RestRequest) -> Answer {
        if request
            .query
            .value("interval")
            .is_some_and(|interval| interval != "1d")
        {
            return failure(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Unprocessable Entity",
                "Data is not available for this interval",
            );
        }
        let (symbol, scale) = spelled(&request.name);
        let Some(asset) = self.market.asset(&symbol) else {
            return failure(
                StatusCode::NOT_FOUND,
                "Not Found",
                "No data found, symbol may be delisted",
            );
        };
        let tick = self.ticker.tick();
        let chart = Chart {
            name: &request.name,
            asset,
            price: asset.price(tick),
            session: self.market.session(),
            scale,
        };
        let Some(bars) = self.window(request, &asset.bars(tick)) else {
            return failure(
                StatusCode::BAD_REQUEST,
                "Bad Request",
                "Invalid input - range",
            );
        };
        let mut rows: Vec<Row> = bars.shown.iter().map(|bar| Row::of(bar, scale)).collect();
        if self.script.data.has(Oddity::UntidyCharts) {
            make_untidy(&mut rows);
        }
        let result = chart.result(&bars, &rows);
        Answer::json(
            StatusCode::OK,
            &json!({"chart": {"result": [result], "error": null}}),
        )
    }

    /// The bars that a request asks for; `None` for a range that does not exist.
    fn window(&self, request: &RestRequest, bars: &[Bar]) -> Option<Window> {
        let named = request.query.value("range").unwrap_or("1d").to_owned();
        let mut count = RANGES.iter().find(|(name, _)| *name == named)?.1;
        if let Some(from) = request.query.number::<i64>("period1") {
            let from = from.div_euclid(86_400);
            count = bars.iter().filter(|bar| day_id(bar.date) >= from).count();
        }
        if let Some(limit) = self.script.data.chart_bars {
            count = count.min(limit);
        }
        let first = bars.len().saturating_sub(count);
        let before = bars[first.saturating_sub(1)].close;
        Some(Window {
            range: named,
            before,
            shown: bars[first..].to_vec(),
        })
    }
}

struct Window {
    range: String,
    /// Close before the first bar.
    before: f64,
    shown: Vec<Bar>,
}

/// A line of the chart.
#[derive(Clone)]
struct Row {
    time: i64,
    /// Open, high, low and close; none for a bar that was lost.
    prices: Option<[f64; 4]>,
    volume: f64,
}

impl Row {
    fn of(bar: &Bar, scale: f64) -> Self {
        Self {
            time: hours(bar.date).open.as_second(),
            prices: Some(
                [bar.open, bar.high, bar.low, bar.close].map(|price| noisy(price * scale)),
            ),
            volume: bar.volume.unwrap_or_default(),
        }
    }
}

/// Numbers arrive with the noise of single precision.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the loss is what is imitated"
)]
fn noisy(price: f64) -> f64 {
    f64::from(price as f32)
}

/// A lost bar in the middle, a second row for the live day, and no order.
fn make_untidy(rows: &mut Vec<Row>) {
    let middle = rows.len() / 2;
    if let Some(lost) = rows.get(middle).cloned() {
        // A holiday row without prices, and not a missing session: closes stay complete.
        rows.insert(
            middle,
            Row {
                time: lost.time - 3600,
                prices: None,
                volume: 0.0,
            },
        );
    }
    if let Some(live) = rows.last().cloned() {
        rows.push(Row {
            time: live.time + 3600,
            ..live
        });
    }
    if rows.len() > 20 {
        rows.swap(3, 11);
    }
}

/// A symbol of the chart in tastytrade's spelling, and what its prices are multiplied by.
fn spelled(name: &str) -> (String, f64) {
    match name {
        "^GSPC" | "^SPX" => ("SPX".to_owned(), 1.0),
        "^DJI" => ("DJX".to_owned(), 100.0),
        _ => {
            let symbol = if let Some(root) = name.strip_suffix("=F") {
                format!("/{root}")
            } else if let Some(index) = name.strip_prefix('^') {
                index.to_owned()
            } else {
                name.replace('-', "/")
            };
            (symbol, 1.0)
        }
    }
}

fn failure(status: StatusCode, code: &str, description: &str) -> Answer {
    Answer::json(
        status,
        &json!({"chart": {"result": null, "error": {"code": code, "description": description}}}),
    )
}

struct Chart<'a> {
    /// The symbol as it was asked for.
    name: &'a str,
    asset: Quoted<'a>,
    price: Price,
    session: Session,
    scale: f64,
}

impl Chart<'_> {
    fn result(&self, window: &Window, rows: &[Row]) -> Value {
        let column = |place: usize| -> Vec<Option<f64>> {
            rows.iter()
                .map(|row| row.prices.map(|prices| prices[place]))
                .collect()
        };
        let volumes: Vec<Option<i64>> = rows
            .iter()
            .map(|row| row.prices.map(|_| whole(row.volume)))
            .collect();
        let times: Vec<i64> = rows.iter().map(|row| row.time).collect();
        let mut result = json!({
            "meta": self.meta(window),
            "timestamp": times,
            "indicators": {
                "quote": [{"open": column(0), "high": column(1), "low": column(2), "close": column(3), "volume": volumes}],
                "adjclose": [{"adjclose": column(3)}],
            },
        });
        if let Some(events) = self.events(window) {
            result["events"] = events;
        }
        result
    }

    fn meta(&self, window: &Window) -> Value {
        let price = &self.price;
        let day = hours(price.session);
        let (low, high) = year_range(&self.asset);
        let at = match self.session {
            Session::Running => self.asset.market.now(),
            Session::Over => day.close,
        };
        let scaled = |price: f64| noisy(price * self.scale);
        let name = self.asset.asset.name();
        json!({
            "currency": self.currency(), "symbol": self.name, "exchangeName": "NMS", "fullExchangeName": "NasdaqGS",
            "instrumentType": self.kind(), "firstTradeDate": 345_479_400, "regularMarketTime": at.as_second(),
            "hasPrePostMarketData": true, "gmtoffset": -18000, "timezone": "EST",
            "exchangeTimezoneName": "America/New_York", "regularMarketPrice": scaled(price.regular),
            "fiftyTwoWeekHigh": scaled(high), "fiftyTwoWeekLow": scaled(low),
            "regularMarketDayHigh": scaled(price.high), "regularMarketDayLow": scaled(price.low),
            "regularMarketVolume": whole(price.volume.unwrap_or_default()),
            "longName": name, "shortName": name, "chartPreviousClose": scaled(window.before), "priceHint": 2,
            "currentTradingPeriod": trading_period(&day), "dataGranularity": "1d", "range": window.range,
            "validRanges": RANGES.map(|(name, _)| name),
        })
    }

    /// Grains are quoted in cents.
    fn currency(&self) -> &'static str {
        if self.name == "ZC=F" { "USX" } else { "USD" }
    }

    fn kind(&self) -> &'static str {
        match self.asset.asset.listing().map(|listing| listing.class) {
            None => "FUTURE",
            Some(Class::Equity) => "EQUITY",
            Some(Class::Etf) => "ETF",
            Some(Class::Index) => "INDEX",
            Some(Class::Crypto) => "CRYPTOCURRENCY",
        }
    }

    fn events(&self, window: &Window) -> Option<Value> {
        let dividend = dividend(&self.asset)?;
        let first = window.shown.first()?.date;
        if dividend.ex_date < first {
            return None;
        }
        let at = hours(dividend.ex_date).open.as_second();
        let mut dividends = Map::new();
        dividends.insert(
            at.to_string(),
            json!({"amount": dividend.amount, "date": at}),
        );
        Some(json!({ "dividends": dividends }))
    }
}

fn trading_period(day: &Hours) -> Value {
    let part = |start: jiff::Timestamp, end: jiff::Timestamp| json!({"timezone": "EST", "start": start.as_second(), "end": end.as_second(), "gmtoffset": -18000});
    json!({
        "pre": part(day.start, day.open),
        "regular": part(day.open, day.close),
        "post": part(day.close, day.close_extended),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "volumes are far below 2^53"
)]
fn whole(volume: f64) -> i64 {
    volume as i64
}
