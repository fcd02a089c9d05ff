//! What a light node answers: only what it has verified, and only by looking it up.

use crate::client::Shared;
use net::{HeldRow, MAX_HEADERS, Request, Response};
use types::Height;

impl Shared {
    /// Answers a peer's request. How much a peer may ask is the network's to bound.
    pub(crate) fn serve(&self, request: &Request) -> Response {
        let found = match request {
            Request::Genesis => {
                let genesis = self.help.genesis().clone();
                genesis.map(|bytes| Response::Genesis(bytes.into()))
            }
            Request::LatestHeader => {
                let trust = self.trust();
                let latest = trust.as_ref().and_then(|trust| trust.latest());
                latest.map(|header| Response::LatestHeader(header.to_unverified()))
            }
            Request::Headers { from, count } => self.headers(*from, usize::from(*count)),
            Request::ValidatorSet { hash } => {
                let trust = self.trust();
                let set = trust.as_ref().and_then(|trust| trust.set(hash));
                set.cloned().map(Response::ValidatorSet)
            }
            Request::Commitments { height } => {
                let held = self.help.held();
                let grid = held.grid(*height);
                grid.map(|grid| Response::Commitments(grid.commitments().to_vec()))
            }
            Request::Samples {
                height,
                coordinates,
            } => self
                .help
                .held()
                .give(*height, coordinates)
                .map(Response::Samples),
            Request::Holdings { height } => self.help.held().set(*height).map(|set| {
                let row = |(row, columns)| HeldRow {
                    row,
                    columns: chain::ColumnSet::from_bits(columns),
                };
                Response::Holdings(set.by_row().map(row).collect())
            }),
            // What only full nodes have, or do.
            Request::BlobMeta { .. }
            | Request::BlobCells { .. }
            | Request::Disperse(_)
            | Request::Receipt { .. }
            | Request::Certificates
            | Request::Blocks { .. }
            | Request::Peers
            | Request::Contact
            | Request::Approvals => None,
        };
        found.unwrap_or(Response::NotFound)
    }

    /// The headers that are remembered, from a height on, up to the first that is not.
    fn headers(&self, from: Height, count: usize) -> Option<Response> {
        let (trust, held) = (self.trust(), self.help.held());
        let heights = std::iter::successors(Some(from), |height| height.next());
        let headers: Vec<_> = heights
            .take(count.min(MAX_HEADERS))
            .map_while(|height| {
                let trusted = trust.as_ref().and_then(|trust| trust.header(height));
                trusted.or_else(|| held.header(height))
            })
            .map(chain::FinalHeader::to_unverified)
            .collect();
        (!headers.is_empty()).then_some(Response::Headers(headers))
    }
}
