//! What the market saw.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::market::Market;

/// Counts, since the market's start or of one run.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Record {
    /// HTTP requests by endpoint.
    pub(crate) requests: BTreeMap<String, u64>,
    /// Entries of `add` lists.
    pub(crate) subscriptions: u64,
    /// Requests for a stream.
    upgrades: u64,
    /// Requests faster than the published rate.
    pub(crate) over_rate: u64,
    /// Breaches by rule.
    violations: BTreeMap<String, u64>,
}

impl Record {
    /// What a market saw since its start.
    pub(crate) fn of(market: &mut Market) -> Self {
        serde_json::from_str(&market.ask("record")).expect("a record")
    }

    /// What came after an earlier record.
    pub(crate) fn since(mut self, earlier: &Self) -> Self {
        subtract(&mut self.requests, &earlier.requests);
        subtract(&mut self.violations, &earlier.violations);
        self.subscriptions -= earlier.subscriptions;
        self.upgrades -= earlier.upgrades;
        self.over_rate -= earlier.over_rate;
        self
    }

    pub(crate) fn all_requests(&self) -> u64 {
        self.requests.values().sum()
    }

    pub(crate) fn all_violations(&self) -> u64 {
        self.violations.values().sum()
    }
}

fn subtract(counts: &mut BTreeMap<String, u64>, earlier: &BTreeMap<String, u64>) {
    for (name, count) in &mut *counts {
        *count -= earlier.get(name).copied().unwrap_or_default();
    }
    counts.retain(|_, count| *count > 0);
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let upgrades = (self.upgrades > 0).then(|| format!("streams {}", self.upgrades));
        let counts = self.requests.iter().chain(&self.violations);
        let counts = counts.map(|(name, count)| format!("{name} {count}"));
        let parts: Vec<String> = counts.chain(upgrades).collect();
        f.write_str(&parts.join(", "))
    }
}
