//! The whole way, in a sound network and in one that withholds.

use crate::network::{bytes, config, patiently, post, start};
use devnet::{DevnetConfig, Error, Expectation, Step, round};
use light_node::core::Verdict;

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_comes_back_from_another_node_and_everybody_finds_it_available() {
    let devnet = start(config(3)).await;
    let mut steps = Vec::new();
    let post = post(bytes(1));
    let going = round(&devnet, &post, |_, step| steps.push(step));
    let report = patiently(going).await.unwrap();

    assert_eq!(Expectation::Available.faults(&report), Vec::<String>::new());
    assert!(report.round_trip);
    assert_ne!(report.post_node, report.get_node);
    assert_eq!((report.rows, report.total_weight), (2, 4));
    assert!(report.signed_weight >= 3);
    assert_eq!(report.light.len(), 3);
    for light in &report.light {
        assert_eq!(light.verdict, Verdict::Available);
        assert!(light.samples > 0 && light.peers > 0 && light.bytes_received > 0);
        assert!(light.miss_probability <= 0.001);
    }
    let place = |wanted: fn(&Step) -> bool| steps.iter().position(wanted).expect("was told");
    let order = [
        place(|s| matches!(s, Step::Posted { .. })),
        place(|s| matches!(s, Step::Received { .. })),
        place(|s| matches!(s, Step::Certified { .. })),
        place(|s| matches!(s, Step::Ordered { .. })),
        place(|s| matches!(s, Step::Final { .. })),
        place(|s| matches!(s, Step::Sampled { .. })),
        place(|s| matches!(s, Step::Fetched { same: true, .. })),
    ];
    assert!(order.is_sorted(), "{order:?}");
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_half_of_the_cells_withheld_everybody_finds_it_unavailable() {
    let devnet = start(DevnetConfig {
        withhold: Some(0.5),
        ..config(3)
    })
    .await;
    let report = patiently(round(&devnet, &post(bytes(2)), |_, _| {}))
        .await
        .unwrap();
    assert_eq!(
        Expectation::Unavailable.faults(&report),
        Vec::<String>::new()
    );
    assert!(
        report
            .light
            .iter()
            .all(|light| light.verdict == Verdict::Unavailable)
    );
    assert_eq!(report.light.len(), 3);
    // Certified and ordered all the same: validators hold what they refuse to show.
    assert!(report.signed_weight >= 3 && report.height.get() >= 1);
    patiently(devnet.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_networks_that_cannot_be_are_refused() {
    for (validators, light, withhold) in [
        (0, 3, None),
        (1_000, 3, None),
        (4, 1_000, None),
        (4, 3, Some(1.5)),
        (4, 3, Some(f64::NAN)),
    ] {
        let config = DevnetConfig {
            validators,
            withhold,
            ..config(light)
        };
        let Err(refused) = Box::pin(devnet::Devnet::start(config)).await else {
            panic!("{validators} {light} {withhold:?}");
        };
        assert!(
            matches!(refused, Error::OutOfRange { .. }) && refused.is_usage(),
            "{refused}"
        );
    }
}
