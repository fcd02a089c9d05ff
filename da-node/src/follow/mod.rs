//! Following the chain over `net`: a node that is no validator takes every height as a header, a
//! finality certificate and a body, verifies all of it, gets its cells and keeps them.
//!
//! ```text
//! sources ─blocks─→ verify (chain, set, certificates) ─→ cells ─→ store, tip ─→ the next
//! ```
//!
//! No peer is believed: whoever gives what does not verify is banned, whoever is late or has
//! nothing is passed over, and the next one is asked. What was stored is where a restart goes on.
//! A height counts as followed when its block is synced; while the node is at the tip, its cells
//! come first, if they come in a moment. What does not is pulled by and by, as in a validator.

mod progress;
mod sources;

use crate::app::App;
use crate::consensus::Judgement;
use crate::custody::{self, Effort};
use crate::state::State;
use crate::work::Work;
use crate::{Error, Result};
use chain::{FinalHeader, UnverifiedBlock, UnverifiedFinality, UnverifiedHeader};
use futures::StreamExt;
use progress::Progress;
use sources::{Batch, Sources};
use std::sync::Arc;
use std::time::Duration;

/// How often peers are asked for the next block while nobody announces one.
const POLL: Duration = Duration::from_secs(1);
/// How long a block at the tip waits for its cells.
const CELLS_FIRST: Duration = Duration::from_secs(3);
/// Blobs of one block pulled at a time.
const BLOBS_AT_A_TIME: usize = 4;
/// Blobs whose cells may be outstanding while more blocks are taken.
const BLOBS_BEHIND: usize = 32;

/// Follows until this node's key is in the set of the next height, or the node stops.
pub(crate) async fn follow(state: &Arc<State>) {
    tokio::select! {
        () = state.stop.cancelled() => {}
        () = follow_on(state) => {}
    }
}

async fn follow_on(state: &Arc<State>) {
    let app = App(Arc::clone(state));
    let mut sources = Sources::default();
    let mut progress = Progress::new(*state.tip.borrow());
    let mut ahead: Option<Batch> = None;
    let mut seen = state.seen.subscribe();
    while !state.is_member() {
        let Some(next) = state.tip.borrow().next() else {
            return;
        };
        seen.mark_unchanged();
        let batch = match ahead.take().filter(|batch| batch.first() == Some(next)) {
            Some(batch) => Some(batch),
            None => sources.blocks(state, next).await,
        };
        let Some(batch) = batch else {
            let _ = tokio::time::timeout(POLL, seen.changed()).await;
            continue;
        };
        // The next blocks come while these are verified.
        let more = async {
            match batch.after() {
                Some(after) if batch.is_full() => sources.blocks(state, after).await,
                _ => None,
            }
        };
        let (taken, more) = tokio::join!(take(&app, &batch, &mut progress), more);
        match taken {
            Ok(()) => ahead = more,
            Err(error) if error.is_peer_fault() => {
                tracing::warn!(peer = %batch.peer(), %error, "false block");
                sources.refuse(state, batch.peer());
            }
            Err(error) => {
                tracing::error!(%error, "the chain cannot be followed");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Verifies and stores blocks, one after the other; stops before the first height that this
/// node is to decide itself.
async fn take(app: &App, batch: &Batch, progress: &mut Progress) -> Result<()> {
    let state = &app.0;
    let count = batch.blocks().len();
    for (place, (block, finality)) in batch.blocks().iter().enumerate() {
        let (judge, unverified) = (app.clone(), (block.clone(), finality.clone()));
        let header = state
            .compute_as(Work::Order, move || {
                verify(&judge, &unverified.0, unverified.1)
            })
            .await??;
        if !batch.is_full() && place + 1 == count {
            let cells = get_cells(app, block);
            let _ = tokio::time::timeout(CELLS_FIRST, cells).await;
        } else {
            state.wanted.has_room(BLOBS_BEHIND).await;
        }
        app.store_block(block.clone(), header.certificate().clone(), None)
            .await?;
        progress.reached(header.header().height, *state.horizon.borrow());
        if state.is_member() {
            break;
        }
    }
    Ok(())
}

/// Checks a block that a peer says is final: made final by the set of its height, linked to the
/// block before, and with the body that its header commits to.
fn verify(app: &App, block: &UnverifiedBlock, finality: UnverifiedFinality) -> Result<FinalHeader> {
    let state = &app.0;
    let header = UnverifiedHeader {
        header: block.header,
        finality,
    };
    let header = header.verify(&state.chain_id(), &state.validators())?;
    state.check_pinned(header.header().height, header.hash())?;
    match app.check_decided(block)? {
        Judgement::Valid => Ok(header),
        Judgement::Invalid(reason) => Err(Error::FalseBlock {
            height: block.header.height,
            reason,
        }),
        Judgement::NotYet => Err(Error::UnknownHeight {
            got: block.header.height,
            last: *state.tip.borrow(),
        }),
    }
}

/// Gets what this node is to keep of a block.
async fn get_cells(app: &App, block: &UnverifiedBlock) {
    let lacking = match app.lacking(block) {
        Ok(lacking) => lacking,
        Err(error) => return tracing::error!(%error, "store"),
    };
    futures::stream::iter(lacking)
        .for_each_concurrent(BLOBS_AT_A_TIME, |(blob, columns)| async move {
            if let Err(error) = custody::pull(&app.0, blob, columns, Effort::Near).await {
                tracing::debug!(%blob, %error, "cells come later");
            }
        })
        .await;
}
