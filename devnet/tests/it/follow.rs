//! Full nodes that are no validators: they come late, have all of it, and serve it.

use crate::network::{bytes, caught_up, client, config, patiently, post_final, start};
use chain::Checkpoint;
use da_node::Part;
use da_node::operator::{Config, NetworkKeys, Role, files};
use devnet::{Devnet, DevnetConfig, Newcomer};
use light_node::LightNode;
use light_node::core::Verdict;
use rand::SeedableRng;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use types::{ColumnIndex, Coordinates, GridRow, Height, RowIndex};

/// Cells of both rows and of their parity.
fn coordinates() -> Vec<Coordinates> {
    let rows = [0, 1].map(|row| RowIndex::new(row).unwrap());
    let kinds = [GridRow::Data, GridRow::Parity];
    let columns = [0, 63, 64, 127].map(|column| ColumnIndex::new(column).unwrap());
    let mut all = Vec::new();
    for (kind, row) in kinds.iter().flat_map(|kind| rows.map(|row| (kind, row))) {
        all.extend(columns.map(|column| Coordinates {
            row: kind(row),
            column,
        }));
    }
    all
}

async fn samples(devnet: &Devnet, node: usize, height: Height) -> Vec<types::UnverifiedCell> {
    let cells = devnet.nodes()[node].samples(height, coordinates()).await;
    cells.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_node_that_comes_late_has_and_serves_all_of_it() {
    let mut devnet = start(config(0)).await;
    let (first, at) = post_final(&devnet, 0, &bytes(1)).await;
    let (second, height) = post_final(&devnet, 1, &bytes(2)).await;

    let late = patiently(devnet.join(Newcomer::Full)).await.unwrap();
    caught_up(&devnet, late, height).await;
    caught_up(&devnet, 2, height).await;
    assert_eq!(*devnet.nodes()[late].part().borrow(), Part::Follower);
    assert_eq!(
        samples(&devnet, late, at).await,
        samples(&devnet, 2, at).await
    );

    // One of four is gone: the others go on, and so does who follows them.
    patiently(devnet.remove(0)).await;
    let late = late - 1;
    let (third, last) = post_final(&devnet, 0, &bytes(3)).await;
    caught_up(&devnet, late, last).await;

    // Now it is the only one that is left.
    while devnet.nodes().len() > 1 {
        patiently(devnet.remove(0)).await;
    }
    let client = client(&devnet, 0).await;
    for (blob, fill) in [(first, 1), (second, 2), (third, 3)] {
        let fetched = patiently(client.fetch(blob)).await.unwrap();
        assert_eq!(fetched.payload, bytes(fill));
    }
    let checkpoint = Checkpoint::genesis(&devnet.genesis().chain_id());
    let light = light_node::Config::new(checkpoint, devnet.nodes()[0].p2p_addrs());
    let light = LightNode::start(light).await.unwrap();
    for height in [at, last] {
        let verdict = async {
            loop {
                match light.sample(height).await {
                    Ok(verdict) if verdict.verdict != Verdict::Undecided => return verdict,
                    // It has not met the node yet.
                    _ => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        };
        assert_eq!(patiently(verdict).await.verdict, Verdict::Available);
    }
    light.shutdown().await;
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_node_takes_blobs_that_validators_certify_and_order() {
    let devnet = start(DevnetConfig {
        full: 1,
        ..config(0)
    })
    .await;
    let (blob, height) = post_final(&devnet, 4, &bytes(7)).await;
    let validator = client(&devnet, 2).await;
    patiently(validator.await_final(blob)).await.unwrap();
    let fetched = patiently(validator.fetch(blob)).await.unwrap();
    assert_eq!(fetched.payload, bytes(7));

    let stored = devnet.nodes()[4].block(height).unwrap().unwrap();
    let signers = &stored.block.references[0].certificate.signers;
    let signed = chain::Bitmap::decode(4, signers).unwrap();
    assert!(signed.iter().count() >= 3, "validators alone have signed");
    patiently(devnet.stop()).await;
}

/// A full node as a process, in a folder of its own.
struct Process {
    config: PathBuf,
    child: Child,
}

impl Process {
    fn configure(devnet: &Devnet, folder: &Path) -> PathBuf {
        let mut rng = rand::rngs::StdRng::seed_from_u64(5);
        let keys = NetworkKeys::generate(&mut rng);
        keys.create(&folder.join("network.key")).unwrap();
        let mut config = Config {
            genesis: devnet.endpoints().genesis.clone(),
            role: Role::Full,
            ..Config::default()
        };
        config.p2p.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()];
        config.p2p.bootstrap = devnet.nodes()[0].p2p_addrs();
        config.grpc.listen = "127.0.0.1:0".parse().unwrap();
        let path = folder.join("config.toml");
        files::replace(&path, config.render().unwrap().as_bytes()).unwrap();
        path
    }

    fn start(config: PathBuf) -> (Self, String) {
        let program = Path::new(env!("CARGO_BIN_EXE_devnet")).with_file_name("da-node");
        let mut child = Command::new(program)
            .args(["--json", "start", "--until-stdin-ends", "--config"])
            .arg(&config)
            .env("RUST_LOG", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).expect("it starts");
        let grpc = said["grpc"].as_str().unwrap().to_owned();
        (Self { config, child }, grpc)
    }

    /// SIGKILL.
    fn kill(mut self) -> PathBuf {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.config
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_killed_while_it_catches_up_goes_on_where_it_was() {
    let params = chain::ChainParams {
        block_interval_ms: 40,
        empty_block_interval_ms: 40,
        ..chain::ChainParams::devnet()
    };
    let devnet = start(DevnetConfig {
        validators: 1,
        params,
        ..config(0)
    })
    .await;
    let mut posted = Vec::new();
    for fill in 1..=3 {
        posted.push((post_final(&devnet, 0, &bytes(fill)).await, fill));
    }
    let target = Height::new(120);
    let mut tip = devnet.nodes()[0].tip();
    patiently(async { tip.wait_for(|tip| *tip >= target).await.unwrap().get() }).await;

    let scratch = tempfile::tempdir().unwrap();
    let mut config = Process::configure(&devnet, scratch.path());
    let mut reached = 0;
    for wait in [0, 50, 150] {
        let (process, grpc) = Process::start(config);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let client = proto::client::Client::connect(&grpc).await.unwrap();
        let height = client.node_status().await.unwrap().height;
        assert!(height >= reached, "what was followed is kept");
        reached = height;
        config = process.kill();
    }
    let (process, grpc) = Process::start(config);
    let client = proto::client::Client::connect(&grpc).await.unwrap();
    let status = async {
        loop {
            let status = client.node_status().await.unwrap();
            if status.height >= target.get() && status.wanted_blobs == 0 {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let status = patiently(status).await;
    assert_eq!(status.part, "follower");
    // It has them by itself.
    patiently(devnet.stop()).await;
    for ((blob, _), fill) in posted {
        let fetched = patiently(client.fetch(blob)).await.unwrap();
        assert_eq!(fetched.payload, bytes(fill));
    }
    process.kill();
}
