//! `call`: what a rollup's own rules offer.

use super::error::{Error, Result};
use super::signed::Signing;
use clap::Args;
use ledger::{AccountIndex, Body, Register, rules};
use operator::wire;
use rollup_kit::project;
use serde_json::Value;

/// Calls the rollup's own rules. It pays no fee.
#[derive(Args)]
pub(super) struct Call {
    /// Which register of both accounts, below 128.
    #[arg(long, value_name = "N", default_value_t = 0)]
    register: u8,
    /// The account that is named: its place in the tree; may be the one that signs.
    #[arg(long, value_name = "PLACE")]
    to: u32,
    /// What is asked: the payload's fields as the rules read them, each as NUMBER:BITS, the lowest
    /// first.
    #[arg(long, value_name = "FIELDS", value_delimiter = ',', value_parser = field)]
    payload: Vec<(u128, usize)>,
    #[command(flatten)]
    how: Signing,
}

impl Call {
    pub(super) async fn run(mut self) -> Result<Value> {
        let given = |what, got: String, expected| Error::Given {
            what,
            got,
            expected,
        };
        let register = Register::new(self.register);
        let register =
            register.map_err(|_| given("a register", self.register.to_string(), "below 128"))?;
        let to = wire::index(self.to).ok();
        let to = to.filter(|to| *to != AccountIndex::SENTINEL);
        let to = to.ok_or_else(|| {
            let expected = "a place of the tree but the first";
            given("an account's place", self.to.to_string(), expected)
        })?;
        let payload = rules::payload(&self.payload);
        let payload = payload.ok_or_else(|| {
            let expected = "fields that fit, of at most 250 bits together";
            given("a payload", format!("{:?}", self.payload), expected)
        })?;
        let key = self.how.signer()?;
        self.how.names(register);
        self.how.submit(&key, Body::Call { to, payload }).await
    }
}

/// A field of a payload: its number and its bits.
fn field(text: &str) -> std::result::Result<(u128, usize), String> {
    project::field(text).ok_or_else(|| format!("{text:?} is not NUMBER:BITS"))
}
