//! Gates against plain numbers, and gadgets that are wrong.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::Error;
use ark_ff::Field;
use ledger::{AccountIndex, Amount, Holdings, Refused, Register};

/// What [`Arithmetic`] computes of its two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Add,
    Subtract,
    Multiply,
    Divide(u128),
    Less,
    Equal,
    AtMost,
    Both,
    Either,
    Not,
    Own,
}

/// Takes two numbers of 60 bits, and leaves the signer with what it computes. It names nobody.
#[derive(Debug)]
struct Arithmetic(What);

impl Rules for Arithmetic {
    fn name(&self) -> &'static str {
        "arithmetic"
    }

    fn apply(&self, call: &ledger::Call) -> std::result::Result<Holdings, Refused> {
        let [a, b] = call.fields([60, 60])?;
        let result = match self.0 {
            What::Add => a + b,
            What::Subtract => a.checked_sub(b).ok_or(Refused("negative"))?,
            What::Multiply => a * b,
            What::Divide(divisor) => ((a / divisor) << 64) | (a % divisor),
            What::Less => u128::from(a < b),
            What::Equal => u128::from(a == b),
            What::AtMost if a > b => return Err(Refused("more")),
            What::AtMost => 1,
            What::Both => u128::from(a == 0 && b == 0),
            What::Either => u128::from(a == 0 || b == 0),
            What::Not => u128::from(a != 0),
            What::Own => u128::from(call.is_own()),
        };
        Ok(Holdings {
            from: Amount::new(result),
            to: Amount::new(result),
        })
    }
}

impl Gadget for Arithmetic {
    fn constrain(&self, gates: &Gates<'_>, call: &Call) -> Result<After> {
        let [a, b] = gates.fields(&call.payload, [60, 60])?;
        let (zero, one) = (gates.constant(0), gates.constant(1));
        let as_int = |bit: Bit| gates.select(&bit, &one, &zero);
        let is_zero = [gates.is_equal(&a, &zero)?, gates.is_equal(&b, &zero)?];
        let [no_a, no_b] = &is_zero;
        let result = match self.0 {
            What::Add => gates.add(&a, &b)?,
            What::Subtract => gates.subtract(&a, &b)?,
            What::Multiply => gates.multiply(&a, &b)?,
            What::Divide(divisor) => {
                let (quotient, rest) = gates.divide(&a, divisor)?;
                let high = gates.multiply(&quotient, &gates.constant(1 << 64))?;
                gates.add(&high, &rest)?
            }
            What::Less => as_int(gates.is_less(&a, &b)?)?,
            What::Equal => as_int(gates.is_equal(&a, &b)?)?,
            What::AtMost => {
                gates.require_at_most(&a, &b)?;
                one
            }
            What::Both => as_int(gates.and(no_a, no_b)?)?,
            What::Either => as_int(gates.or(no_a, no_b)?)?,
            What::Not => as_int(gates.not(no_a))?,
            What::Own => as_int(call.is_own.clone())?,
        };
        Ok(After {
            from: result.clone(),
            to: result,
        })
    }
}

fn call(payload: Fr, to: u64) -> ledger::Call {
    ledger::Call {
        from: AccountIndex::new(1).unwrap(),
        to: AccountIndex::new(to).unwrap(),
        register: Register::default(),
        payload,
        held: Holdings {
            from: Amount::new(9),
            to: Amount::new(9),
        },
    }
}

fn pairs() -> Vec<ledger::Call> {
    let most = (1u128 << 60) - 1;
    let numbers = [0, 1, 2, 7, 8, most - 1, most];
    let mut calls = Vec::new();
    for a in numbers {
        for b in numbers {
            let payload = ledger::rules::payload(&[(a, 60), (b, 60)]).unwrap();
            calls.extend([call(payload, 1), call(payload, 2)]);
        }
    }
    let wide = ledger::rules::payload(&[(0, 60), (1 << 60, 61)]).unwrap();
    calls.extend([call(wide, 1), call(-Fr::ONE, 2)]);
    calls
}

#[test]
fn gates_compute_what_numbers_are() {
    let all = [
        What::Add,
        What::Subtract,
        What::Multiply,
        What::Divide(1),
        What::Divide(7),
        What::Divide(8),
        What::Divide(1 << 59),
        What::Less,
        What::Equal,
        What::AtMost,
        What::Both,
        What::Either,
        What::Not,
        What::Own,
    ];
    for what in all {
        let checked = check(&Arithmetic(what), pairs()).unwrap();
        assert_eq!(checked.accepted + checked.refused, pairs().len());
        assert!(checked.accepted >= 49 && checked.refused >= 2, "{what:?}");
    }
}

#[test]
fn a_gadget_of_something_else_binds_nothing() {
    for what in [What::Subtract, What::AtMost, What::Divide(7)] {
        for call in pairs() {
            let (cs, _) = ruled::synthesised(&Arithmetic(what), Fr::from(0u64), &call).unwrap();
            let broken = cs.which_is_unsatisfied().unwrap();
            assert!(broken.is_none(), "{broken:?}");
        }
    }
}

/// A gadget that says something else than its rules.
#[derive(Debug)]
struct Wrong(fn(&Gates<'_>, &Call) -> Result<After>);

impl Rules for Wrong {
    fn name(&self) -> &'static str {
        "wrong"
    }

    /// What is asked is added to both, up to 5.
    fn apply(&self, call: &ledger::Call) -> std::result::Result<Holdings, Refused> {
        let [amount] = call.fields([8])?;
        if amount > 5 {
            return Err(Refused("too much"));
        }
        let raised = |held: Amount| Amount::new(held.get() + amount);
        Ok(Holdings {
            from: raised(call.held.from),
            to: raised(call.held.to),
        })
    }
}

impl Gadget for Wrong {
    fn constrain(&self, gates: &Gates<'_>, call: &Call) -> Result<After> {
        self.0(gates, call)
    }
}

fn raised(gates: &Gates<'_>, call: &Call, amount: &Int) -> Result<After> {
    Ok(After {
        from: gates.add(&call.held_from, amount)?,
        to: gates.add(&call.held_to, amount)?,
    })
}

fn checked(constrain: fn(&Gates<'_>, &Call) -> Result<After>) -> Result<Checked> {
    let calls = (0..8u64).map(|amount| call(Fr::from(amount), 2));
    check(&Wrong(constrain), calls)
}

#[test]
fn wrong_gadgets_are_found() {
    let right = checked(|gates, call| {
        let [amount] = gates.fields(&call.payload, [8])?;
        gates.require_at_most(&amount, &gates.constant(5))?;
        raised(gates, call, &amount)
    });
    let right = right.unwrap();
    assert_eq!((right.accepted, right.refused), (6, 2));
    assert!(right.constraints > 0);

    // Does not refuse, refuses too much, computes something else.
    let lenient = checked(|gates, call| {
        let [amount] = gates.fields(&call.payload, [8])?;
        raised(gates, call, &amount)
    });
    let strict = checked(|gates, call| {
        let [amount] = gates.fields(&call.payload, [8])?;
        gates.require_at_most(&amount, &gates.constant(4))?;
        raised(gates, call, &amount)
    });
    let other = checked(|gates, call| {
        let [amount] = gates.fields(&call.payload, [8])?;
        gates.require_at_most(&amount, &gates.constant(5))?;
        raised(gates, call, &gates.add(&amount, &gates.constant(1))?)
    });
    for wrong in [lenient, strict, other] {
        assert!(
            matches!(wrong, Err(Error::Disagreement { .. })),
            "{wrong:?}"
        );
    }
    // A number that the prover chooses freely: nothing that gates make, so made by hand.
    let free = checked(|gates, call| {
        let [amount] = gates.fields(&call.payload, [8])?;
        gates.require_at_most(&amount, &gates.constant(5))?;
        let free = Int {
            num: gates.synthesis.witness(amount.num.value)?,
            bits: 8,
        };
        raised(gates, call, &free)
    });
    assert!(matches!(free, Err(Error::Unbound { .. })), "{free:?}");
}

#[test]
fn numbers_have_their_bounds() {
    let wide = checked(|gates, call| {
        let square = gates.multiply(&call.held_from, &call.held_from)?;
        raised(gates, call, &square)
    });
    assert!(matches!(wide, Err(Error::TooWide { got: 256, max: 250 })));
    let fields = checked(|gates, call| {
        let [wide] = gates.fields(&call.payload, [251])?;
        raised(gates, call, &wide)
    });
    assert!(matches!(fields, Err(Error::TooWide { got: 251, .. })));
    let by_zero = checked(|gates, call| {
        let (quotient, _) = gates.divide(&call.held_from, 0)?;
        raised(gates, call, &quotient)
    });
    assert!(matches!(by_zero, Err(Error::TooWide { .. })));
    let beyond = checked(|gates, call| {
        let (quotient, _) = gates.divide(&call.held_from, 1 << 122)?;
        raised(gates, call, &quotient)
    });
    assert!(matches!(beyond, Err(Error::TooWide { got: 251, max: 250 })));
    let large = checked(|gates, call| {
        let [amount] = gates.fields(&call.payload, [8])?;
        for _ in 0..16 {
            gates.subtract(&call.held_from, &gates.constant(0))?;
        }
        raised(gates, call, &amount)
    });
    assert!(
        matches!(large, Err(Error::GadgetTooLarge { .. })),
        "{large:?}"
    );
}

#[derive(Debug)]
struct Named(&'static str);

impl Rules for Named {
    fn name(&self) -> &'static str {
        self.0
    }

    fn apply(&self, call: &ledger::Call) -> std::result::Result<Holdings, Refused> {
        Ok(call.held)
    }
}

impl Gadget for Named {
    fn constrain(&self, _: &Gates<'_>, call: &Call) -> Result<After> {
        Ok(After {
            from: call.held_from.clone(),
            to: call.held_to.clone(),
        })
    }
}

#[test]
fn a_circuit_is_told_by_its_rules() {
    static ONE: Named = Named("one");
    static ALIKE: Named = Named("one");
    static OTHER: Named = Named("other");
    static ADDS: Arithmetic = Arithmetic(What::Add);
    static TIMES: Arithmetic = Arithmetic(What::Multiply);
    let of = |gadget: &'static dyn Gadget| Ruled::new(gadget).unwrap();
    assert_eq!(of(&ONE), of(&ALIKE));
    assert_ne!(of(&ONE), of(&OTHER));
    assert_ne!(of(&ADDS), of(&TIMES));
    let shape = crate::Shape::batch(ledger::BatchSize::EIGHT, Some(of(&ONE)));
    let name = shape.to_string();
    assert!(name.starts_with("batch-8-one-"), "{name}");
    assert!(name.parse::<crate::Shape>().is_err());
    assert_ne!(shape, ledger::BatchSize::EIGHT.into());
    for name in ["", "Large", "a-b", "longer-than-all", "thirteenchars"] {
        let gadget: &'static Named = Box::leak(Box::new(Named(name)));
        let named = Ruled::new(gadget);
        assert!(matches!(named, Err(Error::BadName { .. })), "{name}");
    }
}
