//! The far end: the built-in market, an echo, and a line to each.

use std::time::Duration;

use market::{Server, ServerOptions};
use volq::clock::{Clock, SystemClock};

use crate::line;

/// Prints the ports of the market itself, of the line to it and of the line to the echo; then serves until it is killed.
pub(crate) fn run(delay: Duration) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let options = ServerOptions::at(SystemClock.now());
        let server = Server::start(options).await.expect("a free port");
        let base = server.base_url();
        let port = base.rsplit(':').next().and_then(|port| port.parse().ok());
        let port = port.expect("an address with a port");
        let (line, echo) = (line::to(port, delay), line::to(line::echo(), delay));
        println!("{port} {line} {echo}");
        std::future::pending::<()>().await;
    });
}
