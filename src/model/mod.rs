//! The words of the trade, as types: symbols, fields, values, rows and reports.
//!
//! This room knows no network, no file and no terminal. Volatilities are annual fractions in [`Vol`]; they become
//! percent points in exactly one direction, when a typed value is put into a [`Row`] cell under the unit that
//! [`Field::info`] states for it. Nothing here is ever guessed from the size of a number.

pub mod diagnosis;
pub mod failure;
pub mod field;
pub mod format;
pub mod history;
pub mod instrument;
pub mod market;
pub mod option;
pub mod provider;
pub mod report;
pub mod row;
pub mod symbol;
pub mod thresholds;
pub mod value;

pub use failure::{ExitStatus, FailureKind};
pub use field::{Command, Cost, Field, FieldInfo, FieldSet, Unit};
pub use format::OutputFormat;
pub use history::{DailyBar, Estimator, HvWindow};
pub use option::{Expiration, OptionChain, OptionContract, Right, Strike, StrikePair};
pub use provider::{Origin, Provider, ProviderInfo, Supply, SupplySet};
pub use row::{Cell, Reason, Row};
pub use symbol::{StreamerSymbol, Symbol, SymbolError, SymbolKind};
pub use thresholds::{ThresholdInfo, Thresholds};
pub use value::{Value, Vol};
