//! The page in a browser: headless Chromium, driven by its DevTools protocol. The tests need
//! Chromium and are run by their own command; without it they fail.

use crate::browser::Browser;
use crate::fixture::grid;
use crate::network::{Chain, Manner, config, full_nodes, light_node, shared};
use crate::page::{anywhere, patiently};
use light_node::core::{Goal, SampleCount};
use std::time::Duration;

/// Whatever is read on the page.
const TEXTS: &str = "h1, h2, p, dt, dd, .says, .figures, .legend li";

/// Pixels of the stone that are more gold, or more red, than grey.
const STREAKS: &str = r#"(() => {
    const stone = document.getElementById("stone");
    const { data } = stone.getContext("2d").getImageData(0, 0, stone.width, stone.height);
    let gold = 0, red = 0;
    for (let i = 0; i < data.length; i += 4) {
        const [r, g, b] = data.slice(i, i + 3);
        if (r > 200 && g > 150 && b < 140) gold += 1;
        if (r > 200 && g < 170 && b < 140) red += 1;
    }
    return { gold, red };
})()"#;

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_block_is_judged_while_people_look() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 4]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let page = light.serve_page(anywhere()).await.unwrap();
    let origin = format!("http://{}/", page.address());
    let mut browser = Browser::start().await;
    browser.resize(375).await;
    browser.open(&origin).await;
    browser.until("link", "Live").await;
    browser.until("word", "Waiting").await;

    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = patiently(verdicts.recv()).await.unwrap();
    browser.until("word", "available").await;
    let samples = verdict.figures.samples as u64;
    assert_eq!(browser.number("count-verified").await, samples);
    assert_eq!(browser.number("count-planned").await, 0);
    browser
        .until("verified", &format!("{samples} of {samples}"))
        .await;
    let odds = browser
        .evaluate("document.getElementById('odds').textContent")
        .await;
    let line = verdict.to_string();
    assert!(line.contains(odds.as_str().unwrap()), "{odds} in {line}");
    browser.until("full-peers", "4").await;
    let live = "document.getElementById('word').closest('[aria-live]').ariaLive";
    assert_eq!(browser.evaluate(live).await, "polite");

    // Everything came from the node, and every streak is on the stone.
    let resources = "performance.getEntriesByType('resource').map(({ name }) => name)";
    for resource in browser.evaluate(resources).await.as_array().unwrap() {
        let resource = resource.as_str().unwrap();
        assert!(resource.starts_with(&origin), "{resource}");
    }
    let streaks = browser.evaluate(STREAKS).await;
    assert!(streaks["gold"].as_u64().unwrap() >= samples, "{streaks}");
    for width in [320, 375, 768, 1280] {
        browser.resize(width).await;
        let overflow = browser.overflow().await;
        assert_eq!(overflow, 0, "{width} pixels");
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn withheld_cells_are_seen_and_read() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Withholds; 4]).await;
    let mut config = config(&chain, &nodes);
    config.deadline = Duration::from_secs(5);
    config.goal = Goal::Samples(SampleCount::new(64).unwrap());
    let light = light_node(config).await;
    let page = light.serve_page(anywhere()).await.unwrap();
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = patiently(verdicts.recv()).await.unwrap();

    let mut browser = Browser::start().await;
    browser.resize(375).await;
    browser.prefer("light").await;
    browser.open(&format!("http://{}/", page.address())).await;
    browser.until("word", "unavailable").await;
    browser.until("odds", "no claim").await;
    let missing = (verdict.figures.samples - verdict.figures.verified) as u64;
    assert_eq!(browser.number("count-missed").await, missing);
    let label = "document.getElementById('stone').ariaLabel";
    let label = browser.evaluate(label).await.as_str().unwrap().to_owned();
    assert!(label.contains(&format!("{missing} not given")), "{label}");
    let transition = "getComputedStyle(document.querySelector('h1')).transitionProperty";
    assert_eq!(browser.evaluate(transition).await, "none");
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        let contrast = browser.contrast(TEXTS).await;
        assert!(contrast >= 4.5, "{scheme}: {contrast}");
        let streaks = browser.evaluate(STREAKS).await;
        assert!(streaks["red"].as_u64().unwrap() > 0, "{scheme}: {streaks}");
    }
    assert_eq!(browser.overflow().await, 0);
}
