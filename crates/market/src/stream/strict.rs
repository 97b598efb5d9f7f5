//! The violations a client can commit against the protocol, each with a name and the section it offends.
//!
//! Knows nothing of when they are committed: the session and the feed find them, the recorder keeps them.
//!
//! See `docs/reference/dxlink-protocol.md`, "16. Simulator notes".

use std::fmt;

macro_rules! rules {
    ($($variant:ident $name:literal $section:literal $about:literal;)*) => {
        /// One rule a client must keep.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) enum Rule {
            $(#[doc = $about] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the protocol's sections.
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A short fixed name.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The number of the section of `docs/reference/dxlink-protocol.md` that states the rule.
            pub(super) const fn section(self) -> &'static str {
                match self { $(Self::$variant => $section,)* }
            }

            /// What the client did wrong, one fragment.
            pub(super) const fn about(self) -> &'static str {
                match self { $(Self::$variant => $about,)* }
            }
        }
    };
}

rules! {
    BinaryFrame "binary-frame" "1" "a binary frame; messages are text";
    UnparsableJson "unparsable-json" "1" "a frame that is not one JSON object";
    MissingType "missing-type" "1" "a message without a type";
    MissingChannel "missing-channel" "1" "a message without a channel number";
    UnknownMessage "unknown-message" "1" "a message type that no client sends";
    WrongChannel "wrong-channel" "1" "a connection message on a service channel, or the reverse";
    FrameTooLarge "frame-too-large" "1" "a frame over 64 KiB";
    MessageAfterClose "message-after-close" "1" "a message more than a second after the server closed";
    MessageBeforeSetup "message-before-setup" "2" "a message before SETUP";
    SetupWithoutVersion "setup-without-version" "2" "a SETUP without a version";
    SetupWithoutTimeouts "setup-without-timeouts" "2" "a SETUP without both timeouts";
    EarlyAuth "early-auth" "3" "AUTH before the server asked for a token";
    AuthWhileAuthorized "auth-while-authorized" "3" "AUTH although the session is authorized";
    RejectedTokenRepeated "rejected-token-repeated" "3" "AUTH with a token that was rejected before";
    KeepaliveLate "keepalive-late" "4" "silence for longer than the negotiated timeout";
    ChannelBeforeAuthorized "channel-before-authorized" "6" "a channel request before AUTHORIZED";
    EvenChannel "even-channel" "6" "a channel id that is not odd";
    ReusedChannel "reused-channel" "6" "the id of a channel that was closed before";
    ChannelAlreadyOpen "channel-already-open" "6" "a request for an open channel";
    UnopenedChannel "unopened-channel" "6" "a message for a channel that is not open";
    MissingContract "missing-contract" "7.1" "a FEED channel without a known contract";
    TickerItemTooRich "ticker-item-too-rich" "7.1" "fromTime or source on a TICKER channel";
    HistoryItemTooPoor "history-item-too-poor" "7.1" "an item on a HISTORY channel without fromTime that is no indexed one";
    EmptyFieldList "empty-field-list" "7.2" "an empty list in acceptEventFields";
    EmptyItems "empty-items" "7.4" "an empty add or remove";
    IncompleteItem "incomplete-item" "7.4" "an item without type or symbol";
    FromTimeInSeconds "from-time-in-seconds" "7.4" "a fromTime below 10^11: seconds by mistake";
    UnknownRemove "unknown-remove" "7.4" "remove of a key that is not subscribed";
    DoubledSubscription "doubled-subscription" "7.4" "add of a key that is already subscribed";
    ChunkTooLarge "chunk-too-large" "7.5" "a subscription message over 8 KiB";
    EncodedSymbol "encoded-symbol" "12" "a URL-encoded symbol";
    BearerPrefix "bearer-prefix" "14" "a token with the prefix of an HTTP header";
    TooManySubscriptions "too-many-subscriptions" "14" "more subscriptions than a session may hold";
    TooManyOfType "too-many-of-type" "14" "more subscriptions of one event type than a session may hold";
    RateTooHigh "rate-too-high" "14" "more subscription changes in a minute than allowed";
}

/// A rule broken once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RuleViolation {
    /// The rule that was broken.
    pub(super) rule: Rule,
    /// What was seen: a type, a channel, a symbol.
    pub(super) detail: String,
}

impl RuleViolation {
    /// A violation with what was seen.
    pub(super) fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self {
            rule,
            detail: detail.into(),
        }
    }
}

impl fmt::Display for RuleViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} (section {}; {})",
            self.rule.about(),
            self.rule.section(),
            self.detail
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sections_exist() {
        let mut names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(rule.section().parse::<f32>().is_ok(), "{}", rule.name());
        }
    }

    #[test]
    fn a_violation_reads_as_one_line() {
        insta::assert_snapshot!(
            RuleViolation::new(Rule::EvenChannel, "channel 2"),
            @"a channel id that is not odd (section 6; channel 2)"
        );
    }
}
