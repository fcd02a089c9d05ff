//! Peers that claim what they do not hold, and give what is not the block's.

use crate::fixture::{Grid, grid, other_grid};
use crate::network::SharedChain;
use crate::repair_network::{FIRST, PATIENCE, newcomer, one_block, stranger, until};
use chain::ColumnSet;
use light_node::{Error, LightNode};
use net::{HeldRow, Multiaddr, Network, Request, Response};
use std::time::Duration;
use types::{Coordinates, GridRow, RowIndex};

/// Claims every cell of the block.
fn claims_everything(rows: u64) -> Response {
    let indices = || (0..rows).map(|i| RowIndex::new(i).unwrap());
    let all = indices()
        .map(GridRow::Data)
        .chain(indices().map(GridRow::Parity));
    Response::Holdings(
        all.map(|row| HeldRow {
            row,
            columns: ColumnSet::full(),
        })
        .collect(),
    )
}

/// The cells asked for, out of some grid.
fn cells_of(grid: &Grid, coordinates: &[Coordinates]) -> Response {
    Response::Samples(grid.cells(coordinates))
}

fn addrs(nets: &[Network]) -> Vec<Multiaddr> {
    nets.iter().flat_map(Network::listen_addrs).collect()
}

/// The node, among these peers, gets the block back all the same.
async fn survives(chain: &SharedChain, liars: Vec<Network>) -> (LightNode, Vec<Network>) {
    let honest = stranger(chain, honest(chain)).await;
    let mut all = addrs(std::slice::from_ref(&honest));
    all.extend(addrs(&liars));
    let node = newcomer(chain, all).await;
    let rebuilt = node.rebuild(FIRST, PATIENCE).await.unwrap();
    assert_eq!(rebuilt.rows(), grid().rows());
    (node, liars)
}

/// The answers of a light node that holds everything.
fn honest(chain: &SharedChain) -> impl FnMut(Request) -> Response + Send + use<> {
    let chain = SharedChain::clone(chain);
    move |request| match request {
        Request::Genesis => Response::Genesis(chain.lock().unwrap().genesis().encode().into()),
        Request::LatestHeader => {
            Response::LatestHeader(chain.lock().unwrap().header(1).to_unverified())
        }
        Request::Headers { from: FIRST, .. } => {
            Response::Headers(vec![chain.lock().unwrap().header(1).to_unverified()])
        }
        Request::Commitments { .. } => {
            Response::Commitments(grid().commitments().commitments().to_vec())
        }
        Request::Holdings { .. } => claims_everything(2),
        Request::Samples { coordinates, .. } => cells_of(grid(), &coordinates),
        _ => Response::NotFound,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_holdings_that_lie() {
    let chain = one_block();
    let liars = vec![
        // Claims, and gives nothing.
        stranger(&chain, |request| match request {
            Request::Holdings { .. } => claims_everything(2),
            Request::Samples { .. } => Response::Samples(Vec::new()),
            _ => Response::NotFound,
        })
        .await,
        // Claims rows that the block does not have.
        stranger(&chain, |request| match request {
            Request::Holdings { .. } => claims_everything(256),
            _ => Response::NotFound,
        })
        .await,
        // Claims, and is always busy.
        stranger(&chain, |request| match request {
            Request::Holdings { .. } => claims_everything(2),
            Request::Samples { .. } => Response::Busy {
                retry_after_ms: 60_000,
            },
            _ => Response::NotFound,
        })
        .await,
        // Says nothing but nonsense.
        stranger(&chain, |_| Response::Refused {
            reason: "no".to_owned(),
        })
        .await,
    ];
    survives(&chain, liars).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_cells_of_another_block_and_false_commitments_ban() {
    let chain = one_block();
    let of_another_block = |request| match request {
        Request::Holdings { .. } => claims_everything(2),
        Request::Samples { coordinates, .. } => cells_of(other_grid(), &coordinates),
        Request::Commitments { .. } => {
            Response::Commitments(other_grid().commitments().commitments().to_vec())
        }
        _ => Response::NotFound,
    };
    let liars = vec![
        stranger(&chain, of_another_block).await,
        stranger(&chain, of_another_block).await,
    ];
    let (_node, liars) = survives(&chain, liars).await;
    for liar in liars {
        until("liars are banned", || liar.connected_peers().is_empty()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_liars_alone_bring_nothing_back() {
    let chain = one_block();
    let mut answers = honest(&chain);
    let liar = stranger(&chain, move |request| match request {
        Request::Samples { coordinates, .. } => cells_of(other_grid(), &coordinates),
        other => answers(other),
    })
    .await;
    let node = newcomer(&chain, liar.listen_addrs()).await;
    let error = node
        .rebuild(FIRST, Duration::from_secs(3))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NotRebuilt { .. }), "{error}");
    assert_eq!(node.held().0, 0);
    until("it is banned", || liar.connected_peers().is_empty()).await;
}
