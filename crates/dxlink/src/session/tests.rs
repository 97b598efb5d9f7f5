//! Every step and every refusal of the conversation, as tables.

use super::*;

const READY_TIMEOUT: Duration = Duration::from_secs(5);

/// Plays server messages to a session and returns what it sent, or the loss.
fn play(messages: &[&str]) -> Result<(Session, Vec<String>), Loss> {
    let now = Instant::now();
    let (mut session, mut actions) =
        Session::begin("test/1", Some(Token::new("token-1")), READY_TIMEOUT, now);
    for text in messages {
        let (next, more) = session.on_message(serde_json::from_str(text).unwrap(), now)?;
        session = next;
        actions.extend(more);
    }
    let sent = actions.into_iter().filter_map(|action| match action {
        Action::Send(text) => Some(
            serde_json::from_str::<serde_json::Value>(&text).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned(),
        ),
        _ => None,
    });
    Ok((session, sent.collect()))
}

const SETUP: &str = r#"{"type":"SETUP","channel":0,"version":"1.0"}"#;
const UNAUTHORIZED: &str = r#"{"type":"AUTH_STATE","channel":0,"state":"UNAUTHORIZED"}"#;
const AUTHORIZED: &str = r#"{"type":"AUTH_STATE","channel":0,"state":"AUTHORIZED","userId":"u"}"#;
const OPENED: &str = r#"{"type":"CHANNEL_OPENED","channel":1,"service":"FEED"}"#;
const CLOSED: &str = r#"{"type":"CHANNEL_CLOSED","channel":1}"#;

#[test]
fn each_step_waits_for_the_servers_word() {
    assert_eq!(play(&[]).unwrap().1, ["SETUP"]);
    assert_eq!(
        play(&[SETUP]).unwrap().1,
        ["SETUP"],
        "no token before the first AUTH_STATE"
    );
    assert_eq!(play(&[SETUP, UNAUTHORIZED]).unwrap().1, ["SETUP", "AUTH"]);
    assert_eq!(
        play(&[SETUP, UNAUTHORIZED, AUTHORIZED]).unwrap().1,
        ["SETUP", "AUTH", "CHANNEL_REQUEST"]
    );
}

#[test]
fn an_open_server_never_sees_the_token() {
    assert_eq!(
        play(&[SETUP, AUTHORIZED]).unwrap().1,
        ["SETUP", "CHANNEL_REQUEST"]
    );
}

#[test]
fn setup_and_state_may_change_places() {
    assert_eq!(play(&[UNAUTHORIZED, SETUP]).unwrap().1, ["SETUP", "AUTH"]);
    assert_eq!(
        play(&[AUTHORIZED, SETUP]).unwrap().1,
        ["SETUP", "CHANNEL_REQUEST"]
    );
}

#[test]
fn a_repeated_authorisation_opens_nothing_twice() {
    let (_, sent) = play(&[
        SETUP,
        UNAUTHORIZED,
        AUTHORIZED,
        AUTHORIZED,
        OPENED,
        AUTHORIZED,
        SETUP,
    ])
    .unwrap();
    assert_eq!(sent, ["SETUP", "AUTH", "CHANNEL_REQUEST"]);
}

#[test]
fn every_shape_of_refusal_is_a_refused_token() {
    let error = |code: &str, text: &str| {
        format!(r#"{{"type":"ERROR","channel":0,"error":"{code}","message":"{text}"}}"#)
    };
    for last in [
        UNAUTHORIZED.to_owned(),
        error("UNAUTHORIZED", "no"),
        error("UNKNOWN", "AuthException: bad token-1"),
    ] {
        let loss = play(&[SETUP, UNAUTHORIZED, &last]).unwrap_err();
        assert!(matches!(loss, Loss::TokenRefused { .. }), "{loss}");
        assert!(!loss.to_string().contains("token-1"), "{loss}");
    }
    let odd = error(
        "UNKNOWN",
        "com.dxfeed.mdd.dxlink.auth.AuthException: Session not found: api",
    );
    assert!(matches!(
        play(&[SETUP, UNAUTHORIZED, &odd]).unwrap_err(),
        Loss::SessionNotFound { .. }
    ));
    let (session, _) = play(&[SETUP, UNAUTHORIZED]).unwrap();
    let loss = session.on_closed(Loss::Closed {
        code: 1000,
        reason: String::new(),
    });
    assert!(matches!(loss, Loss::ClosedAfterToken { .. }), "{loss}");
}

#[test]
fn a_token_that_is_echoed_anywhere_is_taken_out() {
    let reason = "no such token: token-1".to_owned();
    let code = r#"{"type":"ERROR","channel":0,"error":"token-1","message":"no"}"#;
    let refused = r#"{"type":"ERROR","channel":1,"error":"token-1","message":"no"}"#;
    for said in [
        &[SETUP, UNAUTHORIZED, code][..],
        &[SETUP, AUTHORIZED, refused],
    ] {
        let loss = play(said).unwrap_err();
        assert!(!loss.to_string().contains("token-1"), "{loss}");
    }
    for said in [&[SETUP, UNAUTHORIZED][..], &[SETUP, AUTHORIZED, OPENED]] {
        let (session, _) = play(said).unwrap();
        let (code, reason) = (1008, reason.clone());
        let loss = session.on_closed(Loss::Closed { code, reason });
        assert!(
            loss.to_string().contains("no such token: (redacted)"),
            "{loss}"
        );
    }
}

#[test]
fn an_unexpected_message_is_named_with_what_was_expected() {
    let loss = play(&[OPENED]).unwrap_err();
    assert_eq!(
        loss.to_string(),
        "expected SETUP on channel 0 from the server, got CHANNEL_OPENED"
    );
    let wrong_channel = r#"{"type":"SETUP","channel":7}"#;
    assert!(matches!(
        play(&[wrong_channel]).unwrap_err(),
        Loss::Unexpected { .. }
    ));
    let version = r#"{"type":"ERROR","channel":0,"error":"UNSUPPORTED_PROTOCOL","message":"v9"}"#;
    assert!(matches!(
        play(&[version]).unwrap_err(),
        Loss::UnsupportedProtocol { .. }
    ));
}

#[test]
fn a_first_word_that_cannot_be_read_is_named_and_a_later_one_is_passed_over() {
    let (session, _) = play(&[]).unwrap();
    assert_eq!(
        session
            .on_unreadable("it is binary")
            .unwrap_err()
            .to_string(),
        "expected SETUP on channel 0 from the server, got an unreadable frame: it is binary"
    );
    let (session, _) = play(&[SETUP]).unwrap();
    assert!(session.on_unreadable("it is binary").is_ok());
}

#[test]
fn an_overdue_answer_is_named() {
    for (messages, waiting_for) in [
        (&[][..], "SETUP"),
        (&[SETUP][..], "AUTH_STATE"),
        (&[SETUP, UNAUTHORIZED][..], "the answer to AUTH"),
        (&[SETUP, AUTHORIZED][..], "CHANNEL_OPENED"),
    ] {
        let (mut session, _) = play(messages).unwrap();
        let deadline = session.deadline().unwrap();
        assert_eq!(session.on_time(deadline - READY_TIMEOUT / 2).unwrap(), []);
        let loss = session.on_time(deadline).unwrap_err();
        assert!(loss.to_string().contains(waiting_for), "{loss}");
    }
    assert_eq!(
        play(&[SETUP, AUTHORIZED, OPENED]).unwrap().0.deadline(),
        None
    );
}

#[test]
fn a_closed_channel_is_asked_for_once_more_under_a_new_id() {
    let (session, sent) = play(&[SETUP, AUTHORIZED, OPENED, CLOSED]).unwrap();
    assert_eq!(sent, ["SETUP", "CHANNEL_REQUEST", "CHANNEL_REQUEST"]);
    let again = serde_json::from_str(r#"{"type":"CHANNEL_CLOSED","channel":3}"#).unwrap();
    assert!(matches!(
        session.on_message(again, Instant::now()),
        Err(Loss::ChannelClosed)
    ));
}

#[test]
fn an_error_on_an_open_channel_is_a_complaint_and_nothing_more() {
    let limit = r#"{"type":"ERROR","channel":1,"error":"BAD_ACTION","message":"Your subscription rate is too high"}"#;
    assert!(play(&[SETUP, AUTHORIZED, OPENED, limit]).is_ok());
    assert!(matches!(
        play(&[SETUP, AUTHORIZED, limit]).unwrap_err(),
        Loss::ChannelRefused { .. }
    ));
}

#[test]
fn a_withdrawn_authorisation_ends_the_connection() {
    let loss = play(&[SETUP, UNAUTHORIZED, AUTHORIZED, OPENED, UNAUTHORIZED]).unwrap_err();
    assert!(matches!(loss, Loss::AuthorisationWithdrawn));
}

#[test]
fn foreign_and_late_messages_disturb_nothing() {
    let strangers = [
        r#"{"type":"CHANNEL_CLOSED","channel":9}"#,
        r#"{"type":"FEED_CONFIG","channel":9}"#,
        r#"{"type":"NOVELTY","channel":0}"#,
        r#"{"type":"AUTH_STATE","channel":9,"state":"UNAUTHORIZED"}"#,
    ];
    let mut messages = vec![SETUP, AUTHORIZED, OPENED];
    messages.extend(strangers);
    assert_eq!(play(&messages).unwrap().1, ["SETUP", "CHANNEL_REQUEST"]);
}

#[test]
fn what_concerns_the_connection_counts_on_channel_0_alone() {
    let setup = r#"{"type":"SETUP","channel":9,"keepaliveTimeout":1}"#;
    let state = r#"{"type":"AUTH_STATE","channel":9,"state":"AUTHORIZED"}"#;
    for (said, text) in [
        (&[SETUP][..], setup),
        (&[SETUP, UNAUTHORIZED], setup),
        (&[SETUP, UNAUTHORIZED], state),
        (&[SETUP, AUTHORIZED], setup),
    ] {
        let (session, _) = play(said).unwrap();
        let message = serde_json::from_str(text).unwrap();
        let (_, actions) = session.on_message(message, Instant::now()).unwrap();
        assert_eq!(actions, [Action::Ignored], "{said:?} {text}");
    }
}

/// A session with an open live channel and the history channel asked for, and when.
fn with_history(more: &[&str]) -> (Session, Instant) {
    let (mut session, _) = play(&[SETUP, AUTHORIZED, OPENED]).unwrap();
    let now = Instant::now();
    assert_eq!(
        session.want_history(true, now),
        [Action::Send(
            r#"{"type":"CHANNEL_REQUEST","channel":3,"service":"FEED","parameters":{"contract":"HISTORY"}}"#.to_owned()
        )]
    );
    for text in more {
        let message = serde_json::from_str(text).unwrap();
        (session, _) = session.on_message(message, now).unwrap();
    }
    (session, now)
}

fn hear(session: Session, text: &str, now: Instant) -> (Session, Vec<Action>) {
    let message = serde_json::from_str(text).unwrap();
    session.on_message(message, now).unwrap()
}

const HISTORY_OPENED: &str = r#"{"type":"CHANNEL_OPENED","channel":3}"#;

#[test]
fn the_history_channel_waits_for_the_login_and_for_nothing_else() {
    let now = Instant::now();
    for messages in [&[][..], &[SETUP], &[SETUP, UNAUTHORIZED]] {
        let (mut session, _) = play(messages).unwrap();
        assert_eq!(session.want_history(true, now), []);
    }
    let (mut session, _) = play(&[SETUP, AUTHORIZED]).unwrap();
    assert_eq!(session.want_history(true, now).len(), 1, "asked at once");
    assert_eq!(session.want_history(true, now), [], "and only once");
    let (_, actions) = hear(session, HISTORY_OPENED, now);
    let (role, channel) = (Role::History, 3);
    assert_eq!(actions, [Action::ChannelOpened { role, channel }]);
}

/// Checklist 31, 32.
#[test]
fn a_refused_history_channel_leaves_the_live_one_alone() {
    let (session, now) = with_history(&[]);
    let refusal = r#"{"type":"ERROR","channel":3,"error":"BAD_ACTION","message":"no history"}"#;
    let (mut session, actions) = hear(session, refusal, now);
    let reason = "the server refused the channel: BAD_ACTION: no history".to_owned();
    assert_eq!(actions, [Action::HistoryRefused { reason }]);
    assert_eq!(session.role(1), Some(Role::Live));
    assert_eq!(session.role(3), None);
    assert_eq!(session.want_history(true, now), [], "it was refused");
    session.want_history(false, now);
    assert_eq!(session.want_history(true, now).len(), 1, "a new wish");
}

/// Checklist 31.
#[test]
fn an_overdue_history_channel_is_given_back_and_its_late_answer_is_nobodys() {
    let (mut session, now) = with_history(&[]);
    let late = now + READY_TIMEOUT;
    let actions = session.on_time(late).unwrap();
    let sent: Vec<_> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Send(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(sent[0], r#"{"type":"CHANNEL_CANCEL","channel":3}"#);
    assert!(
        sent[1].contains(r#""CHANNEL_REQUEST","channel":5"#),
        "{sent:?}"
    );
    let (session, actions) = hear(session, HISTORY_OPENED, late);
    assert_eq!(actions, [Action::Ignored]);
    let (mut session, _) = hear(session, r#"{"type":"CHANNEL_OPENED","channel":5}"#, late);
    assert_eq!(session.role(5), Some(Role::History));
    assert_eq!(session.on_time(late + 2 * READY_TIMEOUT).unwrap(), []);
}

/// Checklist 34.
#[test]
fn a_history_channel_that_will_not_stay_is_given_up_without_loss_of_the_connection() {
    let (session, now) = with_history(&[HISTORY_OPENED]);
    let (session, actions) = hear(session, r#"{"type":"CHANNEL_CLOSED","channel":3}"#, now);
    assert!(matches!(
        actions[..],
        [
            Action::ChannelLost {
                role: Role::History,
                channel: 3
            },
            Action::Send(_)
        ]
    ));
    let (session, actions) = hear(session, r#"{"type":"CHANNEL_CLOSED","channel":5}"#, now);
    assert!(
        matches!(actions[1], Action::HistoryRefused { .. }),
        "{actions:?}"
    );
    assert_eq!(session.role(1), Some(Role::Live));
}

/// Checklist 33, 100.
#[test]
fn what_comes_of_a_cancelled_channel_is_nobodys() {
    let (mut session, now) = with_history(&[HISTORY_OPENED]);
    let (role, channel) = (Role::History, 3);
    assert_eq!(
        session.want_history(false, now),
        [
            Action::ChannelLost { role, channel },
            Action::Send(r#"{"type":"CHANNEL_CANCEL","channel":3}"#.to_owned())
        ]
    );
    assert_eq!(session.want_history(false, now), []);
    for late in [
        r#"{"type":"FEED_CONFIG","channel":3,"dataFormat":"COMPACT"}"#,
        r#"{"type":"CHANNEL_CLOSED","channel":3}"#,
        HISTORY_OPENED,
    ] {
        let (next, actions) = hear(session, late, now);
        assert_eq!(actions, [Action::Ignored], "{late}");
        session = next;
    }
    let error = r#"{"type":"ERROR","channel":3,"error":"UNKNOWN","message":"late"}"#;
    let (mut session, actions) = hear(session, error, now);
    assert!(matches!(
        actions[..],
        [Action::Complaint {
            channel: 3,
            role: None,
            ..
        }]
    ));
    assert_eq!(session.role(1), Some(Role::Live));
    let again = session.want_history(true, now);
    assert!(
        matches!(&again[..], [Action::Send(text)] if text.contains(r#""channel":5"#)),
        "{again:?}"
    );
}
