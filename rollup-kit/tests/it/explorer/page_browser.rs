//! The explorer's page in headless Chromium. The tests need it and are run by their own command;
//! without it they fail.

use super::browser::Browser;
use super::door::nobody;
use super::strangers::Stranger;
use super::town::{Shown, Town};
use crate::wallet::operating::world::{World, signers, transfer, who};
use ledger::{BatchSize, Tree};
use serde_json::{Value, json};

/// Names a file: the page is put there as a picture.
const PICTURE: &str = "ASSAY_EXPLORER_PICTURE";
/// Whatever is read on the page.
const TEXTS: &str = "h1, h2, h3, p, dt, dd, th, td, code, li span, .judgement b";

/// The bytes of standard Base64 (RFC 4648).
fn from_base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|byte| alphabet.iter().position(|letter| *letter == byte))
        .map(|digit| u32::try_from(digit).unwrap())
        .collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let sum = group.iter().fold(0, |sum, digit| (sum << 6) | digit);
        let sum = sum << (6 * (4 - group.len()));
        bytes.extend(&sum.to_be_bytes()[1..group.len()]);
    }
    bytes
}

async fn photograph(browser: &mut Browser) {
    let Some(file) = std::env::var_os(PICTURE) else {
        return;
    };
    let taken = browser
        .command(
            "Page.captureScreenshot",
            json!({ "format": "png", "captureBeyondViewport": true }),
        )
        .await;
    std::fs::write(file, from_base64(taken["data"].as_str().unwrap())).unwrap();
}

async fn texts(browser: &mut Browser, selector: &str) -> Vec<String> {
    let expression =
        format!("[...document.querySelectorAll({selector:?})].map((e) => e.textContent)");
    let found = browser.evaluate(&expression).await;
    serde_json::from_value(found).unwrap()
}

/// Waits until an expression holds in the page.
async fn until(browser: &mut Browser, holds: &str) {
    for _ in 0..300 {
        if browser.evaluate(holds).await == true {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let page = browser.evaluate("document.body.innerText").await;
    panic!("{holds}: {page}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn people_see_a_batch_a_path_and_the_bonds() {
    let town = Town::with_two_batches().await;
    town.challenge(2).await;
    town.world
        .deposit(Tree::OffL1, who::BOB, 30_000_000_000_000_000)
        .await;
    let shown = Shown::of(&town).await;
    let origin = format!("http://{}/", shown.address());
    let mut browser = Browser::start().await;
    browser.prefer("light").await;
    browser.resize(1280).await;
    browser.open(&origin).await;
    browser.until("link", "Live").await;
    browser.until("word", "Running").await;
    browser.until("newest", "2").await;
    browser.until("accounts", "6").await;
    browser.until("open", "1").await;
    browser.until("behind", "400 ETH").await;

    // The newest batch is chosen by itself, with its certificate and its proof.
    browser.until("batch-title", "Batch 2").await;
    let signed = "3 of 4 weight signed, by 3 of 4 validators.";
    browser.until("signed-weight", signed).await;
    let proof = texts(&mut browser, "#proof").await;
    assert!(
        proof[0].starts_with("65 bytes: the word of 1 of 1 attestor"),
        "{proof:?}"
    );
    let marks = "document.querySelectorAll('.bitmap .signed').length";
    assert_eq!(browser.evaluate(marks).await, 3);
    until(
        &mut browser,
        "document.querySelector('#batches .operations').textContent === '3 signed · 0 L1'",
    )
    .await;

    // Another one when it is asked for.
    browser
        .evaluate("document.querySelector('#batches li:nth-child(2) button').click()")
        .await;
    browser.until("batch-title", "Batch 1").await;
    until(&mut browser, "location.hash === '#batch/1'").await;

    let operator = signers()[who::OPERATORS[0]]
        .address()
        .to_string()
        .to_lowercase();
    let bonds = texts(&mut browser, "#operators tbody th, #operators tbody td").await;
    assert_eq!(bonds, [operator.as_str(), "in turn", "64 ETH", "0"]);
    let validators = texts(&mut browser, "#validators tbody td:nth-child(5)").await;
    assert_eq!(validators, ["100 ETH"; 4]);
    // What came last may be derived later than the rest.
    until(
        &mut browser,
        "document.querySelector('#queue b')?.textContent === 'Deposit'",
    )
    .await;
    until(
        &mut browser,
        "document.querySelector('#challenges .state')?.textContent === 'open'",
    )
    .await;

    browser
        .evaluate("document.querySelector('#batches button').click(); document.querySelector('#ask button').click()")
        .await;
    until(
        &mut browser,
        "document.querySelectorAll('#account .nodes .way').length === 13",
    )
    .await;
    let judged = texts(&mut browser, "#judgement b").await;
    assert_eq!(judged, ["Proven."]);
    let roots = texts(
        &mut browser,
        "#account .facts > div:nth-last-child(-n+2) code",
    )
    .await;
    assert_eq!(roots[0], roots[1]);
    browser.until("batch-title", "Batch 2").await;
    browser.until("signed-weight", signed).await;
    photograph(&mut browser).await;

    // Everything came from the explorer, nothing was refused by its policy, and it fits.
    let resources = "performance.getEntriesByType('resource').map(({ name }) => name)";
    for resource in browser.evaluate(resources).await.as_array().unwrap() {
        let resource = resource.as_str().unwrap();
        assert!(resource.starts_with(&origin), "{resource}");
    }
    for width in [320, 375, 768, 1024, 1280] {
        browser.resize(width).await;
        assert_eq!(browser.overflow().await, 0, "{width} pixels");
    }
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        let contrast = browser.contrast(TEXTS).await;
        assert!(contrast >= 4.5, "{scheme}: {contrast}");
    }

    // What happens meanwhile comes by itself.
    let mut operating = town.world.operator(who::OPERATORS[1]);
    town.world.bond_operator(who::OPERATORS[1]).await;
    town.world
        .until(&mut operating, "what is there", |shared| {
            shared.desk().core().settled().is_some()
        })
        .await;
    let shared = operating.shared().clone();
    transfer(&shared, Tree::OffL1, [who::ALICE, who::BOB], 0, 10);
    town.world.warp(3 * 3600).await;
    town.world.settle(&mut operating, 3).await;
    browser.until("newest", "3").await;
    shown.stop().await;
}

/// Text of strangers stays text, and silence has its words.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn strangers_words_stay_words() {
    let world = World::new(BatchSize::EIGHT).await;
    let rollup = world.deployment.rollup;
    let markup =
        "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
    let stranger = Stranger::answering(move |method| match method {
        "rollup_info" => json!({ "result": {
            "rollup": rollup, "operator": settlement::Address::ZERO, "batch_size": 8,
        } }),
        _ => json!({ "result": {
            "ok": false, "l1_block": null, "newest_batch": null, "carriage": "network",
            "pooled": 0, "in_flight": 0, "last_error": markup,
        } }),
    })
    .await;
    let mut sources = nobody(&world).await;
    sources.operators = vec![stranger.url.clone()];
    let shown = Shown::asking(sources).await;
    let mut browser = Browser::start().await;
    browser.resize(375).await;
    browser.open(&format!("http://{}/", shown.address())).await;
    browser.until("link", "Live").await;
    until(
        &mut browser,
        "document.querySelectorAll('#troubles li').length === 3",
    )
    .await;
    let troubles = texts(&mut browser, "#troubles li").await;
    assert!(
        troubles.iter().any(|line| line.contains(markup)),
        "{troubles:?}"
    );
    let inside = "document.querySelectorAll('#troubles li *').length";
    assert_eq!(browser.evaluate(inside).await, 0);
    assert_ne!(browser.evaluate("document.title").await, "taken");
    browser.until("word", "Waiting").await;
    let hidden = "document.getElementById('no-batches').hidden";
    assert_eq!(browser.evaluate(hidden).await, Value::Bool(false));
    assert_eq!(browser.overflow().await, 0);
    shown.stop().await;
}
