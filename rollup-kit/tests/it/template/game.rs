//! What `rollup-kit new --example game` writes, with its tests.
#![allow(unreachable_pub)]

#[path = "../../../template/game/gadget.rs"]
mod gadget;
#[path = "../../../template/game/rule.rs"]
pub(crate) mod rule;
#[path = "../../../template/game/tests.rs"]
mod tests;
