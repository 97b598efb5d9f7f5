//! The way through the broker: the login first; then the stream is opened while REST is asked, and listened to once it
//! is known for what.

use tokio::time::timeout_at;
use tokio_util::task::AbortOnDropHandle;

use super::clock::TimeSample;
use super::events::{self, Listening};
use super::finding::Finding;
use super::login;
use super::lookup;
use super::rest;
use super::run::Input;
use super::stream;
use super::window::Window;

/// Why nothing is listened to.
const NO_CHANNEL: &str = "needs stream_channel";

/// What the way showed.
#[derive(Debug)]
pub(super) struct Visit {
    /// `rest_reachable` to `rest_quotes`.
    pub(super) findings: Vec<Finding>,
    /// What the server's clock said.
    pub(super) time: Option<TimeSample>,
}

/// Goes the way as far as it leads.
pub(super) async fn visit(input: &Input<'_>, credentials: &Finding, window: &Window<'_>) -> Visit {
    let login = login::enter(input, window, credentials).await;
    let account = input.sources.account.as_ref().ok();
    let account = account.filter(|_| login.oauth.works());
    let access = match stream::access(input, account, &login.quote_token) {
        Err(why) => Err((stream::passed_over(&why), why)),
        Ok(access) => match stream::slot(input, &access, window).await {
            Err(shut) => Err((shut, NO_CHANNEL.to_owned())),
            Ok(slot) => Ok((access, slot)),
        },
    };
    let (streamed, values) = match access {
        Err((mut shut, why)) => {
            shut.extend(events::passed_over(&why));
            (shut, rest::check(input, account, window).await)
        }
        Ok((access, slot)) => {
            let (feed, task) = stream::feed(input.sources.feed, access);
            let task = AbortOnDropHandle::new(tokio::spawn(task));
            let asked = async {
                let values = rest::check(input, account, window).await;
                let subjects = lookup::look_up(input, account, values.price, window).await;
                (values, subjects)
            };
            let (steps, (values, subjects)) =
                tokio::join!(stream::follow(&feed, window), Box::pin(asked));
            let mut streamed = steps.findings();
            if let (Some(slot), Some(connected)) = (&slot, streamed.first_mut()) {
                stream::append_slot(connected, slot);
            }
            streamed.extend(if steps.is_open() {
                let listening = Listening {
                    longest: input.limits.listen,
                    to_the_end: input.limits.full_listen,
                    is_limited: login.is_limited,
                };
                events::listen(&feed, &subjects, listening, window).await
            } else {
                events::passed_over(NO_CHANNEL)
            });
            // The goodbye is short, and a user who broke it off waits for nothing else.
            let _ = timeout_at(window.deadline(), feed.close()).await;
            drop(task);
            drop(slot);
            (streamed, values)
        }
    };
    let time = login.time;
    let mut findings: Vec<Finding> = login.findings().into();
    findings.extend(streamed);
    findings.extend([values.metrics, values.quotes]);
    Visit { findings, time }
}
