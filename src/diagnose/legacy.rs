//! Layer `legacy`: the keyless source, which needs neither credentials nor anything else on the way.

use std::sync::Arc;

use super::finding::Finding;
use super::run::Input;
use super::window::Window;
use crate::legacy::LegacyError;
use crate::model::market::DailyChart;
use crate::model::{Provider, Symbol};
use crate::provider::ProviderError;

const NAME: &str = "legacy";

/// Asks for one chart.
pub(super) async fn check(input: &Input<'_>, window: &Window<'_>) -> Finding {
    let ranking = &input.sources.ranking;
    if !ranking.uses(Provider::Legacy) {
        return Finding::skip(NAME, "switched off");
    }
    let spy = Symbol::spy();
    let chart = input.sources.legacy.chart(&spy, window.deadline());
    match window.ask(chart).await {
        None => Finding::interrupted(NAME),
        Some((outcome, took)) => {
            judged(outcome, ranking.order() == [Provider::Legacy]).taking(took)
        }
    }
}

/// It is the last resort, so its failure is one only where nothing else is in use.
fn judged(outcome: Result<DailyChart, LegacyError>, is_alone: bool) -> Finding {
    match outcome {
        Ok(chart) => {
            let last = chart.closes.last();
            let last =
                last.map_or_else(String::new, |close| format!(", the last of {}", close.date));
            let closes = chart.closes.len();
            Finding::ok(
                NAME,
                format!("{}: {closes} daily closes{last}", chart.source_symbol),
            )
        }
        Err(error) => {
            let found = Finding::of_error(NAME, &ProviderError::Legacy(Arc::new(error)));
            if is_alone { found } else { found.softened() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;
    use crate::model::diagnosis::LayerStatus;

    #[test]
    fn a_refusal_counts_only_where_nothing_else_is_in_use() {
        for (is_alone, status) in [(false, LayerStatus::Warn), (true, LayerStatus::Fail)] {
            let found = judged(Err(LegacyError::Blocked), is_alone);
            assert_eq!(found.layer.status, status);
            assert_eq!(found.failure, Some(FailureKind::RateLimited));
            assert_eq!(found.layer.http_status, Some(429));
            assert!(!found.works());
        }
    }
}
