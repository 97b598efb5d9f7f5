//! The one task of a feed: it gets access, connects, and connects again for as long as the policy lets it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::info;

use crate::access::TokenSource;
use crate::changes::Notice;
use crate::connection::OpenConnection;
use crate::error::Loss;
use crate::feed_state::FeedState;
use crate::options::FeedOptions;
use crate::reconnect::ReconnectPolicy;
use crate::role::Role;
use crate::token::Token;
use crate::transport::Transport;

/// The socket task.
pub(crate) struct Task<G, T> {
    options: FeedOptions,
    tokens: G,
    transport: T,
    state: FeedState,
    /// Whether the last connection was made with access left from an earlier one.
    was_kept: bool,
    /// The token of the last connection.
    last_token: Option<Token>,
    /// The token that was refused last.
    refused_token: Option<Token>,
}

/// How a connection ended.
enum End {
    /// It was lost, after it had been authorised for so long.
    Lost(Loss, Duration),
    /// The last handle closed it or went away.
    Stopped,
}

impl<G: TokenSource, T: Transport> Task<G, T> {
    pub(crate) fn new(options: FeedOptions, tokens: G, transport: T, state: FeedState) -> Self {
        Self {
            options,
            tokens,
            transport,
            state,
            was_kept: false,
            last_token: None,
            refused_token: None,
        }
    }

    /// Lives until the feed is closed.
    pub(crate) async fn run(mut self) {
        if self.state.until_wanted().await.is_break() {
            return;
        }
        let mut policy = ReconnectPolicy::new(&self.options);
        loop {
            let End::Lost(loss, lived) = self.connection().await else {
                return;
            };
            info!("stream lost: {loss}");
            for role in Role::ALL {
                self.state.on_channel_closed(role);
                if loss.is_too_large() {
                    self.state.subscriptions(role).halve_messages();
                }
            }
            if matches!(loss, Loss::TokenRefused { .. }) {
                self.refused_token = self.last_token.take();
            }
            if self.was_kept && policy.replaces_kept_access(&loss) {
                info!("the kept token was too old; asking for another");
                continue;
            }
            let loss = Arc::new(loss);
            self.state.notify(Notice::Lost(Arc::clone(&loss)));
            let Some(pause) = policy.pause_after(&loss, lived) else {
                self.state.history.on_end(loss.to_string());
                self.state.notify(Notice::Failed(loss));
                break;
            };
            info!("connecting again in {} ms", pause.as_millis());
            self.state.notify(Notice::Reconnecting(pause));
            if self.state.serve_while(sleep(pause)).await.is_none() {
                return;
            }
        }
        // Nothing will come any more, but the handles may still ask what happened.
        let _ = self.state.serve_while(std::future::pending::<()>()).await;
    }

    /// One connection from the token to its end.
    async fn connection(&mut self) -> End {
        let Some(access) = self.state.serve_while(self.tokens.access()).await else {
            return End::Stopped;
        };
        let access = match access {
            Ok(access) => access,
            Err(none) => {
                let loss = Loss::NoAccess {
                    reason: none.reason,
                    retryable: none.retryable,
                };
                return End::Lost(loss, Duration::ZERO);
            }
        };
        self.was_kept = access.is_kept;
        if access.token.is_some() && access.token == self.refused_token {
            let message = "a new one was asked for, and it is the same".to_owned();
            return End::Lost(Loss::TokenRefused { message }, Duration::ZERO);
        }
        self.last_token.clone_from(&access.token);
        let connecting = self
            .transport
            .connect(&access.url, self.options.ready_timeout);
        let frames = match self.state.serve_while(connecting).await {
            None => return End::Stopped,
            Some(Err(loss)) => return End::Lost(loss, Duration::ZERO),
            Some(Ok(frames)) => frames,
        };
        info!("connected");
        self.state.stats.connections += 1;
        self.state.notify(Notice::Connected);
        let mut open = OpenConnection::new(frames, self.options);
        match open.run(&mut self.state, access.token).await {
            Ok(()) => {
                open.close().await;
                End::Stopped
            }
            Err(loss) => {
                let lived = open.lived();
                open.give_up(&loss).await;
                End::Lost(loss, lived)
            }
        }
    }
}

#[cfg(test)]
mod tests;
