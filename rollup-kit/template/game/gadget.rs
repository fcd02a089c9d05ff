//! Duels: the same in arithmetic. All actions are computed, and the one that is asked for is
//! selected; whatever is required and does not hold refuses the call.

use super::rule::{DAMAGE, Duels, FIELDS, HEALING, JOIN, MOST, REST, SHEET, SHEET_FIELDS, STRIKE};
use rollup_kit::gadget::{After, Call, Gadget, Gates, Int, Result};

impl Gadget for Duels {
    fn constrain(&self, gates: &Gates<'_>, call: &Call) -> Result<After> {
        let [action] = gates.fields(&call.payload, FIELDS)?;
        gates.require_equal(&call.register, &gates.constant(SHEET.into()))?;
        let [hit_points, victories] = gates.split(&call.held_from, SHEET_FIELDS)?;
        let [others, others_victories] = gates.split(&call.held_to, SHEET_FIELDS)?;
        let (zero, one) = (gates.constant(0), gates.constant(1));

        // One of the three actions, of oneself but for a strike.
        let is = |known: u128| gates.is_equal(&action, &gates.constant(known));
        let (joins, strikes, rests) = (is(JOIN)?, is(STRIKE)?, is(REST)?);
        let is_known = gates.or(&gates.or(&joins, &strikes)?, &rests)?;
        gates.require(&is_known)?;
        let of_another = gates.select(&call.is_own, &zero, &one)?;
        let must_be = gates.select(&strikes, &one, &zero)?;
        gates.require_equal(&of_another, &must_be)?;

        // Who joins has no sheet; who does anything else stands.
        let is_new = gates.is_equal(&call.held_from, &zero)?;
        let stands = gates.not(&gates.is_equal(&hit_points, &zero)?);
        let is_new = gates.and(&joins, &is_new)?;
        let stands = gates.and(&gates.not(&joins), &stands)?;
        gates.require(&gates.or(&is_new, &stands)?)?;
        let other_stands = gates.not(&gates.is_equal(&others, &zero)?);
        gates.require(&gates.or(&gates.not(&strikes), &other_stands)?)?;

        // A strike takes what is there, at most the damage. Who takes the last wins.
        let damage = gates.constant(DAMAGE);
        let survives = gates.is_less(&damage, &others)?;
        let taken = gates.select(&survives, &damage, &others)?;
        let left = gates.subtract(&others, &taken)?;
        let wins = gates.and(&strikes, &gates.not(&survives))?;
        let won = gates.add(&victories, &gates.select(&wins, &one, &zero)?)?;
        gates.require_at_most(&won, &gates.constant(u32::MAX.into()))?;

        // Who joins has all hit points, who rests gets some.
        let most = gates.constant(MOST);
        let healed = gates.add(&hit_points, &gates.constant(HEALING))?;
        let is_below = gates.is_less(&healed, &most)?;
        let healed = gates.select(&is_below, &healed, &most)?;
        let own = gates.select(&joins, &most, &healed)?;

        let own = sheet(gates, &own, &victories)?;
        let striker = sheet(gates, &hit_points, &won)?;
        let struck = sheet(gates, &left, &others_victories)?;
        Ok(After {
            from: gates.select(&strikes, &striker, &own)?,
            to: gates.select(&strikes, &struck, &own)?,
        })
    }
}

fn sheet(gates: &Gates<'_>, hit_points: &Int, victories: &Int) -> Result<Int> {
    let unit = gates.constant(1 << SHEET_FIELDS[0]);
    gates.add(hit_points, &gates.multiply(victories, &unit)?)
}
