//! What `rollup-kit new --example shop` writes, with its tests.
#![allow(unreachable_pub)]

#[path = "../../../template/shop/gadget.rs"]
mod gadget;
#[path = "../../../template/shop/rule.rs"]
pub(crate) mod rule;
#[path = "../../../template/shop/tests.rs"]
mod tests;
