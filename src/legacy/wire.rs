//! The chart as Yahoo sends it, and what an answer that is no chart means.
//!
//! See `docs/reference/legacy-sources.md`, "1.1 Response" and "1.3 Errors".
//!
//! Only the parts that are used are read; a part that is missing, null or of another type is absent rather than fatal.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};

use super::error::LegacyError;

/// `chart.result[0]`.
#[derive(Debug, Deserialize)]
pub(super) struct Chart {
    #[serde(default)]
    pub(super) meta: ChartMeta,
    /// Opening instants of the bars, epoch seconds; the whole key is missing when there are no bars.
    #[serde(default)]
    pub(super) timestamp: Option<Vec<Option<i64>>>,
    #[serde(default)]
    indicators: Indicators,
    #[serde(default)]
    events: Option<Events>,
}

impl Chart {
    /// Closes, adjusted for splits only, parallel to the timestamps.
    pub(super) fn closes(&self) -> &[Number] {
        let columns = self.indicators.quote.first();
        columns
            .and_then(|columns| columns.close.as_deref())
            .unwrap_or_default()
    }

    /// Instants of the splits within the chart, epoch seconds.
    pub(super) fn splits(&self) -> impl Iterator<Item = i64> + '_ {
        let splits = self
            .events
            .as_ref()
            .and_then(|events| events.splits.as_ref());
        splits
            .into_iter()
            .flat_map(HashMap::values)
            .filter_map(|split| split.date)
    }
}

/// `meta`: the quote and what is needed to read the bars.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ChartMeta {
    pub(super) instrument_type: Option<String>,
    pub(super) long_name: Option<String>,
    pub(super) short_name: Option<String>,
    pub(super) exchange_timezone_name: Option<String>,
    /// Offset of the exchange from UTC, seconds.
    pub(super) gmtoffset: Option<i32>,
    /// Decimals that mean something.
    pub(super) price_hint: Option<u8>,
    pub(super) regular_market_price: Number,
    pub(super) regular_market_time: Option<i64>,
    pub(super) regular_market_day_high: Number,
    pub(super) regular_market_day_low: Number,
    /// May exceed 2^32.
    pub(super) regular_market_volume: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Indicators {
    quote: Vec<Columns>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Columns {
    close: Option<Vec<Number>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Events {
    /// Keyed by epoch seconds as text.
    splits: Option<HashMap<String, Split>>,
}

/// A split; its ratio does not matter here, for closes are adjusted already.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Split {
    date: Option<i64>,
}

/// A number, or nothing where there is null, a word such as `"Infinity"`, or no key.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number(pub(super) Option<f64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Loose {
            Number(f64),
            Other(serde::de::IgnoredAny),
        }
        Ok(Self(match Loose::deserialize(deserializer)? {
            Loose::Number(number) => Some(number),
            Loose::Other(_) => None,
        }))
    }
}

#[derive(Deserialize)]
struct Envelope {
    /// Refusals by the gateway in front of the endpoint use the other word.
    #[serde(alias = "finance")]
    chart: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    result: Option<Vec<Chart>>,
    error: Option<Fault>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    code: String,
    description: String,
}

/// Reads an answer; `symbol` is Yahoo's spelling, for the errors.
///
/// # Errors
///
/// Every kind but `NoMapping`, `Budget` and `Net`.
pub(super) fn decode(status: u16, body: &[u8], symbol: &str) -> Result<Chart, LegacyError> {
    refuse_what_is_no_json(status, body)?;
    let symbol = symbol.to_owned();
    let Outcome { result, error } = match serde_json::from_slice::<Envelope>(body) {
        Ok(envelope) => envelope.chart,
        Err(source) => return Err(LegacyError::Malformed { symbol, source }),
    };
    if let Some(Fault { code, description }) = error {
        return Err(if code.eq_ignore_ascii_case("not found") {
            LegacyError::UnknownSymbol { symbol }
        } else {
            LegacyError::Refused {
                symbol,
                code,
                description,
            }
        });
    }
    let Some(chart) = result.and_then(|charts| charts.into_iter().next()) else {
        return Err(LegacyError::UnknownSymbol { symbol });
    };
    if chart.timestamp.as_ref().is_none_or(Vec::is_empty) {
        return Err(LegacyError::NoData { symbol });
    }
    Ok(chart)
}

/// Content types lie, the first byte does not.
fn refuse_what_is_no_json(status: u16, body: &[u8]) -> Result<(), LegacyError> {
    if status == 429 {
        return Err(LegacyError::Blocked);
    }
    if (300..400).contains(&status) {
        return Err(LegacyError::Consent { status });
    }
    if status >= 500 {
        return Err(LegacyError::Status { status });
    }
    let text = body.trim_ascii_start();
    if text.starts_with(b"{") {
        return Ok(());
    }
    let head = String::from_utf8_lossy(&text[..text.len().min(64)]);
    Err(if head.contains("Too Many Requests") {
        LegacyError::Blocked
    } else {
        LegacyError::NotJson { status }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIVE: &str = include_str!("../../fixtures/http_yahoo_live.json");

    fn refusal(status: u16, body: &str) -> LegacyError {
        decode(status, body.as_bytes(), "EXMP").unwrap_err()
    }

    #[test]
    fn a_chart_is_read() {
        let chart = decode(200, LIVE.as_bytes(), "EXMP").unwrap();
        assert_eq!(chart.closes().len(), 5);
        assert_eq!(chart.closes()[0], Number(Some(100.5)));
        assert_eq!(chart.meta.regular_market_price, Number(Some(103.5)));
    }

    #[test]
    fn a_volume_beyond_32_bits_and_a_missing_adjclose_do_no_harm() {
        let large = include_str!("../../fixtures/http_yahoo_large_volume.json");
        let chart = decode(200, large.as_bytes(), "EXMP").unwrap();
        assert_eq!(chart.meta.regular_market_volume, Number(Some(6e9)));
        let bare = include_str!("../../fixtures/http_yahoo_no_adjclose.json");
        let chart = decode(200, bare.as_bytes(), "EXMP").unwrap();
        assert_eq!(chart.closes().len(), 5);
    }

    #[test]
    fn a_word_in_place_of_a_number_is_an_absent_number() {
        let body = include_str!("../../fixtures/http_yahoo_infinity.json");
        let chart = decode(200, body.as_bytes(), "EXMP").unwrap();
        assert_eq!(chart.closes()[2], Number(None));
        assert_eq!(chart.closes()[3], Number(Some(102.0)));
    }

    #[test]
    fn an_unknown_symbol_is_told_with_either_status() {
        let body = include_str!("../../fixtures/http_yahoo_unknown.json");
        for status in [404, 200] {
            let error = refusal(status, body);
            insta::allow_duplicates! {
                insta::assert_snapshot!(error, @"Yahoo does not know EXMP");
            }
        }
        let nothing = r#"{"chart":{"result":null,"error":null}}"#;
        assert!(matches!(
            refusal(200, nothing),
            LegacyError::UnknownSymbol { .. }
        ));
    }

    #[test]
    fn a_window_without_bars_is_no_data() {
        let body = include_str!("../../fixtures/http_yahoo_no_timestamp.json");
        insta::assert_snapshot!(refusal(200, body), @"Yahoo has no daily bars for EXMP");
    }

    #[test]
    fn other_faults_keep_the_servers_words() {
        let body = include_str!("../../fixtures/http_yahoo_bad_request.json");
        insta::assert_snapshot!(
            refusal(400, body),
            @"Yahoo refuses the request for EXMP: Invalid input - interval=1x is not supported. (Bad Request)"
        );
        let gateway = r#"{"finance":{"result":null,"error":{"code":"Unauthorized","description":"Invalid Crumb"}}}"#;
        assert!(
            matches!(refusal(401, gateway), LegacyError::Refused { code, .. } if code == "Unauthorized")
        );
    }

    #[test]
    fn a_429_names_both_of_its_meanings() {
        insta::assert_snapshot!(
            refusal(429, "Edge: Too Many Requests"),
            @"Yahoo refuses to answer (429): either this address sent too many requests, or Yahoo blocks this program or this network however few it sends"
        );
        assert!(matches!(
            refusal(200, "Too Many Requests\r\n"),
            LegacyError::Blocked
        ));
    }

    #[test]
    fn pages_and_redirects_are_told_from_data() {
        let page = "\n<!DOCTYPE html><html>Will be right back</html>";
        assert!(matches!(
            refusal(200, page),
            LegacyError::NotJson { status: 200 }
        ));
        assert!(matches!(
            refusal(503, page),
            LegacyError::Status { status: 503 }
        ));
        assert!(matches!(
            refusal(302, ""),
            LegacyError::Consent { status: 302 }
        ));
        assert!(matches!(
            refusal(200, ""),
            LegacyError::NotJson { status: 200 }
        ));
    }

    #[test]
    fn half_a_document_is_malformed() {
        let error = refusal(200, &LIVE[..LIVE.len() / 2]);
        assert!(matches!(error, LegacyError::Malformed { .. }));
    }

    proptest! {
        #[test]
        fn no_prefix_of_a_chart_is_taken_for_one(length in 0..LIVE.trim_end().len()) {
            prop_assert!(decode(200, &LIVE.as_bytes()[..length], "EXMP").is_err());
        }
    }
}
