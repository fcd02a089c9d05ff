//! A follower on an L1 of our own, asked as a wallet would ask it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

mod door;
mod escape;
mod light;
mod restart;
// The same world that the derivation is tested in, of which not all is needed here.
#[allow(dead_code)]
#[path = "../../../derivation/tests/it/world.rs"]
mod world;

use alloy::network::Ethereum;
use alloy::providers::{Provider as _, RootProvider};
use derivation::{Deriver, Rows};
use follower::{Follower, Judge, Options};
use light_node::LightNode;
use serde_json::Value;
use settlement::client::L1Client;
use std::time::Duration;

pub(crate) fn options() -> Options {
    Options {
        pause: Duration::from_millis(50),
        ..Options::default()
    }
}

/// A follower with somebody who asks it.
pub(crate) struct Asked {
    pub(crate) follower: Follower,
    /// L1's client speaks JSON-RPC like any other.
    client: RootProvider<Ethereum>,
}

/// An error's code and the name of the refusal.
pub(crate) type Refusal = (i64, String);

impl Asked {
    pub(crate) async fn new<R: Rows + 'static>(deriver: Deriver<R>) -> Self {
        let follower = Follower::start(deriver, None::<Judge<LightNode>>, options())
            .await
            .unwrap();
        Self::of(follower)
    }

    pub(crate) fn of(follower: Follower) -> Self {
        let client = RootProvider::new_http(follower.url().parse().unwrap());
        Self { follower, client }
    }

    pub(crate) async fn ask(&self, method: &'static str, params: Value) -> Result<Value, Refusal> {
        let answer = self.client.raw_request(method.into(), params).await;
        answer.map_err(|error| {
            let payload = error.as_error_resp().expect("an answer");
            let data = payload.data.as_ref().map(|data| data.get().to_owned());
            let data: Value = serde_json::from_str(&data.unwrap_or_default()).unwrap_or_default();
            let name = data["refusal"].as_str().unwrap_or_default().to_owned();
            (payload.code, name)
        })
    }

    /// Waits until the follower is as far as L1 is now.
    pub(crate) async fn caught_up(&self, l1: &L1Client) {
        let head = l1.head().await.unwrap().number;
        for _ in 0..600 {
            let health = self
                .ask("rollup_health", Value::Array(Vec::new()))
                .await
                .unwrap();
            let roots = self
                .ask("rollup_roots", Value::Array(Vec::new()))
                .await
                .unwrap();
            let waits = health["missing_rows"] != 0;
            let derived = roots["off_l1"]["waits_for"].is_null() || waits;
            if health["ok"] == true && health["l1_block"].as_u64() >= Some(head) && derived {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the follower does not follow");
    }
}
