//! What is asked of peers while following: one request at a time.

use super::{Change, Done, Follower};
use crate::client::Shared;
use crate::client::anchor::fetch_set;
use crate::client::catch_up::find_change;
use crate::client::sampler::own_randomness;
use crate::core::{Search, Trust};
use crate::{Error, Result};
use net::{MAX_HEADERS, PeerId, Request, Response};
use std::sync::Arc;
use std::time::Instant;
use types::{Header, Height, SetHash};

impl Follower {
    /// Asks for what is missing and for the newest header, by turns: what nobody has must not
    /// stand in the way of what everybody has.
    pub(super) fn ask(&mut self) {
        let turn = self.missing_next;
        self.missing_next = !turn;
        if turn && self.backlog.missing().is_some() {
            self.ask_missing();
        } else {
            self.ask_latest();
        }
    }

    pub(super) fn ask_missing(&mut self) {
        if let Some((first, count)) = self.backlog.missing()
            && let Some(peer) = self.somebody()
        {
            self.spawn_headers(peer, first, count.min(MAX_HEADERS));
        }
    }

    pub(super) fn ask_latest(&mut self) {
        let Some(peer) = self.somebody() else { return };
        self.spawn_request(async move |shared| {
            let timeout = shared.config.request_timeout;
            let net = shared.peers.net();
            Ok(
                match net.request(peer, Request::LatestHeader, timeout).await? {
                    Response::LatestHeader(header) => Done::Headers(peer, vec![header]),
                    _ => Done::Nothing,
                },
            )
        });
    }

    /// A random peer, if there is anything to be asked yet.
    fn somebody(&self) -> Option<PeerId> {
        if self.asking || self.shared.trust().is_none() {
            return None;
        }
        let mut rng = own_randomness().ok()?;
        let peers = self.shared.peers.sources(Instant::now(), &mut rng);
        peers.first().copied()
    }

    pub(super) fn spawn_set(&mut self, peer: PeerId, hash: SetHash) {
        self.spawn_request(async move |shared| {
            Ok(Done::Set(peer, fetch_set(&shared, peer, hash).await?))
        });
    }

    /// Looks for the change of the set below a header that is by another. Nobody has verified
    /// that one: so it is not whoever sent it who leads the search, but anybody.
    pub(super) fn spawn_search(&mut self, ahead: &Header) {
        let begun = |trust: &Trust| Search::new(trust, ahead);
        let Some(search) = self.shared.trust().as_ref().map(begun) else {
            return;
        };
        let Some(peer) = self.somebody() else { return };
        let ahead = ahead.height;
        self.spawn_request(async move |shared| {
            let last = find_change(&shared, peer, search).await?;
            let change = last.map(|last| Box::new(Change { peer, last, ahead }));
            Ok(Done::Change(change))
        });
    }

    fn spawn_headers(&mut self, peer: PeerId, from: Height, count: usize) {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.spawn_request(async move |shared| {
            let timeout = shared.config.request_timeout;
            let request = Request::Headers { from, count };
            Ok(
                match shared.peers.net().request(peer, request, timeout).await? {
                    Response::Headers(headers) => Done::Headers(peer, headers),
                    _ => Done::Nothing,
                },
            )
        });
    }

    /// One request at a time; the network's failures wait for the next tick.
    fn spawn_request<F>(&mut self, request: impl FnOnce(Arc<Shared>) -> F)
    where
        F: Future<Output = Result<Done>> + Send + 'static,
    {
        if self.asking {
            return;
        }
        self.asking = true;
        let asked = request(Arc::clone(&self.shared));
        self.work.spawn(async move {
            match asked.await {
                Err(Error::Net(error)) => {
                    tracing::debug!(%error, "asked in vain");
                    Ok(Done::Nothing)
                }
                other => other,
            }
        });
    }
}
