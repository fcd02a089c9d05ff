//! Getting from peers what they hold of one block.

use crate::client::Shared;
use crate::client::sampler::{SHORTEST_ASK, left, off_thread};
use crate::core::UnverifiedCommitments;
use crate::core::repair::{Claims, MAX_CLAIMANTS, Share};
use crate::{Error, Result};
use commitments::{CommitmentGrid, VerifiedCell};
use futures::future::join_all;
use net::{Offence, PeerId, Request, Response};
use tokio::time::Instant;
use types::{Header, Height, UnverifiedCell};

/// What came of asking for cells.
pub(super) struct Came {
    /// Those that were verified.
    pub(super) cells: Vec<VerifiedCell>,
    /// Whether somebody was too busy to say: it is worth asking again.
    pub(super) busy: bool,
}

/// A request to one peer, within the time that is left.
async fn ask(
    shared: &Shared,
    peer: PeerId,
    request: Request,
    deadline: Instant,
) -> Option<Response> {
    let timeout = shared.config.request_timeout.min(left(deadline));
    if timeout < SHORTEST_ASK {
        return None;
    }
    match shared.peers.net().request(peer, request, timeout).await {
        Ok(response) => Some(response),
        Err(error) => {
            tracing::debug!(%peer, %error, "asked in vain");
            None
        }
    }
}

/// The block's commitments from whoever has them, light nodes included.
pub(super) async fn commitments(
    shared: &Shared,
    header: &Header,
    deadline: Instant,
) -> Result<Option<CommitmentGrid>> {
    let mut rng = crate::client::sampler::own_randomness()?;
    for peer in shared.peers.sources(std::time::Instant::now(), &mut rng) {
        let request = Request::Commitments {
            height: header.height,
        };
        let Some(Response::Commitments(claimed)) = ask(shared, peer, request, deadline).await
        else {
            continue;
        };
        let (claimed, expected) = (UnverifiedCommitments::new(claimed), *header);
        match off_thread(move || claimed.verify(&expected)).await {
            Ok(grid) => return Ok(Some(grid)),
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(%peer, %error, "false commitments");
                shared.peers.net().ban(peer, &error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Asks light nodes what they hold of a block; of full nodes it is presumed. Returns how many
/// peers may have something.
pub(super) async fn holdings(
    shared: &Shared,
    header: &Header,
    claims: &mut Claims<PeerId>,
    deadline: Instant,
) -> usize {
    let height = header.height;
    let mut peers = shared.peers.net().connected_peers();
    // Light nodes first: they are the ones that say what they hold.
    peers.sort_by_key(|info| (info.is_full(), info.peer));
    peers.truncate(MAX_CLAIMANTS);
    let (full, light): (Vec<_>, Vec<_>) = peers.into_iter().partition(|info| info.is_full());
    for info in &full {
        claims.presume(info.peer);
    }
    let answers = join_all(light.into_iter().map(async |info| {
        let request = Request::Holdings { height };
        (info.peer, ask(shared, info.peer, request, deadline).await)
    }))
    .await;
    let mut claimants = full.len();
    for (peer, answer) in answers {
        let Some(Response::Holdings(rows)) = answer else {
            continue;
        };
        let rows = rows.into_iter();
        match claims.take(peer, rows.map(|row| (row.row, row.columns.to_bits()))) {
            Ok(()) => claimants += 1,
            Err(error) => {
                tracing::debug!(%peer, %error, "claims what is not in the block");
                shared.peers.net().report(peer, Offence::WrongAnswer);
            }
        }
    }
    claimants
}

/// Asks for shares of a line, all at once, and verifies what comes in one batch. Who does not
/// give what it claimed is believed less; who gives a false cell is banned.
pub(super) async fn cells(
    shared: &Shared,
    height: Height,
    grid: &CommitmentGrid,
    shares: Vec<Share<PeerId>>,
    claims: &mut Claims<PeerId>,
    deadline: Instant,
) -> Result<Came> {
    let answers = join_all(shares.into_iter().map(async |share| {
        let request = Request::Samples {
            height,
            coordinates: share.cells.clone(),
        };
        let answer = ask(shared, share.peer, request, deadline).await;
        (share, answer)
    }))
    .await;
    let mut busy = false;
    let mut came: Vec<(PeerId, UnverifiedCell)> = Vec::new();
    for (Share { peer, cells }, answer) in answers {
        match answer {
            Some(Response::Samples(given)) => {
                let lacks = |at: &&_| given.iter().all(|cell| cell.at != **at);
                let missing: Vec<_> = cells.iter().filter(lacks).copied().collect();
                if !missing.is_empty() {
                    claims.disappointed(peer, &missing);
                }
                if !given.is_empty() {
                    claims.gave(peer);
                }
                came.extend(given.into_iter().map(|cell| (peer, cell)));
            }
            Some(Response::Busy { retry_after_ms }) => {
                busy = true;
                claims.busy(peer);
                tracing::trace!(%peer, retry_after_ms, "busy");
            }
            _ => claims.disappointed(peer, &cells),
        }
    }
    let (givers, claimed): (Vec<_>, Vec<_>) = came
        .into_iter()
        .map(|(peer, cell)| ((cell.at, peer), cell))
        .unzip();
    let (verifier, commitments) = (shared.sampler.verifier, grid.clone());
    let judged = off_thread(move || {
        let judged = verifier.verify_or_blame(&commitments, claimed);
        judged.map_err(Error::Commitments)
    })
    .await?;
    for culprit in judged.culprits {
        let giver = givers.iter().find(|(at, _)| *at == culprit.cell.at);
        if let Some((at, peer)) = giver {
            tracing::warn!(%peer, %at, fault = %culprit.fault, "false cell");
            claims.disbelieve(*peer);
            shared.peers.net().report(*peer, Offence::BadProof);
            shared.peers.net().ban(*peer, &culprit.fault.to_string());
        }
    }
    let cells = judged.verified;
    Ok(Came { cells, busy })
}
