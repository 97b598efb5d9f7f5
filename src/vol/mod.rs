//! Realised volatility and option maths: pure functions from numbers to numbers.
//!
//! This room knows no source, no clock and no unit but these: volatilities are annual fractions in
//! [`Vol`](crate::model::Vol), rates and probabilities are fractions, prices are in the currency of the instrument,
//! greeks are in the units of `volq fields`. What cannot be computed is `None`, never NaN.

pub mod black;
pub mod history;
pub mod normal;
pub mod range;
pub mod ratio;
pub mod realized;
pub mod term;
