//! The one TLS configuration, shared by HTTP and the WebSocket: same arithmetic, same trust.

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;

use super::error::NetError;

/// The configuration for a WebSocket connection. It offers no ALPN: a socket that negotiated HTTP/2 cannot be upgraded.
///
/// # Errors
///
/// When the cryptography in use supports no TLS version that rustls considers safe.
pub fn websocket_tls() -> Result<Arc<ClientConfig>, rustls::Error> {
    // Reading the machine's certificate store takes milliseconds, so it happens once and only when first needed.
    static SHARED: OnceLock<Result<Arc<ClientConfig>, rustls::Error>> = OnceLock::new();
    SHARED.get_or_init(|| client_config().map(Arc::new)).clone()
}

/// The configuration for HTTP: the shared one, plus ALPN for HTTP/2.
pub(super) fn http_tls() -> Result<ClientConfig, NetError> {
    let shared = websocket_tls().map_err(NetError::Tls)?;
    let mut config = ClientConfig::clone(&shared);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn client_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    Ok(match platform_verifier(provider) {
        Some(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(verifier),
        None => builder.with_root_certificates(rustls::RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        }),
    }
    .with_no_client_auth())
}

/// The machine's own certificate store, which knows company proxies; `None` where there is none, as in bare containers.
fn platform_verifier(provider: Arc<CryptoProvider>) -> Option<Arc<dyn ServerCertVerifier>> {
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => Some(Arc::new(verifier)),
        Err(error) => {
            tracing::debug!(%error, "no certificate store on this machine, using the bundled roots");
            None
        }
    }
}

#[cfg(feature = "aws-lc")]
fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

#[cfg(all(feature = "ring", not(feature = "aws-lc")))]
fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

#[cfg(not(any(feature = "ring", feature = "aws-lc")))]
compile_error!("TLS needs arithmetic: enable the feature 'ring' or 'aws-lc'");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_offers_http2_and_the_websocket_offers_nothing() {
        assert_eq!(http_tls().unwrap().alpn_protocols[0], b"h2");
        assert!(websocket_tls().unwrap().alpn_protocols.is_empty());
    }

    #[test]
    fn the_configuration_is_built_once() {
        assert!(Arc::ptr_eq(
            &websocket_tls().unwrap(),
            &websocket_tls().unwrap()
        ));
    }
}
