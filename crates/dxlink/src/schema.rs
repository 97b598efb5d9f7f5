//! What the server said its rows look like: FEED_CONFIG compiled into column plans.
//!
//! See `docs/reference/dxlink-protocol.md`, "7.3 FEED_CONFIG (facts)".
//!
//! A plan maps positions to columns by negotiated *name*. The server may trim, reorder or extend the list that was asked
//! for; nothing is ever read by the position the client had in mind.

use std::collections::BTreeMap;

use crate::event::{EventType, Record, TypedTask};

/// Where one position of a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The event type, to be compared with the tag.
    EventType,
    /// The symbol the row is about.
    Symbol,
    /// A column of the record.
    Slot(u8),
    /// A field that is not read.
    Skip,
}

/// How to read the rows of one event type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nobody said yet what a row looks like, so none can be read.
    Unknown,
    /// The list lacks the symbol: rows cannot be routed, and guessing by position is worse than silence.
    Unusable,
    /// One entry per position.
    Columns(Box<[Column]>),
}

impl Plan {
    fn compile(event_type: EventType, fields: &[String]) -> Self {
        let columns: Box<[Column]> = fields.iter().map(|name| column(event_type, name)).collect();
        if columns.contains(&Column::Symbol) {
            Self::Columns(columns)
        } else {
            Self::Unusable
        }
    }
}

fn column(event_type: EventType, name: &str) -> Column {
    match name {
        "eventType" => Column::EventType,
        "eventSymbol" => Column::Symbol,
        _ => event_type
            .apply(ColumnNamed(name))
            .map_or(Column::Skip, Column::Slot),
    }
}

/// Finds the column of a record.
struct ColumnNamed<'a>(&'a str);

impl TypedTask for ColumnNamed<'_> {
    type Output = Option<u8>;

    fn run<T: Record>(self) -> Option<u8> {
        T::column(self.0)
    }
}

/// The facts of one channel, gathered from any number of FEED_CONFIG messages.
#[derive(Clone, Debug)]
pub struct Schema {
    plans: Vec<Plan>,
    /// Seconds between deliveries, as the server applies them; `None` until it said so.
    pub aggregation_period: Option<f64>,
}

impl Default for Schema {
    fn default() -> Self {
        Self {
            plans: vec![Plan::Unknown; EventType::ALL.len()],
            aggregation_period: None,
        }
    }
}

impl Schema {
    /// How to read rows of this type.
    pub fn plan(&self, event_type: EventType) -> &Plan {
        &self.plans[event_type as usize]
    }

    /// Takes over what a FEED_CONFIG states: a listed type replaces its whole list, everything absent stays.
    pub fn merge(
        &mut self,
        aggregation_period: Option<f64>,
        event_fields: &BTreeMap<String, Vec<String>>,
    ) {
        if aggregation_period.is_some() {
            self.aggregation_period = aggregation_period;
        }
        for (name, fields) in event_fields {
            if let Some(event_type) = EventType::from_name(name) {
                self.plans[event_type as usize] = Plan::compile(event_type, fields);
            }
        }
    }

    /// Types whose list lacks the symbol.
    pub fn unusable(&self) -> impl Iterator<Item = EventType> {
        EventType::ALL
            .iter()
            .copied()
            .filter(|event_type| *self.plan(*event_type) == Plan::Unusable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(entries: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        entries
            .iter()
            .map(|(name, list)| {
                (
                    (*name).to_owned(),
                    list.iter().map(|f| (*f).to_owned()).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn columns_follow_the_negotiated_names() {
        let mut schema = Schema::default();
        schema.merge(
            Some(0.1),
            &fields(&[("Quote", &["bidPrice", "eventSymbol", "novelty"])]),
        );
        let Plan::Columns(columns) = schema.plan(EventType::Quote) else {
            panic!("not usable")
        };
        assert_eq!(**columns, [Column::Slot(0), Column::Symbol, Column::Skip]);
    }

    #[test]
    fn a_later_config_leaves_unnamed_things_alone() {
        let mut schema = Schema::default();
        schema.merge(
            Some(0.1),
            &fields(&[("Quote", &["eventSymbol", "bidPrice"])]),
        );
        let before = schema.plan(EventType::Quote).clone();
        schema.merge(None, &fields(&[("Trade", &["eventSymbol", "price"])]));
        assert_eq!(*schema.plan(EventType::Quote), before);
        assert_eq!(schema.aggregation_period, Some(0.1));
    }

    #[test]
    fn a_list_without_symbol_is_unusable_not_guessed() {
        let mut schema = Schema::default();
        schema.merge(None, &fields(&[("Quote", &["eventType", "bidPrice"])]));
        assert_eq!(schema.unusable().collect::<Vec<_>>(), [EventType::Quote]);
        assert_eq!(*schema.plan(EventType::Trade), Plan::Unknown);
    }
}
