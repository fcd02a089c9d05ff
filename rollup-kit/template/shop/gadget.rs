//! Loyalty points of a shop: the same in arithmetic. Each line says what the rule says; whatever
//! is required and does not hold refuses the call.

use super::rule::{EARN, FIELDS, MOST, POINTS, SHOP, Shop};
use rollup_kit::gadget::{After, Call, Gadget, Gates, Result};

impl Gadget for Shop {
    fn constrain(&self, gates: &Gates<'_>, call: &Call) -> Result<After> {
        let [action, points] = gates.fields(&call.payload, FIELDS)?;
        gates.require_equal(&call.register, &gates.constant(POINTS.into()))?;
        gates.require(&gates.not(&call.is_own))?;

        // The shop is the one that gives, or the one that is given to.
        let earns = gates.is_equal(&action, &gates.constant(EARN))?;
        let shop = gates.select(&earns, &call.from, &call.to)?;
        gates.require_equal(&shop, &gates.constant(SHOP.into()))?;

        let any = gates.constant(u64::MAX.into());
        let most = gates.select(&earns, &gates.constant(MOST), &any)?;
        gates.require_at_most(&points, &most)?;

        let spent = gates.select(&earns, &gates.constant(0), &points)?;
        Ok(After {
            from: gates.subtract(&call.held_from, &spent)?,
            to: gates.add(&call.held_to, &points)?,
        })
    }
}
