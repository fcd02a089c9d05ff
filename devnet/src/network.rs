//! What a round and the screen need of a network, wherever its nodes run.

use crate::{Endpoints, Error, Result};
use chain::CheckedGenesis;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use light_node::BlockVerdict;
use types::{Header, Height};

/// One light node being listened to: given a height, its verdict on that block, and how often it
/// sampled it. Whoever calls it bounds how long it may take.
pub type Listening<'a> =
    Box<dyn FnOnce(Height) -> BoxFuture<'a, Result<(BlockVerdict, u32)>> + Send + 'a>;

/// A final block, as it is shown.
#[derive(Debug, Clone)]
pub struct BlockSeen {
    /// Its header.
    pub header: Header,
    /// Its blobs, where they are known.
    pub blobs: Option<usize>,
}

/// A running network.
pub trait Network: Send + Sync {
    /// The chain.
    fn genesis(&self) -> &CheckedGenesis;

    /// Where its nodes are reached.
    fn endpoints(&self) -> &Endpoints;

    /// How many light nodes it has.
    fn light_nodes(&self) -> usize;

    /// Listens to every light node from now on.
    fn listen(&self) -> Vec<Listening<'_>>;

    /// Every final block after this height, as they come.
    fn blocks(&self, after: Height) -> BoxStream<'_, Result<BlockSeen>>;

    /// Resolves when a part of the network ended by itself.
    fn failed(&self) -> BoxFuture<'_, Error>;

    /// Stops every node and waits for them.
    fn stop(self) -> impl Future<Output = ()> + Send;
}
