//! The chain in a file.

use alloy::eips::BlockId;
use alloy::primitives::{B256, U256};
use l1::accounts::{TEST_PHRASE, derive};
use l1::server::{L1, Options, now};
use l1::{Chain, Error, Genesis, UnverifiedTransaction};

use crate::blobs;
use crate::node::{Node, wealth};

/// A file of this test's own, gone with it.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("assay-l1-{}-{name}.json", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A chain with a mined transaction, a mined blob, and one that waits.
async fn busy(node: &Node) -> (Chain, B256, B256, B256) {
    let accounts: Vec<_> = derive(TEST_PHRASE, 3)
        .unwrap()
        .iter()
        .map(|key| key.address())
        .collect();
    let mut chain = Chain::new(&Genesis::new(now()).with_balances(&accounts, wealth())).unwrap();
    let submit = async |chain: &mut Chain, account, request| {
        let bytes = node.sign(account, request).await;
        let transaction = UnverifiedTransaction::decode(&bytes).unwrap();
        chain
            .submit(transaction.verify(31337).unwrap(), now())
            .unwrap()
    };
    let first = submit(&mut chain, 0, node.request(0, 0)).await;
    let blob = submit(&mut chain, 1, blobs::request(node, 1, 0, 1)).await;
    chain.increase_time(1000);
    chain.mine(now());
    let waiting = submit(&mut chain, 2, blobs::request(node, 2, 0, 1)).await;
    chain.set_balance(accounts[2], wealth() + U256::from(1));
    (chain, first, blob, waiting)
}

#[tokio::test]
async fn goes_on_where_it_stopped() {
    let node = Node::embedded_manual().await;
    let (chain, first, blob, waiting) = busy(&node).await;
    let head = chain.head().clone();
    let file = Scratch::new("goes-on");
    chain.save(&file.0).unwrap();

    let mut chain = Chain::load(&file.0).unwrap();
    assert_eq!(chain.head().hash(), head.hash());
    assert_eq!(chain.receipt(&first).unwrap().gas_used, 21_000);
    assert_eq!(chain.receipt(&blob).unwrap().blob_gas_used, Some(131_072));
    assert_eq!(chain.waiting_hashes(), [waiting]);
    let rich = chain.balance(&node.address(2), BlockId::latest()).unwrap();
    assert_eq!(rich, wealth() + U256::from(1));
    // What the file does not have is refused, not invented.
    assert!(matches!(
        chain.balance(&node.address(2), BlockId::number(0)),
        Err(Error::StatePruned { got: 0, oldest: 1 })
    ));
    let next = chain.mine(now());
    assert_eq!(next.transactions()[0].hash(), waiting);
    assert_eq!(next.header().parent_hash, head.hash());
    assert!(next.timestamp() >= now() + 999);

    let l1 = L1::serve(chain, Options::default()).await.unwrap();
    l1.save(&file.0).unwrap();
    l1.stop().await;
    assert_eq!(Chain::load(&file.0).unwrap().head().hash(), next.hash());
}

#[tokio::test]
async fn damage_is_refused() {
    let node = Node::embedded_manual().await;
    let (chain, ..) = busy(&node).await;
    let file = Scratch::new("damage");
    chain.save(&file.0).unwrap();
    let text = std::fs::read_to_string(&file.0).unwrap();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let damaged = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut copy = whole.clone();
        change(&mut copy);
        copy.to_string()
    };
    for text in [
        String::new(),
        text[..text.len() / 2].to_owned(),
        damaged(&|saved| saved["format"] = "assay-l1/0".into()),
        damaged(&|saved| saved["accounts"][0]["balance"] = "0x5".into()),
        damaged(&|saved| saved["accounts"][0]["code_hash"] = B256::ZERO.to_string().into()),
        damaged(&|saved| saved["blocks"] = serde_json::json!([])),
        damaged(&|saved| saved["blocks"][1]["transactions"] = serde_json::json!([])),
        damaged(&|saved| saved["blocks"].as_array_mut().unwrap().reverse()),
        damaged(&|saved| saved["waiting"][0] = "0x03".into()),
    ] {
        std::fs::write(&file.0, &text).unwrap();
        assert!(matches!(Chain::load(&file.0), Err(Error::File { .. })));
    }
    let absent = Scratch::new("absent");
    assert!(matches!(Chain::load(&absent.0), Err(Error::File { .. })));
}
