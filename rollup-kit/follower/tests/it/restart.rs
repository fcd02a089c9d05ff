//! Stopped, killed, started again.

use crate::Asked;
use crate::door::funded;
use derivation::Config;
use serde_json::json;

/// However far it was when it was killed, it comes to the same.
#[tokio::test]
async fn a_kill_on_the_way_costs_nothing_but_time() {
    let world = funded().await;
    let folder = world.folder.path().join("followed");
    let config = || Config {
        store: Some(folder.clone()),
        // A few blocks at a time, a snapshot after each batch.
        range: 3,
        save_every: 1,
        ..Config::default()
    };
    let mut expected = world.deriver().await;
    expected.catch_up().await.unwrap();
    let mut starts = 0;
    loop {
        // Killed after a step: whatever was not written is lost.
        let mut killed = world.deriver_with(config()).await;
        let resumed_at = killed.derivation().tip().number;
        killed.step().await.unwrap();
        killed.step().await.unwrap();
        starts += 1;
        let tip = killed.derivation().tip().number;
        assert!(tip >= resumed_at);
        if starts > 3 {
            break;
        }
    }
    let asked = Asked::new(world.deriver_with(config()).await).await;
    asked.caught_up(&world.client).await;
    let roots = asked.ask("rollup_roots", json!([])).await.unwrap();
    let same = follower::views::roots(expected.derivation());
    assert_eq!(roots, serde_json::to_value(same).unwrap());
    asked.follower.stop().await.unwrap();
    // Stopped in order, it is where it was at once.
    let resumed = world.deriver_with(config()).await;
    assert_eq!(resumed.derivation().tip(), expected.derivation().tip());
    assert_eq!(
        resumed.derivation().state().roots(),
        expected.derivation().state().roots()
    );
}
