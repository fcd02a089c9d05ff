//! Who calls, and whether that one may.

use super::ledger::ClientIndex;
use super::{Client, Token, TokenHash};
use crate::{Error, Result};
use std::net::SocketAddr;
use subtle::{ConditionallySelectable, ConstantTimeEq};
use tonic::codegen::http::HeaderMap;
use tonic::codegen::http::header::{AUTHORIZATION, FORWARDED};

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Whether the node lives, and what it speaks: everybody may ask.
    Open,
    /// What is stored.
    Read,
    /// What is to be stored.
    Submit,
    /// How the node fares: for its own machine alone.
    Admin,
}

/// Headers with which a proxy says for whom it calls.
const FORWARDED_FOR: [&str; 2] = ["x-forwarded-for", "x-real-ip"];
/// The scheme of a token (RFC 6750, section 2.1), in any case.
const SCHEME: &str = "bearer ";

/// The caller of a method, once it was let in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// Which client, when it showed a token.
    pub(crate) client: Option<ClientIndex>,
}

/// The one who looks at tokens.
pub(crate) struct Gate {
    hashes: Vec<TokenHash>,
    open_reads: bool,
}

impl Gate {
    pub(crate) fn new(clients: &[Client], open_reads: bool) -> Self {
        Self {
            hashes: clients.iter().map(|client| client.token).collect(),
            open_reads,
        }
    }

    /// Lets a caller in, or says why not.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] without a token where one is needed, and for one that nobody
    /// has; [`Error::Forbidden`] for what is answered on this machine alone.
    pub(super) fn admit(
        &self,
        access: Access,
        from: Option<SocketAddr>,
        headers: &HeaderMap,
    ) -> Result<Caller> {
        match access {
            Access::Open => return Ok(Caller { client: None }),
            Access::Admin => check_local(from, headers)?,
            Access::Read | Access::Submit => {}
        }
        // Without clients tokens have no meaning, and everybody may do everything.
        if self.hashes.is_empty() {
            return Ok(Caller { client: None });
        }
        let needed = match access {
            Access::Submit => true,
            Access::Read => !self.open_reads,
            Access::Open | Access::Admin => false,
        };
        let Some(token) = shown(headers)? else {
            return if needed {
                Err(Error::Unauthenticated { got: "no token" })
            } else {
                Ok(Caller { client: None })
            };
        };
        let client = self.find(&TokenHash::of(token));
        client
            .map(|client| Caller {
                client: Some(client),
            })
            .ok_or(Error::Unauthenticated {
                got: "a token that no client has",
            })
    }

    /// Compares with every client's, in a time that depends on their number alone.
    fn find(&self, shown: &TokenHash) -> Option<ClientIndex> {
        let mut found = u64::MAX;
        for (index, hash) in (0_u64..).zip(&self.hashes) {
            found.conditional_assign(&index, hash.is(shown));
        }
        if bool::from(found.ct_eq(&u64::MAX)) {
            return None;
        }
        usize::try_from(found).ok().map(ClientIndex)
    }
}

/// The token of a call, if it has one.
fn shown(headers: &HeaderMap) -> Result<Option<&[u8]>> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (all.next(), all.next());
    let Some(value) = first else { return Ok(None) };
    if second.is_some() {
        return Err(Error::Unauthenticated {
            got: "several authorizations",
        });
    }
    let bytes = value.as_bytes();
    let scheme = bytes.get(..SCHEME.len());
    let is_bearer = scheme.is_some_and(|text| text.eq_ignore_ascii_case(SCHEME.as_bytes()));
    let token = bytes.get(SCHEME.len()..).unwrap_or_default();
    if is_bearer && (1..=Token::MAX_BYTES).contains(&token.len()) {
        Ok(Some(token))
    } else {
        Err(Error::Unauthenticated {
            got: "an authorization that is no bearer token",
        })
    }
}

/// On this machine, and not a proxy on it that speaks for somebody else.
fn check_local(from: Option<SocketAddr>, headers: &HeaderMap) -> Result<()> {
    let local = from.is_some_and(|from| from.ip().to_canonical().is_loopback());
    let proxied = headers.contains_key(FORWARDED)
        || FORWARDED_FOR.iter().any(|name| headers.contains_key(*name));
    if local && !proxied {
        Ok(())
    } else {
        Err(Error::Forbidden {
            got: from.map_or_else(|| "an unknown address".into(), |from| from.ip().to_string()),
        })
    }
}

#[cfg(test)]
mod tests;
