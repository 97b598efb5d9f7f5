//! Bodies that arrive whole, torn or never.

use std::io;

use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use super::rest::Answer;
use super::script::RestFault;

pub(super) type Body = BoxBody<Bytes, io::Error>;

/// Puts an answer into a response, torn as the fault says.
pub(super) fn respond(answer: Answer, fault: Option<&RestFault>) -> Response<Body> {
    let Answer {
        status,
        content_type,
        headers,
        body,
    } = answer;
    let whole = body.len();
    let (body, announced) = match fault {
        Some(RestFault::Truncate { keep }) => (full(cut(body, *keep)), None),
        Some(RestFault::CutOff { keep }) => (torn(cut(body, *keep)), Some(whole)),
        Some(RestFault::Stall { keep }) => (stalled(cut(body, *keep)), Some(whole)),
        _ => (full(body.into()), None),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let sent = response.headers_mut();
    sent.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            sent.insert(name, value);
        }
    }
    if let Some(length) = announced {
        sent.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// A response with a status alone.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

fn cut(body: String, keep: usize) -> Bytes {
    let bytes = Bytes::from(body);
    let keep = keep.min(bytes.len());
    bytes.slice(..keep)
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// Bytes, and then the connection breaks. The pause between lets the bytes go out first.
fn torn(bytes: Bytes) -> Body {
    let broken = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    let frames = stream::iter([Ok(Frame::data(bytes))]).chain(broken);
    BodyExt::boxed(StreamBody::new(frames))
}

/// Bytes, and then silence.
fn stalled(bytes: Bytes) -> Body {
    let frames = stream::iter([Ok(Frame::data(bytes))]).chain(stream::pending());
    BodyExt::boxed(StreamBody::new(frames))
}
