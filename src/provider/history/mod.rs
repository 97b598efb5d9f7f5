//! Historical volatility from daily bars.

use crate::model::{FieldSet, HvWindow};

/// Every historical volatility.
pub(super) fn fields() -> FieldSet {
    HvWindow::ALL.iter().map(|window| window.field()).collect()
}
