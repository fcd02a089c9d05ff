//! `game`: where cheating pays.

use super::{Context, Outcome};
use clap::Args;
use serde_json::json;
use settlement::game::{Assumptions, DefaultTerms, Scenario, sweep, thresholds};
use settlement::settings::RollupSettings;

/// Sweeps bonds, value at stake, ransom, prices and watchers, and says who profits; finds the
/// thresholds, and the defaults that follow. `docs/bonds.md` explains them.
#[derive(Args)]
pub(crate) struct Game;

impl Game {
    #[expect(clippy::unused_async, reason = "as every command")]
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let settings = RollupSettings::default();
        let found = DefaultTerms::of(&Assumptions::default());
        let thresholds = thresholds(&settings);
        if context.json {
            let cell = |scenario: Scenario| {
                json!({
                    "scenario": scenario,
                    "payoffs": scenario.play(&settings),
                    "profits": scenario.who_profits(&settings),
                })
            };
            return Ok(Some(json!({
                "assumptions": Assumptions::default(),
                "found": found,
                "defaults": settings,
                "thresholds": thresholds,
                "sweep": sweep().map(cell).collect::<Vec<_>>(),
            })));
        }
        println!("defaults, as they are found and rounded");
        println!(
            "  operator's slash   {:>10.4} ETH  {}",
            found.operator_slash, settings.operator_slash
        );
        println!(
            "  least bond         {:>10.4} ETH  {}",
            found.min_bond, settings.min_bond
        );
        println!(
            "  challenger's cap   {:>10.4} ETH  {}",
            found.challenger_cap, settings.challenger_cap
        );
        println!(
            "  dear blob base fee {:>10.4} gwei {}",
            found.dear_blob_base_fee, settings.dear_blob_base_fee
        );
        println!("  queue spacing      {:>10.0} s", found.queue_spacing);
        println!(
            "  duty               {:>10} cells of each of 67 signers",
            found.duty_cells
        );
        println!("\nthresholds");
        println!(
            "  withholding pays below a chance of {:.3} to be noticed",
            thresholds.least_detection
        );
        println!(
            "  value per ETH slashed, at most     {:.3} ETH",
            thresholds.value_per_bond
        );
        println!(
            "  the least bond pays an answer up to {:.0} gwei of blob gas",
            thresholds.covered_blob_base_fee
        );
        println!(
            "  a bond by prices pays one up to     {:.2} times those prices",
            thresholds.covered_rise
        );
        println!(
            "  the worst griefing factor           {:.2}",
            thresholds.worst_griefing_factor
        );
        println!("\nwho profits, of the sweep");
        let mut counts = std::collections::BTreeMap::<&str, (usize, Option<Scenario>)>::new();
        let mut all = 0;
        for scenario in sweep() {
            all += 1;
            for who in scenario.who_profits(&settings) {
                let entry = counts.entry(who).or_default();
                entry.0 += 1;
                entry.1.get_or_insert(scenario);
            }
        }
        for (who, (count, first)) in counts {
            println!("  {count:>5} of {all}  {who}");
            if let Some(s) = first {
                println!(
                    "        such as: slash {} ETH, stake {}, value {}, ransom {}, {} watchers of {}, {} and {} gwei, prices times {}",
                    s.operator_slash,
                    s.stake,
                    s.value,
                    s.ransom,
                    s.watchers,
                    s.detection,
                    s.base_fee,
                    s.blob_base_fee,
                    s.rise
                );
            }
        }
        Ok(None)
    }
}
