//! A page on loopback that shows a rollup: its batches with their certificates and proofs, its
//! trees, challenges, bonds and queues.
//!
//! ```text
//! follower ─┐
//! operators ┼─Watch→ overview.json ─┐
//! L1       ─┘                       ├→ the page
//! whoever is asked for a detail ────┘
//! ```
//!
//! | path | what |
//! |---|---|
//! | `/` | the page, with its style, scripts and picture beside it |
//! | `/overview.json` | how the sources are, trees, newest batches, queues, bonds, challenges |
//! | `/batches/N.json` | 50 batches before batch N, newest first |
//! | `/batch/N.json` | a batch with what its transaction said |
//! | `/account/TREE/N.json` | an account with its path, held against L1's root |
//!
//! It reads and changes nothing. Sources that are silent are named, and what they said last stays.
//! While nobody looks at the page, nobody is asked. Amounts are decimal text in a token's smallest
//! unit, times are Unix seconds, scalars and hashes begin with 0x.

mod answers;
mod ask;
mod assets;
mod follower;
mod http;
mod l1;
mod operators;
mod path;
mod report;
mod routes;
mod units;
mod watch;

use crate::{Error, Result};
use ask::Rpc;
use http::Limits;
use settlement::deploy::Deployment;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use watch::Watch;

/// Most operators that are asked.
pub const OPERATORS: usize = 16;

/// Whom an explorer asks.
#[derive(Debug, Clone)]
pub struct Sources {
    /// A follower's JSON-RPC, `http://HOST:PORT`.
    pub follower: String,
    /// The JSON-RPC of operators, at most [`OPERATORS`].
    pub operators: Vec<String>,
    /// L1's JSON-RPC.
    pub l1: String,
    /// Where the rollup stands.
    pub deployment: Arc<Deployment>,
}

/// A page that is served. Dropping it ends it.
#[derive(Debug)]
pub struct Explorer {
    address: SocketAddr,
    tasks: JoinSet<()>,
}

impl Explorer {
    /// Serves at an address of this machine's loopback; port 0 takes a free one. The sources need
    /// not be there yet.
    ///
    /// # Errors
    /// [`Error::NotLoopback`] for an address that others can reach, [`Error::Source`] for what is
    /// no URL or too many of them, [`Error::Listen`] when the address cannot be had.
    pub async fn start(sources: Sources, listen: SocketAddr) -> Result<Self> {
        if !listen.ip().is_loopback() {
            return Err(Error::NotLoopback { got: listen });
        }
        if sources.operators.len() > OPERATORS {
            return Err(Error::Source {
                what: "operators",
                got: sources.operators.len().to_string(),
                expected: "at most 16",
            });
        }
        let follower = Rpc::new("follower", &sources.follower)?;
        let operators = sources.operators.iter();
        let operators = operators.map(|url| Rpc::new("operator", url));
        let operators = operators.collect::<Result<Vec<_>>>()?;
        let l1 = l1::Chain::new(&sources.l1, sources.deployment)?;
        let refused = |error: std::io::Error| Error::Listen {
            at: listen,
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let watch = Arc::new(Watch::new(follower, operators, l1));
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&watch).run());
        tasks.spawn(http::serve(listener, address, watch, Limits::DEFAULT));
        Ok(Self { address, tasks })
    }

    /// Where the page is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, with all that it was doing.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}
