//! Duels: what a call does.

use rollup_kit::rules::{Amount, Call, Holdings, Refused, Rules};

/// The rules of this rollup.
pub static RULES: Duels = Duels;

/// Fighters strike one another until one falls, and win by that. A fighter's sheet is in register
/// 0 of its account: hit points in the lowest 16 bits, victories in the next 32.
///
/// A payload has one field: the action, 2 bits. A fighter joins and rests by naming itself, and
/// strikes another. Who has fallen does nothing any more.
#[derive(Debug)]
pub struct Duels;

/// Who has no sheet yet gets one.
pub const JOIN: u128 = 0;
/// Takes hit points of another.
pub const STRIKE: u128 = 1;
/// Gets hit points back.
pub const REST: u128 = 2;
/// The bits of a payload's field.
pub const FIELDS: [usize; 1] = [2];
/// The register with the sheets.
pub const SHEET: u8 = 0;
/// Bits of a sheet's fields: hit points, and victories.
pub const SHEET_FIELDS: [usize; 2] = [16, 32];
/// A fighter's hit points at most, and at first.
pub const MOST: u128 = 100;
/// What a strike takes.
pub const DAMAGE: u128 = 25;
/// What a rest gives.
pub const HEALING: u128 = 10;

/// What a fighter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// What it can still take.
    pub hit_points: u128,
    /// How many it has struck down.
    pub victories: u128,
}

impl Sheet {
    /// Reads a register.
    ///
    /// # Errors
    /// [`Refused`] for what is no sheet.
    pub fn read(held: Amount) -> Result<Self, Refused> {
        let [hit_points, victories] = SHEET_FIELDS;
        if held.get() >> (hit_points + victories) != 0 {
            return Err(Refused("no sheet"));
        }
        Ok(Self {
            hit_points: held.get() & ((1 << hit_points) - 1),
            victories: held.get() >> hit_points,
        })
    }

    /// As a register has it.
    #[must_use]
    pub const fn write(self) -> Amount {
        Amount::new(self.hit_points | self.victories << SHEET_FIELDS[0])
    }
}

impl Rules for Duels {
    fn name(&self) -> &'static str {
        "duels"
    }

    fn apply(&self, call: &Call) -> Result<Holdings, Refused> {
        let [action] = call.fields(FIELDS)?;
        if call.register.get() != SHEET {
            return Err(Refused("sheets are in register 0"));
        }
        let (mut from, mut to) = (Sheet::read(call.held.from)?, Sheet::read(call.held.to)?);
        if call.is_own() == (action == STRIKE) {
            return Err(Refused("strike another, join and rest yourself"));
        }
        match action {
            JOIN => {
                if from
                    != (Sheet {
                        hit_points: 0,
                        victories: 0,
                    })
                {
                    return Err(Refused("joined already"));
                }
                from.hit_points = MOST;
                to = from;
            }
            _ if from.hit_points == 0 => return Err(Refused("fallen, or not joined")),
            STRIKE => {
                if to.hit_points == 0 {
                    return Err(Refused("the other has fallen, or not joined"));
                }
                to.hit_points = to.hit_points.saturating_sub(DAMAGE);
                if to.hit_points == 0 {
                    from.victories += 1;
                }
                if from.victories >> SHEET_FIELDS[1] != 0 {
                    return Err(Refused("more victories than a sheet holds"));
                }
            }
            REST => {
                from.hit_points = MOST.min(from.hit_points + HEALING);
                to = from;
            }
            _ => return Err(Refused("no such action")),
        }
        Ok(Holdings {
            from: from.write(),
            to: to.write(),
        })
    }
}
