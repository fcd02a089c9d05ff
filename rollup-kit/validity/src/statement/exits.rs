//! What L1 knows of a batched exit (`Inputs.ofHoldings`).

use super::{BatchNumber, Claim, WORD, abi_list, context, data_point, scalar_word, word};
use crate::EXIT_INPUTS;
use ledger::{Address, ExitBatch, Fr, Holding};

const EXITS_TAG: &[u8] = b"assay/rollup-exits/v1";

/// Whose frozen rollup is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitTerms {
    /// L1's chain id.
    pub chain_id: u64,
    /// The rollup's contract.
    pub contract: Address,
    /// Its newest batch, whose roots stay.
    pub newest: BatchNumber,
}

/// The public inputs of a batched exit's proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatement {
    inputs: [Fr; EXIT_INPUTS],
}

impl ExitStatement {
    /// What L1 will know of these exits.
    #[must_use]
    pub fn new(batch: &ExitBatch, terms: &ExitTerms) -> Self {
        let digest = batch.digest();
        let roots = batch.roots;
        let place = (terms.chain_id, terms.contract, terms.newest);
        let context = context(EXITS_TAG, place, digest, [roots, roots]);
        let tree = batch.tree.number();
        let point = data_point(&context, &abi_exits(tree, &batch.holdings));
        Self {
            inputs: [
                tree.into(),
                roots.of(batch.tree),
                digest,
                point,
                batch.folded(point),
            ],
        }
    }

    /// The inputs of the circuit, as the contracts hand them to the verifier.
    #[must_use]
    pub const fn inputs(&self) -> &[Fr; EXIT_INPUTS] {
        &self.inputs
    }
}

impl Claim for ExitStatement {
    fn inputs(&self) -> &[Fr] {
        &self.inputs
    }
}

/// `abi.encode(tree, holdings)`.
fn abi_exits(tree: u8, holdings: &[Holding]) -> Vec<u8> {
    let list = holdings.iter().map(|holding| {
        [
            word(holding.slot().get().into()),
            scalar_word(holding.owner),
            scalar_word(holding.token),
            scalar_word(holding.amount),
        ]
    });
    let mut encoding = word(tree.into()).to_vec();
    encoding.extend(word(2 * WORD as u128));
    encoding.extend(abi_list(list));
    encoding
}
