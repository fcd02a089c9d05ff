//! What proving costs.

use crate::gadget::Ruled;
use crate::{
    BatchCircuit, BatchNumber, Checkpoint, CheckpointCircuit, CheckpointSize, CheckpointStatement,
    CheckpointTerms, CircuitSize, ExitStatement, ExitTerms, ExitsCircuit, Keys, OnL1Part, Progress,
    Result, Shape, Statement, SumEngine, Terms, VerifyingKey, prove, prove_checkpoint, prove_exits,
};
use ledger::keys::SigningKey;
use ledger::{
    AccountIndex, AccountKey, Address, Amount, Batch, BatchSize, Body, Draft, ExitBatch, ExitsSize,
    Fee, FinishedBatch, FromL1, Nonce, Operation, RollupDomain, State, TokenId, Tree, TreeState,
};
use rand::CryptoRng;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a proof of one circuit costs on this machine.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// Which circuit.
    pub shape: Shape,
    /// Operations, or exits.
    pub operations: usize,
    /// The circuit.
    pub size: CircuitSize,
    /// The engine of the sums.
    pub engine: SumEngine,
    /// To make the keys or read them, and to take their points over into the engine.
    pub keys: Duration,
    /// To prove, all told.
    pub proving: Duration,
    /// What verifies.
    pub verifying: VerifyingKey,
    /// The most memory that this process has held, in bytes; none where the system does not say.
    pub peak_memory: Option<u64>,
}

impl Measurement {
    /// Operations or exits that one prover proves in a second.
    #[must_use]
    pub fn operations_per_second(&self) -> f64 {
        self.operations as f64 / self.proving.as_secs_f64()
    }
}

/// Proves a full batch of transfers and withdrawals in both trees, or exits of as many accounts as
/// there are places, with the development keys out of a folder, and says what it cost.
///
/// # Errors
/// As [`Keys::development_in`] and [`prove`].
pub fn measure(
    shape: Shape,
    engine: SumEngine,
    folder: &Path,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(Progress),
) -> Result<Measurement> {
    let begun = Instant::now();
    let keys = Keys::development_in(folder, shape, engine)?;
    let made = begun.elapsed();
    let (operations, size, proving) = match shape {
        Shape::Batch(size) | Shape::Ruled(size, _) => {
            let (batch, statement) = example(size)?;
            let gadget = shape.ruled().map(Ruled::gadget);
            let circuit = BatchCircuit::new(&batch, &statement).with_gadget(gadget);
            let circuit = circuit.measured()?;
            let begun = Instant::now();
            prove(&keys, &batch, &statement, rng, progress)?;
            (size.operations(), circuit, begun.elapsed())
        }
        Shape::Exits(size) => {
            let (batch, statement) = example_exits(size)?;
            let circuit = ExitsCircuit::new(&batch, &statement).measured()?;
            let begun = Instant::now();
            prove_exits(&keys, &batch, &statement, rng, progress)?;
            (size.holdings(), circuit, begun.elapsed())
        }
        Shape::Checkpoint(size) => {
            let (checkpoint, statement) = example_checkpoint(size)?;
            let circuit = CheckpointCircuit::new(&checkpoint, &statement).measured()?;
            let begun = Instant::now();
            prove_checkpoint(&keys, &checkpoint, &statement, rng, progress)?;
            (2 * (size.places() - 1), circuit, begun.elapsed())
        }
    };
    Ok(Measurement {
        shape,
        operations,
        size,
        engine,
        keys: made,
        proving,
        verifying: keys.verifying().clone(),
        peak_memory: peak_memory(),
    })
}

/// A full batch: transfers and withdrawals of two people, in turn in both trees.
fn example(size: BatchSize) -> Result<(FinishedBatch, Statement)> {
    let contract = Address::new([0xcc; 20]);
    let rollup = RollupDomain::of(31_337, contract);
    let people = [1, 2].map(|who: u8| (SigningKey::from_seed(&[who; 32]), Address::new([who; 20])));
    let mut state = State::new(rollup);
    let mut opening = Batch::new(&mut state, BatchSize::new(4)?, Amount::new(1));
    for tree in Tree::BOTH {
        for (key, owner) in &people {
            opening.apply(&Operation::FromL1(FromL1 {
                tree,
                token: TokenId::ETH,
                amount: Amount::new(1 << 64),
                owner: *owner,
                account: key.account_key(),
                authority: None,
            }))?;
        }
    }
    opening.finish()?;

    let mut batch = Batch::new(&mut state, size, Amount::new(1));
    for i in 0..size.operations() {
        let (tree, who, nonce) = (Tree::BOTH[i % 2], i / 2 % 2, i / 4);
        let (key, owner) = &people[who];
        let amount = Amount::new(1000 + i as u128);
        let body = if i % 8 == 7 {
            Body::Withdraw {
                recipient: *owner,
                amount,
            }
        } else {
            Body::Transfer {
                to: AccountIndex::new(2 - who as u64)?,
                amount,
            }
        };
        let draft = Draft {
            tree,
            from: AccountIndex::new(1 + who as u64)?,
            token: TokenId::ETH,
            fee: Fee::new(0),
            nonce: Nonce::new(nonce as u64),
            body,
        };
        batch.apply(&Operation::Signed(Box::new(
            draft.sign(rollup, *owner, key),
        )))?;
    }
    let batch = batch.finish()?;
    let terms = Terms {
        chain_id: 31_337,
        contract,
        number: BatchNumber::new(1),
        on_queue: Vec::new(),
        off_queue: Vec::new(),
        on_row: OnL1Part::Calldata,
        off_row: Some(types::Commitment::new([0xc0; 48])),
    };
    let statement = Statement::new(&batch, &terms)?;
    Ok((batch, statement))
}

/// Exits of as many accounts as there are places.
fn example_exits(size: ExitsSize) -> Result<(ExitBatch, ExitStatement)> {
    let contract = Address::new([0xcc; 20]);
    let places = 1..=size.holdings() as u64;
    let holders = places.clone().map(|who| {
        let held = vec![(TokenId::ETH, Amount::new(1 << 64))];
        (AccountKey::new(who.into()), Address::new([1; 20]), held)
    });
    let on_l1 = TreeState::with_accounts(Tree::OnL1, [])?;
    let off_l1 = TreeState::with_accounts(Tree::OffL1, holders)?;
    let state = State::with_trees(RollupDomain::of(31_337, contract), on_l1, off_l1);
    let wanted: ledger::Result<Vec<_>> = places
        .map(|place| Ok((AccountIndex::new(place)?, TokenId::ETH)))
        .collect();
    let batch = state.exits(Tree::OffL1, size, &wanted?)?;
    let terms = ExitTerms {
        chain_id: 31_337,
        contract,
        newest: BatchNumber::new(1),
    };
    let statement = ExitStatement::new(&batch, &terms);
    Ok((batch, statement))
}

/// A state with an account in every place, each with two balances.
fn example_checkpoint(size: CheckpointSize) -> Result<(Checkpoint, CheckpointStatement)> {
    let contract = Address::new([0xcc; 20]);
    let tree = |tree| {
        let holders = (1..size.places() as u64).map(|who| {
            let held = [0, 1].map(|token| Ok((TokenId::new(token)?, Amount::new(1 << 64))));
            let held: ledger::Result<Vec<_>> = held.into_iter().collect();
            Ok((AccountKey::new(who.into()), Address::new([1; 20]), held?))
        });
        let holders: ledger::Result<Vec<_>> = holders.collect();
        TreeState::with_accounts(tree, holders?)
    };
    let domain = RollupDomain::of(31_337, contract);
    let state = State::with_trees(domain, tree(Tree::OnL1)?, tree(Tree::OffL1)?);
    let checkpoint = Checkpoint::new(&state, BatchNumber::new(1), size)?;
    let terms = CheckpointTerms {
        chain_id: 31_337,
        contract,
        row: types::Commitment::new([0xc0; 48]),
    };
    let statement = CheckpointStatement::new(&checkpoint, &terms)?;
    Ok((checkpoint, statement))
}

/// `VmHWM` of Linux.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
