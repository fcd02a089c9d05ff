//! The `erasure` crate's codes: ours over the scalar field, and those over bytes behind the same
//! trait, which are the rivals.

use algebra::Engine;
use erasure::{CodeFamily, CodeParameters, ErasureCode, ErasureError, ShardIndex};

use crate::codes::{Code, Entry};
use crate::{BenchError, Shards};

/// Every code there is, ours with each engine given.
///
/// Ours bears its engine's name: what is compared is what engines make of it.
#[must_use]
pub fn entries(engines: &[Engine], shards: Shards) -> Vec<Entry> {
    let is_ours = |family: &CodeFamily| matches!(family, CodeFamily::Field(_));
    let ours = engines.iter().map(|engine| Entry {
        name: engine.name(),
        ours: true,
        code: code(CodeFamily::Field(*engine), shards),
    });
    let rivals = CodeFamily::all(Engine::scalar())
        .into_iter()
        .filter(|family| !is_ours(family))
        .map(|family| Entry {
            name: family.name(),
            ours: false,
            code: code(family, shards),
        });
    ours.chain(rivals).collect()
}

fn code(family: CodeFamily, shards: Shards) -> Result<Box<dyn Code>, BenchError> {
    let parameters = CodeParameters::new(shards.k, shards.n, shards.bytes)?;
    Ok(Box::new(Adapted(family.code(parameters)?)))
}

struct Adapted(Box<dyn ErasureCode>);

impl Code for Adapted {
    fn encode(&self, data: &[&[u8]]) -> Result<Vec<Vec<u8>>, BenchError> {
        Ok(self.0.encode(data)?)
    }

    fn decode(&self, shards: &[(usize, &[u8])]) -> Result<Vec<Vec<u8>>, BenchError> {
        let total = self.0.parameters().shards();
        let shards = shards
            .iter()
            .map(|(i, shard)| match u16::try_from(*i) {
                Ok(i) => Ok((ShardIndex::new(i), *shard)),
                Err(_) => Err(ErasureError::Shards {
                    got: *i,
                    least: 0,
                    limit: total,
                }),
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.0.recover(&shards)?)
    }
}
