//! Layers `stream_connect` to `stream_channel`: how far a connection came.
//!
//! See `docs/reference/dxlink-protocol.md`, "2. SETUP", "3. AUTH and AUTH_STATE" and "6. Channels".
//!
//! The feed tells each step that is done; a loss belongs to the first step that was not. Nothing is connected again: a
//! diagnosis wants the first failure, not a lucky attempt.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::finding::Finding;
use super::run::Input;
use super::window::Window;
use crate::model::{FailureKind, Provider};
use crate::net::websocket_tls;
use crate::provider::{Account, AccountTokens, ProviderError, StreamAccess};
use crate::store::SessionSlot;
use dxlink::{Feed, FeedOptions, Loss, Notice, WebSocket};

/// A step on the way to an open channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Connect,
    Setup,
    Auth,
    Channel,
}

impl Step {
    const ALL: [Self; 4] = [Self::Connect, Self::Setup, Self::Auth, Self::Channel];

    fn name(self) -> &'static str {
        match self {
            Self::Connect => "stream_connect",
            Self::Setup => "stream_setup",
            Self::Auth => "stream_auth",
            Self::Channel => "stream_channel",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Connect => "the WebSocket is open",
            Self::Setup => "the server introduced itself",
            Self::Auth => "authorised",
            Self::Channel => "the feed channel is open",
        }
    }

    /// The step that a notice says is done.
    fn of(notice: &Notice) -> Option<Self> {
        match notice {
            Notice::Connected => Some(Self::Connect),
            Notice::SetUp => Some(Self::Setup),
            Notice::Authorised => Some(Self::Auth),
            Notice::ChannelOpened => Some(Self::Channel),
            Notice::Lost(_)
            | Notice::Reconnecting(_)
            | Notice::HistoryRefused { .. }
            | Notice::Complaint { .. }
            | Notice::Rationed { .. }
            | Notice::Failed(_) => None,
        }
    }
}

/// Why a connection came no further.
#[derive(Clone, Debug)]
enum Stop {
    Lost(Arc<Loss>),
    OutOfTime,
    Interrupted,
}

/// How far a connection came.
#[derive(Debug)]
pub(super) struct ConnectionSteps {
    began: Instant,
    done: Vec<(Step, Instant)>,
    stop: Option<(Stop, Instant)>,
}

/// How to reach the stream, or why it is not tried.
pub(super) fn access(
    input: &Input<'_>,
    account: Option<&Account>,
    quote_token: &Finding,
) -> Result<StreamAccess, String> {
    let sources = input.sources;
    if !sources.ranking.uses(Provider::Dxlink) {
        return Err("switched off".to_owned());
    }
    if let Some(url) = sources.open_stream.clone() {
        return Ok(StreamAccess::Open { url });
    }
    match (account, quote_token.blocks()) {
        (Some(account), None) => Ok(StreamAccess::Account(AccountTokens::new(
            account.client.clone(),
            sources.stream_url.clone(),
            input.limits.listen,
        ))),
        (_, why) => Err(why.unwrap_or_else(|| "needs quote_token".to_owned())),
    }
}

/// A session of the account for the connection, where they are counted; the four layers if there is none.
pub(super) async fn slot(
    input: &Input<'_>,
    access: &StreamAccess,
    window: &Window<'_>,
) -> Result<Option<SessionSlot>, Vec<Finding>> {
    let (StreamAccess::Account(_), Some(slots)) = (access, &input.sources.slots) else {
        return Ok(None);
    };
    let name = Step::Connect.name();
    let stopped = match window.ask(slots.take(window.end)).await {
        Some((Ok(slot), _)) => return Ok(Some(slot)),
        Some((Err(taken), took)) => {
            Finding::of_error(name, &ProviderError::Sessions(taken)).taking(took)
        }
        None => Finding::interrupted(name),
    };
    let mut layers = passed_over(&format!("needs {name}"));
    layers[0] = stopped;
    Err(layers)
}

/// Says which session it is that a connection was made with.
pub(super) fn append_slot(connected: &mut Finding, slot: &SessionSlot) {
    if let Some(detail) = connected
        .layer
        .detail
        .as_mut()
        .filter(|_| connected.failure.is_none())
    {
        *detail = format!("{detail}, {slot}");
    }
}

/// A feed that connects once.
pub(super) fn feed(
    options: FeedOptions,
    access: StreamAccess,
) -> (Feed, impl Future<Output = ()> + Send) {
    let once = FeedOptions {
        reconnects: 0,
        ..options
    };
    Feed::new(once, access, WebSocket::with_lazy_tls(websocket_tls))
}

/// The four layers of a stream that is not tried.
pub(super) fn passed_over(why: &str) -> Vec<Finding> {
    let skip = |step: Step| Finding::skip(step.name(), why);
    Step::ALL.into_iter().map(skip).collect()
}

/// Follows the feed until its channel is open or it is clear that it will not be.
pub(super) async fn follow(feed: &Feed, window: &Window<'_>) -> ConnectionSteps {
    let mut steps = ConnectionSteps::begin(Instant::now());
    feed.connect().await;
    while !steps.is_over() {
        tokio::select! {
            biased;
            () = window.cancel.cancelled() => steps.end(Stop::Interrupted, Instant::now()),
            () = sleep_until(window.end) => steps.end(Stop::OutOfTime, Instant::now()),
            changes = feed.changes() => match changes {
                Some(changes) => steps.on_notices(&changes.notices, Instant::now()),
                None => steps.end(Stop::OutOfTime, Instant::now()),
            },
        }
    }
    steps
}

impl ConnectionSteps {
    fn begin(now: Instant) -> Self {
        Self {
            began: now,
            done: Vec::new(),
            stop: None,
        }
    }

    fn on_notices(&mut self, notices: &[Notice], now: Instant) {
        for notice in notices {
            match notice {
                Notice::Lost(loss) | Notice::Failed(loss) => {
                    self.end(Stop::Lost(Arc::clone(loss)), now);
                }
                other => self.done.extend(
                    Step::of(other)
                        .filter(|step| self.took(*step).is_none())
                        .map(|step| (step, now)),
                ),
            }
        }
    }

    fn end(&mut self, stop: Stop, now: Instant) {
        self.stop.get_or_insert((stop, now));
    }

    fn is_over(&self) -> bool {
        self.stop.is_some() || self.is_open()
    }

    /// Whether subscriptions may follow.
    pub(super) fn is_open(&self) -> bool {
        self.reached() == Some(Step::Channel)
    }

    fn reached(&self) -> Option<Step> {
        self.done.iter().map(|(step, _)| *step).max()
    }

    /// The time between the end of the step before and the end of this one.
    fn took(&self, step: Step) -> Option<Duration> {
        let at = self.done.iter().position(|(other, _)| *other == step)?;
        let before = match at {
            0 => self.began,
            at => self.done[at - 1].1,
        };
        Some(self.done[at].1.duration_since(before))
    }

    /// The step at which it stopped.
    fn stuck(&self) -> Option<Step> {
        let next = Step::ALL
            .into_iter()
            .find(|step| self.reached().is_none_or(|reached| *step > reached))?;
        // A server may refuse the token before it has introduced itself.
        let is_refused = matches!(&self.stop, Some((Stop::Lost(loss), _)) if loss.is_auth());
        Some(if next == Step::Setup && is_refused {
            Step::Auth
        } else {
            next
        })
    }

    /// The four layers.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let stuck = self.stuck();
        Step::ALL
            .into_iter()
            .map(|step| match stuck {
                Some(stuck) if step == stuck => self.stopped(step),
                Some(stuck) if step > stuck => {
                    Finding::skip(step.name(), format!("needs {}", stuck.name()))
                }
                _ => {
                    let finding = Finding::ok(step.name(), step.done());
                    match self.took(step) {
                        Some(took) => finding.taking(took),
                        None => finding,
                    }
                }
            })
            .collect()
    }

    fn stopped(&self, step: Step) -> Finding {
        let finding = match &self.stop {
            Some((Stop::Lost(loss), _)) => {
                Finding::of_error(step.name(), &ProviderError::Stream(Arc::clone(loss)))
            }
            Some((Stop::Interrupted, _)) => return Finding::interrupted(step.name()),
            Some((Stop::OutOfTime, _)) | None => Finding::fail(
                step.name(),
                FailureKind::Network,
                "the run was over before the server answered",
            )
            .with_hint("raise --timeout"),
        };
        let before = self.done.last().map_or(self.began, |(_, at)| *at);
        match &self.stop {
            Some((_, at)) => finding.taking(at.duration_since(before)),
            None => finding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnosis::LayerStatus::{self, Fail, Ok as Fine, Skip};

    fn stepped(notices: &[Notice]) -> ConnectionSteps {
        let began = Instant::now();
        let mut steps = ConnectionSteps::begin(began);
        for (n, notice) in (1..).zip(notices) {
            let at = began + Duration::from_millis(10 * n);
            steps.on_notices(std::slice::from_ref(notice), at);
        }
        steps
    }

    fn lost(loss: Loss) -> Notice {
        Notice::Failed(Arc::new(loss))
    }

    fn judged(notices: &[Notice]) -> ([LayerStatus; 4], Option<FailureKind>) {
        let findings = stepped(notices).findings();
        let failed = findings
            .iter()
            .find(|finding| finding.layer.status == Fail)
            .and_then(|finding| finding.failure);
        let statuses = [0, 1, 2, 3].map(|layer: usize| findings[layer].layer.status);
        (statuses, failed)
    }

    fn upgrade(status: u16) -> Notice {
        lost(Loss::Upgrade {
            host: "h".to_owned(),
            status,
        })
    }

    fn late(waiting_for: &'static str) -> Notice {
        lost(Loss::Timeout {
            waiting_for,
            after: Duration::from_secs(5),
        })
    }

    #[test]
    fn a_loss_belongs_to_the_step_it_prevented() {
        use Notice::{Authorised, ChannelOpened, Connected, SetUp};
        let refused = || {
            lost(Loss::TokenRefused {
                message: "UNAUTHORIZED".to_owned(),
            })
        };
        let no_channel = || {
            lost(Loss::ChannelRefused {
                code: "BAD_ACTION".to_owned(),
                message: String::new(),
            })
        };
        let (net, auth) = (Some(FailureKind::Network), Some(FailureKind::AuthRefused));
        for (notices, statuses, kind) in [
            (vec![upgrade(401)], [Fail, Skip, Skip, Skip], auth),
            (vec![upgrade(403)], [Fail, Skip, Skip, Skip], auth),
            (vec![upgrade(404)], [Fail, Skip, Skip, Skip], net),
            (vec![upgrade(502)], [Fail, Skip, Skip, Skip], net),
            (
                vec![Connected, late("SETUP")],
                [Fine, Fail, Skip, Skip],
                net,
            ),
            (
                vec![Connected, SetUp, late("AUTH_STATE")],
                [Fine, Fine, Fail, Skip],
                net,
            ),
            (
                vec![Connected, SetUp, refused()],
                [Fine, Fine, Fail, Skip],
                auth,
            ),
            (vec![Connected, refused()], [Fine, Fine, Fail, Skip], auth),
            (
                vec![Connected, SetUp, Authorised, no_channel()],
                [Fine, Fine, Fine, Fail],
                net,
            ),
            (
                vec![Connected, SetUp, Authorised, ChannelOpened],
                [Fine; 4],
                None,
            ),
        ] {
            assert_eq!(judged(&notices), (statuses, kind), "{notices:?}");
        }
    }

    #[test]
    fn each_step_has_its_own_time() {
        let mut notices = vec![Notice::Connected, Notice::SetUp];
        notices.push(late("AUTH_STATE"));
        let steps = stepped(&notices);
        let took: Vec<_> = steps
            .findings()
            .iter()
            .map(|finding| finding.layer.took.map(|took| took.as_millis()))
            .collect();
        assert_eq!(took, [Some(10), Some(10), Some(10), None]);
    }

    #[test]
    fn a_repeated_notice_changes_nothing() {
        let steps = stepped(&[Notice::Connected, Notice::SetUp, Notice::SetUp]);
        assert_eq!(steps.took(Step::Setup), Some(Duration::from_millis(10)));
        assert!(!steps.is_over());
    }

    #[test]
    fn a_way_that_was_broken_off_is_no_failure() {
        let mut steps = stepped(&[Notice::Connected]);
        steps.end(Stop::Interrupted, Instant::now());
        let statuses: Vec<_> = steps
            .findings()
            .iter()
            .map(|finding| finding.layer.status)
            .collect();
        assert_eq!(statuses, [Fine, Skip, Skip, Skip]);
    }

    #[test]
    fn the_words_of_a_refused_channel_are_kept() {
        let steps = [Notice::Connected, Notice::SetUp, Notice::Authorised];
        let mut notices = steps.to_vec();
        notices.push(lost(Loss::ChannelRefused {
            code: "BAD_ACTION".to_owned(),
            message: "no".to_owned(),
        }));
        let findings = stepped(&notices).findings();
        assert_eq!(findings[3].layer.server_code.as_deref(), Some("BAD_ACTION"));
    }
}
