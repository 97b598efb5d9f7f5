//! Whom the stream's client trusts: the real binary against servers whose certificates are good and bad.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::harness::{Finished, Harness};
use crate::scripted_server::{Say, polite};

/// An authority that nobody but these tests knows.
struct Authority {
    params: CertificateParams,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self { params, key }
    }

    /// Its own certificate, as a file of trusted roots.
    fn root(&self) -> String {
        self.params.self_signed(&self.key).unwrap().pem()
    }

    /// A server with a certificate for a name, changed as a test wants it.
    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Server {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )
            .unwrap();
        Server::start(Arc::new(config))
    }
}

/// A polite stream server behind TLS.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(config: Arc<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                counter.fetch_add(1, Ordering::SeqCst);
                let config = Arc::clone(&config);
                std::thread::spawn(move || serve(socket, config));
            }
        });
        Self { port, connections }
    }

    /// Asks for a quote from this stream alone, with the given file as the only trusted roots.
    fn quote(&self, market: &Harness, roots: Option<&Path>, options: &str) -> Finished {
        let mut command = market.command(&format!(
            "quote SPY --provider dxlink --timeout 50s --json {options}"
        ));
        command.env("DXLINK_URL", format!("wss://localhost:{}/", self.port));
        if let Some(roots) = roots {
            command.env("SSL_CERT_FILE", roots);
        }
        market.run(command, "")
    }

    /// What the run says of the stream, as code, message and hint.
    #[track_caller]
    fn refusal(&self, market: &Harness, roots: Option<&Path>) -> String {
        let document = self.quote(market, roots, "--listen 20s").exits(5).json();
        let connections = self.connections.load(Ordering::SeqCst);
        assert_eq!(connections, 1, "a certificate is not looked at twice");
        let error = &document["error"];
        assert_eq!(error["retryable"], false);
        let word = |name: &str| error[name].as_str().unwrap().to_owned();
        format!("{}\n{}\n{}", word("code"), word("message"), word("hint"))
            .replace(&self.port.to_string(), "PORT")
    }
}

fn serve(socket: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
    let connection = ServerConnection::new(config).ok()?;
    let mut socket = tungstenite::accept(StreamOwned::new(connection, socket)).ok()?;
    while let Message::Text(text) = socket.read().ok()? {
        for say in polite(&serde_json::from_str(&text).ok()?) {
            if let Say::Text(text) = say {
                socket.send(Message::text(text)).ok()?;
            }
        }
    }
    Some(())
}

/// Checklist 99. Refused at once although the window is long, and said with what to do.
#[test]
fn a_certificate_of_an_unknown_authority_is_refused_and_not_tried_again() {
    let market = Harness::new();
    let server = Authority::new().server("localhost", |_| ());
    insta::assert_snapshot!(server.refusal(&market, None), @r"
    network
    dxlink: the certificate of localhost:PORT is not trusted: invalid peer certificate: UnknownIssuer
    check the clock of this machine; where a company proxy opens TLS, its root certificate has to be among those this machine trusts (on Linux also: in the file that SSL_CERT_FILE names)
    ");
}

/// Checklist 99. The same server is fine where its authority is trusted, so it was the certificate.
#[test]
#[cfg(target_os = "linux")]
fn a_certificate_of_a_trusted_authority_is_accepted() {
    let (market, authority) = (Harness::new(), Authority::new());
    let roots = market.write("roots.pem", &authority.root());
    let server = authority.server("localhost", |_| ());
    let options = "--listen 2s --min-completeness 0";
    let quote = server.quote(&market, Some(&roots), options).exits(0);
    assert_eq!(quote.row("SPY")["bid"], 1.0);
}

/// Checklist 99. Trust in the authority is not enough.
#[test]
#[cfg(target_os = "linux")]
fn an_expired_certificate_and_one_for_another_name_are_refused() {
    let (market, authority) = (Harness::new(), Authority::new());
    let roots = market.write("roots.pem", &authority.root());
    let expired = authority.server("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 12, 31);
    });
    let refusal = expired.refusal(&market, Some(&roots));
    assert!(refusal.contains("certificate expired"), "{refusal}");
    let stranger = authority.server("example.org", |_| ());
    let refusal = stranger.refusal(&market, Some(&roots));
    assert!(refusal.contains("not valid for name"), "{refusal}");
}
