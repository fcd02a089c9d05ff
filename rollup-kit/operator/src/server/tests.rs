#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_possible_truncation
)]

use super::*;
use crate::core::Config;
use crate::fixture::{
    HELD, OPERATOR, address, collector, deposit, draft, funded, key, payment, queued, rollup, sign,
    transfer,
};
use crate::mempool::Limits;
use crate::settled::{QueueView, Settled, SettledBatch};
use crate::submission::Site;
use crate::tokens::Tokens;
use ledger::{BatchSize, Body};
use settlement::{Address, B256};
use std::collections::BTreeMap;
use tempfile::TempDir;
use types::Namespace;

fn settled() -> Arc<Settled> {
    let state = Arc::new(funded());
    let genesis = SettledBatch {
        roots: state.roots(),
        heads: [0, 0],
        operator: Address::ZERO,
        submitted_at: L1Time::new(0),
        block: 0,
        transaction: B256::ZERO,
        is_void: false,
    };
    let waiting = queued(0, Some(deposit(Tree::OffL1, 9, 0, 77)), 5_000);
    Arc::new(Settled {
        block: 3,
        newest: BatchNumber::new(0),
        last_final: BatchNumber::new(0),
        last_checkpoint_at: L1Time::new(0),
        state,
        queues: [
            QueueView::default(),
            QueueView {
                head: 0,
                next: vec![waiting],
            },
        ],
        batches: BTreeMap::from([(BatchNumber::new(0), genesis)]),
        is_frozen: false,
    })
}

struct House {
    _folder: TempDir,
    shared: Arc<Shared>,
    module: RpcModule<Door>,
}

impl House {
    fn new(submissions: Quota) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            size: BatchSize::EIGHT,
            patience: 0,
            most_in_flight: 2,
            confirmations: 0,
            collector: Some(collector()),
            limits: Limits {
                per_account: 2,
                ..Limits::default()
            },
            calls: crate::allowance::Policy::default(),
            gadget: None,
        };
        let site = Site {
            l1_chain: 31_337,
            rollup: Address::repeat_byte(0xcc),
            namespace: Namespace::new([1; 29]).unwrap(),
        };
        let file = folder.path().join("journal");
        let operator = Address::repeat_byte(OPERATOR);
        let shared = Shared::open(&file, config, Tokens::ether(), site, operator).unwrap();
        let bounds = Bounds {
            submissions,
            ..Bounds::default()
        };
        let module = module(shared.clone(), &bounds).unwrap();
        Self {
            _folder: folder,
            shared,
            module,
        }
    }

    fn read() -> Self {
        let house = Self::new(Quota {
            burst: 100,
            per_second: 100,
        });
        house.follow();
        house
    }

    fn follow(&self) {
        let mut desk = self.shared.desk();
        let (core, write) = desk.parts();
        core.follow(&settled(), clock(), write).unwrap();
    }

    async fn call(&self, method: &str, params: Value) -> Result<Value, Value> {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let (answer, _) = self
            .module
            .raw_json_request(&request.to_string(), 8)
            .await
            .unwrap();
        let mut answer: Value = serde_json::from_str(answer.get()).unwrap();
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// The same again is the same operation, and nothing comes of it.
    async fn taken_before(&self, signed: &ledger::Signed, id: &Value) {
        let mut events = self.shared.subscribe();
        let again = self.call("rollup_submit", json!([wire(signed)])).await;
        let again = again.unwrap();
        assert_eq!((&again["id"], &again["known"]), (id, &json!(true)));
        assert!(events.try_recv().is_err());
    }

    async fn refusal(&self, operation: Value) -> (i64, String) {
        let error = self
            .call("rollup_submit", json!([operation]))
            .await
            .unwrap_err();
        let name = error["data"]["refusal"].as_str().unwrap_or_default();
        (error["code"].as_i64().unwrap(), name.to_owned())
    }
}

fn wire(signed: &ledger::Signed) -> Value {
    serde_json::to_value(WireOperation::from(signed)).unwrap()
}

#[tokio::test]
async fn an_operation_is_taken_and_told_of() {
    let house = House::read();
    let mut events = house.shared.subscribe();
    let signed = payment(Tree::OffL1, 1, 0, 3);
    let taken = house
        .call("rollup_submit", json!([wire(&signed)]))
        .await
        .unwrap();
    assert_eq!(taken["confirmation"], "soft");
    assert_eq!(taken["known"], false);
    let id = taken["id"].clone();
    assert!(events.try_recv().is_ok());
    let status = house.call("rollup_status", json!([id])).await.unwrap();
    assert_eq!(
        (&status["stage"], &status["soft"]),
        (&json!("pooled"), &json!(true))
    );
    let receipt = house.call("rollup_receipt", json!([id])).await.unwrap();
    assert_eq!(receipt, Value::Null);
    house.taken_before(&signed, &id).await;

    let sealing = crate::core::Sealing {
        carriage: crate::plan::Carriage {
            on: crate::plan::OnRow::Calldata,
            off: crate::plan::OffRow::Network,
        },
        salt: 0,
        at_once: true,
        now: clock(),
    };
    let out = Body::Withdraw {
        recipient: address(7),
        amount: ledger::Amount::new(5),
    };
    let out = sign(draft(Tree::OnL1, 2, 0, 1, out), 2);
    let out = house
        .call("rollup_submit", json!([wire(&out)]))
        .await
        .unwrap()["id"]
        .clone();
    {
        let mut desk = house.shared.desk();
        let (core, write) = desk.parts();
        let drafted = core.draft(&sealing).unwrap().unwrap();
        core.seal(drafted, write).unwrap();
    }
    // Its nonce is used now, by itself.
    house.taken_before(&signed, &id).await;
    let receipt = house.call("rollup_receipt", json!([out])).await.unwrap();
    assert_eq!(receipt["batch"], 1);
    assert_eq!(receipt["soft"], true);
    assert_eq!(receipt["withdrawal"]["leaves"], 1);
    assert_eq!(receipt["withdrawal"]["withdrawal"]["amount"], "5");
    let batch = house.call("rollup_batch", json!([1])).await.unwrap();
    assert_eq!(batch["stage"], "sequenced");
    let all = house
        .call("rollup_batches", json!([null, 5]))
        .await
        .unwrap();
    assert_eq!(all, json!([batch]));
    let account = house
        .call("rollup_account", json!(["off_l1", 1]))
        .await
        .unwrap();
    assert_eq!(account["balances"]["0"], HELD.to_string());
    assert_eq!(account["soft_balances"]["0"], (HELD - 4).to_string());
    assert_eq!(
        (&account["nonce"], &account["next_nonce"]),
        (&json!("0"), &json!("1"))
    );
}

#[tokio::test]
async fn each_refusal_has_its_name_and_code() {
    let house = House::read();
    let good = payment(Tree::OnL1, 1, 0, 0);
    let mut forged = wire(&good);
    forged["fee"] = json!("9");
    assert_eq!(
        house.refusal(forged).await,
        (-32020, "wrong_signature".to_owned())
    );
    let later = wire(&payment(Tree::OnL1, 1, 500, 0));
    assert_eq!(house.refusal(later).await, (-32020, "nonce_gap".to_owned()));
    house
        .call("rollup_submit", json!([wire(&good)]))
        .await
        .unwrap();
    let other = wire(&sign(draft(Tree::OnL1, 1, 0, 0, transfer(2, 5)), 1));
    assert_eq!(
        house.refusal(other).await,
        (-32020, "underpriced".to_owned())
    );
    for (field, value) in [
        ("tree", json!("elsewhere")),
        ("from", json!(-1)),
        ("from", json!(1_u64 << 40)),
        ("token", json!(300)),
        ("fee", json!(7)),
        ("nonce", json!("1e3")),
        ("public", json!("00")),
        ("signature", json!("ff".repeat(64))),
        ("body", json!({ "mint": { "amount": "1" } })),
        ("extra", json!(1)),
    ] {
        let mut bad = wire(&good);
        bad[field] = value;
        let (code, name) = house.refusal(bad).await;
        assert_eq!((code, name.as_str()), (-32602, "malformed"), "{field}");
    }
    for bad in [
        json!([]),
        json!([1]),
        json!(["x"]),
        json!([null]),
        json!([[]]),
    ] {
        let error = house.call("rollup_submit", bad).await.unwrap_err();
        assert_eq!(error["code"], -32602);
    }
    let many = house
        .call("rollup_batches", json!([null, 101]))
        .await
        .unwrap_err();
    assert_eq!(many["code"], -32005);
    for (method, bad) in [
        ("rollup_status", json!(["zz"])),
        ("rollup_account", json!(["off_l1", "zz", "0x00"])),
        ("rollup_account", json!(["off_l1", 1_u64 << 33])),
        ("rollup_proof", json!(["off_l1", 1 << 24])),
        ("rollup_queue", json!(["?"])),
        ("rollup_batch", json!([-1])),
    ] {
        let error = house.call(method, bad).await.unwrap_err();
        assert_eq!(error["code"], -32602, "{method}");
    }
}

#[tokio::test]
async fn too_much_at_once_is_refused_and_nothing_is_known_before_l1_is() {
    let house = House::new(Quota {
        burst: 1,
        per_second: 0,
    });
    let operation = wire(&payment(Tree::OnL1, 1, 0, 0));
    let unread = house
        .call("rollup_submit", json!([operation]))
        .await
        .unwrap_err();
    assert_eq!(unread["code"], -32001);
    let fast = house
        .call("rollup_submit", json!([operation]))
        .await
        .unwrap_err();
    assert_eq!(fast["code"], -32005);
    let health = house.call("rollup_health", json!([])).await.unwrap();
    assert_eq!(health["ok"], false);
    assert_eq!(
        house
            .call("rollup_account", json!(["on_l1", 1]))
            .await
            .unwrap(),
        Value::Null
    );
}

/// The path leads from the leaf to the root that L1 has.
#[tokio::test]
async fn a_proof_leads_to_the_root() {
    use ledger::poseidon::{Domain, hash};
    let house = House::read();
    let proof = house
        .call("rollup_proof", json!(["off_l1", 3]))
        .await
        .unwrap();
    let fr = |value: &Value| wire::scalar(value.as_str().unwrap()).unwrap();
    let leaf = ["identity", "next", "key", "meta", "balances"].map(|name| fr(&proof["leaf"][name]));
    let mut node = hash(Domain::Leaf, leaf);
    let mut place = 3_usize;
    for step in proof["path"].as_array().unwrap() {
        let children: [_; 4] = std::array::from_fn(|child| fr(&step[child]));
        assert_eq!(children[place % 4], node);
        node = hash(Domain::Node, children);
        place /= 4;
    }
    assert_eq!(fr(&proof["accounts_root"]), node);
    let number = ledger::Fr::from(1u64);
    let root = hash(Domain::Root, [node, rollup().into(), number]);
    assert_eq!(fr(&proof["root"]), root);
    let nobody = house
        .call("rollup_proof", json!(["off_l1", 99]))
        .await
        .unwrap();
    assert_eq!(nobody, Value::Null);
    let by_key = [
        json!("off_l1"),
        json!(wire::scalar_hex(key(3).account_key().into())),
        json!(address(3).to_string()),
    ];
    let account = house.call("rollup_account", json!(by_key)).await.unwrap();
    assert_eq!(account["index"], 3);
    let queue = house.call("rollup_queue", json!(["off_l1"])).await.unwrap();
    assert_eq!(queue["waiting"][0]["amount"], "77");
    let info = house.call("rollup_info", json!([])).await.unwrap();
    assert_eq!(info["domain"], rollup().to_string());
    let fees = house.call("rollup_fees", json!([])).await.unwrap();
    assert_eq!(fees["off_l1"]["transfer"], "0");
}

#[tokio::test]
async fn subscribers_hear_of_their_operation() {
    let house = House::read();
    let first = payment(Tree::OffL1, 1, 0, 0);
    let id = house
        .shared
        .desk()
        .core()
        .examine(first.clone(), clock())
        .unwrap()
        .id();
    let bad = house
        .call("rollup_subscribe", json!(["weather"]))
        .await
        .unwrap_err();
    assert_eq!(bad["code"], -32602);
    let mut heard = house
        .module
        .subscribe_unbounded(
            "rollup_subscribe",
            ["operations".to_owned(), id.to_string()],
        )
        .await
        .unwrap();
    house
        .call(
            "rollup_submit",
            json!([wire(&payment(Tree::OnL1, 2, 0, 0))]),
        )
        .await
        .unwrap();
    house
        .call("rollup_submit", json!([wire(&first)]))
        .await
        .unwrap();
    let (message, _) = heard.next::<Value>().await.unwrap().unwrap();
    assert_eq!(message["operation"]["id"], id.to_string());
    assert_eq!(message["operation"]["stage"], "pooled");
}
