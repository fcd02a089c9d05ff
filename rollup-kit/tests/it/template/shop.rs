//! What `rollup-kit new --example shop` writes, with its tests.

#[path = "../../../template/shop/gadget.rs"]
mod gadget;
#[path = "../../../template/shop/rule.rs"]
mod rule;
#[path = "../../../template/shop/tests.rs"]
mod tests;
