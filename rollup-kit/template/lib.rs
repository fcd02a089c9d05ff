//! {{title}}: a rollup with rules of its own.
//!
//! * [`rule`] is what a call does; everybody who derives the rollup runs it.
//! * [`gadget`] is the same in arithmetic, so that it can be proved.
//!
//! The tests hold one against the other. The README says how to add an operation.

pub mod gadget;
pub mod rule;

#[cfg(test)]
mod tests;
