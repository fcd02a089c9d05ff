//! The explorer, asked as its page asks it: of a rollup with an operator and a follower, of sources
//! that are down, and of sources that lie.

// The same browser that the light node's page is tested in, of which not all is needed here.
#[allow(dead_code)]
#[path = "../../../light-node/tests/it/browser.rs"]
mod browser;
mod door;
mod page_browser;
mod strangers;
mod town;

use crate::wallet::operating::world::{ETHER, signers, who};
use ledger::Tree;
use serde_json::{Value, json};
use town::{Shown, Town};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Everything of a batch, from both trees' roots to who signed for its data.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollup_is_shown_as_l1_has_it() {
    let town = Town::with_two_batches().await;
    town.challenge(2).await;
    town.world.deposit(Tree::OnL1, who::BOB, ETHER / 4).await;
    let shown = Shown::of(&town).await;
    let overview = shown
        .until("both batches with their operations", |o| {
            let batches = &o["derived"]["batches"];
            batches[0]["number"] == 2
                && batches[0]["gas"].is_u64()
                && batches[0]["counts"].is_object()
                && o["on_l1"]["challenges"]["open"] == 1
                && o["derived"]["queues"][0]["waiting"][0].is_object()
                && o["derived"]["batches"][0]["challenges"][0].is_object()
        })
        .await;
    let rollup = town.world.deployment.rollup;
    assert_eq!(overview["rollup"], json!(rollup));
    for source in ["follower", "l1"] {
        assert_eq!(overview[source]["trouble"], Value::Null, "{source}");
    }
    let on_l1 = &overview["on_l1"];
    assert_eq!(
        (&on_l1["newest"], &on_l1["last_final"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(on_l1["frozen"], false);

    let derived = &overview["derived"];
    for tree in ["on_l1", "off_l1"] {
        assert_eq!(derived["trees"][tree]["accounts"], 3, "{tree}");
        assert_eq!(derived["trees"][tree]["is_current"], true, "{tree}");
    }
    let batch = &derived["batches"][0];
    assert_eq!(
        (&batch["kind"], &batch["status"]),
        (&json!("batch"), &json!("submitted"))
    );
    assert_eq!(batch["counts"]["signed"], 3);
    assert_eq!(batch["counts"]["from_l1"], 0);
    assert_eq!(batch["counts"]["size"], 8);
    assert_eq!(derived["batches"][1]["from_l1"], 6);
    assert_eq!(derived["batches"][2]["kind"], "genesis");
    let waiting = &derived["queues"][0]["waiting"][0];
    assert_eq!(
        (&waiting["kind"], &waiting["amount"]),
        (&json!("deposit"), &json!((ETHER / 4).to_string()))
    );
    assert!(waiting["deadline"].as_u64() > on_l1["time"].as_u64());

    let bonds = &on_l1["bonds"];
    let [operator] = &bonds["operators"].as_array().unwrap()[..] else {
        panic!("{bonds}");
    };
    assert_eq!(
        operator["operator"],
        json!(signers()[who::OPERATORS[0]].address())
    );
    assert_eq!(operator["bond"], (64 * ETHER).to_string());
    assert_eq!(
        (&operator["in_turn"], &operator["place"]),
        (&json!(true), &json!(1))
    );
    let validators = bonds["validators"].as_array().unwrap();
    assert_eq!(validators.len(), 4);
    for validator in validators {
        assert_eq!(validator["stake"], (100 * ETHER).to_string());
        assert_eq!(validator["allocated"], (100 * ETHER).to_string());
        assert_eq!(
            (&validator["weight"], &validator["slashed"]),
            (&json!(1), &json!("0"))
        );
    }
    let challenge = &on_l1["challenges"]["rows"][0];
    assert_eq!(
        (&challenge["batch"], &challenge["state"]),
        (&json!(2), &json!("open"))
    );
    assert_eq!(challenge["pooled"], ETHER.to_string());

    let of_l1 = town.world.batch(2).await;
    let batch = shown.json("/batch/2.json").await;
    assert_eq!(
        batch["off_l1"],
        json!(settlement::B256::from(of_l1.roots.offL1))
    );
    let before = town.world.batch(1).await;
    assert_eq!(
        batch["prior"]["on_l1"],
        json!(settlement::B256::from(before.roots.onL1))
    );
    assert_eq!(batch["blob"], json!(of_l1.blob));
    let said = &batch["submission"]["said"];
    let certificate = &said["certificate"];
    assert_eq!(
        (&certificate["signed_weight"], &certificate["total_weight"]),
        (&json!(3), &json!(4))
    );
    let signed = certificate["members"].as_array().unwrap().iter();
    assert_eq!(signed.filter(|member| member["signed"] == true).count(), 3);
    assert_eq!(said["off"], json!({ "network": { "rows": 1 } }));
    assert!(said["on"]["calldata"]["elements"].as_u64().unwrap() > 0);
    let attested = json!({ "attested": { "threshold": 1, "attestors": 1 } });
    assert_eq!(
        (&said["proof"]["kind"], &said["proof"]["bytes"]),
        (&attested, &json!(65))
    );
    let verifier = town.world.deployment.verifiers.batches;
    assert_eq!(said["proof"]["verifier"], json!(verifier));
    assert_eq!(said["withdrawals"][0]["amount"], "1000");
    assert_eq!(batch["challenges"][0]["state"], "open");
    let first = shown.json("/batch/1.json").await;
    assert_eq!(first["submission"]["said"]["from_off_l1"]["deposits"], 3);

    let older = shown.json("/batches/2.json").await;
    let numbers = older
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["number"].clone());
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 0]);
    assert_eq!(shown.json("/batches/0.json").await, json!([]));

    let account = shown.json("/account/off_l1/1.json").await;
    assert_eq!(account["judgement"]["verdict"], "proven", "{account}");
    assert_eq!(
        account["root_on_l1"],
        json!(settlement::B256::from(of_l1.roots.offL1))
    );
    assert_eq!(account["path"]["root"], account["root_on_l1"]);
    assert_eq!(account["path"]["levels"].as_array().unwrap().len(), 12);
    let held: u128 = text(&account["balances"]["0"]).parse().unwrap();
    assert_eq!(account["owner"], json!(signers()[who::ALICE].address()));
    assert_eq!(held, ETHER + 200);
    let refused = shown.get("/account/off_l1/900.json").await;
    assert_eq!(
        (refused.status, refused.json()["error"].clone()),
        (404, json!("no such account"))
    );
    shown.stop().await;
}

/// What the contracts take back is shown as taken back.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_challenge_shows_what_was_lost() {
    let town = Town::with_two_batches().await;
    town.challenge(2).await;
    town.world.warp(25 * 3600).await;
    town.expire(2).await;
    let shown = Shown::of(&town).await;
    let overview = shown
        .until("the fallback", |o| {
            o["on_l1"]["challenges"]["rows"][0]["state"] == "expired"
                && o["derived"]["batches"][0]["kind"] == "fallback"
        })
        .await;
    let batches = &overview["derived"]["batches"];
    assert_eq!(
        (&batches[0]["fell_back_to"], &batches[1]["status"]),
        (&json!(1), &json!("void"))
    );
    let lost = &overview["on_l1"]["challenges"]["rows"][0]["operator_lost"];
    assert_eq!(*lost, (32 * ETHER).to_string());
    let operator = &overview["on_l1"]["bonds"]["operators"][0];
    assert_eq!((&operator["bond"], &operator["slashed"]), (lost, lost));
    let fallback = shown.json("/batch/3.json").await;
    assert_eq!(fallback["submission"], Value::Null);
    assert_eq!(fallback["off_l1"], batches[2]["off_l1"]);
    shown.stop().await;
}
