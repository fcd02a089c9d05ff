//! Who may come in, and how much of what.
//!
//! ```text
//! connection ─counted, made to speak→ TLS → call ─token, place→ method ─quota→ work
//! ```

mod gate;
mod guard;
mod ledger;
mod quota;
mod token;

pub(super) use gate::{Caller, Gate};
pub(super) use guard::{Guarded, Visitor};
pub(super) use ledger::{Ledger, Toll};
pub use quota::Quotas;
pub use token::{Token, TokenHash};

use crate::{Error, Result};
use std::net::SocketAddr;
use std::time::Duration;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};
use zeroize::Zeroizing;

/// Most bytes of a client's name, which logs and metrics show.
pub const MAX_CLIENT_NAME_BYTES: usize = 64;
/// Most clients of a node.
pub const MAX_CLIENTS: usize = 1024;

/// A node's door to its clients.
#[derive(Debug, Clone)]
pub struct Door {
    /// How connections are secured; none leaves them in the clear.
    pub tls: Option<Tls>,
    /// Who may submit; everybody when there is none.
    pub clients: Vec<Client>,
    /// Whether reads need no token.
    pub open_reads: bool,
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time of one IPv4 address, or of one IPv6 network of 64 bits.
    pub connections_per_address: usize,
    /// How long a connection may take over its TLS handshake and its HTTP/2 preface.
    pub handshake_deadline: Duration,
    /// How long a connection may take to make its first call.
    pub first_call_deadline: Duration,
    /// How often a silent connection is asked whether it lives, and how long it may think.
    pub keepalive: Duration,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            tls: None,
            clients: Vec::new(),
            open_reads: true,
            connections: 1024,
            connections_per_address: 256,
            handshake_deadline: Duration::from_secs(10),
            first_call_deadline: Duration::from_secs(30),
            keepalive: Duration::from_secs(20),
        }
    }
}

/// A client that has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its name in logs and metrics.
    pub name: String,
    /// What its token hashes to.
    pub token: TokenHash,
    /// How much it may submit.
    pub quotas: Quotas,
}

/// What a node shows, and what it demands, before a byte of HTTP: everything in PEM.
#[derive(Clone)]
pub struct Tls {
    /// The node's certificate and those that lead to its authority.
    pub chain: Vec<u8>,
    /// Its key.
    pub key: Zeroizing<Vec<u8>>,
    /// The authority whose certificates clients have to show; none lets every client through.
    pub client_authority: Option<Vec<u8>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mutual = self.client_authority.is_some();
        f.debug_struct("Tls")
            .field("mutual", &mutual)
            .finish_non_exhaustive()
    }
}

impl Tls {
    fn config(&self, handshake_deadline: Duration) -> ServerTlsConfig {
        let config = ServerTlsConfig::new()
            .identity(Identity::from_pem(&self.chain, &self.key))
            .timeout(handshake_deadline);
        match &self.client_authority {
            Some(authority) => config.client_ca_root(Certificate::from_pem(authority)),
            None => config,
        }
    }
}

impl Door {
    /// A server that speaks TLS, where that was asked for. No certificate is looked at later
    /// than here.
    ///
    /// # Errors
    /// [`Error::Tls`] for a certificate or a key that is none, or two that do not belong
    /// together.
    pub(super) fn server(&self) -> Result<tonic::transport::Server> {
        let server = tonic::transport::Server::builder();
        let Some(tls) = &self.tls else {
            return Ok(server);
        };
        // Several providers are compiled in, so that rustls does not choose one by itself. Where
        // the process has chosen already, that one stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        server
            .tls_config(tls.config(self.handshake_deadline))
            .map_err(|error| {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                Error::Tls(cause.unwrap_or_else(|| error.to_string()))
            })
    }

    /// Whether clients elsewhere would send everything in the clear.
    #[must_use]
    pub fn is_exposed(&self, listen: SocketAddr) -> bool {
        self.tls.is_none() && !listen.ip().is_loopback()
    }
}
