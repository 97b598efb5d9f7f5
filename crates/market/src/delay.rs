//! A long line: everything arrives a fixed time after it was sent, in each direction, in order and unthrottled.
//!
//! It carries bytes and knows no protocol. The handshake of TCP itself is the kernel's and takes no longer.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;
/// Chunks that may be under way; far more than any client sends in the time of a line.
const UNDER_WAY: usize = 256;

/// Serves a connection at the far end of a line.
pub(super) async fn delayed<S, F>(socket: S, delay: Duration, serve: impl FnOnce(DuplexStream) -> F)
where
    S: AsyncRead + AsyncWrite,
    F: Future<Output = ()>,
{
    let (server, line) = duplex(CHUNK);
    let (from_client, to_client) = split(socket);
    let (from_server, to_server) = split(line);
    let serving = async {
        tokio::join!(serve(server), carry(from_server, to_client, delay));
    };
    let hearing = async {
        carry(from_client, to_server, delay).await;
        // The server may still have something to say when the client has not.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = serving => {}
        () = hearing => {}
    }
}

/// Carries bytes one way until either end is closed.
async fn carry(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let departing = async move {
        let mut chunk = vec![0; CHUNK];
        loop {
            // A broken connection looks like one that ended.
            let length = from.read(&mut chunk).await.unwrap_or_default();
            let delayed = (Instant::now() + delay, chunk[..length].to_vec());
            if sender.send(delayed).await.is_err() || length == 0 {
                return;
            }
        }
    };
    let arriving = async move {
        while let Some((due, bytes)) = receiver.recv().await {
            sleep_until(due).await;
            if bytes.is_empty() || to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // Whoever is gone cannot be told.
        let _gone = to.shutdown().await;
    };
    tokio::join!(departing, arriving);
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELAY: Duration = Duration::from_millis(20);

    /// A line to a server that sends back what it hears, byte by byte.
    fn echo() -> DuplexStream {
        let (client, socket) = duplex(CHUNK);
        tokio::spawn(delayed(socket, DELAY, |mut server| async move {
            let mut byte = [0];
            while server.read_exact(&mut byte).await.is_ok() {
                server.write_all(&byte).await.unwrap();
            }
        }));
        client
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_takes_both_ways() {
        let mut client = echo();
        let began = Instant::now();
        client.write_all(b"a").await.unwrap();
        assert_eq!(client.read_u8().await.unwrap(), b'a');
        assert_eq!(began.elapsed(), 2 * DELAY);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_sent_together_arrives_together_and_in_order() {
        let mut client = echo();
        let began = Instant::now();
        for byte in b"abc" {
            client.write_all(&[*byte]).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        client.write_all(b"d").await.unwrap();
        let mut heard = [0; 3];
        client.read_exact(&mut heard).await.unwrap();
        assert_eq!((&heard, began.elapsed()), (b"abc", 2 * DELAY));
        assert_eq!(client.read_u8().await.unwrap(), b'd');
        assert_eq!(began.elapsed(), 2 * DELAY + Duration::from_millis(5));
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_takes_as_long_as_a_byte() {
        let mut client = echo();
        let began = Instant::now();
        client.write_all(b"a").await.unwrap();
        client.shutdown().await.unwrap();
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).await.unwrap();
        assert_eq!((&heard[..], began.elapsed()), (&b"a"[..], 2 * DELAY));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_read_is_felt_at_the_other_end() {
        let (mut client, socket) = duplex(CHUNK);
        tokio::spawn(delayed(socket, DELAY, |server| async move {
            std::future::pending::<()>().await;
            drop(server);
        }));
        let chunk = vec![0; CHUNK];
        let mut taken = 0;
        while let Ok(written) =
            tokio::time::timeout(Duration::from_secs(1), client.write_all(&chunk)).await
        {
            written.unwrap();
            taken += 1;
            assert!(taken < 2 * UNDER_WAY);
        }
    }
}
