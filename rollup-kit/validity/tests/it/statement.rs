//! `Statement` against the contract that computes the same on L1.

use crate::common::*;
use crate::contract::{Chain, artifact, selector, word};
use ledger::{
    Amount, Batch, BatchSize, FinishedBatch, Fr, FromL1, Operation, RollupDomain, Roots, State,
    Tree, scalar_bytes,
};
use revm::primitives::Address;
use types::Commitment;
use validity::{Error, Queued, Statement, Terms};

/// A value of the ABI.
enum Abi {
    Word([u8; 32]),
    Bytes(Vec<u8>),
    List(Vec<Self>),
    Tuple(Vec<Self>),
}

impl Abi {
    fn number(number: u64) -> Self {
        Self::Word(word(number as usize))
    }

    fn scalar(scalar: impl Into<Fr>) -> Self {
        Self::Word(scalar_bytes(scalar.into()))
    }

    fn is_dynamic(&self) -> bool {
        match self {
            Self::Word(_) => false,
            Self::Bytes(_) | Self::List(_) => true,
            Self::Tuple(parts) => parts.iter().any(Self::is_dynamic),
        }
    }

    fn encoded(&self) -> Vec<u8> {
        match self {
            Self::Word(word) => word.to_vec(),
            Self::Bytes(bytes) => {
                let mut encoding = word(bytes.len()).to_vec();
                encoding.extend(bytes);
                encoding.resize(32 + bytes.len().div_ceil(32) * 32, 0);
                encoding
            }
            Self::List(entries) => [word(entries.len()).to_vec(), sequence(entries)].concat(),
            Self::Tuple(parts) => sequence(parts),
        }
    }
}

fn sequence(parts: &[Abi]) -> Vec<u8> {
    let encodings: Vec<Vec<u8>> = parts.iter().map(Abi::encoded).collect();
    let in_head = |part: &Abi, encoding: &Vec<u8>| {
        if part.is_dynamic() {
            32
        } else {
            encoding.len()
        }
    };
    let mut offset: usize = parts
        .iter()
        .zip(&encodings)
        .map(|(p, e)| in_head(p, e))
        .sum();
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    for (part, encoding) in parts.iter().zip(encodings) {
        if part.is_dynamic() {
            head.extend(word(offset));
            offset += encoding.len();
            tail.extend(encoding);
        } else {
            head.extend(encoding);
        }
    }
    [head, tail].concat()
}

fn queued(queued: &Queued) -> Abi {
    let Queued::Waiting {
        operation,
        enqueued_at,
        deadline,
    } = queued
    else {
        return Abi::Tuple((0..8).map(|_| Abi::number(0)).collect());
    };
    Abi::Tuple(vec![
        Abi::number(operation.contract_kind().into()),
        Abi::scalar(operation.token),
        Abi::scalar(operation.amount),
        Abi::scalar(operation.owner),
        Abi::scalar(operation.account),
        operation.authority.map_or(Abi::number(0), Abi::scalar),
        Abi::number(*enqueued_at),
        Abi::number(*deadline),
    ])
}

/// A function's selector, as the committed ABI has it.
fn selector_of(name: &str, function: &str) -> Vec<u8> {
    fn type_of(input: &serde_json::Value) -> String {
        let kind = input["type"].as_str().unwrap();
        let Some(suffix) = kind.strip_prefix("tuple") else {
            return kind.to_owned();
        };
        let parts = input["components"].as_array().unwrap().iter();
        let parts: Vec<String> = parts.map(type_of).collect();
        format!("({}){suffix}", parts.join(","))
    }
    let abi = artifact(name)["abi"].as_array().unwrap().clone();
    let entry = abi.iter().find(|e| e["name"] == function).unwrap();
    let inputs = entry["inputs"].as_array().unwrap().iter();
    let inputs: Vec<String> = inputs.map(type_of).collect();
    selector(&format!("{function}({})", inputs.join(",")))
}

/// `Inputs.ofBatch(number, prior, rows, submission)` of a batch in calldata.
fn of_batch(batch: &FinishedBatch, terms: &Terms) -> Vec<u8> {
    let roots =
        |roots: Roots| Abi::Tuple(Tree::BOTH.map(|tree| Abi::scalar(roots.of(tree))).into());
    let [row, _] = batch.rows();
    let traffic = batch.traffic();
    let withdrawals = traffic.withdrawals.iter().map(|note| {
        Abi::Tuple(vec![
            Abi::number(note.tree.number().into()),
            Abi::scalar(note.token),
            Abi::scalar(note.amount),
            Abi::scalar(note.recipient),
            Abi::scalar(note.account),
        ])
    });
    let zeros = |count| (0..count).map(|_| Abi::number(0));
    let certificate = zeros(4)
        .chain([Abi::Bytes(Vec::new()), Abi::Tuple(zeros(8).collect())])
        .collect();
    let submission = Abi::Tuple(vec![
        roots(batch.next),
        Abi::scalar(batch.digest()),
        Abi::number(2),
        Abi::List(Vec::new()),
        Abi::List(row.into_iter().map(Abi::scalar).collect()),
        Abi::Bytes(Vec::new()),
        Abi::Tuple(certificate),
        Abi::List(Vec::new()),
        Abi::List(terms.on_queue.iter().map(queued).collect()),
        Abi::List(terms.off_queue.iter().map(queued).collect()),
        Abi::List(withdrawals.collect()),
        Abi::Bytes(Vec::new()),
    ]);
    let arguments = [
        Abi::number(terms.number.get()),
        roots(batch.prior),
        Abi::number(0),
        submission,
    ];
    [selector_of("Inputs", "ofBatch"), sequence(&arguments)].concat()
}

#[test]
fn the_contract_states_the_same() {
    let rollup = RollupDomain::of(CHAIN, contract());
    let mut state = State::new(rollup);
    let size = BatchSize::new(4).unwrap();
    let mut applied = Batch::new(&mut state, size, Amount::new(1));
    let given = [
        deposit(Tree::OnL1, 100),
        FromL1 {
            authority: Some(key().presented().authority()),
            ..deposit(Tree::OnL1, 30)
        },
        FromL1 {
            authority: Some(key().presented().authority()),
            ..deposit(Tree::OnL1, u128::MAX)
        },
    ];
    for operation in given {
        applied.apply(&Operation::FromL1(operation)).unwrap();
    }
    let batch = applied.finish().unwrap();
    let mut terms = terms(None);
    terms.on_queue = given
        .map(|operation| Queued::Waiting {
            operation,
            enqueued_at: 1_700_000_000,
            deadline: 1_700_604_800,
        })
        .into();
    terms.on_queue.insert(1, Queued::Cancelled);
    let statement = Statement::new(&batch, &terms).unwrap();

    let mut chain = Chain::new();
    let inputs = chain.deployed("Inputs");
    let rollup = Address::from(*contract().as_bytes());
    // A cancelled place has no kind, and is not folded.
    let called = chain.called(rollup, inputs, of_batch(&batch, &terms));
    let output = called.output.unwrap();
    let got: Vec<&[u8]> = output[64..].chunks(32).collect();
    let expected: Vec<[u8; 32]> = statement.on_l1().iter().map(|s| scalar_bytes(*s)).collect();
    assert_eq!(output[32..64], word(expected.len()));
    assert_eq!(got, expected.iter().map(|w| &w[..]).collect::<Vec<_>>());
}

#[test]
fn the_contract_states_exits_the_same() {
    let mut chain = Chain::new();
    let deployed = chain.deployed("Inputs");
    let rollup = Address::from(*contract().as_bytes());
    for tree in Tree::BOTH {
        let (batch, statement) = exits(tree);
        let holdings = batch.holdings.iter().map(|holding| {
            Abi::Tuple(vec![
                Abi::number(holding.slot().get()),
                Abi::scalar(holding.owner),
                Abi::scalar(holding.token),
                Abi::scalar(holding.amount),
            ])
        });
        let roots = Tree::BOTH.map(|tree| Abi::scalar(batch.roots.of(tree)));
        let arguments = [
            Abi::number(tree.number().into()),
            Abi::number(exit_terms().newest.get()),
            Abi::Tuple(roots.into()),
            Abi::List(holdings.collect()),
            Abi::scalar(batch.digest()),
        ];
        let call = [selector_of("Inputs", "ofHoldings"), sequence(&arguments)].concat();
        let output = chain.called(rollup, deployed, call).output.unwrap();
        let got: Vec<&[u8]> = output[64..].chunks(32).collect();
        let expected = statement.inputs().map(scalar_bytes);
        assert_eq!(got, expected.iter().map(|w| &w[..]).collect::<Vec<_>>());
    }
}

#[test]
fn queues_and_rows_must_be_the_batchs() {
    let batch = batch(Tree::OffL1);
    let good = terms(Some(Commitment::new([0xc0; 48])));
    assert!(Statement::new(&batch, &good).is_ok());
    let mut queued = good.clone();
    queued.off_queue.push(Queued::Waiting {
        operation: deposit(Tree::OffL1, 5),
        enqueued_at: 1,
        deadline: 2,
    });
    let refused = Statement::new(&batch, &queued);
    assert!(matches!(refused, Err(Error::WrongStatement { .. })));
    let refused = Statement::new(&batch, &terms(None));
    assert!(matches!(refused, Err(Error::WrongStatement { .. })));
}
