//! Peers that are no stream server at all: the run ends in time, with a message that names who it was and what it did.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::harness::Harness;

/// Nothing but a missed deadline takes this long.
const LATE: Duration = Duration::from_secs(20);

/// Accepts every connection on a free port, does something with it and drops it.
fn peer(act: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let act = std::sync::Arc::new(act);
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let act = std::sync::Arc::clone(&act);
            std::thread::spawn(move || act(socket));
        }
    });
    port
}

/// Reads until the other side goes away.
fn listen(mut socket: TcpStream) {
    let mut heard = [0; 1024];
    while socket.read(&mut heard).is_ok_and(|length| length > 0) {}
}

/// Says something whatever it hears.
fn says(words: &'static [u8]) -> impl Fn(TcpStream) {
    move |mut socket| {
        let mut heard = [0; 4096];
        let _ = socket.read(&mut heard);
        let _ = socket.write_all(words);
        listen(socket);
    }
}

/// What a run that has this stream alone says about it, with PORT for the port.
#[track_caller]
fn said(market: &Harness, url: &str) -> String {
    let mut command =
        market.command("quote SPY --provider dxlink --listen 2s --timeout 50s --json");
    command
        .env("DXLINK_URL", url)
        .env("VOLQ_DXLINK_READY_TIMEOUT_SECONDS", "1");
    let finished = market.run(command, "").exits(5);
    assert!(finished.took < LATE, "{:?}", finished.took);
    let error = finished.json()["error"].clone();
    assert_eq!(error["code"], "network");
    assert!(error["hint"].as_str().unwrap().contains("diagnose-access"));
    error["message"].as_str().unwrap().to_owned()
}

#[track_caller]
fn said_of(scheme: &str, port: u16) -> String {
    said(&Harness::new(), &format!("{scheme}://127.0.0.1:{port}/"))
        .replace(&port.to_string(), "PORT")
}

#[test]
fn a_name_that_nobody_knows_is_told() {
    let said = said(&Harness::new(), "wss://volq-has-no-such-host.invalid/");
    assert!(said.contains("volq-has-no-such-host.invalid:443"), "{said}");
}

#[test]
fn a_peer_that_never_answers_the_upgrade_is_left() {
    insta::assert_snapshot!(said_of("ws", peer(listen)), @"dxlink: no connection to 127.0.0.1:PORT within 1 s");
}

#[test]
fn a_peer_that_drops_every_connection_is_left() {
    let said = said_of("ws", peer(drop));
    assert!(
        said.starts_with("dxlink: the connection to 127.0.0.1:PORT failed"),
        "{said}"
    );
}

#[test]
fn a_peer_that_speaks_no_http_is_told() {
    let said = said_of("ws", peer(says(b"220 mail.example.org ESMTP\r\n\r\n")));
    insta::assert_snapshot!(said, @"dxlink: the connection to 127.0.0.1:PORT failed: WebSocket protocol error: httparse error: invalid HTTP version");
}

#[test]
fn a_page_in_place_of_the_upgrade_is_told_with_its_status() {
    let page = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>";
    insta::assert_snapshot!(said_of("ws", peer(says(page))), @"dxlink: 127.0.0.1:PORT refused the WebSocket upgrade with HTTP status 200");
}

#[test]
fn tls_with_a_peer_that_has_none_is_told() {
    let plain = peer(says(
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    ));
    insta::assert_snapshot!(said_of("wss", plain), @"dxlink: the connection to 127.0.0.1:PORT failed: IO error: received corrupt message of type InvalidContentType");
}

#[test]
fn plain_words_to_a_peer_that_wants_tls_are_told() {
    // An alert "unexpected message", as a TLS server sends it, and the end.
    let alert = peer(says(&[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a]));
    let said = said_of("ws", alert);
    assert!(said.contains("127.0.0.1:PORT"), "{said}");
}
