//! Ceremonies of circuits with rules, and of other rules than those that are there.

use super::*;
use ledger::{Amount, Call, Holdings, Refused, Rules};
use validity::gadget::{After, Call as Wires, Gadget, Gates, Result, Ruled};

/// Adds a number to what the other holds.
#[derive(Debug)]
struct Gift {
    name: &'static str,
    bits: usize,
}

impl Rules for Gift {
    fn name(&self) -> &'static str {
        self.name
    }

    fn apply(&self, call: &Call) -> std::result::Result<Holdings, Refused> {
        let [points] = call.fields([self.bits])?;
        if call.is_own() {
            return Err(Refused("to oneself"));
        }
        let to = call.held.to.get().checked_add(points);
        Ok(Holdings {
            from: call.held.from,
            to: Amount::new(to.ok_or(Refused("too much"))?),
        })
    }
}

impl Gadget for Gift {
    fn constrain(&self, gates: &Gates<'_>, call: &Wires) -> Result<After> {
        let [points] = gates.fields(&call.payload, [self.bits])?;
        gates.require(&gates.not(&call.is_own))?;
        Ok(After {
            from: call.held_from.clone(),
            to: gates.add(&call.held_to, &points)?,
        })
    }
}

fn gift(name: &'static str, bits: usize) -> Ruled {
    Ruled::new(Box::leak(Box::new(Gift { name, bits }))).unwrap()
}

fn one(ruled: Option<Ruled>) -> Shape {
    Shape::batch(BatchSize::new(1).unwrap(), ruled)
}

/// A folder in which this circuit seems to have begun.
fn named(shape: Shape) -> Folder {
    let folder = whole();
    for name in ["begin", "phase2"] {
        let [from, to] = [exits(1), shape].map(|shape| folder.path(&format!("{shape}.{name}")));
        std::fs::rename(from, to).unwrap();
    }
    folder
}

/// Every step of a ceremony that has begun.
fn steps(ceremony: &CeremonyFolder, keys: &Path) -> [validity::Result<()>; 5] {
    let mut rng = StdRng::seed_from_u64(5);
    [
        ceremony.contribute(&mut rng, "").map(|_| ()),
        ceremony.verify(Recheck::WhatChanged).map(|_| ()),
        ceremony.verify(Recheck::Everything).map(|_| ()),
        ceremony.finish(keys, own_sums()).map(|_| ()),
        ceremony.verifying().map(|_| ()),
    ]
}

#[test]
fn circuits_of_other_rules_are_refused() {
    let (own, namesake, other) = (gift("gift", 64), gift("gift", 32), gift("other", 64));
    // The circuit in the folder, the program's rules, and so the program's circuit.
    let cases = [
        (one(Some(own)), None),
        (one(None), Some(own)),
        (one(Some(namesake)), Some(own)),
        (one(Some(other)), Some(own)),
    ];
    for (theirs, ours) in cases {
        let folder = named(theirs);
        let ceremony = folder.ceremony().with_rules(ours);
        let begun = ceremony.begin(theirs);
        let steps = steps(&ceremony, &folder.path("keys"));
        for refused in steps.into_iter().chain([begun]) {
            match refused {
                Err(Error::OtherRules { got, expected }) => {
                    assert_eq!((got, expected), (theirs.to_string(), one(ours)));
                }
                other => panic!("{theirs}: {other:?}"),
            }
        }
    }
}

/// What is in the file decides: a file's name is soon changed.
#[test]
fn another_circuit_under_the_name_of_ours_is_refused() {
    let ours = gift("gift", 64);
    let folder = named(one(Some(ours)));
    let ceremony = folder.ceremony().with_rules(Some(ours));
    for refused in steps(&ceremony, &folder.path("keys")) {
        let Err(Error::Refused { path, source }) = refused else {
            panic!("{refused:?}");
        };
        assert!(path.ends_with(".begin"), "{path}");
        match *source {
            Error::CeremonyFile {
                what,
                got,
                expected,
            } => {
                assert_eq!(what, "the circuit");
                assert_eq!(got, "exits-1");
                assert_eq!(expected, one(Some(ours)).to_string());
            }
            other => panic!("{other}"),
        }
    }
    assert!(!folder.path("keys").join("ceremony-exits-1.keys").exists());
}

#[test]
fn circuits_without_rules_are_the_same_for_everybody() {
    let folder = whole();
    let ceremony = folder.ceremony().with_rules(Some(gift("gift", 64)));
    let verified = ceremony.verify(Recheck::WhatChanged).unwrap();
    assert_eq!(verified.circuit.unwrap().0, exits(1));
}

#[test]
fn names_are_read_by_who_has_the_rules() {
    let (own, namesake) = (gift("gift", 64), gift("gift", 32));
    let shape = one(Some(own));
    for name in ["batch-1", &shape.to_string()] {
        assert_eq!(Shape::named(name, Some(own)).unwrap(), shape);
    }
    assert_eq!(Shape::named("batch-1", None).unwrap(), one(None));
    assert_eq!(Shape::named("exits-1", Some(own)).unwrap(), exits(1));
    for (name, ruled) in [
        (shape, None),
        (shape, Some(namesake)),
        (one(Some(namesake)), Some(own)),
    ] {
        let result = Shape::named(&name.to_string(), ruled);
        assert!(matches!(result, Err(Error::OtherRules { .. })), "{name}");
    }
    let long = format!("{shape}-");
    let unknown = [
        "",
        "batch",
        "batch-01",
        "batch-x",
        "batch-1-",
        "batch-1-gift",
        "batch-1-gift-",
        "batch-1--01234567",
        "batch-1-gift-0123456",
        "batch-1-gift-0123456X",
        "batch-01-gift-01234567",
        "exits-1-gift-01234567",
        &long,
    ];
    for name in unknown {
        for ruled in [None, Some(own)] {
            let result = Shape::named(name, ruled);
            assert!(
                matches!(result, Err(Error::UnknownCircuit { .. })),
                "{name:?}"
            );
        }
    }
}

/// The smallest batch with rules, 2^15 constraints, from its powers to a proof.
#[test]
#[ignore = "a minute of computing on two processors"]
fn a_ceremony_of_a_circuit_with_rules_ends_in_keys_of_that_circuit() {
    let (ours, theirs) = (gift("gift", 64), gift("gift", 32));
    let shape = one(Some(ours));
    let folder = Folder::new();
    let ceremony = folder.ceremony().with_rules(Some(ours));
    let mut rng = StdRng::seed_from_u64(11);
    let mut begun = Instant::now();
    let mut told = |what: &str| {
        println!("{what}: {:.1} s", begun.elapsed().as_secs_f64());
        begun = Instant::now();
    };
    ceremony.begin_powers(Power::new(15).unwrap()).unwrap();
    ceremony.contribute_powers(&mut rng, "").unwrap();
    told("powers");
    ceremony.begin(shape).unwrap();
    told("begin");
    ceremony.contribute(&mut rng, "").unwrap();
    told("contribute");
    let kept = folder.path("keys");
    let made = ceremony.finish(&kept, own_sums()).unwrap();
    told("finish");
    assert_eq!((made.shape(), made.kind()), (shape, SetupKind::Ceremony));
    let file = kept.join(format!("ceremony-{shape}.keys"));
    let (named, kind, key) = Keys::read_verifying(&file, Some(ours)).unwrap();
    assert_eq!(
        (named, kind, &key),
        (shape, SetupKind::Ceremony, made.verifying())
    );
    for others in [None, Some(theirs)] {
        let refused = Keys::read_verifying(&file, others);
        assert!(matches!(refused, Err(Error::Keys { .. })));
    }
    let others = folder.ceremony().with_rules(Some(theirs)).verifying();
    assert!(matches!(others, Err(Error::OtherRules { .. })));
}
