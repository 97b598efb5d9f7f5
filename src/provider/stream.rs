//! The stream as a source: which events carry which fields, and what one event says.

use super::board::Observation;
use crate::model::{Field, FieldSet, SymbolKind, Value, Vol};
use dxlink::event::{Greeks, Profile, Quote, Summary, Trade, Underlying};
use dxlink::{Event, EventType};

/// The events subscribed for a kind of symbol, and whether a run waits for them. What trades rarely may never send a
/// Trade, so nobody waits for the Trade of an option.
pub(super) fn events_for(kind: SymbolKind) -> &'static [(EventType, Patience)] {
    use EventType as E;
    use Patience::{Glad, Waits};
    match kind {
        SymbolKind::Equity | SymbolKind::FutureRoot | SymbolKind::Future => &[
            (E::Quote, Waits),
            (E::Trade, Waits),
            (E::Summary, Waits),
            (E::Profile, Waits),
        ],
        SymbolKind::Index => &[(E::Trade, Waits), (E::Summary, Waits), (E::Profile, Waits)],
        SymbolKind::Crypto => &[(E::Quote, Waits), (E::Trade, Waits), (E::Summary, Waits)],
        SymbolKind::EquityOption | SymbolKind::FutureOption => &[
            (E::Quote, Waits),
            (E::Greeks, Waits),
            (E::Summary, Waits),
            (E::Trade, Glad),
        ],
    }
}

/// Whether a run waits for an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// The run waits until it came or the window closed.
    Waits,
    /// Taken if it comes.
    Glad,
}

/// The fields that an event of a type can fill.
pub(super) fn fields_of(event_type: EventType) -> FieldSet {
    use Field as F;
    FieldSet::of(match event_type {
        EventType::Quote => &[F::Bid, F::Ask, F::BidSize, F::AskSize],
        EventType::Trade => &[F::Last, F::Volume],
        EventType::Summary => &[F::Open, F::High, F::Low, F::PrevClose, F::OpenInterest],
        EventType::Profile => &[F::Name, F::Halted],
        EventType::Greeks => &[
            F::Iv,
            F::Delta,
            F::Gamma,
            F::Theta,
            F::Vega,
            F::Rho,
            F::Theo,
        ],
        EventType::Underlying => &[F::Iv, F::OptVolume, F::PutCall],
        EventType::TradeEth | EventType::Candle => &[],
    })
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

/// The stream states volatilities as annual fractions (dxlink-protocol §9).
fn percent(fraction: Option<f64>) -> Option<f64> {
    fraction.and_then(Vol::from_fraction).map(Vol::percent)
}

/// Number cells that share a time; absent ones are left out.
pub(super) fn numbers(
    cells: &[(Field, Option<f64>)],
    at: Option<jiff::Timestamp>,
) -> Vec<Observation> {
    cells
        .iter()
        .filter_map(|(field, number)| {
            Some(Observation {
                field: *field,
                value: Value::number((*number)?)?,
                at,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
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
        for said in observations(&full) {
            assert!(fields_of(EventType::Summary).contains(said.field));
        }
    }
}
