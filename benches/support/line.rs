//! A line that delays: every byte arrives later by a fixed time, in order, however many are under way. It bounds no rate.
//!
//! Threads and their sleep, because the clock of an asynchronous runtime counts whole milliseconds.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Makes a line to a port; gives the port it begins at.
pub(crate) fn to(port: u16, delay: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let begin = listener.local_addr().expect("an address").port();
    spawn(move || {
        for near in listener.incoming() {
            let near = near.expect("a client");
            let far = TcpStream::connect(("127.0.0.1", port)).expect("the market listens");
            for (from, into) in [(&near, &far), (&far, &near)] {
                from.set_nodelay(true).expect("an option");
                let from = from.try_clone().expect("a handle");
                let into = into.try_clone().expect("a handle");
                let (sender, receiver) = channel();
                spawn(move || take_in(from, &sender, delay));
                spawn(move || give_out(into, &receiver));
            }
        }
    });
    begin
}

/// Bytes and when they are due; none for the end.
type Parcel = (Instant, Vec<u8>);

fn take_in(mut from: TcpStream, parcels: &Sender<Parcel>, delay: Duration) {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut chunk).unwrap_or(0);
        let parcel = (Instant::now() + delay, chunk[..count].to_vec());
        if parcels.send(parcel).is_err() || count == 0 {
            return;
        }
    }
}

fn give_out(mut into: TcpStream, parcels: &Receiver<Parcel>) {
    for (due, bytes) in parcels {
        sleep(due.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || into.write_all(&bytes).is_err() {
            // The other side may be gone already.
            into.shutdown(std::net::Shutdown::Both).unwrap_or_default();
            return;
        }
    }
}

/// A server that gives back what it gets; gives its port.
pub(crate) fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    spawn(move || {
        let (mut tcp, _) = listener.accept().expect("a client");
        tcp.set_nodelay(true).expect("an option");
        let mut byte = [0];
        while tcp.read_exact(&mut byte).is_ok() && tcp.write_all(&byte).is_ok() {}
    });
    port
}

/// The median time of a byte to an echo and back.
pub(crate) fn round_trip(port: u16) -> Duration {
    const TRIPS: usize = 21;
    let mut tcp = TcpStream::connect(("127.0.0.1", port)).expect("the line listens");
    tcp.set_nodelay(true).expect("an option");
    let mut times = [Duration::ZERO; TRIPS];
    for time in &mut times {
        let began = Instant::now();
        let mut byte = [7];
        tcp.write_all(&byte).expect("the line is open");
        tcp.read_exact(&mut byte).expect("the line is open");
        *time = began.elapsed();
    }
    times.sort();
    times[TRIPS / 2]
}
