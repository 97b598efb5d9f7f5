//! The stream as a source: which events carry which fields, and what one event says.

use super::super::merge::{Observation, numbers};
use crate::model::{Field, Supply, Value, Vol};
use dxlink::event::{Greeks, Profile, Quote, Summary, Trade, Underlying};
use dxlink::{Event, EventType};

/// The supply that an event of a type is; `None` for those that are not subscribed for their newest value.
pub(super) fn supply_of(event_type: EventType) -> Option<Supply> {
    match event_type {
        EventType::Quote => Some(Supply::Quote),
        EventType::Trade => Some(Supply::Trade),
        EventType::Summary => Some(Supply::Summary),
        EventType::Profile => Some(Supply::Profile),
        EventType::Greeks => Some(Supply::Greeks),
        EventType::Underlying => Some(Supply::Underlying),
        EventType::TradeEth | EventType::Candle => None,
    }
}

/// What an event says. Values that are not available are left out.
pub(super) fn observations(event: &Event) -> Vec<Observation> {
    match event {
        Event::Quote(quote) => of_quote(quote),
        Event::Trade(trade) => of_trade(trade),
        Event::Summary(summary) => of_summary(summary),
        Event::Profile(profile) => of_profile(profile),
        Event::Greeks(greeks) => of_greeks(greeks),
        Event::Underlying(underlying) => of_underlying(underlying),
        Event::TradeEth(_) | Event::Candle(_) => Vec::new(),
    }
}

fn of_quote(quote: &Quote) -> Vec<Observation> {
    let (bid_at, ask_at) = (quote.bid_time.timestamp(), quote.ask_time.timestamp());
    let cells = [
        (Field::Bid, quote.bid_price, bid_at),
        (Field::Ask, quote.ask_price, ask_at),
        (Field::BidSize, quote.bid_size, bid_at),
        (Field::AskSize, quote.ask_size, ask_at),
    ];
    cells
        .into_iter()
        .filter_map(|(field, number, at)| {
            Some(Observation {
                field,
                value: Value::number(number.available()?)?,
                at,
            })
        })
        .collect()
}

fn of_trade(trade: &Trade) -> Vec<Observation> {
    let at = trade.time.timestamp();
    numbers(
        &[
            (Field::Last, trade.price.available()),
            (Field::Volume, trade.day_volume.available()),
        ],
        at,
    )
}

fn of_summary(summary: &Summary) -> Vec<Observation> {
    let cells = [
        (Field::Open, summary.open.available()),
        (Field::High, summary.high.available()),
        (Field::Low, summary.low.available()),
        (Field::PrevClose, summary.prev_close.available()),
        (Field::OpenInterest, summary.open_interest.available()),
    ];
    numbers(&cells, None)
}

fn of_profile(profile: &Profile) -> Vec<Observation> {
    let name = profile.description.as_deref().and_then(Value::text);
    let halted = match profile.trading_status.as_deref() {
        Some("HALTED") => Some(Value::Flag(true)),
        Some("ACTIVE") => Some(Value::Flag(false)),
        _ => None,
    };
    [(Field::Name, name), (Field::Halted, halted)]
        .into_iter()
        .filter_map(|(field, value)| {
            Some(Observation {
                field,
                value: value?,
                at: None,
            })
        })
        .collect()
}

fn of_greeks(greeks: &Greeks) -> Vec<Observation> {
    let cells = [
        (Field::Iv, percent(greeks.volatility.available())),
        (Field::Delta, greeks.delta.available()),
        (Field::Gamma, greeks.gamma.available()),
        (Field::Theta, greeks.theta.available()),
        (Field::Vega, greeks.vega.available()),
        (Field::Rho, greeks.rho.available()),
        (Field::Theo, greeks.price.available()),
    ];
    numbers(&cells, greeks.time.timestamp())
}

fn of_underlying(underlying: &Underlying) -> Vec<Observation> {
    let volume = match (
        underlying.call_volume.available(),
        underlying.put_volume.available(),
    ) {
        (Some(calls), Some(puts)) => Some(calls + puts),
        (calls, puts) => calls.or(puts),
    };
    let cells = [
        (Field::Iv, percent(underlying.volatility.available())),
        (Field::OptVolume, volume),
        (Field::PutCall, underlying.put_call_ratio.available()),
    ];
    numbers(&cells, underlying.time.timestamp())
}

/// The stream states volatilities as annual fractions (`docs/reference/dxlink-protocol.md`, "9. Event types").
fn percent(fraction: Option<f64>) -> Option<f64> {
    fraction.and_then(Vol::from_fraction).map(Vol::percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FieldSet, SymbolKind};
    use dxlink::event::{Double, Millis};

    fn number(observations: &[Observation], field: Field) -> Option<f64> {
        observations
            .iter()
            .find(|o| o.field == field)
            .and_then(|o| o.value.as_number())
    }

    #[test]
    fn an_unavailable_side_is_left_out() {
        let quote = Quote {
            bid_price: Double(601.23),
            bid_time: Millis(1_785_542_396_000),
            ..Quote::default()
        };
        let said = observations(&Event::Quote(quote));
        assert_eq!(number(&said, Field::Bid), Some(601.23));
        assert_eq!(number(&said, Field::Ask), None);
        assert!(said[0].at.is_some());
    }

    #[test]
    fn volatility_of_the_stream_is_a_fraction() {
        let greeks = Greeks {
            volatility: Double(0.25),
            delta: Double(0.5),
            ..Greeks::default()
        };
        let said = observations(&Event::Greeks(greeks));
        assert_eq!(
            (number(&said, Field::Iv), number(&said, Field::Delta)),
            (Some(25.0), Some(0.5))
        );
    }

    #[test]
    fn option_volume_takes_the_side_there_is() {
        let volume = |call, put| {
            let event = Underlying {
                call_volume: Double(call),
                put_volume: Double(put),
                ..Underlying::default()
            };
            number(&observations(&Event::Underlying(event)), Field::OptVolume)
        };
        assert_eq!(volume(3.0, 4.0), Some(7.0));
        assert_eq!(volume(f64::NAN, 4.0), Some(4.0));
        assert_eq!(volume(f64::NAN, f64::NAN), None);
    }

    #[test]
    fn an_undefined_status_says_nothing_about_a_halt() {
        let profile = |status: &str| {
            Event::Profile(Profile {
                trading_status: Some(status.into()),
                ..Profile::default()
            })
        };
        assert_eq!(observations(&profile("HALTED"))[0].value, Value::Flag(true));
        assert!(observations(&profile("UNDEFINED")).is_empty());
    }

    #[test]
    fn every_observation_is_of_a_field_the_event_is_known_for() {
        let full = Event::Summary(Summary {
            open: Double(1.0),
            high: Double(1.0),
            low: Double(1.0),
            prev_close: Double(1.0),
            open_interest: Double(1.0),
            ..Summary::default()
        });
        let known = FieldSet::supplied_by(Supply::Summary, SymbolKind::Future);
        for said in observations(&full) {
            assert!(known.contains(said.field), "{said:?}");
        }
    }
}
