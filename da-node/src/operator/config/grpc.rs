//! `[grpc]` and `[metrics]`: the door to clients and to those who look on.

use super::{check_bounds, check_count};
use crate::grpc::{Client, Door, MAX_CLIENT_NAME_BYTES, MAX_CLIENTS, Quotas, Tls, TokenHash};
use crate::operator::{Error, Result, files};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Most bytes of a file with certificates or a key.
const MAX_PEM_BYTES: usize = 64 << 10;

/// Clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Grpc {
    /// Where to serve the API.
    pub listen: SocketAddr,
    /// The node's certificate.
    pub tls_certificate: Option<PathBuf>,
    /// Its key.
    pub tls_key: Option<PathBuf>,
    /// The authority whose certificates clients have to show.
    pub tls_client_ca: Option<PathBuf>,
    /// Whether to serve other machines in the clear.
    pub insecure: bool,
    /// Whether reads need no token.
    pub open_reads: bool,
    /// Who may submit.
    pub clients: Vec<ClientEntry>,
    /// Connections at a time.
    pub connections: usize,
    /// Those of one address.
    pub connections_per_address: usize,
    /// How long a connection may take over its handshakes.
    pub handshake_deadline_ms: u64,
    /// How long it may take to make its first call.
    pub first_call_deadline_ms: u64,
}

/// A client, as `da-node token new` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientEntry {
    /// Its name in logs and metrics.
    pub name: String,
    /// The SHA-256 hash of its token.
    pub token_sha256: TokenHash,
    /// Bytes of payload per second, in the long run.
    pub bytes_per_second: u64,
    /// Bytes of payload per day of UTC.
    pub bytes_per_day: u64,
    /// Blobs between their first byte and their certificate.
    pub blobs_in_flight: usize,
}

/// Those who look on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsPort {
    /// Where to serve `/metrics`, if anywhere.
    pub listen: Option<SocketAddr>,
}

impl Default for Grpc {
    fn default() -> Self {
        let door = Door::default();
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            listen: (Ipv4Addr::LOCALHOST, crate::operator::GRPC_PORT).into(),
            tls_certificate: None,
            tls_key: None,
            tls_client_ca: None,
            insecure: false,
            open_reads: door.open_reads,
            clients: Vec::new(),
            connections: door.connections,
            connections_per_address: door.connections_per_address,
            handshake_deadline_ms: ms(door.handshake_deadline),
            first_call_deadline_ms: ms(door.first_call_deadline),
        }
    }
}

impl ClientEntry {
    /// Checks its name and its numbers.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], [`Error::Address`] for a name with other characters than a
    /// metric's label should have.
    pub fn check(&self) -> Result<()> {
        let name = &self.name;
        let what = "bytes of a client's name";
        check_count(what, name.len(), 1, MAX_CLIENT_NAME_BYTES)?;
        let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        if !name.bytes().all(plain) {
            return Err(Error::Address {
                what: "a client's name",
                got: name.clone(),
                expected: "letters, digits, '-', '_' and '.'",
            });
        }
        // TOML knows no larger numbers.
        let most = i64::MAX.unsigned_abs();
        check_bounds("bytes_per_second", self.bytes_per_second, 1, most)?;
        check_bounds("bytes_per_day", self.bytes_per_day, 1, most)?;
        check_count("blobs_in_flight", self.blobs_in_flight, 1, 1024)
    }

    /// Its line in the configuration's list of clients.
    ///
    /// # Errors
    /// [`Error::System`], which no entry that was checked causes.
    pub fn line(&self) -> Result<String> {
        let value = toml::Value::try_from(self).map_err(|error| Error::System {
            what: "a client as TOML",
            reason: error.to_string(),
        })?;
        Ok(format!("{value},"))
    }

    fn client(&self) -> Client {
        Client {
            name: self.name.clone(),
            token: self.token_sha256,
            quotas: Quotas {
                bytes_per_second: self.bytes_per_second,
                bytes_per_day: self.bytes_per_day,
                blobs_in_flight: self.blobs_in_flight,
            },
        }
    }
}

impl Grpc {
    /// The files that it names.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [
            &mut self.tls_certificate,
            &mut self.tls_key,
            &mut self.tls_client_ca,
        ]
        .into_iter()
        .flatten()
    }

    pub(super) fn check(&self) -> Result<()> {
        check_count("grpc.connections", self.connections, 1, 65_536)?;
        let per_address = self.connections_per_address;
        check_count("grpc.connections_per_address", per_address, 1, 65_536)?;
        let (handshake, call) = (self.handshake_deadline_ms, self.first_call_deadline_ms);
        check_bounds("grpc.handshake_deadline_ms", handshake, 10, 600_000)?;
        check_bounds("grpc.first_call_deadline_ms", call, 10, 600_000)?;
        self.check_security()?;
        self.check_clients()
    }

    fn check_security(&self) -> Result<()> {
        let secured = self.tls_certificate.is_some();
        if secured != self.tls_key.is_some() {
            return Err(together("grpc.tls_certificate", "with grpc.tls_key"));
        }
        if self.tls_client_ca.is_some() && !secured {
            return Err(together("grpc.tls_client_ca", "with grpc.tls_certificate"));
        }
        if !secured && !self.insecure && !self.listen.ip().is_loopback() {
            return Err(Error::Address {
                what: "grpc.listen",
                got: self.listen.to_string(),
                expected: "a loopback address, or tls_certificate and tls_key, or insecure = true",
            });
        }
        Ok(())
    }

    fn check_clients(&self) -> Result<()> {
        let clients = &self.clients;
        check_count("clients of grpc.clients", clients.len(), 0, MAX_CLIENTS)?;
        let (mut names, mut tokens) = (HashSet::new(), HashSet::new());
        for client in clients {
            client.check()?;
            if !names.insert(&client.name) {
                return Err(Error::Twice {
                    what: "grpc.clients",
                    got: format!("client {}", client.name),
                });
            }
            if !tokens.insert(client.token_sha256.to_string()) {
                return Err(Error::Twice {
                    what: "grpc.clients",
                    got: format!("the token of client {}", client.name),
                });
            }
        }
        if !self.open_reads && clients.is_empty() {
            return Err(together("grpc.open_reads = false", "with grpc.clients"));
        }
        Ok(())
    }

    /// The door that this describes, with its certificates read.
    pub(super) fn door(&self) -> Result<Door> {
        let tls = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls {
                chain: files::read(certificate, MAX_PEM_BYTES)?,
                key: files::read_secret(key, MAX_PEM_BYTES)?,
                client_authority: match &self.tls_client_ca {
                    Some(authority) => Some(files::read(authority, MAX_PEM_BYTES)?),
                    None => None,
                },
            }),
            _ => None,
        };
        Ok(Door {
            tls,
            clients: self.clients.iter().map(ClientEntry::client).collect(),
            open_reads: self.open_reads,
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            handshake_deadline: Duration::from_millis(self.handshake_deadline_ms),
            first_call_deadline: Duration::from_millis(self.first_call_deadline_ms),
            ..Door::default()
        })
    }
}

impl MetricsPort {
    pub(super) fn check(&self) -> Result<()> {
        match self.listen {
            Some(listen) if !listen.ip().is_loopback() => Err(Error::Address {
                what: "metrics.listen",
                got: listen.to_string(),
                expected: "a loopback address: nobody is asked for a token there",
            }),
            _ => Ok(()),
        }
    }
}

fn together(what: &'static str, expected: &'static str) -> Error {
    Error::Address {
        what,
        got: "it alone".into(),
        expected,
    }
}

#[cfg(test)]
mod tests;
