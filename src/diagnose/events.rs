//! Layer `events` and its parts, one per class of instrument and type of event: what an open channel delivers.
//!
//! Silence is told, never guessed at: a class that stays silent may lack an entitlement or have a closed market.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::finding::Finding;
use super::lookup::Subjects;
use super::window::Window;
use crate::model::FailureKind;
use crate::provider::ProviderError;
use dxlink::{Change, Event, EventType, Feed, Loss, Notice, Subscription};

const NAME: &str = "events";

/// What silence can mean.
const SILENCE: &str = "silence means no entitlement, a closed market or a quiet instrument: try again in trading hours";

/// A class of instruments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Fund,
    Index,
    Future,
    Option,
}

/// Every part: its name, whose events it is about, and of which type.
const PARTS: [(&str, Class, EventType); 9] = [
    ("events.equity.quote", Class::Fund, EventType::Quote),
    ("events.equity.trade", Class::Fund, EventType::Trade),
    ("events.equity.summary", Class::Fund, EventType::Summary),
    ("events.equity.profile", Class::Fund, EventType::Profile),
    ("events.index.trade", Class::Index, EventType::Trade),
    ("events.index.summary", Class::Index, EventType::Summary),
    ("events.future.quote", Class::Future, EventType::Quote),
    ("events.future.trade", Class::Future, EventType::Trade),
    ("events.option.greeks", Class::Option, EventType::Greeks),
];

/// One part: what is waited for, and what came.
#[derive(Debug)]
struct Part {
    name: &'static str,
    event_type: EventType,
    /// The name on the stream, or why there is none.
    symbol: Result<String, String>,
    heard: Option<(Duration, Event)>,
}

/// What came of listening.
#[derive(Debug)]
struct EventCollector {
    began: Instant,
    parts: Vec<Part>,
    /// The server's first complaint: code and words.
    complaint: Option<(String, String)>,
    loss: Option<Arc<Loss>>,
    is_interrupted: bool,
}

/// How long to listen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listening {
    /// Longest wait.
    pub(super) longest: Duration,
    /// Whether to stay even when everything has come.
    pub(super) to_the_end: bool,
    /// Whether the broker says that this login does not get live prices.
    pub(super) is_limited: bool,
}

/// The layer of a stream that does not come to deliver anything.
pub(super) fn passed_over(why: &str) -> Vec<Finding> {
    vec![Finding::skip(NAME, why)]
}

/// Subscribes everything and listens until it has come or time is up.
pub(super) async fn listen(
    feed: &Feed,
    subjects: &Subjects,
    listening: Listening,
    window: &Window<'_>,
) -> Vec<Finding> {
    let mut collector = EventCollector::new(subjects, Instant::now());
    feed.subscribe(collector.subscriptions()).await;
    let end = window.end.min(collector.began + listening.longest);
    while !collector.is_over(listening.to_the_end) {
        tokio::select! {
            biased;
            () = window.cancel.cancelled() => collector.is_interrupted = true,
            () = sleep_until(end) => break,
            changes = feed.changes() => match changes {
                None => break,
                Some(changes) => collector.on_changes(changes.events, changes.notices, Instant::now()),
            },
        }
    }
    collector.findings(listening, Instant::now())
}

impl EventCollector {
    fn new(subjects: &Subjects, now: Instant) -> Self {
        let symbol = |class: Class| match class {
            Class::Fund => Ok("SPY".to_owned()),
            Class::Index => Ok("SPX".to_owned()),
            Class::Future => subjects.future.clone().map(|name| name.as_str().to_owned()),
            Class::Option => subjects.option.clone().map(|name| name.as_str().to_owned()),
        };
        let parts = PARTS.iter().map(|(name, class, event_type)| Part {
            name,
            event_type: *event_type,
            symbol: symbol(*class),
            heard: None,
        });
        Self {
            began: now,
            parts: parts.collect(),
            complaint: None,
            loss: None,
            is_interrupted: false,
        }
    }

    fn subscriptions(&self) -> Vec<Subscription> {
        self.parts
            .iter()
            .filter_map(|part| {
                let symbol = part.symbol.as_ref().ok()?;
                Some(Subscription::new(part.event_type, symbol))
            })
            .collect()
    }

    fn on_changes(&mut self, events: Vec<Change>, notices: Vec<Notice>, now: Instant) {
        for change in events {
            let part = self.parts.iter_mut().find(|part| {
                part.event_type == change.event.event_type()
                    && part.symbol.as_deref() == Ok(&*change.symbol)
            });
            if let Some(part) = part {
                let after = now.duration_since(self.began);
                let after = part.heard.as_ref().map_or(after, |(first, _)| *first);
                part.heard = Some((after, change.event));
            }
        }
        for notice in notices {
            match notice {
                Notice::Complaint { code, message, .. } => {
                    self.complaint.get_or_insert((code, message));
                }
                Notice::Lost(loss) | Notice::Failed(loss) => {
                    self.loss.get_or_insert(loss);
                }
                _ => {}
            }
        }
    }

    fn is_over(&self, to_the_end: bool) -> bool {
        let is_complete = self
            .parts
            .iter()
            .all(|part| part.heard.is_some() || part.symbol.is_err());
        self.is_interrupted || self.loss.is_some() || (is_complete && !to_the_end)
    }

    fn findings(&self, listening: Listening, now: Instant) -> Vec<Finding> {
        let mut whole = self.whole(listening);
        whole = whole.taking(now.duration_since(self.began));
        if let Some((code, message)) = &self.complaint {
            let detail = whole.layer.detail.unwrap_or_default();
            whole.layer.detail = Some(format!("{detail}; the server complains: {message}"));
            whole.layer.server_code.get_or_insert_with(|| code.clone());
        }
        let mut findings = vec![whole];
        findings.extend(self.parts.iter().map(Part::finding));
        findings
    }

    fn whole(&self, listening: Listening) -> Finding {
        let asked = self.parts.iter().filter(|part| part.symbol.is_ok()).count();
        let firsts: Vec<Duration> = self
            .parts
            .iter()
            .filter_map(|part| Some(part.heard.as_ref()?.0))
            .collect();
        let count = format!("{} of {asked} came", firsts.len());
        match (firsts.iter().min(), &self.loss) {
            (None, Some(loss)) => Finding::of_error(NAME, &ProviderError::Stream(Arc::clone(loss))),
            (None, None) if self.is_interrupted => Finding::interrupted(NAME),
            (None, None) => silent(listening),
            (Some(_), Some(loss)) => {
                let mut finding = Finding::warn(NAME, format!("{count}, then {loss}"));
                finding.layer.hint = Some("try again; quote connects again on its own".to_owned());
                finding
            }
            (Some(first), None) if firsts.len() < asked && !self.is_interrupted => Finding::warn(
                NAME,
                format!("{count}, the first after {} ms", first.as_millis()),
            )
            .with_hint(SILENCE),
            (Some(first), None) => Finding::ok(
                NAME,
                format!("{count}, the first after {} ms", first.as_millis()),
            ),
        }
    }
}

/// The channel is open and nothing came.
fn silent(listening: Listening) -> Finding {
    let detail = format!("nothing came within {} s", listening.longest.as_secs_f64());
    if listening.is_limited {
        return Finding::fail(NAME, FailureKind::NotEntitled, detail).with_hint(
            "this login does not get live prices (customer, quote_token); --no-stream does without the stream",
        );
    }
    Finding::fail(NAME, FailureKind::NoData, detail).with_hint(SILENCE)
}

impl Part {
    fn finding(&self) -> Finding {
        let symbol = match &self.symbol {
            Err(why) => return Finding::skip(self.name, why.as_str()),
            Ok(symbol) => symbol,
        };
        let Some((after, event)) = &self.heard else {
            return Finding::warn(self.name, format!("{symbol}: silent"));
        };
        match told(event) {
            Some(values) => Finding::ok(self.name, format!("{symbol}: {values}")),
            None => Finding::warn(self.name, format!("{symbol}: came without values")),
        }
        .taking(*after)
    }
}

/// The values that show an event to be a real one.
fn told(event: &Event) -> Option<String> {
    match event {
        Event::Quote(quote) => {
            let (bid, ask) = (quote.bid_price.available(), quote.ask_price.available());
            let shown =
                |price: Option<f64>| price.map_or("-".to_owned(), |price| price.to_string());
            (bid.is_some() || ask.is_some()).then(|| format!("{} / {}", shown(bid), shown(ask)))
        }
        Event::Trade(trade) => Some(trade.price.available()?.to_string()),
        Event::Summary(summary) => {
            let close = summary.prev_close.available()?;
            Some(format!("previous close {close}"))
        }
        Event::Profile(profile) => profile.description.as_deref().map(str::to_owned),
        Event::Greeks(greeks) => {
            let (iv, delta) = (greeks.volatility.available()?, greeks.delta.available()?);
            Some(format!("iv {:.1} %, delta {delta:.2}", iv * 100.0))
        }
        Event::TradeEth(_) | Event::Candle(_) | Event::Underlying(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StreamerSymbol;
    use crate::model::diagnosis::LayerStatus;
    use dxlink::event::{Double, Quote, Trade};

    const LISTENING: Listening = Listening {
        longest: Duration::from_secs(5),
        to_the_end: false,
        is_limited: false,
    };

    fn collector() -> EventCollector {
        let subjects = Subjects {
            future: Ok(StreamerSymbol::new("/ESZ26:XCME")),
            option: Err("needs oauth for the option chain".to_owned()),
        };
        EventCollector::new(&subjects, Instant::now())
    }

    fn change(symbol: &str, event: impl Into<Event>) -> Change {
        Change {
            symbol: Arc::from(symbol),
            event: event.into(),
        }
    }

    fn quote() -> Quote {
        Quote {
            bid_price: Double(601.23),
            ask_price: Double(601.25),
            ..Quote::default()
        }
    }

    fn on_changes(collector: &mut EventCollector, events: Vec<Change>, notices: Vec<Notice>) {
        let at = collector.began + Duration::from_millis(300);
        collector.on_changes(events, notices, at);
    }

    fn judged(collector: &EventCollector, listening: Listening) -> Vec<Finding> {
        collector.findings(listening, collector.began + Duration::from_secs(1))
    }

    #[test]
    fn what_has_no_name_is_not_subscribed() {
        assert_eq!(collector().subscriptions().len(), PARTS.len() - 1);
        let parts = judged(&collector(), LISTENING);
        let greeks = &parts.last().unwrap().layer;
        assert_eq!(greeks.status, LayerStatus::Skip);
        assert_eq!(
            greeks.detail.as_deref(),
            Some("needs oauth for the option chain")
        );
    }

    #[test]
    fn some_silence_is_a_warning_that_names_the_silent() {
        let mut collector = collector();
        let events = vec![
            change("SPY", quote()),
            change("SPX", Trade::default()),
            change("QQQ", quote()),
        ];
        on_changes(&mut collector, events, Vec::new());
        let findings = judged(&collector, LISTENING);
        let shown: Vec<String> = findings
            .iter()
            .map(|finding| {
                let layer = &finding.layer;
                let (status, detail) = (layer.status.name(), layer.detail.as_deref());
                format!("{status} {} {}", layer.name, detail.unwrap_or_default())
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        warn events 2 of 8 came, the first after 300 ms
        ok events.equity.quote SPY: 601.23 / 601.25
        warn events.equity.trade SPY: silent
        warn events.equity.summary SPY: silent
        warn events.equity.profile SPY: silent
        warn events.index.trade SPX: came without values
        warn events.index.summary SPX: silent
        warn events.future.quote /ESZ26:XCME: silent
        warn events.future.trade /ESZ26:XCME: silent
        skip events.option.greeks needs oauth for the option chain
        ");
        assert!(!collector.is_over(false));
    }

    #[test]
    fn silence_is_no_data_or_no_entitlement() {
        let limited = Listening {
            is_limited: true,
            ..LISTENING
        };
        for (listening, kind) in [
            (LISTENING, FailureKind::NoData),
            (limited, FailureKind::NotEntitled),
        ] {
            let whole = &judged(&collector(), listening)[0];
            assert_eq!(whole.layer.status, LayerStatus::Fail);
            assert_eq!(whole.failure, Some(kind));
            assert_eq!(
                whole.layer.detail.as_deref(),
                Some("nothing came within 5 s")
            );
        }
    }

    #[test]
    fn the_servers_complaint_is_repeated() {
        let mut collector = collector();
        let complaint = Notice::Complaint {
            code: "BAD_ACTION".to_owned(),
            message: "Your subscription size is too big".to_owned(),
            maybe_refused: Vec::new(),
        };
        on_changes(&mut collector, Vec::new(), vec![complaint]);
        let whole = judged(&collector, LISTENING).remove(0).layer;
        assert_eq!(whole.server_code.as_deref(), Some("BAD_ACTION"));
        assert!(whole.detail.unwrap().contains("size is too big"));
    }

    #[test]
    fn a_loss_counts_by_whether_anything_came_before() {
        let lost = || {
            Notice::Failed(Arc::new(Loss::Closed {
                code: 1006,
                reason: String::new(),
            }))
        };
        let mut before = collector();
        on_changes(&mut before, Vec::new(), vec![lost()]);
        assert!(before.is_over(false));
        let whole = &judged(&before, LISTENING)[0];
        assert_eq!(whole.failure, Some(FailureKind::Network));
        let mut after = collector();
        on_changes(&mut after, vec![change("SPY", quote())], vec![lost()]);
        assert_eq!(judged(&after, LISTENING)[0].layer.status, LayerStatus::Warn);
    }
}
