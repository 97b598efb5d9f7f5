//! The receiving end of indexed events: rows with snapshot and transaction bits in, whole transactions out.
//!
//! See `docs/reference/dxlink-protocol.md`, "10. Indexed events, snapshots, eventFlags".
//!
//! One [`Receiver`] per key. It knows the bits and nothing else: not what a row means, not who holds the rows afterwards,
//! not how long a snapshot may take. A snapshot is complete when its end was seen, never because of silence or counting.

use std::collections::{BTreeMap, BTreeSet};

/// More rows of the same transaction follow.
const TX_PENDING: i64 = 0x01;
/// The row of this index is gone.
const REMOVE: i64 = 0x02;
/// First row of a snapshot.
const BEGIN: i64 = 0x04;
/// Last row of a snapshot that holds everything.
const END: i64 = 0x08;
/// Last row of a snapshot that was cut by a limit.
const SNIP: i64 = 0x10;

/// A row with an index and transaction bits. Unknown bits are nobody's business.
pub(crate) trait Indexed {
    /// The row's place in its series; a later row with the same index replaces it.
    fn index(&self) -> i64;

    /// The transaction and snapshot bits.
    fn flags(&self) -> i64;

    /// Takes the bits off: they belong to the transport, not to the row.
    fn clear_flags(&mut self);
}

/// A whole transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Transaction<R> {
    /// Everything there is: what was known before is void.
    Snapshot {
        /// Ascending by index, no index twice; possibly none.
        rows: Vec<R>,
        /// Whether older rows exist that will not come.
        truncated: bool,
    },
    /// A change of what is known.
    Update {
        /// New and changed rows, ascending by index, no index twice.
        upserts: Vec<R>,
        /// Indices whose rows are gone, ascending; none of them is among the upserts.
        removed: Vec<i64>,
    },
}

/// A transaction has more rows than the receiver may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} rows")]
pub(crate) struct TooManyRows {
    /// How many it may keep.
    pub limit: usize,
}

/// Gathers the rows of one key into transactions.
#[derive(Clone, Debug)]
pub(crate) struct Receiver<R> {
    /// Rows of the transaction that is under way.
    pending: Vec<R>,
    progress: Progress,
    limit: usize,
}

/// How far a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// None is under way.
    None,
    /// Its first row is in.
    Begun,
    /// Its last row is in, but the transaction is not over.
    Ended { truncated: bool },
}

impl<R: Indexed> Receiver<R> {
    /// Keeps at most `limit` rows of a transaction.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            pending: Vec::new(),
            progress: Progress::None,
            limit,
        }
    }

    /// Forgets the transaction that is under way, as after a lost connection.
    pub(crate) fn reset(&mut self) {
        self.pending = Vec::new();
        self.progress = Progress::None;
    }

    /// Whether a transaction is under way.
    pub(crate) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Takes in a row; gives the transaction that it ends.
    ///
    /// # Errors
    /// [`TooManyRows`] when the transaction grows beyond the limit; it is forgotten then.
    pub(crate) fn take(&mut self, row: R) -> Result<Option<Transaction<R>>, TooManyRows> {
        let flags = row.flags();
        if flags & BEGIN != 0 {
            self.pending.clear();
            self.progress = Progress::Begun;
        }
        if self.progress == Progress::Begun && flags & (END | SNIP) != 0 {
            self.progress = Progress::Ended {
                truncated: flags & SNIP != 0,
            };
        }
        if self.pending.len() == self.limit {
            self.reset();
            return Err(TooManyRows { limit: self.limit });
        }
        self.pending.push(row);
        if self.progress == Progress::Begun || flags & TX_PENDING != 0 {
            return Ok(None);
        }
        let (rows, removed) = net(&mut self.pending);
        let transaction = match self.progress {
            Progress::Ended { truncated } => Transaction::Snapshot { rows, truncated },
            Progress::None | Progress::Begun => Transaction::Update {
                upserts: rows,
                removed: removed.into_iter().collect(),
            },
        };
        self.progress = Progress::None;
        Ok(Some(transaction))
    }
}

/// What is left of a transaction's rows when they are applied in order, and which indices end up removed.
fn net<R: Indexed>(rows: &mut Vec<R>) -> (Vec<R>, BTreeSet<i64>) {
    let (mut kept, mut removed) = (BTreeMap::new(), BTreeSet::new());
    for mut row in rows.drain(..) {
        let index = row.index();
        if row.flags() & REMOVE != 0 {
            kept.remove(&index);
            removed.insert(index);
        } else {
            removed.remove(&index);
            row.clear_flags();
            kept.insert(index, row);
        }
    }
    (kept.into_values().collect(), removed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Index, value, bits.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Row(i64, f64, i64);

    impl Indexed for Row {
        fn index(&self) -> i64 {
            self.0
        }

        fn flags(&self) -> i64 {
            self.2
        }

        fn clear_flags(&mut self) {
            self.2 = 0;
        }
    }

    const LIMIT: usize = 100;

    /// What comes out of rows given as index, value and bits.
    fn transactions(rows: &[(i64, f64, i64)]) -> Vec<Transaction<Row>> {
        let mut receiver = Receiver::new(LIMIT);
        rows.iter()
            .filter_map(|&(index, value, flags)| receiver.take(Row(index, value, flags)).unwrap())
            .collect()
    }

    fn rows(rows: &[(i64, f64)]) -> Vec<Row> {
        rows.iter()
            .map(|&(index, value)| Row(index, value, 0))
            .collect()
    }

    fn snapshot(kept: &[(i64, f64)]) -> Transaction<Row> {
        Transaction::Snapshot {
            rows: rows(kept),
            truncated: false,
        }
    }

    fn update(upserts: &[(i64, f64)], removed: &[i64]) -> Transaction<Row> {
        Transaction::Update {
            upserts: rows(upserts),
            removed: removed.to_vec(),
        }
    }

    /// Checklist 75, 84.
    #[test]
    fn a_snapshot_comes_out_once_and_ascending_and_updates_follow() {
        let seen = transactions(&[
            (3, 3.0, BEGIN),
            (2, 2.0, 0),
            (1, 1.0, END),
            (3, 3.5, 0),
            (4, 4.0, 0),
            (1, f64::NAN, REMOVE),
        ]);
        assert_eq!(
            seen,
            [
                snapshot(&[(1, 1.0), (2, 2.0), (3, 3.0)]),
                update(&[(3, 3.5)], &[]),
                update(&[(4, 4.0)], &[]),
                update(&[], &[1]),
            ]
        );
    }

    /// Checklist 76.
    #[test]
    fn an_empty_snapshot_is_complete_with_nothing_in_it() {
        assert_eq!(
            transactions(&[(0, f64::NAN, BEGIN | END | REMOVE)]),
            [snapshot(&[])]
        );
        assert_eq!(
            transactions(&[(7, 7.0, BEGIN | END)]),
            [snapshot(&[(7, 7.0)])]
        );
    }

    /// Checklist 77.
    #[test]
    fn an_end_on_a_removed_row_completes_and_is_not_kept() {
        let seen = transactions(&[
            (2, 2.0, BEGIN),
            (1, 1.0, 0),
            (0, f64::NAN, END | REMOVE),
            (5, 5.0, BEGIN | TX_PENDING),
            (5, f64::NAN, REMOVE),
            (4, f64::NAN, END | REMOVE),
        ]);
        assert_eq!(seen, [snapshot(&[(1, 1.0), (2, 2.0)]), snapshot(&[])]);
    }

    /// Checklist 78.
    #[test]
    fn a_snipped_snapshot_is_complete_and_says_that_it_was_cut() {
        let cut = Transaction::Snapshot {
            rows: rows(&[(1, 1.0), (2, 2.0)]),
            truncated: true,
        };
        let whole = snapshot(&[(3, 3.0)]);
        assert_eq!(
            transactions(&[(2, 2.0, BEGIN), (1, 1.0, SNIP), (3, 3.0, BEGIN | END)]),
            [cut.clone(), whole]
        );
        // Known to have been cut also when its transaction ends later.
        assert_eq!(
            transactions(&[(2, 2.0, BEGIN), (0, 0.0, SNIP | TX_PENDING), (1, 1.0, 0)]),
            [Transaction::Snapshot {
                rows: rows(&[(0, 0.0), (1, 1.0), (2, 2.0)]),
                truncated: true
            }]
        );
    }

    /// Checklist 79.
    #[test]
    fn a_second_beginning_leaves_nothing_of_the_first() {
        assert_eq!(
            transactions(&[(9, 9.0, BEGIN), (8, 8.0, 0), (2, 2.0, BEGIN), (1, 1.0, END)]),
            [snapshot(&[(1, 1.0), (2, 2.0)])]
        );
        // Not even that its end was cut off.
        assert_eq!(
            transactions(&[
                (9, 9.0, BEGIN),
                (8, 8.0, SNIP | TX_PENDING),
                (1, 1.0, BEGIN | END)
            ]),
            [snapshot(&[(1, 1.0)])]
        );
    }

    /// Checklist 80.
    #[test]
    fn a_pending_end_waits_for_the_row_that_ends_the_transaction() {
        let begun = [(2, 2.0, BEGIN), (1, 1.0, END | TX_PENDING)];
        assert_eq!(transactions(&begun), []);
        let mut merged = begun.to_vec();
        merged.extend([(2, 2.5, TX_PENDING), (3, 3.0, 0)]);
        assert_eq!(
            transactions(&merged),
            [snapshot(&[(1, 1.0), (2, 2.5), (3, 3.0)])]
        );
    }

    /// Checklist 81.
    #[test]
    fn pending_updates_come_together_or_not_at_all() {
        assert_eq!(
            transactions(&[
                (1, 1.0, TX_PENDING),
                (2, 2.0, TX_PENDING),
                (1, f64::NAN, REMOVE | TX_PENDING),
                (3, 3.0, 0)
            ]),
            [update(&[(2, 2.0), (3, 3.0)], &[1])]
        );
        assert_eq!(
            transactions(&[(1, 1.0, TX_PENDING), (5, 5.0, BEGIN | END), (6, 6.0, 0)]),
            [snapshot(&[(5, 5.0)]), update(&[(6, 6.0)], &[])]
        );
    }

    /// Checklist 82.
    #[test]
    fn rows_without_a_snapshot_are_updates_whatever_end_they_claim() {
        assert_eq!(
            transactions(&[(1, 1.0, 0), (2, 2.0, END), (3, 3.0, SNIP)]),
            [
                update(&[(1, 1.0)], &[]),
                update(&[(2, 2.0)], &[]),
                update(&[(3, 3.0)], &[])
            ]
        );
    }

    #[test]
    fn a_transaction_without_end_is_given_up_at_the_limit() {
        for first in [BEGIN, TX_PENDING] {
            let mut receiver = Receiver::new(3);
            receiver.take(Row(9, 9.0, first)).unwrap();
            for index in 0..2 {
                assert_eq!(receiver.take(Row(index, 0.0, TX_PENDING)), Ok(None));
            }
            assert_eq!(
                receiver.take(Row(5, 0.0, END)),
                Err(TooManyRows { limit: 3 })
            );
            assert!(!receiver.is_pending());
            assert_eq!(
                receiver.take(Row(1, 1.0, 0)),
                Ok(Some(update(&[(1, 1.0)], &[])))
            );
        }
    }

    #[test]
    fn after_a_reset_nothing_is_under_way() {
        let mut receiver = Receiver::new(LIMIT);
        receiver.take(Row(2, 2.0, BEGIN)).unwrap();
        assert!(receiver.is_pending());
        receiver.reset();
        assert_eq!(
            receiver.take(Row(1, 1.0, END)),
            Ok(Some(update(&[(1, 1.0)], &[])))
        );
    }

    /// What a reader holds who applies everything that comes out.
    fn held(transactions: Vec<Transaction<Row>>) -> BTreeMap<i64, f64> {
        let mut held = BTreeMap::new();
        for transaction in transactions {
            let (upserts, removed) = match transaction {
                Transaction::Snapshot { rows, .. } => {
                    held.clear();
                    (rows, Vec::new())
                }
                Transaction::Update { upserts, removed } => (upserts, removed),
            };
            held.retain(|index, _| !removed.contains(index));
            held.extend(upserts.iter().map(|row| (row.0, row.1)));
        }
        held
    }

    /// The same from whole lists: cuts the rows into transactions first and only then looks at what they are.
    fn model(rows: &[(i64, f64, i64)]) -> BTreeMap<i64, f64> {
        let (mut held, mut from) = (BTreeMap::new(), 0);
        // A snapshot is open from a BEGIN to the next END or SNIP.
        let open: Vec<bool> = rows
            .iter()
            .scan(false, |open, &(_, _, flags)| {
                *open = (*open || flags & BEGIN != 0) && flags & (END | SNIP) == 0;
                Some(*open)
            })
            .collect();
        for (at, &(_, _, flags)) in rows.iter().enumerate() {
            if open[at] || flags & TX_PENDING != 0 {
                continue;
            }
            let whole = &rows[from..=at];
            from = at + 1;
            let begun = whole.iter().rposition(|(_, _, flags)| flags & BEGIN != 0);
            if begun.is_some() {
                held.clear();
            }
            for &(index, value, flags) in &whole[begun.unwrap_or(0)..] {
                held.remove(&index);
                if flags & REMOVE == 0 {
                    held.insert(index, value);
                }
            }
        }
        held
    }

    proptest! {
        #[test]
        fn a_reader_ends_up_with_what_the_rows_say(
            rows in prop::collection::vec((0i64..6, 0u32..1000, 0i64..0x100), 0..80)
        ) {
            let rows: Vec<(i64, f64, i64)> =
                rows.into_iter().map(|(index, value, flags)| (index, f64::from(value), flags)).collect();
            prop_assert_eq!(held(transactions(&rows)), model(&rows));
        }

        #[test]
        fn rows_come_out_ascending_and_without_bits(
            rows in prop::collection::vec((-5i64..5, 0i64..0x40), 0..60)
        ) {
            let rows: Vec<_> = rows.into_iter().map(|(index, flags)| (index, 1.0, flags)).collect();
            for transaction in transactions(&rows) {
                let (rows, removed) = match transaction {
                    Transaction::Snapshot { rows, .. } => (rows, Vec::new()),
                    Transaction::Update { upserts, removed } => (upserts, removed),
                };
                prop_assert!(rows.windows(2).all(|pair| pair[0].0 < pair[1].0));
                prop_assert!(rows.iter().all(|row| row.2 == 0 && !removed.contains(&row.0)));
            }
        }
    }
}
