//! Codes that take part, and codes that do not.

use benches::codes::{Code, CodeInputs, Contestant, Entry, Operation};
use benches::{BenchError, Shards, ours};

/// Repeats the data: a code of k of 2k, right only when the last k shards are given.
struct Repeating;

impl Code for Repeating {
    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, BenchError> {
        Ok(data.iter().map(|shard| shard.to_vec()).collect())
    }

    fn decode(&self, shards: &[(usize, &[u8])]) -> Result<Vec<Vec<u8>>, BenchError> {
        Ok(shards.iter().map(|(_, shard)| shard.to_vec()).collect())
    }
}

/// Forgets a bit of what it decodes.
struct Forgetful;

impl Code for Forgetful {
    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, BenchError> {
        Repeating.encode(data)
    }

    fn decode(&self, shards: &[(usize, &[u8])]) -> Result<Vec<Vec<u8>>, BenchError> {
        let mut data = Repeating.decode(shards)?;
        data[0][0] ^= 1;
        Ok(data)
    }
}

/// Makes no parity.
struct Idle;

impl Code for Idle {
    fn encode(&self, _: &[&[u8]]) -> Result<Vec<Vec<u8>>, BenchError> {
        Ok(Vec::new())
    }

    fn decode(&self, shards: &[(usize, &[u8])]) -> Result<Vec<Vec<u8>>, BenchError> {
        Repeating.decode(shards)
    }
}

fn shards(k: usize) -> Shards {
    Shards {
        k,
        n: 2 * k,
        bytes: 64,
    }
}

fn contestant(code: impl Code + 'static, threads: usize) -> Result<Contestant, BenchError> {
    let entry = Entry {
        name: "invented",
        ours: false,
        code: Ok(Box::new(code)),
    };
    Contestant::new(entry, &CodeInputs::new(shards(4)), threads)
}

#[test]
fn a_right_code_is_timed() {
    for threads in [1, 2] {
        let contestant = contestant(Repeating, threads).unwrap();
        for operation in Operation::ALL {
            contestant.time(operation).unwrap();
        }
    }
}

#[test]
fn a_wrong_code_is_found_out() {
    for outcome in [contestant(Forgetful, 1), contestant(Idle, 1)] {
        assert!(matches!(outcome, Err(BenchError::Disagreement { .. })));
    }
}

#[test]
fn every_code_of_ours_gives_the_data_back() {
    let inputs = CodeInputs::new(Shards::default());
    let entries = ours::codes::entries(&algebra::Engine::all(), Shards::default());
    assert!(!entries.is_empty());
    for entry in entries {
        Contestant::new(entry, &inputs, 1).unwrap();
    }
}

#[test]
fn a_code_that_does_not_take_the_parameters_says_so() {
    let odd = Shards {
        k: 3,
        n: 5,
        bytes: 7,
    };
    let refused = ours::codes::entries(&algebra::Engine::all(), odd)
        .into_iter()
        .filter(|entry| entry.code.is_err());
    assert!(refused.count() > 0);
}
