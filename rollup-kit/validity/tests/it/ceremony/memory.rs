//! What a machine remembers having verified, and what others say.

use super::*;

/// Parameters that do not follow from the powers, with checksums that fit, and contributions to
/// them that nobody has made yet.
fn forged() -> (Folder, Vec<u8>) {
    let mut begin = made().files[BEGIN].clone();
    let at = 40 + 96;
    begin.copy_within(at..at + 48, at + 48);
    let begin = resealed(begin);
    let mut phase2 = made().nobodys.clone();
    let points = phase2.len() - (SHARES + 96);
    phase2[SHARES + 96..].copy_from_slice(&begin[at..at + points]);
    let folder = changed(BEGIN, &begin);
    std::fs::write(folder.path(FILES[PHASE2]), resealed(phase2)).unwrap();
    // The record ends with the hash of the parameters.
    let mut record = made().record.clone();
    let hash = record.len() - 32;
    record[hash..].copy_from_slice(&Sha256::digest(&begin));
    (folder, resealed(record))
}

#[test]
fn who_comes_next_does_not_believe_what_came_along() {
    let (folder, record) = forged();
    let mut rng = StdRng::seed_from_u64(7);
    let next = |memory: &str| CeremonyFolder::new(&folder.0).remembering(folder.path(memory));
    // What a predecessor says that it has verified lies beside the files.
    std::fs::write(folder.path("verified"), &record).unwrap();
    let nothing = CeremonyFolder::new(&folder.0).contribute(&mut rng, "");
    for refused in [nothing, next("another").contribute(&mut rng, "")] {
        let error = refusal(refused, BEGIN);
        assert!(matches!(error, Error::BadParameters { .. }), "{error}");
    }
    // The machine's own memory is believed, but for a recheck.
    folder.write_record(&record);
    next(MEMORY).contribute(&mut rng, "").unwrap();
    let error = refusal(next(MEMORY).verify(Recheck::Everything), BEGIN);
    assert!(matches!(error, Error::BadParameters { .. }));
}

#[test]
fn a_damaged_record_is_none() {
    for at in [0, 20, 60, made().record.len() - 1] {
        let folder = whole();
        let mut record = made().record.clone();
        record[at] ^= 1;
        folder.write_record(&record);
        folder.ceremony().verify(Recheck::WhatChanged).unwrap();
        let written = std::fs::read(folder.record()).unwrap();
        assert_eq!(written, made().record, "byte {at}");
    }
}

#[test]
fn a_folder_that_came_from_elsewhere_is_verified_once() {
    let folder = whole();
    std::fs::remove_dir_all(folder.path(MEMORY)).unwrap();
    let verified = folder.ceremony().verify(Recheck::WhatChanged).unwrap();
    assert_eq!(verified.powers[1..], [made().powers]);
    let record = std::fs::read(folder.record()).unwrap();
    assert_eq!(record, made().record);
    // Where nothing can be kept, everything goes on.
    let nowhere = folder.path(FILES[POWERS]).join("memory");
    let ceremony = CeremonyFolder::new(&folder.0).remembering(nowhere);
    let mut rng = StdRng::seed_from_u64(7);
    ceremony.contribute(&mut rng, "").unwrap();
}
