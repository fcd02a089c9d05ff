//! `docs/bonds.md` against what `game` says: its figures are the program's.

use settlement::Gas;
use settlement::costs::{CHALLENGE_OF_CELL, CHALLENGE_OF_ROW};
use settlement::game::{
    Assumptions, DefaultTerms, Scenario, duty_cells, row_detection, thresholds,
};
use settlement::settings::RollupSettings;
use settlement::watcher::{Limits, SamplingConfig};
use types::limits::{COLUMNS, DATA_COLUMNS};

const PAGE: &str = include_str!("../../../../docs/bonds.md");
const DAY: u64 = 24 * 60 * 60;

/// The rows of the first table under a heading, short of its head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let (_, section) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let (section, _) = section.split_once("\n## ").unwrap_or((section, ""));
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    lines
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// Thousands apart.
fn grouped(number: &str) -> String {
    let (whole, rest) = number
        .find('.')
        .map_or((number, ""), |point| number.split_at(point));
    let digits: Vec<char> = whole.chars().rev().collect();
    let groups: Vec<String> = digits
        .chunks(3)
        .map(|group| group.iter().collect())
        .collect();
    let whole: String = groups.join(",").chars().rev().collect();
    whole + rest
}

#[test]
fn the_defaults_are_the_programs() {
    let (settings, assumed) = (RollupSettings::default(), Assumptions::default());
    let found = DefaultTerms::of(&assumed);
    let hours = settings.challenge_window / 3600;
    assert_eq!(
        [settings.answer_window, settings.exculpation_window],
        [settings.challenge_window; 2]
    );
    let gas = |gas: Gas| grouped(&gas.get().to_string());
    let expected = [
        row(&[
            "operator's slash",
            &settings.operator_slash.to_string(),
            &format!(
                "the pool gets {} users out at {} gwei",
                grouped(&assumed.escapes.to_string()),
                assumed.dear_base_fee
            ),
            &format!("{:.1} ETH, up to a power of two", found.operator_slash),
        ]),
        row(&[
            "least bond",
            &settings.min_bond.to_string(),
            &format!(
                "an answer at {} gwei, and {} gwei of blob gas, is paid although the bond was \
                 made at the lowest prices",
                assumed.dear_base_fee, assumed.spike_blob_base_fee
            ),
            &format!("{:.4} ETH, up to 1, 2 or 5", found.min_bond),
        ]),
        row(&[
            "challenger's cap",
            &settings.challenger_cap.to_string(),
            &format!(
                "a challenge pays for whoever is sure of 1 in {:.0}, even if the whole bond is \
                 lost at dear prices",
                1.0 / assumed.belief
            ),
            &format!("{:.1} ETH", found.challenger_cap),
        ]),
        row(&[
            "dear blob base fee",
            &format!("{} gwei", settings.dear_blob_base_fee.get() / 1_000_000_000),
            "an answer's blob costs a quarter of the least bond",
            &format!("{:.0} gwei", found.dear_blob_base_fee),
        ]),
        row(&[
            "answer's gas",
            &gas(settings.answer_gas),
            "the answer by blob",
            &gas(assumed.answer_gas),
        ]),
        row(&[
            "a cell's gas",
            &gas(settings.cell_gas),
            "the answer by two openings",
            &gas(assumed.cell_gas),
        ]),
        row(&[
            "queue spacing",
            &format!("{} s", settings.queue_spacing),
            "a flood takes a sixtieth of L1's target for blobs",
            &format!("{:.0} s", found.queue_spacing),
        ]),
        row(&[
            "duty",
            &format!("{} cells", settings.duty_cells),
            &format!("what {} signers owe recovers a row", assumed.signers),
            &found.duty_cells.to_string(),
        ]),
        row(&[
            "windows",
            &format!("{hours} hours each"),
            "to notice, to wake somebody, to get into full blocks",
            "the shortest that the contracts allow",
        ]),
    ];
    assert_eq!(table("The defaults"), expected);
    assert!((assumed.flood_share - 1.0 / 60.0).abs() < 1e-12);
}

#[test]
fn what_withholding_costs_is_the_models() {
    let settings = RollupSettings::default();
    let thresholds = thresholds(&settings);
    let mut expected: Vec<Vec<String>> = [400.0, 1_000.0, 10_000.0]
        .map(|stake| {
            let scenario = Scenario {
                stake,
                ..Scenario::default()
            };
            let loss = scenario.play(&settings).withholding_loss;
            let slashed = scenario.operator_slash + stake / 3.0;
            let value = thresholds.value_per_bond * slashed;
            row(&[
                "32 ETH",
                &format!("{} ETH", grouped(&stake.to_string())),
                &format!("{} ETH", grouped(&format!("{loss:.1}"))),
                &format!("{} ETH", grouped(&format!("{value:.1}"))),
                &format!("{:.3}", value / (value + loss)),
            ])
        })
        .into();
    expected.push(row(&[
        "any",
        "any",
        "9/10 of the slash at least",
        "2/3 of the slash",
        &format!("{:.3}", thresholds.least_detection),
    ]));
    assert_eq!(table("Withholding"), expected);
    let sampling = SamplingConfig::default();
    assert!(PAGE.contains(&format!("samples {} cells", sampling.cells_per_row)));
    assert!(PAGE.contains(&format!("a day has {} rounds", DAY / sampling.pause)));
    let missed = 1.0 - row_detection(u32::from(sampling.cells_per_row));
    assert!(missed < 1.0 / 65_536.0 && PAGE.contains("once in 65,536 rounds"));
    assert_eq!(Limits::default().rounds_in_vain, 3);
    assert!(PAGE.contains("three rounds of sampling in vain"));
}

#[test]
fn what_griefing_costs_is_the_models() {
    let settings = RollupSettings::default();
    let expected: Vec<Vec<String>> = [
        (1.0, 0.01, 1.0),
        (10.0, 1.0, 1.0),
        (50.0, 100.0, 1.0),
        (50.0, 100.0, 4.0),
        (50.0, 100.0, 16.0),
        (200.0, 300.0, 16.0),
    ]
    .map(|(base_fee, blob_base_fee, rise)| {
        let scenario = Scenario {
            base_fee,
            blob_base_fee,
            rise,
            ..Scenario::default()
        };
        let payoffs = scenario.play(&settings);
        row(&[
            &format!("{base_fee}, {blob_base_fee} gwei"),
            &match rise {
                1.0 => "the same".to_owned(),
                _ => format!("{rise} times"),
            },
            &format!("{:.4} ETH", -payoffs.griefer),
            &format!("{:+.4} ETH", payoffs.griefed),
            &format!("{:.2}", payoffs.griefing_factor),
        ])
    })
    .into();
    assert_eq!(table("Griefing"), expected);
    let thresholds = thresholds(&settings);
    let rise = format!("more than {:.1} times", thresholds.covered_rise);
    assert!(PAGE.contains(&rise), "{rise}");
    let user = |base_fee, blob_base_fee| {
        let scenario = Scenario {
            base_fee,
            blob_base_fee,
            ..Scenario::default()
        };
        let payoffs = scenario.play(&settings);
        (-payoffs.ignored_user, payoffs.watcher_belief)
    };
    let (calm, dear) = (user(10.0, 1.0), user(50.0, 100.0));
    let ignored = format!(
        "at 10 gwei and 1 gwei about {:.3} ETH with the challenge's own gas, at 50 and 100 about \
         {:.3} ETH",
        calm.0, dear.0
    );
    assert!(PAGE.contains(&ignored), "{ignored}");
    let reward = Scenario::default().operator_slash / 10.0;
    let belief = format!("{reward} ETH of the default");
    assert!(PAGE.contains(&belief), "{belief}");
    // To two digits.
    let one_in = |belief: f64| {
        let cases = 1.0 / belief;
        let unit = 10_f64.powf(cases.log10().floor() - 1.0);
        grouped(&((cases / unit).round() * unit).to_string())
    };
    let beliefs = format!(
        "sure of one case in {} at 10 gwei and 1 gwei, and of one in {} at 50 and 100",
        one_in(calm.1),
        one_in(dear.1)
    );
    assert!(PAGE.contains(&beliefs), "{beliefs}");
}

#[test]
fn what_signers_owe_is_the_models() {
    let expected: Vec<Vec<String>> = [(3, 4), (11, 16), (67, 100)]
        .map(|(signers, members)| {
            row(&[
                &format!("{signers} (of {members})"),
                &duty_cells(signers).to_string(),
            ])
        })
        .into();
    assert_eq!(table("What a signer owes"), expected);
}

#[test]
fn what_rows_and_cells_cost_is_the_models() {
    let assumed = Assumptions::default();
    let (by_row, by_cell) = (assumed.answer_gas.get(), assumed.cell_gas.get());
    let blob_gas = RollupSettings::BLOB_GAS.get();
    let number = |number: u64| grouped(&number.to_string());
    let expected = [
        row(&[
            "gas of the challenge",
            &number(CHALLENGE_OF_ROW.get()),
            &number(CHALLENGE_OF_CELL.get()),
        ]),
        row(&["gas of the answer", &number(by_row), &number(by_cell)]),
        row(&["blob gas of the answer", &number(blob_gas), "0"]),
        row(&["cells that are public then", &COLUMNS.to_string(), "1"]),
    ];
    assert_eq!(table("Rows before cells")[..4], expected);
    let ratio = (by_cell - by_row) as f64 / blob_gas as f64;
    let dearer = format!("more than {ratio:.2} times what gas does, and {DATA_COLUMNS} of them");
    assert!(PAGE.contains(&dearer), "{dearer}");
    let limits = Limits::default();
    assert!(PAGE.contains(&format!("It is {} by default", limits.max_cells)));
}
