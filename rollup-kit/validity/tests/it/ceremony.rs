//! `ceremony::CeremonyFolder`: a whole ceremony of the smallest circuit.

use crate::common::*;
use ledger::{AccountIndex, ExitsSize, TokenId};
use rand::SeedableRng;
use rand::rngs::StdRng;
use validity::ceremony::{CeremonyFolder, Power};
use validity::{Error, ExitStatement, Keys, SetupKind, Shape, prove_exits, solidity, verify};

#[test]
#[ignore = "minutes of computing: every point of a real circuit"]
fn a_ceremony_ends_in_keys_that_prove() {
    let path = std::env::temp_dir().join(format!("assay-ceremony-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    let folder = CeremonyFolder::new(&path);
    let shape = Shape::from(ExitsSize::new(1).unwrap());
    let mut rng = StdRng::seed_from_u64(3);

    assert!(matches!(folder.verify(), Err(Error::File { .. })));
    folder.begin_powers(Power::new(13).unwrap()).unwrap();
    let again = folder.begin_powers(Power::new(13).unwrap());
    assert!(matches!(again, Err(Error::File { .. })));
    assert!(matches!(folder.begin(shape), Err(Error::NoContributions)));
    let first = folder.contribute_powers(&mut rng, "dice").unwrap();
    folder.begin(shape).unwrap();
    assert!(matches!(
        folder.contribute_powers(&mut rng, ""),
        Err(Error::CeremonyFile { .. })
    ));
    assert!(matches!(folder.verifying(), Err(Error::NoContributions)));
    let receipts = [(); 2].map(|()| folder.contribute(&mut rng, "").unwrap());
    let verified = folder.verify().unwrap();
    assert_eq!(verified.powers[1..], [first]);
    let (of, transcript) = verified.circuit.unwrap();
    assert_eq!((of, &transcript[1..]), (shape, &receipts[..]));

    let file = path.join(format!("{shape}.phase2"));
    let bytes = std::fs::read(&file).unwrap();
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    std::fs::write(&file, &changed).unwrap();
    assert!(matches!(folder.verify(), Err(Error::CeremonyFile { .. })));
    assert!(folder.contribute(&mut rng, "").is_err());
    std::fs::write(&file, &bytes).unwrap();

    let kept = path.join("keys");
    let made = folder.finish(&kept, own_sums()).unwrap();
    let keys = Keys::read(&kept.join("ceremony-exits-1.keys"), shape, own_sums()).unwrap();
    assert_eq!(keys.verifying(), made.verifying());
    assert_eq!(keys.kind(), SetupKind::Ceremony);
    let batch = one_exit();
    let statement = ExitStatement::new(&batch, &exit_terms());
    let proof = prove_exits(&keys, &batch, &statement, &mut rng, &mut |_| ()).unwrap();
    let (shape, key) = folder.verifying().unwrap();
    verify(&key, &statement, &proof).unwrap();
    let contract = solidity::contract("Exits", keys.kind().warning(), &[(shape, &key)]).unwrap();
    assert!(contract.contains("CEREMONY KEYS"));
    // Keys of the same circuit that somebody else made.
    let others = Keys::development(shape, own_sums()).unwrap();
    assert!(verify(others.verifying(), &statement, &proof).is_err());
    std::fs::remove_dir_all(&path).unwrap();
}

fn one_exit() -> ledger::ExitBatch {
    let (state, tree) = leaving();
    let wanted = [(AccountIndex::new(1).unwrap(), TokenId::ETH)];
    state
        .exits(tree, ExitsSize::new(1).unwrap(), &wanted)
        .unwrap()
}
