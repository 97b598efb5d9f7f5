//! Faults of candle snapshots.

use serde::Deserialize;

/// How the snapshots of some candles are sent. A candle under a rule moves only as its rule says.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct SnapshotRule {
    /// Base symbols of the candles concerned, `SPY` for `SPY{=d}`; every one when empty.
    pub symbols: Vec<String>,
    /// How the flags of the snapshot are bent.
    pub shape: SnapshotShape,
    /// Rows in one message; as many as fit when absent. Snapshots that are on their way at the same time take turns.
    pub rows_per_message: Option<usize>,
    /// Milliseconds between two messages of one snapshot; only with `rows_per_message`.
    pub pause_ms: u64,
    /// The TCP connection goes away after this many rows of a snapshot.
    pub cut_after_rows: Option<usize>,
    /// New shares for each old one: prices are divided by it and volumes multiplied.
    pub split: Option<f64>,
    /// What follows, in order.
    pub then: Vec<Sequel>,
}

impl SnapshotRule {
    /// Whether the rule is about the candles of a base symbol.
    pub(crate) fn matches(&self, base: &str) -> bool {
        self.symbols.is_empty() || self.symbols.iter().any(|symbol| symbol == base)
    }
}

/// How the flags of a snapshot are bent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotShape {
    /// They are not.
    #[default]
    Whole,
    /// One row that begins, ends and removes, although there are bars.
    Empty,
    /// The last row is missing, and with it the end.
    Unfinished,
    /// Half of a snapshot with false rows, and then the true one from its beginning.
    BegunTwice,
    /// No row begins it: the same rows as plain updates, the last of which claims to be an end.
    NeverBegun,
    /// The newest bar is false and the end is pending; the event after it corrects the bar and completes.
    EndPending,
}

/// Something that follows a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sequel {
    /// Milliseconds after the last row of the snapshot or of the sequel before.
    #[serde(default)]
    pub after_ms: u64,
    /// The act that follows.
    pub act: SequelAct,
}

/// What can follow a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SequelAct {
    /// The newest bar closes at its high with 100 more traded.
    LiveBar,
    /// The bar of the next day, at one price.
    NewBar,
    /// The oldest bar is removed.
    Removal,
    /// One transaction over both newest bars, the first of which is sent false and then corrected.
    Transaction,
    /// A transaction with false rows that is not finished, and then the snapshot again.
    BrokenTransaction,
    /// The snapshot again.
    Snapshot,
    /// The snapshot again after a split: new shares for each old one.
    Split(f64),
}
