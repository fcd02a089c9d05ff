//! Light nodes that help: over real libp2p, with real commitments.

use crate::fixture::{Grid, grid, other_grid};
use crate::network::{
    Chain, FullNode, Manner, SharedChain, config, full_nodes, light_node, shared,
};
use chain::ColumnSet;
use light_node::core::{Goal, SampleCount, Verdict};
use light_node::{Config, Error, LightNode};
use net::{
    Event, Identity, MAX_SAMPLES, Multiaddr, NetConfig, NetLimits, Network, Request, Response, Role,
};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::time::Duration;
use types::{BlobMeta, BlobMode, Coordinates, Height, PayloadLength};

pub(crate) const FIRST: Height = Height::FIRST;
/// Far more than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn one_block() -> SharedChain {
    let mut chain = Chain::new();
    chain.extend(Some(grid()));
    shared(chain)
}

/// A light node's configuration: so many samples, and others can reach it.
fn helper(chain: &SharedChain, full: &[FullNode], samples: u32) -> Config {
    let mut config = config(chain, full);
    config.goal = Goal::Samples(SampleCount::new(samples).unwrap());
    config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
    config
}

async fn sampled(node: &LightNode) {
    loop {
        let verdict = node.sample(FIRST).await.unwrap();
        if verdict.verdict == Verdict::Available {
            return;
        }
    }
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, waiting).await.is_ok(),
        "{what}"
    );
}

/// A node that trusts the genesis and knows these addresses, and nothing else.
pub(crate) async fn newcomer(chain: &SharedChain, addrs: Vec<Multiaddr>) -> LightNode {
    let checkpoint = chain.lock().unwrap().checkpoint();
    LightNode::start(Config::new(checkpoint, addrs))
        .await
        .unwrap()
}

fn every_cell() -> Vec<Coordinates> {
    let dimensions = grid().dimensions();
    (0..dimensions.cells())
        .map(|i| dimensions.cell(i).unwrap())
        .collect()
}

/// A peer that claims to be a light node, and answers what the test says.
pub(crate) async fn stranger(
    chain: &SharedChain,
    mut answer: impl FnMut(Request) -> Response + Send + 'static,
) -> Network {
    let mut rng = StdRng::try_from_rng(&mut SysRng).unwrap();
    let config = NetConfig {
        chain_id: chain.lock().unwrap().genesis().chain_id(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
        bootstrap: Vec::new(),
        role: Role::Light,
        limits: NetLimits::default(),
    };
    let (net, mut events) = Network::start(Identity::generate(&mut rng), config, None)
        .await
        .unwrap();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if let Event::Request { request, reply, .. } = event {
                reply.send(answer(request));
            }
        }
    });
    net
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_outlives_its_full_nodes() {
    let chain = one_block();
    let full = full_nodes(&chain, &[Manner::Honest]).await;
    // Four of 200 samples of 512 hold six cells of seven together.
    let mut light: Vec<LightNode> = Vec::new();
    for _ in 0..4 {
        let mut config = helper(&chain, &full, 200);
        config
            .bootstrap
            .extend(light.iter().flat_map(LightNode::listen_addrs));
        let node = LightNode::start(config).await.unwrap();
        sampled(&node).await;
        light.push(node);
    }
    for node in full {
        node.stop().await;
    }
    let known = light[3].listen_addrs();
    until("the full node is gone", || {
        light.iter().all(|node| node.status().peers == 0)
    })
    .await;

    // It finds the others through the one that it knows.
    let newcomer = newcomer(&chain, known).await;
    let rebuilt = newcomer.rebuild(FIRST, PATIENCE).await.unwrap();
    assert_eq!(rebuilt.rows(), grid().rows());
    assert_eq!(rebuilt.header(), chain.lock().unwrap().header(1));
    let figures = rebuilt.figures();
    assert!(figures.columns_rebuilt >= 32, "{figures:?}");
    assert!(figures.cells_exchanged >= 64, "{figures:?}");
    assert_eq!(newcomer.status().peers, 0);

    // A blob of the block comes back byte for byte; one of another does not.
    let meta = |grid: &Grid| {
        let rows = grid.rows();
        let length = PayloadLength::new(BlobMode::Raw, rows.len() as u64 * 131_072).unwrap();
        let commitments = grid.commitments().commitments().to_vec();
        BlobMeta::new("light".parse().unwrap(), length, commitments).unwrap()
    };
    let payload = rebuilt.payload(&meta(grid())).unwrap();
    assert_eq!(payload, erasure::raw_payload(&grid().rows()));
    assert!(matches!(
        rebuilt.payload(&meta(other_grid())),
        Err(Error::NotInBlock { .. })
    ));

    // The result is served again: from the newcomer alone.
    for node in light {
        node.shutdown().await;
    }
    assert!(newcomer.held().0 >= 256, "{:?}", newcomer.held());
    let again = newcomer.rebuild(FIRST, PATIENCE).await.unwrap();
    assert_eq!(again.rows(), grid().rows());
    assert_eq!(again.figures().cells_exchanged, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_that_fail_set_light_nodes_to_work() {
    let chain = one_block();
    // It gives every other column: of the columns it gives, all cells follow.
    let full = full_nodes(&chain, &[Manner::Withholds]).await;
    let mut config = helper(&chain, &full, 24);
    config.deadline = Duration::from_secs(1);
    config.request_timeout = Duration::from_millis(500);
    let node = light_node(config).await;
    // Of its own samples it can have 24 at most.
    until("columns are rebuilt", || node.held().0 >= 32).await;
    let asker = stranger(&chain, |_| Response::NotFound).await;
    let peer = asker.dial(node.listen_addrs().remove(0)).await.unwrap();
    let request = Request::Holdings { height: FIRST };
    let Response::Holdings(rows) = asker.request(peer, request, PATIENCE).await.unwrap() else {
        panic!("it holds nothing");
    };
    let everywhere = rows.iter().map(|held| held.columns);
    let whole = everywhere.reduce(ColumnSet::intersection).unwrap();
    assert_eq!((rows.len(), whole.is_empty()), (4, false), "{rows:?}");
    assert!(whole.iter().all(|column| column.get() % 2 == 0));
    let is_whole = |at: &Coordinates| whole.contains(at.column);
    let coordinates: Vec<_> = every_cell().into_iter().filter(is_whole).collect();
    let request = Request::Samples {
        height: FIRST,
        coordinates: coordinates.clone(),
    };
    let Response::Samples(cells) = asker.request(peer, request, PATIENCE).await.unwrap() else {
        panic!("nothing was given");
    };
    assert_eq!(cells, grid().cells(&coordinates));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_more_than_a_phones_share_is_answered_busy() {
    let chain = one_block();
    let full = full_nodes(&chain, &[Manner::Honest]).await;
    let node = LightNode::start(helper(&chain, &full, 300)).await.unwrap();
    sampled(&node).await;
    let asker = stranger(&chain, |_| Response::NotFound).await;
    let peer = asker.dial(node.listen_addrs().remove(0)).await.unwrap();
    let mut answered = (0, 0);
    // Four MiB at once, then 256 KiB a second: 256 questions take 36 MiB.
    for _ in 0..256 {
        let request = Request::Samples {
            height: FIRST,
            coordinates: every_cell()[..MAX_SAMPLES].to_vec(),
        };
        match asker.request(peer, request, PATIENCE).await.unwrap() {
            Response::Samples(cells) => {
                assert!(!cells.is_empty());
                answered.0 += 1;
            }
            Response::Busy { retry_after_ms } => {
                assert!(retry_after_ms > 0);
                answered.1 += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(answered.0 > 10 && answered.1 > 100, "{answered:?}");
    // What it does not hold it has not found, whoever asks.
    let unheld = asker.request(
        peer,
        Request::Commitments {
            height: Height::new(9),
        },
        PATIENCE,
    );
    assert!(matches!(
        unheld.await.unwrap(),
        Response::NotFound | Response::Busy { .. }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_light_node_answers_from_what_it_verified() {
    let chain = one_block();
    let full = full_nodes(&chain, &[Manner::Honest]).await;
    let node = LightNode::start(helper(&chain, &full, 24)).await.unwrap();
    sampled(&node).await;
    let asker = stranger(&chain, |_| Response::NotFound).await;
    let peer = asker.dial(node.listen_addrs().remove(0)).await.unwrap();
    let ask = |request| asker.request(peer, request, PATIENCE);
    let expected = {
        let chain = chain.lock().unwrap();
        (
            chain.genesis().encode(),
            chain.header(1).to_unverified(),
            chain.set().clone(),
        )
    };
    let Response::Genesis(genesis) = ask(Request::Genesis).await.unwrap() else {
        panic!("no genesis");
    };
    assert_eq!(genesis, expected.0);
    let Response::LatestHeader(latest) = ask(Request::LatestHeader).await.unwrap() else {
        panic!("no header");
    };
    assert_eq!(latest, expected.1);
    let headers = Request::Headers {
        from: FIRST,
        count: 64,
    };
    let Response::Headers(headers) = ask(headers).await.unwrap() else {
        panic!("no headers");
    };
    assert_eq!(headers, [expected.1]);
    let hash = expected.2.hash();
    assert!(matches!(
        ask(Request::ValidatorSet { hash }).await.unwrap(),
        Response::ValidatorSet(_)
    ));
    let commitments = Request::Commitments { height: FIRST };
    let Response::Commitments(commitments) = ask(commitments).await.unwrap() else {
        panic!("no commitments");
    };
    assert_eq!(commitments, grid().commitments().commitments());
    let holdings = Request::Holdings { height: FIRST };
    let Response::Holdings(rows) = ask(holdings).await.unwrap() else {
        panic!("no holdings");
    };
    let cells: usize = rows.iter().map(|row| row.columns.len()).sum();
    assert_eq!(cells, node.held().0);
    assert!(cells >= 24);
    for unknown in [
        Request::Holdings {
            height: Height::new(2),
        },
        Request::Headers {
            from: Height::new(2),
            count: 1,
        },
        Request::Certificates,
    ] {
        assert!(matches!(ask(unknown).await.unwrap(), Response::NotFound));
    }
}
