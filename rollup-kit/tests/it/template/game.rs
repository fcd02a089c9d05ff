//! What `rollup-kit new --example game` writes, with its tests.

#[path = "../../../template/game/gadget.rs"]
mod gadget;
#[path = "../../../template/game/rule.rs"]
mod rule;
#[path = "../../../template/game/tests.rs"]
mod tests;
