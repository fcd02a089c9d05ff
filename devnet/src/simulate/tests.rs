#![allow(clippy::unwrap_used, clippy::cast_precision_loss, clippy::float_cmp)]

use super::{SimulationConfig, simulate};
use crate::Error;

const SMALL: SimulationConfig = SimulationConfig {
    full: 20,
    light: 600,
    rows: 16,
    samples: 16,
    peers: 8,
    seed: 1,
};

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed| {
        let config = SimulationConfig { seed, ..SMALL };
        serde_json::to_string(&simulate(&config).unwrap()).unwrap()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn means_are_those_of_the_formulas() {
    let report = simulate(&SMALL).unwrap();
    // 600 light nodes ask eight peers for two cells each.
    let (requests, cells, bytes) = {
        let load = report.full_node;
        (load.requests, load.cells, load.bytes)
    };
    assert_eq!((requests.mean, requests.predicted), (240.0, 240.0));
    assert_eq!((cells.mean, cells.predicted), (480.0, 480.0));
    assert!((bytes.mean - bytes.predicted).abs() < 1e-6);
    assert!(cells.most as f64 > cells.mean);
    let light = report.light_node.bytes;
    assert_eq!(light.mean, light.predicted);
    // 16 cells and 16 commitments, no more than a percent of framing.
    let least = 16.0 * (2048.0 + 48.0 + 48.0);
    assert!(light.mean > least && light.mean < 1.02 * least, "{light:?}");
    assert_eq!(report.light_node.largest_share, 2);
    assert!(report.light_node.median_ms >= 20);
}

#[test]
fn with_few_peers_one_sees_more_than_a_quarter() {
    let config = SimulationConfig { peers: 2, ..SMALL };
    assert_eq!(simulate(&config).unwrap().light_node.largest_share, 8);
}

#[test]
fn light_nodes_rebuild_and_are_fooled_about_as_the_formulas_say() {
    let report = simulate(&SMALL).unwrap();
    let near = |observed: u32, predicted: f64| {
        let ratio = f64::from(observed) / predicted;
        assert!((0.75..1.25).contains(&ratio), "{observed} {predicted}");
    };
    let rebuild = report.rebuild;
    near(rebuild.random.median.unwrap(), rebuild.random.predicted);
    near(
        rebuild.adversarial.median.unwrap(),
        rebuild.adversarial.predicted,
    );
    let selective = report.fooled.selective;
    near(selective.observed, selective.predicted);
    // A selective attacker fools far more of many nodes than one who fixed his set.
    assert!(report.fooled.fixed.observed < selective.observed / 2);
}

#[test]
fn too_few_light_nodes_rebuild_nothing_and_are_all_fooled() {
    let report = simulate(&SimulationConfig { light: 5, ..SMALL }).unwrap();
    assert_eq!(report.rebuild.random.least, None);
    assert_eq!(report.rebuild.adversarial.most, None);
    assert_eq!(report.fooled.selective.observed, 5);
}

#[test]
fn bad_input_what_cannot_be_simulated_is_refused() {
    for config in [
        SimulationConfig { full: 0, ..SMALL },
        SimulationConfig { light: 0, ..SMALL },
        SimulationConfig { rows: 0, ..SMALL },
        SimulationConfig { rows: 257, ..SMALL },
        SimulationConfig {
            samples: 0,
            ..SMALL
        },
        SimulationConfig {
            samples: 1_025,
            ..SMALL
        },
        SimulationConfig { peers: 21, ..SMALL },
        SimulationConfig {
            light: 1_000_000,
            samples: 1_024,
            ..SMALL
        },
    ] {
        assert!(
            matches!(simulate(&config), Err(Error::OutOfRange { .. })),
            "{config:?}"
        );
    }
}
