//! What a client shows a node, and what it demands of one.

use super::{ClientError, Result};
use std::fmt;
use std::net::IpAddr;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

/// The header that carries a token (RFC 6750, section 2.1).
const HEADER: &str = "authorization";

/// A client's secret at a node. Its text is never shown.
#[derive(Clone)]
pub struct Token(MetadataValue<Ascii>);

impl Token {
    /// Most bytes of a token's text.
    pub const MAX_BYTES: usize = 128;

    /// Reads a token's text; space around it is left out.
    ///
    /// # Errors
    /// [`ClientError::Token`] for text that is none.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        if !fits || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ClientError::Token {
                got: text.len(),
                max: Self::MAX_BYTES,
            });
        }
        let mut value: MetadataValue<Ascii> =
            format!("Bearer {text}")
                .parse()
                .map_err(|_| ClientError::Token {
                    got: text.len(),
                    max: Self::MAX_BYTES,
                })?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// What a client shows a node, and what it demands of one. By default nothing: a node on this
/// machine, in the clear, that lets everybody in.
#[derive(Clone, Default)]
pub struct Credentials {
    authority: Option<Certificate>,
    identity: Option<Identity>,
    token: Option<Token>,
}

impl Credentials {
    /// Demands a certificate of this authority: certificates in PEM. No other authority is
    /// trusted.
    #[must_use]
    pub fn with_authority(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.authority = Some(Certificate::from_pem(pem));
        self
    }

    /// Shows a certificate to a node that demands one: its chain and its key in PEM.
    #[must_use]
    pub fn with_identity(mut self, chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.identity = Some(Identity::from_pem(chain, key));
        self
    }

    /// Shows a token with every call.
    #[must_use]
    pub fn with_token(mut self, token: Token) -> Self {
        self.token = Some(token);
        self
    }

    pub(super) fn bearer(&self) -> Bearer {
        Bearer(self.token.as_ref().map(|token| token.0.clone()))
    }

    /// The endpoint with these credentials, or why they do not fit it.
    pub(super) fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, String> {
        let uri = endpoint.uri();
        match (uri.scheme_str(), &self.authority) {
            (Some("http"), None) if self.identity.is_some() => {
                Err("got a certificate to show, expected https://HOST:PORT".into())
            }
            (Some("http"), None) if self.token.is_some() && !is_local(uri.host()) => {
                Err("a token does not leave this machine in the clear: expected https://".into())
            }
            (Some("http"), None) => Ok(endpoint),
            (Some("http"), Some(_)) => {
                Err("got an authority to trust, expected https://HOST:PORT".into())
            }
            (Some("https"), None) => {
                Err("expected the authority that the node's certificate is of".into())
            }
            (Some("https"), Some(authority)) => {
                let mut tls = ClientTlsConfig::new().ca_certificate(authority.clone());
                if let Some(identity) = &self.identity {
                    tls = tls.identity(identity.clone());
                }
                endpoint.tls_config(tls).map_err(|error| {
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    format!("certificates: {}", cause.unwrap_or(error.to_string()))
                })
            }
            _ => Err("expected http://HOST:PORT or https://HOST:PORT".into()),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("authority", &self.authority.is_some())
            .field("identity", &self.identity.is_some())
            .field("token", &self.token)
            .finish()
    }
}

/// Whether what is sent to this host stays on this machine.
fn is_local(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Adds the token to every call.
#[derive(Clone)]
pub(super) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert(HEADER, token.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests;
