//! The programs that act on L1, with a DA network that does as it is told.

use crate::world::{World, setup, who};
use commitments::Setup;
use light_node::core::Verdict;
use settlement::batch::CertifiedRows;
use settlement::client::Account;
use settlement::outbox::{Outbox, Policy};
use settlement::responder::{Identity, Responder, ResponderConfig, Rows};
use settlement::state::Reader;
use settlement::watcher::{Limits, Samples, SamplingConfig, Watcher, WatcherConfig};
use settlement::{BlobRow, Result};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use types::{BlobId, BlobMeta, Cell, ColumnIndex, Proof, Row, RowIndex};

/// What the DA network would give: everything but what is withheld.
#[derive(Clone, Default)]
pub(crate) struct Network(Arc<Mutex<BTreeSet<(BlobId, BlobRow)>>>);

impl Network {
    pub(crate) fn withhold(&self, blob: BlobId, row: u16) {
        self.0.lock().unwrap().insert((blob, BlobRow::new(row)));
    }
}

impl Samples for Network {
    async fn sample(
        &self,
        blob: BlobId,
        _: Option<BlobMeta>,
        rows: &[BlobRow],
        _: &SamplingConfig,
    ) -> Result<Vec<(BlobRow, Verdict)>> {
        let withheld = self.0.lock().unwrap();
        let verdict = |row: &BlobRow| match withheld.contains(&(blob, *row)) {
            true => Verdict::Unavailable,
            false => Verdict::Available,
        };
        Ok(rows.iter().map(|row| (*row, verdict(row))).collect())
    }
}

/// A store with these blobs, of which only cells are given if so asked.
pub(crate) struct Store {
    pub(crate) blobs: Vec<CertifiedRows>,
    pub(crate) only_cells: bool,
    pub(crate) setup: &'static Setup,
}

impl Rows for Store {
    async fn rows(&self, meta: &BlobMeta) -> Result<Option<Vec<Row>>> {
        let found = self.blobs.iter().find(|blob| blob.meta == *meta);
        Ok(found
            .filter(|_| !self.only_cells)
            .map(|blob| blob.rows.clone()))
    }

    async fn cell(
        &self,
        meta: &BlobMeta,
        row: RowIndex,
        column: ColumnIndex,
    ) -> Result<Option<(Cell, Proof)>> {
        let Some(blob) = self.blobs.iter().find(|blob| blob.meta == *meta) else {
            return Ok(None);
        };
        let extended = self.setup.extend_with_proofs(&blob.rows[row.as_usize()])?;
        let (cell, proof) = extended.cell(column);
        Ok(Some((cell.clone(), *proof)))
    }
}

pub(crate) fn at_once() -> Policy {
    Policy {
        confirmations: 0,
        ..Policy::default()
    }
}

/// A watcher that asks so many validators for cells of a row.
pub(crate) fn watcher(world: &World, network: &Network, max_cells: u32) -> Watcher<Network> {
    let account = world.account(who::WATCHER);
    let config = WatcherConfig {
        limits: Limits {
            rounds_in_vain: 1,
            max_cells,
            ..Limits::default()
        },
        sampling: SamplingConfig {
            pause: 60,
            pause_afterwards: 60,
            ..SamplingConfig::default()
        },
        policy: at_once(),
    };
    Watcher::new(
        reader(world, &account),
        outbox(world, "watcher", &account),
        network.clone(),
        None,
        config,
    )
    .unwrap()
    .knowing(world.set.clone())
}

pub(crate) fn responder(
    world: &World,
    account: &Account,
    identity: Identity,
    store: Store,
) -> Responder<Store> {
    let config = ResponderConfig {
        policy: at_once(),
        ..ResponderConfig::default()
    };
    let name = format!("responder-{}", account.address());
    Responder::new(
        reader(world, account),
        outbox(world, &name, account),
        store,
        None,
        setup(),
        identity,
        config,
    )
    .knowing(world.set.clone())
}

pub(crate) fn reader(world: &World, account: &Account) -> Reader {
    let deployment = world.deployment.clone();
    Reader::new(world.client.clone(), deployment, account.address()).unwrap()
}

pub(crate) fn outbox(world: &World, name: &str, account: &Account) -> Outbox {
    let file = world.folder.path().join(name);
    let signer = account.signer().clone();
    Outbox::open(&file, world.client.clone(), signer, at_once()).unwrap()
}

pub(crate) fn has(blobs: &[&CertifiedRows]) -> Store {
    Store {
        blobs: blobs.iter().map(|blob| (*blob).clone()).collect(),
        only_cells: false,
        setup: setup(),
    }
}

pub(crate) fn operator_of(world: &World) -> Identity {
    Identity {
        operator: Some(world.account(who::OPERATOR).address()),
        ..Identity::default()
    }
}
