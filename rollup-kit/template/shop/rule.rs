//! Loyalty points of a shop: what a call does.

use rollup_kit::rules::{Amount, Call, Holdings, Refused, Rules};

/// The rules of this rollup.
pub static RULES: Shop = Shop;

/// The shop gives points, and customers redeem them. Points are held in register 0 of every
/// account; the shop's own count what was redeemed.
///
/// A payload has two fields: the action, 1 bit, and the points, 64 bits.
#[derive(Debug)]
pub struct Shop;

/// Where the shop's account is: it is the first to deposit.
pub const SHOP: u32 = 1;
/// The register with the points.
pub const POINTS: u8 = 0;
/// The shop gives a customer points.
pub const EARN: u128 = 0;
/// A customer gives points back to the shop.
pub const REDEEM: u128 = 1;
/// Bits of a payload's fields.
pub const FIELDS: [usize; 2] = [1, 64];
/// The most points that are given at once.
pub const MOST: u128 = 1000;

impl Rules for Shop {
    fn name(&self) -> &'static str {
        "shop"
    }

    fn apply(&self, call: &Call) -> Result<Holdings, Refused> {
        let [action, points] = call.fields(FIELDS)?;
        if call.register.get() != POINTS {
            return Err(Refused("points are in register 0"));
        }
        if call.is_own() {
            return Err(Refused("the shop and a customer are two"));
        }
        let Holdings { from, to } = call.held;
        let from = if action == EARN {
            if call.from.get() != SHOP {
                return Err(Refused("only the shop gives points"));
            }
            if points > MOST {
                return Err(Refused("too many points at once"));
            }
            from.get()
        } else {
            if call.to.get() != SHOP {
                return Err(Refused("points are redeemed at the shop"));
            }
            let left = from.get().checked_sub(points);
            left.ok_or(Refused("the customer has fewer points"))?
        };
        let to = to.get().checked_add(points);
        let to = to.ok_or(Refused("more points than an account holds"))?;
        Ok(Holdings {
            from: Amount::new(from),
            to: Amount::new(to),
        })
    }
}
