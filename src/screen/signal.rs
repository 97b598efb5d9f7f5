//! One word for the state a row's volatility is in.

use crate::model::{Field, Reason, Row};

/// The state of a row's volatility. The first that applies is given, in the order of the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Earnings are due today or within 5 calendar days: the premium is for the report.
    Event,
    /// Implied volatility is above realised over both windows (`vrp` ≥ 1.2, `vrp_t` ≥ 1.15) and above most of its own
    /// year (`ivp` ≥ 50).
    Rich,
    /// Realised volatility is on the rise: `vtr` ≥ 1.15.
    Expanding,
    /// Realised volatility has come down and waits: `vtr` ≤ 0.75.
    Coiled,
    /// Implied volatility is below realised: `vrp` < 0.9.
    Discount,
    /// None of these.
    Fair,
}

impl Signal {
    /// The word shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Event => "EVENT",
            Self::Rich => "RICH",
            Self::Expanding => "EXPANDING",
            Self::Coiled => "COILED",
            Self::Discount => "DISCOUNT",
            Self::Fair => "FAIR",
        }
    }

    /// The state of a row. A missing number rules out the states it decides.
    ///
    /// # Errors
    /// The reason for which `vrp` is missing, when no state applies without it.
    pub fn of(row: &Row) -> Result<Self, Reason> {
        let is = |field, fits: fn(f64) -> bool| row.number(field).is_some_and(fits);
        if is(Field::EarningsDays, |days| {
            (0.0..=EVENT_DAYS).contains(&days)
        }) {
            return Ok(Self::Event);
        }
        let is_rich = is(Field::Vrp, |vrp| vrp >= RICH_VRP)
            && is(Field::VrpT, |vrp_t| vrp_t >= RICH_VRP_T)
            && is(Field::Ivp, |ivp| ivp >= RICH_IVP);
        if is_rich {
            return Ok(Self::Rich);
        }
        if is(Field::Vtr, |vtr| vtr >= EXPANDING_VTR) {
            return Ok(Self::Expanding);
        }
        if is(Field::Vtr, |vtr| vtr <= COILED_VTR) {
            return Ok(Self::Coiled);
        }
        match row.number(Field::Vrp) {
            Some(vrp) if vrp < DISCOUNT_VRP => Ok(Self::Discount),
            Some(_) => Ok(Self::Fair),
            None => Err(row.reason(Field::Vrp).unwrap_or(Reason::NotProvided)),
        }
    }
}

const EVENT_DAYS: f64 = 5.0;
const RICH_VRP: f64 = 1.2;
const RICH_VRP_T: f64 = 1.15;
const RICH_IVP: f64 = 50.0;
const EXPANDING_VTR: f64 = 1.15;
const COILED_VTR: f64 = 0.75;
const DISCOUNT_VRP: f64 = 0.9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    fn signal(cells: &[(Field, f64)]) -> Result<&'static str, Reason> {
        let mut row = Row::new("SPY".parse().unwrap());
        for (field, number) in cells {
            row.set_computed(*field, Value::Number(*number));
        }
        Signal::of(&row).map(Signal::name)
    }

    #[test]
    fn every_state_has_its_numbers() {
        let rich = [(Field::Vrp, 1.2), (Field::VrpT, 1.15), (Field::Ivp, 50.0)];
        for (cells, expected) in [
            (&[(Field::EarningsDays, 5.0), rich[0]][..], Ok("EVENT")),
            (&rich, Ok("RICH")),
            (&[rich[0], (Field::Vtr, 1.15)], Ok("EXPANDING")),
            (&[rich[0], (Field::Vtr, 0.75)], Ok("COILED")),
            (&[(Field::Vrp, 0.89)], Ok("DISCOUNT")),
            (
                &[(Field::Vrp, 0.9), (Field::EarningsDays, -1.0)],
                Ok("FAIR"),
            ),
            (&[(Field::Ivp, 90.0)], Err(Reason::NotProvided)),
        ] {
            assert_eq!(signal(cells), expected, "{cells:?}");
        }
    }
}
