//! Named sets of thresholds and the rules they stand for.

use crate::model::{Symbol, Thresholds};

use super::error::ScreenError;
use super::filter::Filter;
use super::rule::Rule;

/// A named set of thresholds.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The name `--profile` takes.
    pub name: String,
    /// What it demands.
    pub thresholds: Thresholds,
}

impl Profile {
    /// The built-in profile of that name, in any case, with `-` or `_`.
    pub fn built_in(name: &str) -> Option<Self> {
        let wanted = name.trim().to_ascii_lowercase().replace('-', "_");
        BUILT_IN
            .iter()
            .find(|(name, _)| *name == wanted)
            .map(|(name, thresholds)| Self {
                name: (*name).to_owned(),
                thresholds: *thresholds,
            })
    }

    /// The names of the built-in profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The rules in force, the cheap ones first; thresholds of the overrides go before those of the profile.
    ///
    /// # Errors
    /// When a threshold is not finite, as nothing can be compared with it.
    pub fn rules(&self, overrides: &Overrides) -> Result<Vec<Rule>, ScreenError> {
        let mut rules = Vec::new();
        if !overrides.exclude.is_empty() {
            rules.push(Rule::new("exclude", Filter::without(&overrides.exclude)));
        }
        let thresholds = overrides.thresholds.or(self.thresholds);
        rules.extend(thresholds.rules()?);
        if let Some(days) = overrides.skip_earnings {
            rules.push(skip_earnings(days)?);
        }
        rules.sort_by_key(Rule::is_costly);
        Ok(rules)
    }
}

impl Thresholds {
    /// What every built-in profile demands, and a profile of the user's unless it says otherwise.
    pub const COMMON: Self = Self {
        min_vrp: None,
        min_ivp: None,
        min_liq: None,
        min_vrp_t: Some(1.15),
        min_vtr: Some(0.85),
        min_price: Some(25.0),
        max_spread: Some(5.0),
    };

    fn rules(self) -> Result<Vec<Rule>, ScreenError> {
        let simple = [
            ("min_vrp", "vrp >", self.min_vrp),
            ("min_ivp", "ivp >=", self.min_ivp),
            ("min_liq", "liq >=", self.min_liq),
            ("min_vrp_t", "vrp_t >", self.min_vrp_t),
            ("min_vtr", "vtr >=", self.min_vtr),
            ("max_spread", "atm_spread_pct <=", self.max_spread),
        ];
        let mut rules = simple
            .into_iter()
            .filter_map(|(name, test, limit)| Some((name, test, limit?)))
            .map(|(name, test, limit)| Rule::compile(name, &format!("{test} {limit}")))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(limit) = self.min_price {
            let expression = format!("instrument = 'future' || price >= {limit}");
            let text = format!("price >= {limit} (futures exempt)");
            rules.push(Rule::compile("min_price", &expression)?.worded(text));
        }
        Ok(rules)
    }
}

/// What the command line sets on top of a profile.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Limits that replace the profile's.
    pub thresholds: Thresholds,
    /// Drops rows with an earnings report today or within so many calendar days.
    pub skip_earnings: Option<u32>,
    /// Symbols to drop.
    pub exclude: Vec<Symbol>,
}

/// Only companies report earnings; a company without a known report stays unknown, for silence is no promise.
fn skip_earnings(days: u32) -> Result<Rule, ScreenError> {
    let expression = format!(
        "instrument in ('etf', 'index', 'future', 'crypto') || earnings_days < 0 || earnings_days > {days}"
    );
    let text = format!("no earnings within {days} days");
    Ok(Rule::compile("skip_earnings", &expression)?.worded(text))
}

const BUILT_IN: [(&str, Thresholds); 4] = [
    (
        "balanced",
        Thresholds {
            min_vrp: Some(1.10),
            min_ivp: Some(50.0),
            min_liq: Some(4.0),
            ..Thresholds::COMMON
        },
    ),
    (
        "broad",
        Thresholds {
            min_vrp: Some(1.0),
            min_ivp: Some(30.0),
            ..Thresholds::COMMON
        },
    ),
    (
        "high_quality",
        Thresholds {
            min_vrp: Some(1.2),
            min_ivp: Some(70.0),
            min_liq: Some(4.0),
            ..Thresholds::COMMON
        },
    ),
    (
        "aggressive",
        Thresholds {
            min_vrp: Some(0.9),
            min_ivp: Some(40.0),
            min_liq: Some(3.0),
            min_price: Some(10.0),
            ..Thresholds::COMMON
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::super::eval::Truth;
    use super::*;
    use crate::model::{Field, Row, Value};

    fn texts(name: &str) -> Vec<String> {
        let profile = Profile::built_in(name).unwrap();
        let rules = profile.rules(&Overrides::default()).unwrap();
        rules.iter().map(|rule| rule.text().to_owned()).collect()
    }

    fn rule(overrides: &Overrides, name: &str) -> Rule {
        let rules = Profile::built_in("balanced").unwrap().rules(overrides);
        let named = |rule: &Rule| rule.name() == name;
        rules.unwrap().into_iter().find(named).unwrap()
    }

    fn row(instrument: &str, cells: &[(Field, f64)]) -> Row {
        let mut row = Row::new("SPY".parse().unwrap());
        row.set_computed(Field::Instrument, Value::Text(instrument.into()));
        for (field, number) in cells {
            row.set_computed(*field, Value::Number(*number));
        }
        row
    }

    #[test]
    fn built_in_profiles_demand_what_the_documentation_says() {
        let common = [
            "vrp_t > 1.15",
            "vtr >= 0.85",
            "price >= 25 (futures exempt)",
            "atm_spread_pct <= 5",
        ];
        assert_eq!(
            texts("balanced"),
            [&["vrp > 1.1", "ivp >= 50", "liq >= 4"], &common[..]].concat()
        );
        assert_eq!(
            texts("broad"),
            [&["vrp > 1", "ivp >= 30"], &common[..]].concat()
        );
        assert_eq!(
            texts("High-Quality"),
            [&["vrp > 1.2", "ivp >= 70", "liq >= 4"], &common[..]].concat()
        );
        assert_eq!(
            texts("aggressive")[..3],
            ["vrp > 0.9", "ivp >= 40", "liq >= 3"]
        );
        assert_eq!(texts("aggressive")[5], "price >= 10 (futures exempt)");
        assert_eq!(Profile::built_in("bold"), None);
    }

    #[test]
    fn a_ratio_must_exceed_its_threshold_and_a_rank_reach_it() {
        let none = Overrides::default();
        for (name, field, limit, at_limit) in [
            ("min_vrp", Field::Vrp, 1.1, Truth::Fail),
            ("min_vrp_t", Field::VrpT, 1.15, Truth::Fail),
            ("min_ivp", Field::Ivp, 50.0, Truth::Pass),
            ("min_liq", Field::Liq, 4.0, Truth::Pass),
            ("min_vtr", Field::Vtr, 0.85, Truth::Pass),
            ("max_spread", Field::AtmSpreadPct, 5.0, Truth::Pass),
        ] {
            let rule = rule(&none, name);
            assert_eq!(
                rule.evaluate(&row("etf", &[(field, limit)])),
                at_limit,
                "{name}"
            );
            assert_eq!(rule.evaluate(&row("etf", &[])), Truth::Unknown, "{name}");
        }
    }

    #[test]
    fn futures_are_exempt_from_the_price_rule() {
        let rule = rule(&Overrides::default(), "min_price");
        let cheap = [(Field::Mark, 1.08)];
        assert_eq!(rule.evaluate(&row("future", &cheap)), Truth::Pass);
        assert_eq!(rule.evaluate(&row("future", &[])), Truth::Pass);
        assert_eq!(rule.evaluate(&row("equity", &cheap)), Truth::Fail);
        assert_eq!(
            rule.evaluate(&row("equity", &[(Field::Mark, 25.0)])),
            Truth::Pass
        );
    }

    #[test]
    fn overrides_go_before_the_profile() {
        let overrides = Overrides {
            thresholds: Thresholds {
                min_vrp: Some(1.25),
                ..Thresholds::default()
            },
            ..Overrides::default()
        };
        assert_eq!(rule(&overrides, "min_vrp").text(), "vrp > 1.25");
        assert_eq!(rule(&overrides, "min_ivp").text(), "ivp >= 50");
    }

    #[test]
    fn reports_within_the_days_are_skipped_and_unknown_ones_stay_unknown() {
        let overrides = Overrides {
            skip_earnings: Some(7),
            ..Overrides::default()
        };
        let rule = rule(&overrides, "skip_earnings");
        let after = |days| rule.evaluate(&row("equity", &[(Field::EarningsDays, days)]));
        assert_eq!(
            [-1.0, 0.0, 7.0, 8.0].map(after),
            [Truth::Pass, Truth::Fail, Truth::Fail, Truth::Pass]
        );
        assert_eq!(rule.evaluate(&row("equity", &[])), Truth::Unknown);
        assert_eq!(rule.evaluate(&row("etf", &[])), Truth::Pass);
    }

    #[test]
    fn excluded_symbols_fail() {
        let excluding = |symbol: &str| {
            let overrides = Overrides {
                exclude: vec!["QQQ".parse().unwrap(), symbol.parse().unwrap()],
                ..Overrides::default()
            };
            rule(&overrides, "exclude").evaluate(&row("etf", &[]))
        };
        assert_eq!(excluding("SPY"), Truth::Fail);
        assert_eq!(excluding("IWM"), Truth::Pass);
    }

    #[test]
    fn only_the_spread_rule_is_costly_and_it_comes_last() {
        let overrides = Overrides {
            skip_earnings: Some(5),
            ..Overrides::default()
        };
        let rules = Profile::built_in("broad").unwrap().rules(&overrides);
        let costly: Vec<bool> = rules.unwrap().iter().map(Rule::is_costly).collect();
        assert_eq!(costly, [false, false, false, false, false, false, true]);
    }
}
