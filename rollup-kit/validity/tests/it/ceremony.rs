//! `ceremony::CeremonyFolder`: whole ceremonies of real circuits, and what spoils them.

use crate::common::*;
use ledger::{AccountIndex, BatchSize, ExitsSize, TokenId, Tree};
use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use validity::ceremony::{CeremonyFolder, Power, Recheck, TranscriptHash};
use validity::{
    Error, ExitStatement, Keys, SetupKind, Shape, Statement, prove, prove_exits, solidity, verify,
};

mod memory;
mod rules;

/// A folder that is there for a test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("assay-ceremony-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The ceremony in it, on a machine that keeps its record here as well.
    fn ceremony(&self) -> CeremonyFolder {
        CeremonyFolder::new(&self.0).remembering(self.path(MEMORY))
    }

    /// Where that machine keeps what it remembers of these powers.
    fn record(&self) -> PathBuf {
        let powers = std::fs::read(self.path(FILES[POWERS])).unwrap();
        let name = hex::encode(Sha256::digest(powers));
        self.path(MEMORY).join(format!("{name}.verified"))
    }

    fn write_record(&self, bytes: &[u8]) {
        std::fs::create_dir_all(self.path(MEMORY)).unwrap();
        std::fs::write(self.record(), bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn exits(count: usize) -> Shape {
    ExitsSize::new(count).unwrap().into()
}

const FILES: [&str; 3] = ["powers.tau", "exits-1.begin", "exits-1.phase2"];
const POWERS: usize = 0;
const BEGIN: usize = 1;
const PHASE2: usize = 2;
const MEMORY: &str = "memory";

/// A ceremony of the smallest circuit after three contributions, the second and third of them of
/// the same randomness.
struct Made {
    files: [Vec<u8>; 3],
    record: Vec<u8>,
    /// The contributions' file before the first.
    nobodys: Vec<u8>,
    powers: TranscriptHash,
    receipts: [TranscriptHash; 3],
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = Folder::new();
        let ceremony = folder.ceremony();
        let power = Power::new(13).unwrap();
        assert!(matches!(
            ceremony.verify(Recheck::WhatChanged),
            Err(Error::File { .. })
        ));
        ceremony.begin_powers(power).unwrap();
        let again = ceremony.begin_powers(power);
        assert!(matches!(again, Err(Error::File { .. })));
        let nobodys = ceremony.begin(exits(1));
        assert!(matches!(nobodys, Err(Error::NoContributions)));
        let mut rng = StdRng::seed_from_u64(3);
        let powers = ceremony.contribute_powers(&mut rng, "dice").unwrap();
        let early = ceremony.contribute(&mut rng, "");
        assert!(matches!(early, Err(Error::CeremonyFile { .. })));
        let begun = Instant::now();
        ceremony.begin(exits(1)).unwrap();
        println!("begun in {:?}", begun.elapsed());
        let late = ceremony.contribute_powers(&mut rng, "");
        assert!(matches!(late, Err(Error::CeremonyFile { .. })));
        let nobodys = ceremony.verifying();
        assert!(matches!(nobodys, Err(Error::NoContributions)));
        let fresh = std::fs::read(folder.path(FILES[PHASE2])).unwrap();
        let receipts = [1, 2, 2].map(|seed| {
            let mut rng = StdRng::seed_from_u64(seed);
            ceremony.contribute(&mut rng, "").unwrap()
        });
        Made {
            files: FILES.map(|name| std::fs::read(folder.path(name)).unwrap()),
            record: std::fs::read(folder.record()).unwrap(),
            nobodys: fresh,
            powers,
            receipts,
        }
    })
}

/// The ceremony in a folder of its own, one file of which is another.
fn changed(file: usize, bytes: &[u8]) -> Folder {
    let folder = Folder::new();
    for (i, name) in FILES.iter().enumerate() {
        let kept = &made().files[i];
        let bytes = if i == file { bytes } else { kept };
        std::fs::write(folder.path(name), bytes).unwrap();
    }
    folder.write_record(&made().record);
    folder
}

fn whole() -> Folder {
    changed(POWERS, &made().files[POWERS])
}

/// The checksum made right again, as who tampers on purpose would.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum: [u8; 32] = Sha256::digest(&bytes[40..]).into();
    bytes[8..40].copy_from_slice(&checksum);
    bytes
}

/// The file is named, and why it was refused is given back.
fn refusal<T>(result: validity::Result<T>, file: usize) -> Error {
    match result {
        Err(Error::Refused { path, source }) => {
            let name = Path::new(&path).file_name().unwrap();
            assert_eq!(name, FILES[file], "{source}");
            *source
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("{} is taken", FILES[file]),
    }
}

#[test]
fn a_ceremony_ends_in_keys_that_prove() {
    let folder = whole();
    let ceremony = folder.ceremony();
    let verified = ceremony.verify(Recheck::WhatChanged).unwrap();
    assert_eq!(verified.powers[1..], [made().powers]);
    let (of, transcript) = verified.circuit.unwrap();
    assert_eq!((of, &transcript[1..]), (exits(1), &made().receipts[..]));
    // This one verifies everything.
    let kept = folder.path("keys");
    let keys = ceremony.finish(&kept, own_sums()).unwrap();
    let file = kept.join("ceremony-exits-1.keys");
    let read = Keys::read(&file, exits(1), own_sums()).unwrap();
    assert_eq!(read.verifying(), keys.verifying());
    assert_eq!(read.kind(), SetupKind::Ceremony);
    let (state, tree) = leaving();
    let wanted = [(AccountIndex::new(1).unwrap(), TokenId::ETH)];
    let batch = state.exits(tree, ExitsSize::new(1).unwrap(), &wanted);
    let batch = batch.unwrap();
    let statement = ExitStatement::new(&batch, &exit_terms());
    let mut rng = StdRng::seed_from_u64(3);
    let proof = prove_exits(&read, &batch, &statement, &mut rng, &mut |_| ()).unwrap();
    let (shape, key) = (exits(1), keys.verifying());
    verify(key, &statement, &proof).unwrap();
    let contract = solidity::contract("Exits", keys.kind().warning(), &[(shape, key)]).unwrap();
    assert!(contract.contains("CEREMONY KEYS"));
    // Keys of the same circuit that somebody else made.
    let others = Keys::development(shape, own_sums()).unwrap();
    assert!(verify(others.verifying(), &statement, &proof).is_err());
}

/// A byte in the head, the middle and the end of every file, and many in between.
#[test]
fn any_changed_byte_is_refused_with_the_files_name() {
    for (file, bytes) in made().files.iter().enumerate() {
        let last = bytes.len() - 1;
        let places = (0..=7).map(|i| last * i / 7);
        let places = places.chain([7, 8, 39, 40].map(|at| at.min(last)));
        for at in places {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            let folder = changed(file, &damaged);
            let result = folder.ceremony().verify(Recheck::WhatChanged);
            let error = refusal(result, file);
            assert!(matches!(error, Error::CeremonyFile { .. }), "byte {at}");
        }
        let folder = changed(file, &bytes[..last]);
        let result = folder.ceremony().verify(Recheck::WhatChanged);
        refusal(result, file);
        let mut rng = StdRng::seed_from_u64(9);
        refusal(folder.ceremony().contribute(&mut rng, ""), file);
    }
}

/// Checksums that fit do not help who changes points.
#[test]
fn what_was_changed_on_purpose_is_refused_with_the_files_name() {
    let spoilt = |file: usize, from: usize, to: usize| {
        // A point of the file in another's place.
        let mut bytes = made().files[file].clone();
        bytes.copy_within(from..from + 48, to);
        let folder = changed(file, &resealed(bytes));
        refusal(folder.ceremony().verify(Recheck::WhatChanged), file)
    };
    let error = spoilt(POWERS, 5000, 5048);
    assert!(matches!(
        error,
        Error::Encoding { .. } | Error::BadParameters { .. }
    ));
    let points = 40 + 96;
    let at = points + 48 * 9000;
    let error = spoilt(BEGIN, at, at + 48);
    assert!(matches!(error, Error::BadParameters { .. }), "{error}");
    let points = SHARES + 3 * SHARE + 96;
    for place in [10, 9000] {
        let at = points + 48 * place;
        let error = spoilt(PHASE2, at, at + 48);
        assert!(matches!(error, Error::BadParameters { .. }), "{error}");
    }
}

/// Where a circuit's contributions begin in their file, and how long one is.
const SHARES: usize = 40 + 96 + 4;
const SHARE: usize = 192;

#[test]
fn contributions_out_of_order_repeated_or_missing_are_named() {
    let bytes = &made().files[PHASE2];
    let share = |i: usize| &bytes[SHARES + i * SHARE..][..SHARE];
    let with = |order: &[usize]| {
        let mut changed = bytes[..SHARES].to_vec();
        changed[SHARES - 1] = u8::try_from(order.len()).unwrap();
        changed.extend(order.iter().flat_map(|i| share(*i)));
        changed.extend(&bytes[SHARES + 3 * SHARE..]);
        resealed(changed)
    };
    assert_eq!(with(&[0, 1, 2]), *bytes);
    let orders: [(&[usize], usize); 6] = [
        (&[1, 0, 2], 0),
        (&[0, 2, 1], 1),
        (&[0, 2], 1),
        (&[0, 0, 1, 2], 1),
        (&[0, 1, 1], 2),
        (&[0, 1, 2, 2], 3),
    ];
    for (order, expected) in orders {
        let folder = changed(PHASE2, &with(order));
        let result = folder.ceremony().verify(Recheck::WhatChanged);
        match refusal(result, PHASE2) {
            Error::BadContribution { place, .. } => assert_eq!(place, expected, "{order:?}"),
            other => panic!("{order:?}: {other}"),
        }
    }
    // What is cut off at the end leaves points that nobody contributed.
    let folder = changed(PHASE2, &with(&[0, 1]));
    let error = refusal(folder.ceremony().verify(Recheck::WhatChanged), PHASE2);
    assert!(matches!(error, Error::BadParameters { .. }));
}

#[test]
fn files_of_another_circuit_are_refused() {
    let folder = whole();
    for name in ["begin", "phase2"] {
        let [from, to] = [1, 2].map(|size| folder.path(&format!("exits-{size}.{name}")));
        std::fs::rename(from, to).unwrap();
    }
    let result = folder.ceremony().verify(Recheck::WhatChanged);
    let Err(Error::Refused { path, source }) = result else {
        panic!("{result:?}")
    };
    assert!(path.ends_with("exits-2.begin"));
    assert!(matches!(
        *source,
        Error::CeremonyFile {
            what: "the circuit",
            ..
        }
    ));
    // Two circuits in a folder.
    let folder = whole();
    std::fs::copy(folder.path("exits-1.phase2"), folder.path("exits-2.phase2")).unwrap();
    let result = folder.ceremony().verify(Recheck::WhatChanged);
    assert!(matches!(result, Err(Error::CeremonyFile { .. })));
}

#[test]
fn published_powers_are_taken_over_once_verified() {
    let folder = Folder::new();
    let file = folder.path("published");
    std::fs::write(&file, &made().files[POWERS]).unwrap();
    let inside = Folder::new();
    let ceremony = inside.ceremony();
    let verified = ceremony.import_powers(&file).unwrap();
    assert_eq!(verified.powers[1..], [made().powers]);
    let kept = std::fs::read(inside.path("powers.tau")).unwrap();
    assert_eq!(kept, made().files[POWERS]);
    let again = ceremony.import_powers(&file);
    assert!(matches!(again, Err(Error::File { .. })));

    let mut damaged = made().files[POWERS].clone();
    damaged[100] ^= 1;
    std::fs::write(&file, damaged).unwrap();
    let result = Folder::new().ceremony().import_powers(&file);
    assert!(matches!(result, Err(Error::Refused { path, .. }) if path.ends_with("published")));
    let nobodys = Folder::new();
    let small = Power::new(1).unwrap();
    nobodys.ceremony().begin_powers(small).unwrap();
    let file = nobodys.path("powers.tau");
    let result = Folder::new().ceremony().import_powers(&file);
    assert!(matches!(result, Err(Error::NoContributions)));
}

/// The ceremony of the batches that are in use, with what each step takes. 2^18 constraints.
#[test]
#[ignore = "half an hour of computing on two processors, and a gigabyte of memory"]
fn a_ceremony_of_a_batch_of_8() {
    let folder = Folder::new();
    let ceremony = folder.ceremony();
    let shape = Shape::from(BatchSize::EIGHT);
    let mut rng = StdRng::seed_from_u64(8);
    let mut begun = Instant::now();
    let mut told = |what: &str| {
        println!("{what}: {:.1} s", begun.elapsed().as_secs_f64());
        begun = Instant::now();
    };
    ceremony.begin_powers(Power::new(18).unwrap()).unwrap();
    told("begin-powers");
    ceremony.contribute_powers(&mut rng, "").unwrap();
    told("contribute-powers");
    ceremony.begin(shape).unwrap();
    told("begin");
    for _ in 0..2 {
        ceremony.contribute(&mut rng, "").unwrap();
        told("contribute");
    }
    ceremony.verify(Recheck::WhatChanged).unwrap();
    told("verify");
    ceremony.verify(Recheck::Everything).unwrap();
    told("verify --all");
    let kept = folder.path("keys");
    ceremony.finish(&kept, own_sums()).unwrap();
    told("finish");
    let file = kept.join("ceremony-batch-8.keys");
    let keys = Keys::read(&file, shape, own_sums()).unwrap();
    told("reading the keys");
    let batch = batch_of(Tree::OnL1, BatchSize::EIGHT);
    let statement = Statement::new(&batch, &terms(None)).unwrap();
    let proof = prove(&keys, &batch, &statement, &mut rng, &mut |_| ()).unwrap();
    told("proving");
    verify(keys.verifying(), &statement, &proof).unwrap();
    let contract = solidity::contract(
        "Batches",
        keys.kind().warning(),
        &[(shape, keys.verifying())],
    );
    assert!(contract.unwrap().contains("Batches of 8."));
    println!("powers {} bytes", length(&folder.path("powers.tau")));
    println!("begin {} bytes", length(&folder.path("batch-8.begin")));
    println!("phase2 {} bytes", length(&folder.path("batch-8.phase2")));
    println!("keys {} bytes", length(&file));
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}
