//! A rollup's own rules: what its operations do besides moving value.
//!
//! Every account has [`Register`]s, numbers of 128 bits beside its balances. They stand in the same
//! tree under the tokens from [`TokenId::FIRST_REGISTER`] on, and nothing on L1 backs them: they
//! can be neither deposited nor withdrawn nor given away, and no escape pays them. A [`Call`]
//! touches one register of two accounts, and [`Rules`] say what it makes of them.
//!
//! So whoever writes rules cannot create or take money with them: no call touches a backed token.
//! But money waits behind them: a batch is proved whole, and where a circuit's answer is not the
//! rules', a batch with such a call has no proof and settles nothing that is in it. In return, no
//! fee is paid by a call. A rollup with rules lists at most 128 tokens: its list on L1 is deployed
//! so (`rollup/TokenList.sol`).

use crate::{AccountIndex, Amount, Error, Fr, TokenId};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use std::fmt;

/// Bits that a payload's fields have together at most: below the field's order for every content.
pub const PAYLOAD_BITS: usize = 250;

/// Which of an account's registers, below 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Register(u8);

impl Register {
    /// How many an account has.
    pub const COUNT: u8 = 128;

    /// Names a register.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] from 128 on.
    pub const fn new(number: u8) -> Result<Self, Error> {
        if number >= Self::COUNT {
            return Err(Error::OutOfRange {
                what: "a register",
                got: number as u128,
                max: Self::COUNT as u128 - 1,
            });
        }
        Ok(Self(number))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The register that stands under a token; none under a backed one.
    #[must_use]
    pub fn of(token: TokenId) -> Option<Self> {
        let number = token.get().checked_sub(TokenId::FIRST_REGISTER.get())?;
        u8::try_from(number).ok().map(Self)
    }

    /// The token that it stands under.
    #[must_use]
    pub const fn token(self) -> TokenId {
        TokenId::of_register(self.0)
    }
}

impl fmt::Display for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What two accounts hold in one register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holdings {
    /// The account that signed.
    pub from: Amount,
    /// The account that it named.
    pub to: Amount,
}

/// A call of the rollup's rules: all that they may go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Who signed.
    pub from: AccountIndex,
    /// Whom it names; may be the signer.
    pub to: AccountIndex,
    /// Which register of both.
    pub register: Register,
    /// What is asked, as the rules read it.
    pub payload: Fr,
    /// What both hold. Where they are one account, both are what that holds.
    pub held: Holdings,
}

impl Call {
    /// Whether the signer names itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.from == self.to
    }

    /// The payload's fields of so many bits each, at most 128, the lowest first.
    ///
    /// # Errors
    /// [`Refused`] when the payload has more bits than they do together, or they more than
    /// [`PAYLOAD_BITS`].
    pub fn fields<const N: usize>(&self, bits: [usize; N]) -> Result<[u128; N], Refused> {
        let payload = self.payload.into_bigint();
        let all: usize = bits.iter().sum();
        if all > PAYLOAD_BITS || bits.iter().any(|bits| *bits > 128) {
            return Err(Refused("fields that no payload has"));
        }
        if payload.num_bits() as usize > all {
            return Err(Refused("a payload with more than its fields"));
        }
        let mut at = 0;
        Ok(bits.map(|bits| {
            let field = (at..at + bits).rev();
            at += bits;
            field.fold(0, |number, bit| {
                number << 1 | u128::from(payload.get_bit(bit))
            })
        }))
    }
}

/// The payload with these fields, each with its number of bits, the lowest first; none where a
/// field does not fit.
#[must_use]
pub fn payload(fields: &[(u128, usize)]) -> Option<Fr> {
    let mut sum = Fr::ZERO;
    let mut unit = Fr::ONE;
    let mut all = 0;
    for (number, bits) in fields {
        let used = u128::BITS - number.leading_zeros();
        all += bits;
        if used as usize > *bits || all > PAYLOAD_BITS {
            return None;
        }
        sum += Fr::from(*number) * unit;
        unit *= Fr::from(2u64).pow([*bits as u64]);
    }
    Some(sum)
}

/// Why rules refuse a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl From<Refused> for Error {
    fn from(Refused(reason): Refused) -> Self {
        Self::Refused { reason }
    }
}

/// A rollup's own rules. Everybody who derives the rollup runs them: their answer must follow from
/// the call alone, and be the same on every machine.
pub trait Rules: fmt::Debug + Send + Sync {
    /// What the rules are called: 1 to 12 lower-case letters and digits.
    fn name(&self) -> &'static str;

    /// What both accounts hold after a call.
    ///
    /// # Errors
    /// [`Refused`], and nothing changes.
    fn apply(&self, call: &Call) -> Result<Holdings, Refused>;
}
