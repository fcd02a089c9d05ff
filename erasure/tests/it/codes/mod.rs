//! One suite over every code: each test runs for all of [`families`].

mod agreement;
mod bytes;
mod counts;
mod field;
mod laws;
mod refusals;
mod sizes;

use algebra::Engine;
use erasure::{CodeFamily, CodeParameters, ErasureCode, ShardIndex};
use rand::Rng;
use rand::rngs::StdRng;

use super::rng;

/// Every code, the field's on every engine of this machine.
fn families() -> Vec<CodeFamily> {
    let on_field = Engine::all().into_iter().map(CodeFamily::Field);
    let on_bytes = CodeFamily::all(Engine::scalar())
        .into_iter()
        .filter(|family| !matches!(family, CodeFamily::Field(_)));
    on_field.chain(on_bytes).collect()
}

fn parameters(data: usize, shards: usize, bytes: usize) -> CodeParameters {
    CodeParameters::new(data, shards, bytes).unwrap()
}

/// A code of shards of so many symbols.
fn code(family: CodeFamily, data: usize, shards: usize, symbols: usize) -> Box<dyn ErasureCode> {
    let bytes = symbols * family.limits().shard_multiple();
    family.code(parameters(data, shards, bytes)).unwrap()
}

/// One blob's shards, data and parity.
struct Blob(Vec<Vec<u8>>);

impl Blob {
    fn encode(code: &dyn ErasureCode, mut data: Vec<Vec<u8>>) -> Self {
        let views: Vec<&[u8]> = data.iter().map(Vec::as_slice).collect();
        let parity = code.encode(&views).unwrap();
        assert_eq!(parity.len(), code.parameters().parity_shards());
        data.extend(parity);
        Self(data)
    }

    fn random(code: &dyn ErasureCode, rng: &mut StdRng) -> Self {
        Self::encode(code, random_data(code, rng))
    }

    fn data(&self, code: &dyn ErasureCode) -> &[Vec<u8>] {
        &self.0[..code.parameters().data_shards()]
    }

    fn pick(&self, indices: &[usize]) -> Vec<(ShardIndex, &[u8])> {
        let pick = |i: &usize| (index(*i), self.0[*i].as_slice());
        indices.iter().map(pick).collect()
    }
}

fn index(position: usize) -> ShardIndex {
    ShardIndex::new(u16::try_from(position).unwrap())
}

/// k random shards that the code accepts.
fn random_data(code: &dyn ErasureCode, rng: &mut StdRng) -> Vec<Vec<u8>> {
    let shard = |_| {
        let mut shard = vec![0; code.parameters().shard_bytes()];
        rng.fill_bytes(&mut shard);
        if code.name() == "field" {
            shard.iter_mut().step_by(32).for_each(|top| *top &= 0x3f);
        }
        shard
    };
    (0..code.parameters().data_shards()).map(shard).collect()
}

/// The losses that are worst for one design or another, as the k shards that are left.
fn patterns(code: &dyn ErasureCode) -> Vec<Vec<usize>> {
    let (k, n) = (code.parameters().data_shards(), code.parameters().shards());
    let alternating: Vec<usize> = (0..n).step_by(2).chain((1..n).step_by(2)).take(k).collect();
    let middle = (n - k) / 2;
    vec![
        (0..k).collect(),
        (n - k..n).collect(),
        (n - k..n).rev().collect(),
        alternating,
        (middle..middle + k).collect(),
        (0..k / 2).chain(n - k.div_ceil(2)..n).collect(),
        (1..k).chain([n - 1]).collect(),
    ]
}
