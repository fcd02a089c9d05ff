//! What came of it, as L1 says.

use super::acts::Outcome;
use super::stage::Stage;
use crate::Result;
use serde::Serialize;
use settlement::Wei;

/// What a transaction took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gas {
    /// In which act.
    pub act: &'static str,
    /// The function called.
    pub call: String,
    /// Gas.
    pub gas: u64,
    /// Blob gas.
    pub blob_gas: u64,
}

/// What came of the demonstration. Amounts are in wei, as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What challenging data that was there cost whoever did.
    pub griefer_paid: String,
    /// What the operator lost of its bond, and each validator that kept silent of its stake.
    pub slashed: Slashed,
    /// The validators that published what they owed, by their L1 ids.
    pub spared: Vec<String>,
    /// The root that the tree off L1 fell back to: that of the last batch whose data was final.
    pub fallback_root: String,
    /// Whether the tree on L1 stands as the last batch left it, and paid its owners.
    pub onchain_untouched: bool,
    /// What the user whose data was withheld left with.
    pub escaped: String,
    /// Whether all money is where it should be, to the wei.
    pub conserved: bool,
    /// What every transaction took.
    pub gas: Vec<Gas>,
    /// What did not come out as it should have.
    pub faults: Vec<String>,
}

/// Who lost what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Slashed {
    /// The operator.
    pub operator: String,
    /// Validators, by their L1 ids.
    pub validators: Vec<(String, String)>,
}

impl Report {
    /// Whether all came out as it should.
    #[must_use]
    pub fn held(&self) -> bool {
        self.faults.is_empty()
    }

    pub(super) async fn read(stage: &Stage<'_>, outcome: &Outcome) -> Result<Self> {
        let (now, first) = stage.ledger.balance(&stage.client).await?;
        let Outcome {
            honest,
            collusion,
            escape,
        } = outcome;
        let mut faults = Vec::new();
        let mut expect = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        expect(honest.griefer_paid > Wei::ZERO, "the griefer paid nothing");
        expect(
            collusion.operator_slashed > Wei::ZERO,
            "the operator was not slashed",
        );
        expect(
            collusion
                .slashed
                .iter()
                .all(|(_, amount)| *amount > Wei::ZERO)
                && !collusion.slashed.is_empty(),
            "no validator that kept silent was slashed",
        );
        expect(
            collusion.spared == [collusion.speaker],
            "not exactly the validator that published was spared",
        );
        expect(
            collusion.fallback_root == honest.roots.offL1,
            "the tree off L1 did not fall back to its last final root",
        );
        expect(escape.onchain_untouched, "the tree on L1 was touched");
        expect(
            escape.escaped == escape.expected,
            "the user did not leave with what it had",
        );
        expect(now == first, "money was lost or made");
        Ok(Self {
            griefer_paid: honest.griefer_paid.get().to_string(),
            slashed: Slashed {
                operator: collusion.operator_slashed.get().to_string(),
                validators: collusion
                    .slashed
                    .iter()
                    .map(|(validator, amount)| (validator.to_string(), amount.get().to_string()))
                    .collect(),
            },
            spared: collusion.spared.iter().map(ToString::to_string).collect(),
            fallback_root: format!("{:#066x}", collusion.fallback_root),
            onchain_untouched: escape.onchain_untouched,
            escaped: escape.escaped.get().to_string(),
            conserved: now == first,
            gas: stage.ledger.gas().to_vec(),
            faults,
        })
    }
}
