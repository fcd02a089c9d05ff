//! `costs`: what everything costs on L1, measured.

use super::{Context, Outcome};
use clap::Args;
use commitments::Setup;
use l1::accounts::{TEST_PHRASE, derive, wei_of_ether};
use l1::server::{Options, now};
use l1::{Chain, Genesis};
use serde_json::json;
use settlement::Wei;
use settlement::client::L1Client;
use settlement::costs::{PUBLISHED, measure};

/// Runs every operation on an L1 in this process, and prints the gas of each, and what that is at
/// the given prices, beside what others publish.
#[derive(Args)]
pub(crate) struct Costs {
    /// The base fee per gas.
    #[arg(long, value_name = "AMOUNT", default_value = "1 gwei")]
    base_fee: Wei,
    /// The blob base fee per blob gas.
    #[arg(long, value_name = "AMOUNT", default_value = "1 gwei")]
    blob_base_fee: Wei,
}

impl Costs {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let signers = derive(TEST_PHRASE, 10)?;
        let accounts: Vec<_> = signers.iter().map(|signer| signer.address()).collect();
        let genesis = Genesis::new(now()).with_balances(&accounts, wei_of_ether(10_000));
        let server = l1::server::L1::serve(Chain::new(&genesis)?, Options::default()).await?;
        let client = L1Client::connect(&server.http_url()).await?;
        let setup = tokio::task::spawn_blocking(Setup::ceremony).await??;
        let costs = measure(&client, &signers, setup).await?;
        server.stop().await;
        if context.json {
            let costs: Vec<_> = costs
                .iter()
                .map(|cost| {
                    json!({
                        "operation": cost.operation,
                        "gas": cost.gas,
                        "blob_gas": cost.blob_gas,
                        "times": cost.times,
                        "eth": cost.at(self.base_fee, self.blob_base_fee).as_ether(),
                    })
                })
                .collect();
            return Ok(Some(json!({ "costs": costs, "published": PUBLISHED })));
        }
        println!(
            "gas of whole transactions; ETH at {} and {} per blob gas\n",
            self.base_fee, self.blob_base_fee
        );
        println!(
            "{:<52} {:>12} {:>9} {:>12}",
            "operation", "gas", "blob gas", "ETH"
        );
        for cost in &costs {
            let eth = cost.at(self.base_fee, self.blob_base_fee).as_ether();
            println!(
                "{:<52} {:>12} {:>9} {eth:>12.6}",
                cost.operation, cost.gas, cost.blob_gas
            );
            if cost.times > 1 {
                let each = cost.gas.get() / u64::from(cost.times);
                println!("{:<52} {each:>12} {:>9}", "  each", "");
            }
        }
        println!("\npublished by others");
        for figure in PUBLISHED {
            println!(
                "{:<12} {:>9}  {}",
                figure.system, figure.gas, figure.operation
            );
            println!("{:<12} {:>9}  {}", "", "", figure.source);
        }
        Ok(None)
    }
}
