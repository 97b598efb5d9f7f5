//! One open connection: it moves frames, performs the session's actions and answers the handles meanwhile.
//!
//! Rules live elsewhere: the order of messages in [`Session`], the clocks in [`Keepalive`], what to subscribe in the
//! sets of the [`FeedState`]. Every wait that can be long races against the handles' commands; the sending of one message
//! does not, and has its deadline.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{debug, info};

use crate::action::Action;
use crate::changes::Notice;
use crate::error::Loss;
use crate::feed_state::FeedState;
use crate::frame::{Decoder, Frame};
use crate::keepalive::{Due, Keepalive};
use crate::message::{CONNECTION, Message, Outbound};
use crate::options::FeedOptions;
use crate::role::Role;
use crate::session::Session;
use crate::spacing::MessageSpacing;
use crate::subscription_set::Next;
use crate::token::Token;
use crate::transport::{Connection, Farewell, Received};

/// Longest wait for the server's half of the closing handshake; the answer is already complete by then.
const CLOSING: Duration = Duration::from_millis(250);

/// Most commands taken in before what they want is sent.
const COMMANDS_AT_ONCE: usize = 1024;

/// Most frames taken in before clocks, handles and the reader have their turn.
const FRAMES_AT_ONCE: usize = 64;

/// Frames in a row that may be unreadable before the connection is given up.
const MALFORMED_IN_A_ROW: u32 = 10;

/// One open connection.
pub(crate) struct OpenConnection<C> {
    frames: C,
    decoder: Decoder,
    keepalive: Keepalive,
    options: FeedOptions,
    /// When the connection could be used.
    authorised: Option<Instant>,
    spacing: MessageSpacing,
    /// Until when what a call left to be sent waits for more calls.
    gather_until: Option<Instant>,
    /// Until when nothing may be sent because enough has been.
    ration_until: Option<Instant>,
    /// Whether the reader has been notified of that.
    is_rationed: bool,
    malformed: u32,
}

impl<C: Connection> OpenConnection<C> {
    pub(crate) fn new(frames: C, options: FeedOptions) -> Self {
        let keepalive = Keepalive::start(Instant::now());
        Self {
            frames,
            decoder: Decoder::default(),
            keepalive,
            options,
            authorised: None,
            spacing: MessageSpacing::default(),
            gather_until: None,
            ration_until: None,
            is_rationed: false,
            malformed: 0,
        }
    }

    /// How long it has been authorised.
    pub(crate) fn lived(&self) -> Duration {
        self.authorised.map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// Exchanges messages until the handles are done (`Ok`) or the connection is.
    pub(crate) async fn run(
        &mut self,
        state: &mut FeedState,
        token: Option<Token>,
    ) -> Result<(), Loss> {
        let (mut session, actions) = Session::begin(
            self.options.client,
            token,
            self.options.ready_timeout,
            Instant::now(),
        );
        self.perform(state, actions).await?;
        loop {
            state.history.update(Instant::now());
            if self
                .send_subscriptions(state, &mut session)
                .await?
                .is_break()
            {
                return Ok(());
            }
            state.history.start_timeouts();
            state.deliver();
            self.on_time(state, &mut session).await?;
            let wake = self.next_wake(state, &session);
            tokio::select! {
                biased;
                command = state.inbox.recv() => {
                    if state.on_commands(command, COMMANDS_AT_ONCE).is_break() {
                        return Ok(());
                    }
                    self.gather(state);
                }
                () = sleep_until(wake) => {}
                frame = self.frames.receive() => {
                    session = self.on_frame(state, session, frame).await?;
                }
            }
        }
    }

    /// Takes in a frame, and those that have arrived with it: what is done once a round is too much for every frame.
    async fn on_frame(
        &mut self,
        state: &mut FeedState,
        mut session: Session,
        first: Result<Received<C::Text>, Loss>,
    ) -> Result<Session, Loss> {
        let mut next = Some(first);
        let mut count = 0;
        while let Some(frame) = next {
            let message = self.receive(state, &session, frame)?;
            state.stats.faults = self.decoder.faults;
            if let Some(message) = message {
                let (after, actions) = session.on_message(message, Instant::now())?;
                session = after;
                self.perform(state, actions).await?;
            }
            count += 1;
            // The waker that does nothing is replaced when the next round waits for the socket.
            next = (count < FRAMES_AT_ONCE)
                .then(|| self.frames.receive().now_or_never())
                .flatten();
        }
        Ok(session)
    }

    fn next_wake(&self, state: &FeedState, session: &Session) -> Instant {
        let deadlines = [
            session.deadline(),
            state.history.deadline(),
            self.gather_until,
            self.ration_until,
        ];
        deadlines
            .into_iter()
            .flatten()
            .fold(self.keepalive.next(), Instant::min)
    }

    /// Looks at the clocks: answers that are overdue, our silence, the server's silence.
    async fn on_time(&mut self, state: &mut FeedState, session: &mut Session) -> Result<(), Loss> {
        let now = Instant::now();
        let actions = session.on_time(now)?;
        self.perform(state, actions).await?;
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

    /// Lets what calls left to be sent wait for more calls, when messages have left just now.
    fn gather(&mut self, state: &mut FeedState) {
        let now = Instant::now();
        state.history.update(now);
        if state.is_pending() {
            self.gather_until.get_or_insert(self.spacing.ready_at(now));
        }
    }

    /// Sends the server what the handles want: channels, then subscriptions. These can be many, and a server that reads
    /// slowly must not hold the handles up; breaks when one of them closed the feed meanwhile.
    async fn send_subscriptions(
        &mut self,
        state: &mut FeedState,
        session: &mut Session,
    ) -> Result<ControlFlow<()>, Loss> {
        let now = Instant::now();
        // A ration that is over wakes nobody again.
        self.ration_until = self.ration_until.filter(|until| now < *until);
        if self.gather_until.is_some_and(|until| now < until) {
            return Ok(ControlFlow::Continue(()));
        }
        self.gather_until = None;
        let actions = session.want_history(state.history.is_wanted(), now);
        self.perform(state, actions).await?;
        if !state.is_pending() || (self.ration_until.is_some() && !state.is_urgent()) {
            return Ok(ControlFlow::Continue(()));
        }
        self.ration_until = None;
        state.log_subscriptions();
        self.spacing.on_sent(now);
        loop {
            match state.next(Instant::now()) {
                Next::Send { text } => match state.serve_while(self.send(text)).await {
                    Some(sent) => {
                        sent?;
                        state.on_sent(Instant::now());
                    }
                    None => return Ok(ControlFlow::Break(())),
                },
                Next::Wait(until) => {
                    self.ration_until = Some(until);
                    if !std::mem::replace(&mut self.is_rationed, true) {
                        state.notify_rationed();
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
        state: &mut FeedState,
        session: &Session,
        frame: Result<Received<C::Text>, Loss>,
    ) -> Result<Option<Message>, Loss> {
        let text = match frame {
            Ok(Received::Text(text)) => text,
            Ok(Received::Binary) => {
                return self
                    .on_unreadable(state, session, "it is binary")
                    .map(|()| None);
            }
            Ok(Received::Control) => return Ok(None),
            Err(loss) => return Err(session.on_closed(loss)),
        };
        self.keepalive.on_received(Instant::now());
        match self.decoder.read(text.as_ref(), state.table.symbols()) {
            // Only channels that the session holds are open for the decoder.
            Ok(Frame::Data(channel)) => match session.role(channel) {
                Some(role) => state.store(role, &mut self.decoder.batch),
                None => state.stats.ignored += 1,
            },
            Ok(Frame::ForeignData) => state.stats.ignored += 1,
            Ok(Frame::Control(message)) => {
                self.malformed = 0;
                return Ok(Some(message));
            }
            Err(error) => {
                return self
                    .on_unreadable(state, session, &error.to_string())
                    .map(|()| None);
            }
        }
        self.malformed = 0;
        Ok(None)
    }

    /// One bad frame is passed over; many in a row mean that this is not a conversation any more.
    fn on_unreadable(
        &mut self,
        state: &mut FeedState,
        session: &Session,
        why: &str,
    ) -> Result<(), Loss> {
        let why = session.redact(why);
        debug!("unreadable frame: {why}");
        state.stats.malformed += 1;
        self.malformed += 1;
        session.on_unreadable(&why)?;
        if self.malformed < MALFORMED_IN_A_ROW {
            return Ok(());
        }
        Err(Loss::Malformed {
            frames: self.malformed,
            last: why,
        })
    }

    async fn perform(&mut self, state: &mut FeedState, actions: Vec<Action>) -> Result<(), Loss> {
        for action in actions {
            match action {
                Action::Send(text) => self.send(text).await?,
                Action::Timeouts {
                    keepalive,
                    accept_keepalive,
                } => {
                    self.keepalive.negotiate(keepalive, accept_keepalive);
                    state.notify(Notice::SetUp);
                }
                Action::Authorised => {
                    info!("authorised");
                    self.authorised = Some(Instant::now());
                    state.notify(Notice::Authorised);
                }
                Action::ChannelOpened { role, channel } => {
                    self.on_channel_opened(state, role, channel).await?;
                }
                Action::ChannelLost { role, channel } => {
                    info!("{}channel {channel} is gone", role.prefix());
                    self.decoder.close(channel);
                    state.on_channel_closed(role);
                }
                Action::HistoryRefused { reason } => {
                    info!("no history: {reason}");
                    state.history.on_refused(reason.clone());
                    state.notify(Notice::HistoryRefused { reason });
                }
                Action::Configured {
                    channel,
                    role,
                    aggregation_period,
                    event_fields,
                } => self.on_configured(state, (role, channel), aggregation_period, &event_fields),
                Action::Complaint {
                    channel,
                    role,
                    code,
                    message,
                } => {
                    info!("the server complains about channel {channel}: {code}: {message}");
                    // An answer that takes longer than that is no answer.
                    state.on_complaint(role, (code, message), self.options.ready_timeout);
                    self.ration_until = None;
                }
                Action::Ignored => state.stats.ignored += 1,
            }
        }
        Ok(())
    }

    async fn on_channel_opened(
        &mut self,
        state: &mut FeedState,
        role: Role,
        channel: u64,
    ) -> Result<(), Loss> {
        info!("{}channel open", role.prefix());
        self.decoder.open(channel);
        state.on_channel_opened(role, channel);
        // What was asked before has waited long enough.
        self.gather_until = None;
        if role == Role::Live {
            state.stats.ready.get_or_insert_with(Instant::now);
            state.notify(Notice::ChannelOpened);
        }
        let setup = Outbound::feed_setup(channel, self.options.aggregation_seconds, role.types());
        self.send(setup.text()).await
    }

    fn on_configured(
        &mut self,
        state: &mut FeedState,
        (role, channel): (Role, u64),
        aggregation_period: Option<f64>,
        event_fields: &BTreeMap<String, Vec<String>>,
    ) {
        let Some(schema) = self.decoder.schema_mut(channel) else {
            return;
        };
        schema.merge(aggregation_period, event_fields);
        if role == Role::Live {
            state.stats.aggregation_period = schema.aggregation_period;
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
        timeout(after, self.frames.send(text))
            .await
            .map_err(|_| Loss::Stalled { after })??;
        self.keepalive.on_sent(Instant::now());
        Ok(())
    }

    /// Says goodbye and waits a moment for the server to say it too.
    pub(crate) async fn close(mut self) {
        let _ = timeout(CLOSING, self.frames.close(Farewell::Done)).await;
    }

    /// Tells the server why, if that can matter to it. It may not be listening any more.
    pub(crate) async fn give_up(mut self, loss: &Loss) {
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
            self.frames.send(farewell).await?;
            self.frames.close(Farewell::GivenUp).await;
            Ok::<(), Loss>(())
        };
        let _ = timeout(CLOSING, leaving).await;
    }
}
