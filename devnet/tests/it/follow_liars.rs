//! A follower whose only peer lies: it believes nothing, and goes on once somebody honest comes.

use crate::network::{bytes, caught_up, client, config, patiently, post_final, start};
use chain::{UnverifiedBlock, UnverifiedFinality};
use devnet::{Devnet, DevnetConfig, Newcomer};
use net::{Event, Identity, NetConfig, NetLimits, Network, Request, Response, Role};
use net::{RowCell, RowCells};
use std::sync::Arc;
use tokio::sync::watch;
use types::{BlobId, BlobMeta, ColumnIndex, Coordinates, GridRow, Height, RowIndex, Timestamp};

/// What an honest node would say.
#[derive(Clone)]
struct Truth {
    blocks: Vec<(UnverifiedBlock, UnverifiedFinality)>,
    meta: BlobMeta,
    rows: Vec<RowCells>,
}

impl Truth {
    /// A blob alone in its block, so that the block's rows are the blob's.
    async fn of(devnet: &Devnet, blob: BlobId, height: Height) -> Self {
        Self::of_node(devnet, 0, blob, height).await
    }

    async fn of_node(devnet: &Devnet, node: usize, blob: BlobId, height: Height) -> Self {
        let node = &devnet.nodes()[node];
        let stored = |height| node.block(Height::new(height)).unwrap().unwrap();
        let blocks = (1..=height.get()).map(|height| {
            let stored = stored(height);
            (stored.block, stored.finality)
        });
        let meta = node.blob(blob).await.unwrap().meta;
        let mut rows = Vec::new();
        for row in (0..u64::from(meta.rows())).map(|row| RowIndex::new(row).unwrap()) {
            let mut cells = Vec::new();
            for half in [0..64, 64..128] {
                let coordinates = half.map(|column| Coordinates {
                    row: GridRow::Data(row),
                    column: ColumnIndex::new(column).unwrap(),
                });
                let got = node.samples(height, coordinates.collect()).await;
                cells.extend(got.unwrap().unwrap().into_iter().map(|cell| RowCell {
                    column: cell.at.column,
                    cell: cell.cell,
                    proof: cell.proof,
                }));
            }
            rows.push(RowCells { row, cells });
        }
        Self {
            blocks: blocks.collect(),
            meta,
            rows,
        }
    }

    fn answer(&self, request: &Request) -> Response {
        match request {
            Request::Blocks { from, count } => {
                let skipped = usize::try_from(from.get().saturating_sub(1)).unwrap();
                let blocks = self.blocks.iter().skip(skipped).take((*count).into());
                match blocks.cloned().collect::<Vec<_>>() {
                    none if none.is_empty() => Response::NotFound,
                    blocks => Response::Blocks(blocks),
                }
            }
            Request::BlobMeta { .. } => Response::BlobMeta(self.meta.clone()),
            Request::BlobCells {
                first,
                count,
                columns,
                ..
            } => {
                let asked = first.get()..first.get() + count;
                let rows = self
                    .rows
                    .iter()
                    .filter(|row| asked.contains(&row.row.get()));
                let rows = rows.map(|row| RowCells {
                    row: row.row,
                    cells: row
                        .cells
                        .iter()
                        .filter(|cell| columns.contains(cell.column))
                        .cloned()
                        .collect(),
                });
                Response::BlobCells(rows.collect())
            }
            _ => Response::NotFound,
        }
    }
}

type Lie = Arc<dyn Fn(&Truth, &Request) -> Response + Send + Sync>;

/// A peer that answers as it likes; counts what it was asked of the kind that it lies about.
async fn liar(devnet: &Devnet, truth: Truth, lie: Lie) -> (Network, watch::Receiver<usize>) {
    let config = NetConfig {
        chain_id: devnet.genesis().chain_id(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
        bootstrap: Vec::new(),
        role: Role::Full,
        limits: NetLimits::default(),
    };
    let identity = Identity::generate(&mut rand::rng());
    let (network, mut events) = Network::start(identity, config, None).await.unwrap();
    let (asked, count) = watch::channel(0);
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if let Event::Request { request, reply, .. } = event {
                reply.send(lie(&truth, &request));
                if matches!(request, Request::Blocks { .. } | Request::BlobCells { .. }) {
                    asked.send_modify(|asked| *asked += 1);
                }
            }
        }
    });
    (network, count)
}

/// Starts a follower that knows the liar alone, lets it be lied to, then lets somebody honest
/// find it. Says how far it was while it had nobody else.
async fn lied_to(lie: Lie) -> (Height, Height) {
    let mut devnet = start(DevnetConfig {
        validators: 1,
        ..config(0)
    })
    .await;
    let (blob, height) = post_final(&devnet, 0, &bytes(9)).await;
    let truth = Truth::of(&devnet, blob, height).await;
    let (liar, mut asked) = liar(&devnet, truth, lie).await;

    let alone = devnet.join_by(Newcomer::Full, liar.listen_addrs());
    let follower = patiently(alone).await.unwrap();
    patiently(asked.wait_for(|asked| *asked >= 1))
        .await
        .unwrap();
    // Banned, or asked in vain again and again.
    let peer = liar.local_peer();
    let seen_through = async {
        loop {
            let peers = devnet.nodes()[follower].peers();
            if peers.iter().all(|known| known.peer != peer) || *asked.borrow() >= 4 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    patiently(seen_through).await;
    let believed = *devnet.nodes()[follower].tip().borrow();

    patiently(devnet.join(Newcomer::Full)).await.unwrap();
    caught_up(&devnet, follower, height).await;
    for height in (1..=height.get()).map(Height::new) {
        let header = |node: usize| devnet.nodes()[node].block(height).unwrap().unwrap();
        assert_eq!(header(follower).block, header(0).block);
    }
    let client = client(&devnet, follower).await;
    let fetched = patiently(client.fetch(blob)).await.unwrap();
    assert_eq!(fetched.payload, bytes(9));
    patiently(devnet.stop()).await;
    liar.shutdown().await;
    (believed, height)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_nobody_made_final() {
    let believed = lied_to(Arc::new(|truth, request| {
        let mut truth = truth.clone();
        let time = &mut truth.blocks[0].0.header.time;
        *time = Timestamp::new(time.get() + 1);
        truth.answer(request)
    }));
    assert_eq!(believed.await.0, Height::GENESIS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finality_certificate_of_another_height() {
    let believed = lied_to(Arc::new(|truth, request| {
        let mut truth = truth.clone();
        let other = truth.blocks.last().unwrap().1.clone();
        truth.blocks[0].1 = other;
        if truth.blocks.len() == 1 {
            truth.blocks[0].1.header = types::HeaderHash::new([1; 32]);
        }
        truth.answer(request)
    }));
    assert_eq!(believed.await.0, Height::GENESIS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_its_header_does_not_commit_to() {
    let believed = lied_to(Arc::new(|truth, request| {
        let mut truth = truth.clone();
        for (block, _) in &mut truth.blocks {
            block.references.clear();
        }
        truth.answer(request)
    }));
    // What comes before the blob's block may be empty, and true.
    let (believed, blob_at) = believed.await;
    assert!(
        believed < blob_at,
        "{believed}, and the blob is at {blob_at}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap() {
    let believed = lied_to(Arc::new(|truth, request| match request {
        Request::Blocks { from, count } => {
            let later = Request::Blocks {
                from: from.next().unwrap(),
                count: *count,
            };
            match truth.answer(&later) {
                Response::NotFound => Response::Blocks(vec![truth.blocks[0].clone(); 2]),
                later => later,
            }
        }
        _ => Response::NotFound,
    }));
    assert_eq!(believed.await.0, Height::GENESIS);
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_of_another_row() {
    lied_to(Arc::new(|truth, request| {
        let mut truth = truth.clone();
        let (first, second) = (truth.rows[0].cells.clone(), truth.rows[1].cells.clone());
        truth.rows[0].cells = second;
        truth.rows[1].cells = first;
        truth.answer(request)
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_gives_is_rebuilt_from_half_of_the_columns() {
    let mut devnet = start(DevnetConfig {
        validators: 1,
        ..config(0)
    })
    .await;
    let (blob, height) = post_final(&devnet, 0, &bytes(5)).await;
    let truth = Truth::of(&devnet, blob, height).await;
    let odd = |truth: &Truth, request: &Request| {
        let mut truth = truth.clone();
        for row in &mut truth.rows {
            row.cells.retain(|cell| cell.column.get() % 2 == 1);
        }
        truth.answer(request)
    };
    let expected = truth.rows.clone();
    let (source, _) = liar(&devnet, truth, Arc::new(odd)).await;
    let alone = devnet.join_by(Newcomer::Full, source.listen_addrs());
    let follower = patiently(alone).await.unwrap();
    caught_up(&devnet, follower, height).await;
    let rebuilt = Truth::of_node(&devnet, follower, blob, height).await.rows;
    assert_eq!(rebuilt, expected, "cells and proofs");
    patiently(devnet.stop()).await;
    source.shutdown().await;
}
