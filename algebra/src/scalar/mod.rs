//! The engine that runs everywhere: blst, one element at a time.

mod add;

pub(crate) use add::ScalarAdder;
