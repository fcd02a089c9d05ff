//! A rollup that runs: an operator and a follower behind their doors, and an explorer that asks
//! them.

use crate::wallet::operating::world::{ETHER, World, signed, transfer, who};
use derivation::{Deriver, NodeRows};
use follower::{Follower, Judge, Options};
use ledger::{Amount, BatchSize, Body, Tree};
use light_node::LightNode;
use operator::server::{Bounds, Server};
use rollup_kit::explorer::{Explorer, Sources};
use serde_json::Value;
use settlement::Wei;
use settlement::contracts::abi;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PEOPLE: [usize; 3] = [who::ALICE, who::BOB, who::OPERATORS[0]];

pub(super) fn anywhere() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

/// An operator whose two batches are on L1, and a follower.
pub(super) struct Town {
    pub(super) operator: Server,
    pub(super) follower: Follower,
    pub(super) world: World,
}

impl Town {
    /// Batch 1 opens three accounts in each tree, batch 2 has two transfers and a withdrawal.
    pub(super) async fn with_two_batches() -> Self {
        let world = World::new(BatchSize::EIGHT).await;
        for tree in Tree::BOTH {
            for person in PEOPLE {
                world.deposit(tree, person, ETHER).await;
            }
        }
        let mut operating = world.operator(who::OPERATORS[0]);
        world.settle(&mut operating, 1).await;
        let shared = operating.shared().clone();
        transfer(&shared, Tree::OnL1, [who::ALICE, who::BOB], 5, 100);
        transfer(&shared, Tree::OffL1, [who::BOB, who::ALICE], 7, 200);
        let recipient = ledger::Address::new([0xaa; 20]);
        let amount = Amount::new(1_000);
        let out = Body::Withdraw { recipient, amount };
        let out = signed(&shared, Tree::OnL1, who::BOB, 9, out);
        shared.submit(&out, shared.health().now).unwrap();
        world.settle(&mut operating, 2).await;
        let bounds = Bounds {
            address: anywhere(),
            ..Bounds::default()
        };
        let operator = Server::start(shared, bounds).await.unwrap();
        let follower = follower(&world).await;
        Self {
            operator,
            follower,
            world,
        }
    }

    pub(super) fn sources(&self) -> Sources {
        Sources {
            follower: self.follower.url(),
            operators: vec![format!("http://{}", self.operator.address())],
            l1: self.world.l1.http_url(),
            deployment: self.world.deployment.clone(),
        }
    }

    /// Alice challenges a batch's only row.
    pub(super) async fn challenge(&self, number: u64) {
        let call = abi::RowChallenges::challengeCall { number, row: 0 };
        let at = self.world.deployment.row_challenges;
        let alice = self.world.account(who::ALICE);
        alice.pay(at, &call, Wei::ether(1)).await.unwrap();
    }

    /// Nobody has answered.
    pub(super) async fn expire(&self, number: u64) {
        let call = abi::RowChallenges::expireCall { number, row: 0 };
        let at = self.world.deployment.row_challenges;
        let alice = self.world.account(who::ALICE);
        alice.call(at, &call).await.unwrap();
    }
}

async fn follower(world: &World) -> Follower {
    let config = derivation::Config {
        confirmations: 0,
        ..derivation::Config::default()
    };
    let rows = NodeRows::new(world.client.clone(), None);
    let rows = (world.network.clone(), rows);
    let deployment = world.deployment.clone();
    let deriver = Deriver::open(world.client.clone(), deployment, rows, config)
        .await
        .unwrap();
    let options = Options {
        pause: Duration::from_millis(50),
        ..Options::default()
    };
    Follower::start(deriver, None::<Judge<LightNode>>, options)
        .await
        .unwrap()
}

/// An answer over HTTP.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// An explorer with somebody who looks.
pub(super) struct Shown(Explorer);

impl Shown {
    pub(super) async fn of(town: &Town) -> Self {
        Self::asking(town.sources()).await
    }

    pub(super) async fn asking(sources: Sources) -> Self {
        Self(Explorer::start(sources, anywhere()).await.unwrap())
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.0.address()
    }

    pub(super) async fn stop(self) {
        let at = self.address();
        self.0.stop().await;
        assert!(TcpStream::connect(at).await.is_err(), "it listens still");
    }

    /// Sends bytes and reads all that comes.
    pub(super) async fn raw(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut said = Vec::new();
        // Whoever sends too much may be cut off while he reads.
        let _ = stream.read_to_end(&mut said).await;
        let said = String::from_utf8(said).unwrap();
        let (head, body) = said.split_once("\r\n\r\n").unwrap_or((&said, ""));
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        Answer {
            status: status.unwrap_or(0),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let host = self.address();
        self.raw(&format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n"))
            .await
    }

    pub(super) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.json()
    }

    /// The overview, once something holds of it.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut overview = Value::Null;
        for _ in 0..300 {
            overview = self.json("/overview.json").await;
            if holds(&overview) {
                return overview;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{what}: {overview:#}");
    }
}
