//! The one task that owns the socket: it moves frames, obeys the session's actions and answers the handles.
//!
//! Rules live elsewhere: the order of messages in [`Session`], the clocks in [`Keepalive`], what to subscribe in the
//! sets of the [`Desk`]. Every wait that can be long races against the handles' commands; the sending of one message
//! does not, and has its deadline.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{debug, info};

use crate::access::Grants;
use crate::action::Action;
use crate::changes::Notice;
use crate::desk::{Command, Desk};
use crate::error::Loss;
use crate::frame::{Decoder, Frame};
use crate::keepalive::{Due, Keepalive};
use crate::message::{CONNECTION, Message, Outbound};
use crate::options::FeedOptions;
use crate::reconnect::ReconnectPolicy;
use crate::role::Role;
use crate::session::Session;
use crate::subscription_set::Next;
use crate::token::Token;
use crate::transport::{Connection, Farewell, Received, Transport};

/// Longest wait for the server's half of the closing handshake; the answer is already complete by then.
const GOODBYE: Duration = Duration::from_millis(250);

/// How long the first of several calls waits for the others, so that they leave as one message.
const GATHERING: Duration = Duration::from_millis(20);

/// Most frames taken in before clocks, handles and the reader have their turn.
const FRAMES_AT_ONCE: usize = 64;

/// Frames in a row that may be unreadable before the connection is given up.
const MALFORMED_IN_A_ROW: u32 = 10;

/// The socket task.
pub(super) struct Task<G, T> {
    options: FeedOptions,
    grants: G,
    transport: T,
    desk: Desk,
    /// Whether the last connection was made with a grant left from an earlier one.
    was_kept: bool,
    /// The token of the last connection.
    shown: Option<Token>,
    /// The token that was refused last.
    refused: Option<Token>,
}

/// How a connection ended.
enum End {
    /// It was lost, after it had been authorised for so long.
    Lost(Loss, Duration),
    /// The last handle closed it or went away.
    Stopped,
}

impl<G: Grants, T: Transport> Task<G, T> {
    pub(super) fn new(
        options: FeedOptions,
        grants: G,
        transport: T,
        inbox: mpsc::Receiver<Command>,
    ) -> Self {
        Self {
            options,
            grants,
            transport,
            desk: Desk::new(inbox, &options),
            was_kept: false,
            shown: None,
            refused: None,
        }
    }

    /// Lives until the feed is closed.
    pub(super) async fn run(mut self) {
        if self.desk.until_wanted().await.is_break() {
            return;
        }
        let mut policy = ReconnectPolicy::new(&self.options);
        loop {
            let End::Lost(loss, lived) = self.connection().await else {
                return;
            };
            info!("stream lost: {loss}");
            for role in Role::ALL {
                self.desk.channel_closed(role);
                if loss.is_too_large() {
                    self.desk.subscriptions(role).halve_messages();
                }
            }
            if matches!(loss, Loss::TokenRefused { .. }) {
                self.refused = self.shown.take();
            }
            if self.was_kept && policy.replaces_old_grant(&loss) {
                info!("the kept token was too old; asking for another");
                continue;
            }
            let loss = Arc::new(loss);
            self.desk.notify(Notice::Lost(Arc::clone(&loss)));
            let Some(pause) = policy.pause_after(&loss, lived) else {
                self.desk.history.end(loss.to_string());
                self.desk.notify(Notice::Failed(loss));
                break;
            };
            info!("connecting again in {} ms", pause.as_millis());
            self.desk.notify(Notice::Reconnecting(pause));
            if self.desk.serve_while(sleep(pause)).await.is_none() {
                return;
            }
        }
        // Nothing will come any more, but the handles may still ask what happened.
        let _ = self.desk.serve_while(std::future::pending::<()>()).await;
    }

    /// One connection from the token to its end.
    async fn connection(&mut self) -> End {
        let Some(grant) = self.desk.serve_while(self.grants.grant()).await else {
            return End::Stopped;
        };
        let grant = match grant {
            Ok(grant) => grant,
            Err(none) => {
                let loss = Loss::NoGrant {
                    reason: none.reason,
                    retryable: none.retryable,
                };
                return End::Lost(loss, Duration::ZERO);
            }
        };
        self.was_kept = grant.is_kept;
        if grant.token.is_some() && grant.token == self.refused {
            let message = "a new one was asked for, and it is the same".to_owned();
            return End::Lost(Loss::TokenRefused { message }, Duration::ZERO);
        }
        self.shown.clone_from(&grant.token);
        let connecting = self
            .transport
            .connect(&grant.url, self.options.ready_timeout);
        let socket = match self.desk.serve_while(connecting).await {
            None => return End::Stopped,
            Some(Err(loss)) => return End::Lost(loss, Duration::ZERO),
            Some(Ok(socket)) => socket,
        };
        info!("connected");
        self.desk.stats.connections += 1;
        self.desk.notify(Notice::Connected);
        let mut line = Line::new(socket, self.options);
        match line.converse(&mut self.desk, grant.token).await {
            Ok(()) => {
                line.hang_up().await;
                End::Stopped
            }
            Err(loss) => {
                let lived = line.authorised.map_or(Duration::ZERO, |at| at.elapsed());
                line.take_leave(&loss).await;
                End::Lost(loss, lived)
            }
        }
    }
}

/// One open connection.
struct Line<C> {
    socket: C,
    decoder: Decoder,
    keepalive: Keepalive,
    options: FeedOptions,
    /// When the connection could be used.
    authorised: Option<Instant>,
    /// Until when what a call left to be told waits for more calls.
    gather_until: Option<Instant>,
    /// Until when nothing may be told because enough has been.
    ration_until: Option<Instant>,
    /// Whether that has been told to the reader.
    is_rationed: bool,
    malformed: u32,
}

impl<C: Connection> Line<C> {
    fn new(socket: C, options: FeedOptions) -> Self {
        let keepalive = Keepalive::start(Instant::now());
        Self {
            socket,
            decoder: Decoder::default(),
            keepalive,
            options,
            authorised: None,
            gather_until: None,
            ration_until: None,
            is_rationed: false,
            malformed: 0,
        }
    }

    /// Talks until the handles are done (`Ok`) or the connection is.
    async fn converse(&mut self, desk: &mut Desk, token: Option<Token>) -> Result<(), Loss> {
        let (mut session, actions) = Session::begin(
            self.options.client,
            token,
            self.options.ready_timeout,
            Instant::now(),
        );
        self.obey(desk, actions).await?;
        loop {
            desk.history.settle(Instant::now());
            if self.tell_wishes(desk, &mut session).await?.is_break() {
                return Ok(());
            }
            desk.history.told();
            desk.hand_over();
            self.keep_time(desk, &mut session).await?;
            let wake = self.next_wake(desk, &session);
            tokio::select! {
                biased;
                command = desk.inbox.recv() => {
                    if desk.obey(command).is_break() {
                        return Ok(());
                    }
                    self.gather(desk);
                }
                () = sleep_until(wake) => {}
                frame = self.socket.receive() => {
                    session = self.take_in(desk, session, frame).await?;
                }
            }
        }
    }

    /// Takes in a frame, and those that have arrived with it: what is done once a round is too much for every frame.
    async fn take_in(
        &mut self,
        desk: &mut Desk,
        mut session: Session,
        first: Result<Received<C::Text>, Loss>,
    ) -> Result<Session, Loss> {
        let mut next = Some(first);
        let mut count = 0;
        while let Some(frame) = next {
            let message = self.receive(desk, &session, frame)?;
            desk.stats.faults = self.decoder.faults;
            if let Some(message) = message {
                let (after, actions) = session.on_message(message, Instant::now())?;
                session = after;
                self.obey(desk, actions).await?;
            }
            count += 1;
            // The waker that does nothing is replaced when the next round waits for the socket.
            next = (count < FRAMES_AT_ONCE)
                .then(|| self.socket.receive().now_or_never())
                .flatten();
        }
        Ok(session)
    }

    fn next_wake(&self, desk: &Desk, session: &Session) -> Instant {
        let deadlines = [
            session.deadline(),
            desk.history.deadline(),
            self.gather_until,
            self.ration_until,
        ];
        deadlines
            .into_iter()
            .flatten()
            .fold(self.keepalive.next(), Instant::min)
    }

    /// Looks at the clocks: answers that are overdue, our silence, the server's silence.
    async fn keep_time(&mut self, desk: &mut Desk, session: &mut Session) -> Result<(), Loss> {
        let now = Instant::now();
        let actions = session.on_time(now)?;
        self.obey(desk, actions).await?;
        match self.keepalive.due(now) {
            Due::Nothing => Ok(()),
            Due::Send => {
                self.send(
                    Outbound::Keepalive {
                        channel: CONNECTION,
                    }
                    .text(),
                )
                .await
            }
            Due::GiveUp(after) => Err(Loss::Silent { after }),
        }
    }

    /// Holds what a call left to be told for a moment; more calls may follow.
    fn gather(&mut self, desk: &mut Desk) {
        desk.history.settle(Instant::now());
        if desk.is_pending() {
            self.gather_until
                .get_or_insert_with(|| Instant::now() + GATHERING);
        }
    }

    /// Tells the server what the handles want: channels, then subscriptions. These can be many, and a server that reads
    /// slowly must not hold the handles up; breaks when one of them closed the feed meanwhile.
    async fn tell_wishes(
        &mut self,
        desk: &mut Desk,
        session: &mut Session,
    ) -> Result<ControlFlow<()>, Loss> {
        let now = Instant::now();
        // A ration that is over wakes nobody again.
        self.ration_until = self.ration_until.filter(|until| now < *until);
        if self.gather_until.is_some_and(|until| now < until) {
            return Ok(ControlFlow::Continue(()));
        }
        self.gather_until = None;
        let actions = session.want_history(desk.history.is_wanted(), now);
        self.obey(desk, actions).await?;
        if !desk.is_pending() || (self.ration_until.is_some() && !desk.is_urgent()) {
            return Ok(ControlFlow::Continue(()));
        }
        self.ration_until = None;
        desk.log_subscriptions();
        loop {
            match desk.next(Instant::now()) {
                Next::Send { text } => match desk.serve_while(self.send(text)).await {
                    Some(sent) => sent?,
                    None => return Ok(ControlFlow::Break(())),
                },
                Next::Wait(until) => {
                    self.ration_until = Some(until);
                    if !std::mem::replace(&mut self.is_rationed, true) {
                        desk.ration();
                    }
                    return Ok(ControlFlow::Continue(()));
                }
                Next::Nothing => {
                    self.is_rationed = false;
                    return Ok(ControlFlow::Continue(()));
                }
            }
        }
    }

    /// Takes in what the socket gave: events go to the table, everything else is returned.
    fn receive(
        &mut self,
        desk: &mut Desk,
        session: &Session,
        frame: Result<Received<C::Text>, Loss>,
    ) -> Result<Option<Message>, Loss> {
        let text = match frame {
            Ok(Received::Text(text)) => text,
            Ok(Received::Binary) => {
                return self
                    .unreadable(desk, session, "it is binary")
                    .map(|()| None);
            }
            Ok(Received::Control) => return Ok(None),
            Err(loss) => return Err(session.closed(loss)),
        };
        self.keepalive.received(Instant::now());
        match self.decoder.read(text.as_ref(), desk.table.symbols()) {
            // Only channels that the session holds are open for the decoder.
            Ok(Frame::Data(channel)) => match session.role(channel) {
                Some(role) => desk.store(role, &mut self.decoder.batch),
                None => desk.stats.ignored += 1,
            },
            Ok(Frame::ForeignData) => desk.stats.ignored += 1,
            Ok(Frame::Control(message)) => {
                self.malformed = 0;
                return Ok(Some(message));
            }
            Err(error) => {
                return self
                    .unreadable(desk, session, &error.to_string())
                    .map(|()| None);
            }
        }
        self.malformed = 0;
        Ok(None)
    }

    /// One bad frame is passed over; many in a row mean that this is not a conversation any more.
    fn unreadable(&mut self, desk: &mut Desk, session: &Session, why: &str) -> Result<(), Loss> {
        let why = session.redact(why);
        debug!("unreadable frame: {why}");
        desk.stats.malformed += 1;
        self.malformed += 1;
        session.unreadable(&why)?;
        if self.malformed < MALFORMED_IN_A_ROW {
            return Ok(());
        }
        Err(Loss::Malformed {
            frames: self.malformed,
            last: why,
        })
    }

    async fn obey(&mut self, desk: &mut Desk, actions: Vec<Action>) -> Result<(), Loss> {
        for action in actions {
            match action {
                Action::Send(text) => self.send(text).await?,
                Action::Timeouts {
                    keepalive,
                    accept_keepalive,
                } => {
                    self.keepalive.negotiate(keepalive, accept_keepalive);
                    desk.notify(Notice::SetUp);
                }
                Action::Authorised => {
                    info!("authorised");
                    self.authorised = Some(Instant::now());
                    desk.notify(Notice::Authorised);
                }
                Action::ChannelOpened { role, channel } => {
                    self.channel_opened(desk, role, channel).await?;
                }
                Action::ChannelLost { role, channel } => {
                    info!("{}channel {channel} is gone", role.prefix());
                    self.decoder.close(channel);
                    desk.channel_closed(role);
                }
                Action::HistoryRefused { reason } => {
                    info!("no history: {reason}");
                    desk.history.refused(reason.clone());
                    desk.notify(Notice::HistoryRefused { reason });
                }
                Action::Configured {
                    channel,
                    role,
                    aggregation_period,
                    event_fields,
                } => self.configured(desk, (role, channel), aggregation_period, &event_fields),
                Action::Complaint {
                    channel,
                    role,
                    code,
                    message,
                } => {
                    info!("the server complains about channel {channel}: {code}: {message}");
                    // An answer that takes longer than that is no answer.
                    desk.complain(role, (code, message), self.options.ready_timeout);
                    self.ration_until = None;
                }
                Action::Ignored => desk.stats.ignored += 1,
            }
        }
        Ok(())
    }

    async fn channel_opened(
        &mut self,
        desk: &mut Desk,
        role: Role,
        channel: u64,
    ) -> Result<(), Loss> {
        info!("{}channel open", role.prefix());
        self.decoder.open(channel);
        desk.channel_opened(role, channel);
        // What was asked before has waited long enough.
        self.gather_until = None;
        if role == Role::Live {
            desk.stats.ready.get_or_insert_with(Instant::now);
            desk.notify(Notice::ChannelOpened);
        }
        let setup = Outbound::feed_setup(channel, self.options.aggregation_seconds, role.types());
        self.send(setup.text()).await
    }

    fn configured(
        &mut self,
        desk: &mut Desk,
        (role, channel): (Role, u64),
        aggregation_period: Option<f64>,
        event_fields: &BTreeMap<String, Vec<String>>,
    ) {
        let Some(schema) = self.decoder.schema_mut(channel) else {
            return;
        };
        schema.merge(aggregation_period, event_fields);
        if role == Role::Live {
            desk.stats.aggregation_period = schema.aggregation_period;
        }
        for event_type in schema.unusable() {
            info!(
                "{} rows cannot be used: the server's field list lacks eventSymbol",
                event_type.name()
            );
        }
    }

    async fn send(&mut self, text: String) -> Result<(), Loss> {
        let after = self.options.ready_timeout;
        timeout(after, self.socket.send(text))
            .await
            .map_err(|_| Loss::Stalled { after })??;
        self.keepalive.sent(Instant::now());
        Ok(())
    }

    /// Says goodbye and waits a moment for the server to say it too.
    async fn hang_up(mut self) {
        let _ = timeout(GOODBYE, self.socket.close(Farewell::Done)).await;
    }

    /// Tells the server why, if that can matter to it. It may not be listening any more.
    async fn take_leave(mut self, loss: &Loss) {
        let Some((error, message)) = loss.farewell() else {
            return;
        };
        let farewell = Outbound::Error {
            channel: CONNECTION,
            error,
            message: &message,
        }
        .text();
        let leaving = async {
            self.socket.send(farewell).await?;
            self.socket.close(Farewell::GivenUp).await;
            Ok::<(), Loss>(())
        };
        let _ = timeout(GOODBYE, leaving).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Grant, NoGrant};
    use crate::feed::Feed;

    /// A token's source that takes long to say no.
    struct Slow;

    impl Grants for Slow {
        async fn grant(&mut self) -> Result<Grant, NoGrant> {
            sleep(Duration::from_mins(1)).await;
            Err(NoGrant {
                reason: "busy".to_owned(),
                retryable: true,
            })
        }
    }

    /// A transport that nobody gets to.
    struct Unreachable;

    impl Transport for Unreachable {
        type Connection = crate::websocket::WebSocketConnection;

        async fn connect(&mut self, _: &str, _: Duration) -> Result<Self::Connection, Loss> {
            Err(Loss::TokenNeeded)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_token_does_not_make_a_good_connection() {
        let options = FeedOptions {
            reconnects: 2,
            longest_pause: Duration::from_secs(5),
            ..FeedOptions::default()
        };
        let (feed, task) = Feed::new(options, Slow, Unreachable);
        tokio::spawn(task);
        feed.connect().await;
        let mut lost = 0;
        loop {
            for notice in feed.changes().await.unwrap().notices {
                match notice {
                    Notice::Lost(_) => lost += 1,
                    Notice::Failed(_) => {
                        assert_eq!(lost, 3);
                        return;
                    }
                    _ => assert!(lost < 3, "it goes on for ever"),
                }
            }
        }
    }
}
