//! Which options of a chain are wanted, by expiration, strike and right; pure.
//!
//! It knows chains and a price, and nothing about where either comes from.

use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::model::{Expiration, OptionChain, Right, StrikePair, Symbol};
use crate::vol::term::days_between;

/// The word by which a source calls the standard expirations; all others are weeklies, quarterlies and the like.
const STANDARD: &str = "Regular";

/// Expirations that are named to somebody whose wish none of them fits.
const NAMED: usize = 4;

/// What is wanted of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The expirations that are kept.
    pub expirations: Expirations,
    /// How many strikes on each side of the one nearest to the price; all strikes when absent.
    pub around: Option<usize>,
    /// Strike divided by the price of the underlying; anything when absent.
    pub moneyness: Option<RangeInclusive<f64>>,
    /// Calls or puts; both when absent.
    pub right: Option<Right>,
}

/// Which expirations are wanted. Days are calendar days from today.
#[derive(Clone, Debug, PartialEq)]
pub enum Expirations {
    /// The one nearest to so many days, the earlier one of two equally near.
    Nearest {
        /// How many days.
        days: i32,
        /// Whether others than the standard ones count.
        weeklies: bool,
    },
    /// All within a range of days.
    Within {
        /// From and to, both included.
        days: RangeInclusive<i32>,
        /// Whether others than the standard ones count.
        weeklies: bool,
    },
    /// Those of one day, standard or not.
    On(Date),
}

/// Why nothing of a chain fits.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SelectionError {
    /// No expiration is left at all.
    #[error("no options are listed")]
    Nothing,
    /// No expiration fits.
    #[error("no {}expiration is {wanted}; listed are {}", if .wanted.takes_all() { "" } else { "standard " }, dates(.listed))]
    NoExpiration {
        /// What was wanted.
        wanted: Expirations,
        /// Listed expirations, the nearest ones to the wish.
        listed: Vec<Date>,
    },
    /// The expirations that fit have no strike that does.
    #[error("no strike fits")]
    NoStrike,
    /// Strikes are wanted by their distance from a price that is not known.
    #[error("its price is not known, so strikes cannot be chosen by their distance from it")]
    NoPrice,
}

impl Selection {
    /// The wanted options in the order of expiration, root and strike, the call before the put.
    ///
    /// # Errors
    /// What does not fit when nothing does.
    pub fn of(
        &self,
        chain: &OptionChain,
        today: Date,
        price: Option<f64>,
    ) -> Result<Vec<Symbol>, SelectionError> {
        let mut options = Vec::new();
        for expiration in self.expirations.of(chain, today)? {
            for pair in self.strikes(&expiration.strikes, price)? {
                options.extend(self.sides(pair).cloned());
            }
        }
        if options.is_empty() {
            return Err(SelectionError::NoStrike);
        }
        Ok(options)
    }

    fn strikes<'a>(
        &self,
        strikes: &'a [StrikePair],
        price: Option<f64>,
    ) -> Result<Vec<&'a StrikePair>, SelectionError> {
        if self.around.is_none() && self.moneyness.is_none() {
            return Ok(strikes.iter().collect());
        }
        let price = price.ok_or(SelectionError::NoPrice)?;
        let near = match self.around {
            Some(each_side) => around(strikes, price, each_side),
            None => strikes,
        };
        let fits = |pair: &&StrikePair| {
            let moneyness = pair.strike.price() / price;
            self.moneyness
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&moneyness))
        };
        Ok(near.iter().filter(fits).collect())
    }

    fn sides<'a>(&self, pair: &'a StrikePair) -> impl Iterator<Item = &'a Symbol> {
        let wanted = self.right;
        [(Right::Call, &pair.call), (Right::Put, &pair.put)]
            .into_iter()
            .filter(move |(right, _)| wanted.is_none_or(|wanted| wanted == *right))
            .map(|(_, option)| option)
    }
}

impl Expirations {
    fn of<'a>(
        &self,
        chain: &'a OptionChain,
        today: Date,
    ) -> Result<Vec<&'a Expiration>, SelectionError> {
        let listed: Vec<&Expiration> = chain
            .expirations
            .iter()
            .filter(|expiration| expiration.date >= today && !expiration.strikes.is_empty())
            .collect();
        if listed.is_empty() {
            return Err(SelectionError::Nothing);
        }
        let candidates = listed.iter().copied().filter(|expiration| {
            self.takes_all() || expiration.kind.eq_ignore_ascii_case(STANDARD)
        });
        let date = match self {
            Self::Nearest { .. } => candidates
                .clone()
                .map(|expiration| expiration.date)
                .min_by_key(|date| (self.distance(today, *date), *date)),
            _ => None,
        };
        let wanted: Vec<&Expiration> = candidates
            .filter(|expiration| match date {
                Some(date) => expiration.date == date,
                None => self.distance(today, expiration.date) == 0,
            })
            .collect();
        if wanted.is_empty() {
            return Err(self.unmet(&listed, today));
        }
        Ok(wanted)
    }

    /// Whether more than the standard expirations count.
    pub fn takes_all(&self) -> bool {
        match self {
            Self::Nearest { weeklies, .. } | Self::Within { weeklies, .. } => *weeklies,
            Self::On(_) => true,
        }
    }

    /// Days between an expiration and the wish.
    fn distance(&self, today: Date, date: Date) -> u32 {
        let ahead = days_between(today, date);
        match self {
            Self::Nearest { days, .. } => ahead.abs_diff(*days),
            Self::Within { days, .. } if ahead < *days.start() => ahead.abs_diff(*days.start()),
            Self::Within { days, .. } if ahead > *days.end() => ahead.abs_diff(*days.end()),
            Self::Within { .. } => 0,
            Self::On(wanted) => days_between(*wanted, date).unsigned_abs(),
        }
    }

    fn unmet(&self, listed: &[&Expiration], today: Date) -> SelectionError {
        let mut near: Vec<Date> = listed.iter().map(|expiration| expiration.date).collect();
        near.dedup();
        near.sort_by_key(|date| (self.distance(today, *date), *date));
        near.truncate(NAMED);
        near.sort_unstable();
        SelectionError::NoExpiration {
            wanted: self.clone(),
            listed: near,
        }
    }
}

impl fmt::Display for Expirations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest { days, .. } => write!(f, "near {days} days"),
            Self::Within { days, .. } => {
                write!(f, "within {} to {} days", days.start(), days.end())
            }
            Self::On(date) => write!(f, "on {date}"),
        }
    }
}

/// So many strikes on each side of the one nearest to a price, fewer where the list ends.
fn around(strikes: &[StrikePair], price: f64, each_side: usize) -> &[StrikePair] {
    let Some(at) = nearest_strike(strikes, price) else {
        return &[];
    };
    let end = at.saturating_add(each_side).saturating_add(1);
    &strikes[at.saturating_sub(each_side)..end.min(strikes.len())]
}

/// The place of the strike nearest to a price, the lower one of two equally near.
pub(super) fn nearest_strike(strikes: &[StrikePair], price: f64) -> Option<usize> {
    let distance = |at: &usize| (strikes[*at].strike.price() - price).abs();
    (0..strikes.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

fn dates(dates: &[Date]) -> String {
    let dates: Vec<String> = dates.iter().map(ToString::to_string).collect();
    dates.join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{OptionContract, Strike};

    const TODAY: Date = date(2026, 11, 20);

    fn expiration(root: &str, date: Date, kind: &str, strikes: &[&str]) -> Expiration {
        let pair = |text: &&str| {
            let strike = Strike::parse(text).unwrap();
            let option = |right| {
                Symbol::of_option(&OptionContract {
                    root: root.to_owned(),
                    expiration: date,
                    right,
                    strike,
                })
            };
            StrikePair {
                strike,
                call: option(Right::Call),
                call_streamer: None,
                put: option(Right::Put),
                put_streamer: None,
            }
        };
        Expiration {
            root: root.to_owned(),
            date,
            kind: kind.to_owned(),
            settlement: "PM".to_owned(),
            strikes: strikes.iter().map(pair).collect(),
        }
    }

    fn chain(expirations: Vec<Expiration>) -> OptionChain {
        OptionChain {
            underlying: "SPX".parse().unwrap(),
            expirations,
        }
    }

    /// Today, a week, four weeks with two roots, eight weeks.
    fn spx() -> OptionChain {
        let strikes = ["5900", "5950", "6000", "6050", "6100"];
        chain(vec![
            expiration("SPXW", TODAY, "Weekly", &strikes),
            expiration("SPXW", date(2026, 11, 27), "Weekly", &strikes),
            expiration("SPX", date(2026, 12, 18), "Regular", &strikes),
            expiration("SPXW", date(2026, 12, 18), "Weekly", &strikes),
            expiration("SPX", date(2027, 1, 15), "Regular", &strikes),
        ])
    }

    fn all(expirations: Expirations) -> Selection {
        Selection {
            expirations,
            around: None,
            moneyness: None,
            right: None,
        }
    }

    fn nearest(days: i32, weeklies: bool) -> Expirations {
        Expirations::Nearest { days, weeklies }
    }

    /// Root and expiration of what was chosen, each once.
    fn series(chosen: &[Symbol]) -> Vec<String> {
        let mut series: Vec<String> = chosen
            .iter()
            .map(|option| option.option().unwrap())
            .map(|contract| format!("{} {}", contract.root, contract.expiration))
            .collect();
        series.dedup();
        series
    }

    fn strikes(selection: &Selection, price: f64) -> Vec<String> {
        let chosen = selection.of(&spx(), TODAY, Some(price)).unwrap();
        chosen
            .iter()
            .map(|option| option.option().unwrap())
            .map(|contract| format!("{}{}", contract.strike, contract.right.letter()))
            .collect()
    }

    #[test]
    fn the_nearest_standard_expiration_is_taken() {
        let of = |wish| series(&all(wish).of(&spx(), TODAY, None).unwrap());
        assert_eq!(of(nearest(30, false)), ["SPX 2026-12-18"]);
        assert_eq!(of(nearest(0, false)), ["SPX 2026-12-18"]);
        assert_eq!(of(nearest(900, false)), ["SPX 2027-01-15"]);
    }

    #[test]
    fn weeklies_bring_every_root_of_the_day() {
        let of = |wish| series(&all(wish).of(&spx(), TODAY, None).unwrap());
        assert_eq!(of(nearest(30, true)), ["SPX 2026-12-18", "SPXW 2026-12-18"]);
        assert_eq!(of(nearest(5, true)), ["SPXW 2026-11-27"]);
        assert_eq!(of(nearest(0, true)), ["SPXW 2026-11-20"]);
    }

    #[test]
    fn the_earlier_of_two_equally_near_expirations_wins() {
        // 28 and 56 days away.
        let of = |wish| series(&all(wish).of(&spx(), TODAY, None).unwrap());
        assert_eq!(of(nearest(42, false)), ["SPX 2026-12-18"]);
        assert_eq!(of(nearest(43, false)), ["SPX 2027-01-15"]);
    }

    #[test]
    fn a_range_takes_all_in_it_with_both_ends() {
        let within = |days, weeklies| all(Expirations::Within { days, weeklies });
        let of = |wish: Selection| series(&wish.of(&spx(), TODAY, None).unwrap());
        assert_eq!(
            of(within(28..=56, false)),
            ["SPX 2026-12-18", "SPX 2027-01-15"]
        );
        assert_eq!(
            of(within(0..=28, true)),
            [
                "SPXW 2026-11-20",
                "SPXW 2026-11-27",
                "SPX 2026-12-18",
                "SPXW 2026-12-18"
            ]
        );
    }

    #[test]
    fn a_day_takes_whatever_expires_on_it() {
        let on = |date| all(Expirations::On(date)).of(&spx(), TODAY, None);
        assert_eq!(
            series(&on(date(2026, 11, 27)).unwrap()),
            ["SPXW 2026-11-27"]
        );
        insta::assert_snapshot!(
            on(date(2026, 12, 24)).unwrap_err(),
            @"no expiration is on 2026-12-24; listed are 2026-11-20, 2026-11-27, 2026-12-18, 2027-01-15"
        );
    }

    #[test]
    fn an_unmet_wish_names_what_is_near() {
        let wish = all(Expirations::Within {
            days: 5..=10,
            weeklies: false,
        });
        insta::assert_snapshot!(
            wish.of(&spx(), TODAY, None).unwrap_err(),
            @"no standard expiration is within 5 to 10 days; listed are 2026-11-20, 2026-11-27, 2026-12-18, 2027-01-15"
        );
    }

    #[test]
    fn what_has_expired_is_not_listed() {
        let gone = chain(vec![expiration(
            "SPX",
            date(2026, 11, 19),
            "Regular",
            &["6000"],
        )]);
        let empty = chain(vec![expiration("SPX", date(2026, 12, 18), "Regular", &[])]);
        for chain in [gone, empty, chain(Vec::new())] {
            let error = all(nearest(30, true)).of(&chain, TODAY, None).unwrap_err();
            assert_eq!(error, SelectionError::Nothing);
        }
    }

    #[test]
    fn strikes_lie_on_both_sides_of_the_money_as_far_as_there_are_any() {
        let around = |each_side| Selection {
            around: Some(each_side),
            right: Some(Right::Put),
            ..all(nearest(30, false))
        };
        assert_eq!(strikes(&around(0), 6010.0), ["6000P"]);
        assert_eq!(strikes(&around(1), 6010.0), ["5950P", "6000P", "6050P"]);
        assert_eq!(strikes(&around(2), 5910.0), ["5900P", "5950P", "6000P"]);
        assert_eq!(strikes(&around(1), 9000.0), ["6050P", "6100P"]);
        assert_eq!(strikes(&around(usize::MAX), 6000.0).len(), 5);
        assert_eq!(strikes(&around(0), 6025.0), ["6000P"], "a tie");
    }

    #[test]
    fn moneyness_is_strike_over_price() {
        let wish = Selection {
            moneyness: Some(0.99..=1.0),
            ..all(nearest(30, false))
        };
        assert_eq!(strikes(&wish, 6000.0), ["5950C", "5950P", "6000C", "6000P"]);
        let both = Selection {
            around: Some(1),
            moneyness: Some(1.0..=2.0),
            right: Some(Right::Call),
            ..wish
        };
        assert_eq!(strikes(&both, 6000.0), ["6000C", "6050C"]);
    }

    #[test]
    fn a_price_is_needed_only_for_distances() {
        let wish = Selection {
            around: Some(5),
            ..all(nearest(30, false))
        };
        assert_eq!(wish.of(&spx(), TODAY, None), Err(SelectionError::NoPrice));
        assert_eq!(
            all(nearest(30, false))
                .of(&spx(), TODAY, None)
                .unwrap()
                .len(),
            10
        );
        let far = Selection {
            moneyness: Some(3.0..=4.0),
            ..wish
        };
        assert_eq!(
            far.of(&spx(), TODAY, Some(6000.0)),
            Err(SelectionError::NoStrike)
        );
    }

    proptest! {
        #[test]
        fn a_strike_is_chosen_before_every_farther_one(price in 1.0f64..10_000.0, each_side in 0usize..4) {
            let listed = spx();
            let pairs = &listed.expirations[0].strikes;
            let chosen = around(pairs, price, each_side);
            let at = nearest_strike(pairs, price).unwrap();
            let distance = |pair: &StrikePair| (pair.strike.price() - price).abs();
            prop_assert!(pairs.iter().all(|pair| distance(pair) >= distance(&pairs[at])));
            prop_assert!(chosen.contains(&pairs[at]));
            prop_assert!(chosen.len() <= 2 * each_side + 1);
        }
    }
}
