//! A server for tests: answers each connection's requests with canned texts and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

type Seen = Arc<Mutex<Vec<String>>>;
type Answers = Arc<dyn Fn(&str, usize) -> Option<String> + Send + Sync>;

/// A loopback server on a free port; it stops when dropped.
pub(crate) struct Responder {
    address: std::net::SocketAddr,
    seen: Seen,
    task: JoinHandle<()>,
}

impl Responder {
    /// Answers the first request with the first text and so on; once they are used up it stays silent.
    pub(crate) async fn start(replies: Vec<String>) -> Self {
        Self::answering(move |_, count| replies.get(count).cloned()).await
    }

    /// Answers with what `answer` makes of the request and its number; `None` is silence.
    pub(crate) async fn answering(
        answer: impl Fn(&str, usize) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Seen::default();
        let (answers, log): (Answers, Seen) = (Arc::new(answer), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&answers), Arc::clone(&log)));
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    /// The URL of a path on this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far, heads and bodies.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// The base URL of a port at which nobody listens any more.
    pub(crate) async fn closed(mut self) -> String {
        self.task.abort();
        let _ = (&mut self.task).await;
        self.url("")
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A whole HTTP answer.
pub(crate) fn reply(status: u16, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn serve(mut socket: TcpStream, answers: Answers, seen: Seen) {
    let mut buffer = Vec::new();
    while let Some(request) = next_request(&mut socket, &mut buffer).await {
        let count = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let Some(reply) = answers(&request, count) else {
            std::future::pending::<()>().await;
            return;
        };
        if socket.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn next_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    loop {
        let text = String::from_utf8_lossy(buffer).into_owned();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .and_then(|value| value.trim().parse::<usize>().ok())
                })
                .unwrap_or_default();
            let whole = head.len() + 4 + length;
            if buffer.len() >= whole {
                buffer.drain(..whole);
                return text.get(..whole).map(str::to_owned);
            }
        }
        if socket.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
