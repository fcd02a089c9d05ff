//! One circuit's parameters before anybody has contributed: the powers, taken at the circuit's
//! polynomials (eprint 2016/260, §3.2, with γ = δ = 1).
//!
//! Making them takes transforms of points, minutes for a batch. Who verifies them needs none: a
//! random combination of all points of a kind is a combination of the powers, whose coefficients
//! one transform of scalars gives, and two sums decide.

use super::circuit::{NAME_BYTES, Row};
use super::file::{
    G1_BYTES, G2_BYTES, HASH_BYTES, MAGIC_BYTES, Reader, differs, sealed, unsealed, write_g1,
    write_g2,
};
use super::points::{
    Column, column_sums, column_sums_g2, lagrange_g1, lagrange_g2, own, same_product, short_sum,
    short_sum_g2, sum, total,
};
use super::{Circuit, Powers, TranscriptHash, coefficients};
use crate::{Error, Fr, Result};
use algebra::{Domain, G1, G1Affine, G1Domain, G2Affine};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const BEGIN_TAG: &[u8] = b"assay/ceremony-phase2/v1";
const MAGIC: &[u8; MAGIC_BYTES] = b"assayc03";
const ONE: algebra::Fr = algebra::Fr::ONE;

/// What contributions change, before the first, and what they are bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    pub(super) name: [u8; NAME_BYTES],
    pub(super) circuit: [u8; HASH_BYTES],
    pub(super) powers: TranscriptHash,
    /// What δ divides: per power of τ, and per witness.
    pub(super) h: Vec<G1Affine>,
    pub(super) l: Vec<G1Affine>,
    /// The transcript's hash before any contribution.
    pub(super) begun: TranscriptHash,
}

/// What a circuit's contributions begin with. Anybody makes the same out of the powers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    pub(super) name: String,
    pub(super) beginning: Beginning,
    pub(super) alpha: G1Affine,
    pub(super) beta: G1Affine,
    pub(super) beta_g2: G2Affine,
    /// Per input.
    pub(super) public: Vec<G1Affine>,
    pub(super) a: Vec<G1Affine>,
    pub(super) b: Vec<G1Affine>,
    pub(super) b_g2: Vec<G2Affine>,
}

/// Parameters as somebody sent them.
#[derive(Debug, Clone)]
pub struct UnverifiedParameters {
    parameters: Parameters,
    checksum: [u8; HASH_BYTES],
}

impl Parameters {
    /// Takes the powers at the circuit's polynomials: minutes for a batch.
    ///
    /// # Errors
    /// [`Error::NoContributions`] for powers that nobody contributed to;
    /// [`Error::CeremonyFile`] when they are too few.
    pub fn new(circuit: &Circuit, powers: &Powers) -> Result<Self> {
        suit(circuit, powers)?;
        let domain = circuit.domain();
        let [tau, alpha, beta] = {
            let transform = G1Domain::new(domain)?;
            let lagrange = |powers: &[G1Affine]| lagrange_g1(&transform, &powers[..domain]);
            [
                lagrange(&powers.tau)?,
                lagrange(&powers.alpha)?,
                lagrange(&powers.beta)?,
            ]
        };
        let tau_g2 = lagrange_g2(&Domain::new(domain)?, &powers.tau_g2[..domain])?;

        let count = circuit.variables;
        let of_a = Merged::new(circuit.rows(0).zip(0..));
        let a = column_sums(&column_sums(&tau, &of_a.places)?, &of_a.columns(count))?;
        drop(of_a);
        let of_b = Merged::new(circuit.rows(1).zip(0..));
        let columns = of_b.columns(count);
        let b = column_sums(&column_sums(&tau, &of_b.places)?, &columns)?;
        let b_g2 = column_sums_g2(&column_sums_g2(&tau_g2, &of_b.places)?, &columns)?;
        drop((of_b, columns, tau_g2));
        // β·A + α·B + C.
        let mixed = {
            let rows = [(0, 0), (1, domain), (2, 2 * domain)];
            let rows = rows
                .into_iter()
                .flat_map(|(matrix, first)| circuit.rows(matrix).zip(first..));
            let merged = Merged::new(rows);
            let all = [beta, alpha, tau].concat();
            column_sums(&column_sums(&all, &merged.places)?, &merged.columns(count))?
        };
        let mut public = mixed;
        let l = public.split_off(circuit.inputs);
        // τⁱ(τⁿ − 1).
        let differences: Vec<Column> = (0..domain - 1)
            .map(|i| vec![(ONE, i + domain), (-ONE, i)])
            .collect();
        let h = column_sums(&powers.tau, &differences)?;
        let mut parameters = Self {
            name: circuit.name().to_owned(),
            beginning: Beginning {
                name: circuit.name_bytes(),
                circuit: *circuit.hash(),
                powers: powers.last(),
                h,
                l,
                begun: TranscriptHash([0; HASH_BYTES]),
            },
            alpha: powers.alpha[0],
            beta: powers.beta[0],
            beta_g2: powers.beta_g2,
            public,
            a,
            b,
            b_g2,
        };
        parameters.beginning.begun = begun(&parameters.body());
        Ok(parameters)
    }

    /// What contributions begin with.
    #[must_use]
    pub const fn beginning(&self) -> &Beginning {
        &self.beginning
    }

    /// The circuit's name.
    #[must_use]
    pub fn circuit(&self) -> &str {
        &self.name
    }

    fn body(&self) -> Vec<u8> {
        let beginning = &self.beginning;
        let mut body = beginning.name.to_vec();
        body.extend(beginning.circuit);
        body.extend(beginning.powers.as_bytes());
        write_g1(&mut body, &beginning.h);
        write_g1(&mut body, &beginning.l);
        write_g1(&mut body, &[self.alpha, self.beta]);
        write_g2(&mut body, &[self.beta_g2]);
        for points in [&self.public, &self.a, &self.b] {
            write_g1(&mut body, points);
        }
        write_g2(&mut body, &self.b_g2);
        body
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        sealed(MAGIC, &self.body())
    }
}

/// That a circuit's parameters can be made of the powers.
fn suit(circuit: &Circuit, powers: &Powers) -> Result<()> {
    if powers.transcript().len() < 2 {
        return Err(Error::NoContributions);
    }
    if powers.power().domain() < circuit.domain() {
        return Err(Error::CeremonyFile {
            what: "the power",
            got: powers.power().get().to_string(),
            expected: format!("at least {}", circuit.domain().ilog2()),
        });
    }
    Ok(())
}

/// The transcript's hash before any contribution: all that is in the file.
fn begun(body: &[u8]) -> TranscriptHash {
    let hash: [u8; HASH_BYTES] = Sha256::digest(body).into();
    TranscriptHash::begun(BEGIN_TAG, &[&hash])
}

/// Rows of matrices that are the same stand once. An S-box has one combination in three places, so
/// that two thirds of the work would be repetition.
struct Merged<'a> {
    rows: Vec<Row<'a>>,
    /// Per row, the points that are to be added up.
    places: Vec<Column>,
}

impl<'a> Merged<'a> {
    fn new(rows: impl Iterator<Item = (Row<'a>, usize)>) -> Self {
        let mut merged = Self {
            rows: Vec::new(),
            places: Vec::new(),
        };
        let mut known: HashMap<Row<'a>, usize> = HashMap::new();
        for (row, place) in rows {
            let at = *known.entry(row).or_insert_with(|| {
                merged.rows.push(row);
                merged.places.push(Vec::new());
                merged.rows.len() - 1
            });
            merged.places[at].push((ONE, place));
        }
        merged
    }

    /// Per variable, the coefficients that it has, and the rows in which it has them.
    fn columns(&self, variables: usize) -> Vec<Column> {
        let mut columns = vec![Column::new(); variables];
        for (at, row) in self.rows.iter().enumerate() {
            for (coefficient, variable) in row.terms() {
                columns[variable].push((own(&coefficient), at));
            }
        }
        columns
    }
}

/// Bytes of the file before what contributions do not need.
const fn head_bytes(h: usize, l: usize) -> usize {
    NAME_BYTES + 2 * HASH_BYTES + (h + l) * G1_BYTES
}

impl Beginning {
    /// Reads the first part of a file that this machine has verified before.
    pub(super) fn known(bytes: &[u8], circuit: &Circuit) -> Result<Self> {
        let (body, _) = unsealed(MAGIC, bytes)?;
        Self::read(&mut Reader::new(body), body, circuit)
    }

    fn read(reader: &mut Reader<'_>, body: &[u8], circuit: &Circuit) -> Result<Self> {
        let name = reader.take(NAME_BYTES)?;
        let expected = circuit.name_bytes();
        if name != expected {
            let letters = String::from_utf8_lossy(name);
            return Err(Error::CeremonyFile {
                what: "the circuit",
                got: letters.trim_end_matches('\0').to_owned(),
                expected: circuit.name().to_owned(),
            });
        }
        let hash = reader.take(HASH_BYTES)?;
        if hash != circuit.hash() {
            return Err(differs("the circuit's hash", hash, circuit.hash()));
        }
        let mut powers = [0; HASH_BYTES];
        powers.copy_from_slice(reader.take(HASH_BYTES)?);
        let [h, l] = [circuit.domain() - 1, circuit.variables - circuit.inputs];
        let rest = (2 + circuit.inputs + 2 * circuit.variables) * G1_BYTES
            + (1 + circuit.variables) * G2_BYTES;
        Reader::new(body).expect(head_bytes(h, l) + rest)?;
        Ok(Self {
            name: expected,
            circuit: *circuit.hash(),
            powers: TranscriptHash(powers),
            h: reader.many_g1(h)?,
            l: reader.many_g1(l)?,
            begun: begun(body),
        })
    }
}

impl UnverifiedParameters {
    /// Reads a file's bytes, of this circuit. Every point is one of its group.
    ///
    /// # Errors
    /// [`Error::CeremonyFile`] when it is damaged or of another circuit; [`Error::Encoding`].
    pub fn decode(bytes: &[u8], circuit: &Circuit) -> Result<Self> {
        let (body, checksum) = unsealed(MAGIC, bytes)?;
        let mut reader = Reader::new(body);
        let beginning = Beginning::read(&mut reader, body, circuit)?;
        Ok(Self {
            parameters: Parameters {
                name: circuit.name().to_owned(),
                beginning,
                alpha: reader.g1()?,
                beta: reader.g1()?,
                beta_g2: reader.g2()?,
                public: reader.many_g1(circuit.inputs)?,
                a: reader.many_g1(circuit.variables)?,
                b: reader.many_g1(circuit.variables)?,
                b_g2: reader.many_g2(circuit.variables)?,
            },
            checksum,
        })
    }

    /// Checks that the points are the powers at the circuit's polynomials.
    ///
    /// # Errors
    /// As [`Parameters::new`]; [`Error::CeremonyFile`] for other powers';
    /// [`Error::BadParameters`].
    pub fn verify(self, circuit: &Circuit, powers: &Powers) -> Result<Parameters> {
        suit(circuit, powers)?;
        let parameters = self.parameters;
        let beginning = &parameters.beginning;
        if beginning.powers != powers.last() {
            let expected = powers.last();
            let got = beginning.powers.as_bytes();
            return Err(differs("the powers' transcript", got, expected.as_bytes()));
        }
        let wrong = |what| Err(Error::BadParameters { what });
        let same = (parameters.alpha, parameters.beta, parameters.beta_g2)
            == (powers.alpha[0], powers.beta[0], powers.beta_g2);
        if !same {
            return wrong("α and β are not the powers'");
        }

        let domain = circuit.domain();
        let factors = coefficients(&self.checksum, circuit.variables.max(domain));
        let transform = Domain::new(domain)?;
        let weights: Result<Vec<Vec<algebra::Fr>>> = (0..3)
            .map(|matrix| weights(circuit, matrix, &factors, &transform))
            .collect();
        let weights = weights?;
        // One combination of all variables' points.
        let combined = |points: &[G1Affine]| short_sum(points, &factors[..points.len()]);
        let at_tau = |matrix: usize| sum(&powers.tau[..domain], &weights[matrix]);
        let b = combined(&parameters.b)?;
        if combined(&parameters.a)? != at_tau(0)? || b != at_tau(1)? {
            return wrong("the polynomials of A or B are not the circuit's");
        }
        let b_g2 = short_sum_g2(&parameters.b_g2, &factors[..parameters.b_g2.len()])?;
        let generators = (G1Affine::generator(), G2Affine::generator());
        if !same_product(b, generators.1, generators.0, b_g2) {
            return wrong("the polynomials of B differ between the groups");
        }
        let (of_inputs, of_witnesses) = factors.split_at(circuit.inputs);
        let mixed = total([
            short_sum(&parameters.public, of_inputs)?,
            short_sum(&beginning.l, &of_witnesses[..beginning.l.len()])?,
        ]);
        let expected = total([
            sum(&powers.beta[..domain], &weights[0])?,
            sum(&powers.alpha[..domain], &weights[1])?,
            at_tau(2)?,
        ]);
        if mixed != expected {
            return wrong("the points of the variables are not the circuit's");
        }
        let count = beginning.h.len();
        let upper = short_sum(&powers.tau[domain..domain + count], &factors[..count])?;
        let lower = short_sum(&powers.tau[..count], &factors[..count])?;
        let expected = G1::from(upper) - G1::from(lower);
        if combined(&beginning.h)? != expected.into() {
            return wrong("the points of the quotient are not the powers'");
        }
        Ok(parameters)
    }
}

/// With the polynomials of a matrix summed by the factors, one per variable: what that takes of
/// each power of τ.
fn weights(
    circuit: &Circuit,
    matrix: usize,
    factors: &[u128],
    domain: &Domain,
) -> Result<Vec<algebra::Fr>> {
    let rows: Vec<Row<'_>> = circuit.rows(matrix).collect();
    let value = |row: &Row<'_>| {
        let terms = row.terms();
        let value: Fr = terms.map(|(c, v)| c * Fr::from(factors[v])).sum();
        own(&value)
    };
    let mut values: Vec<algebra::Fr> = rows.par_iter().map(value).collect();
    values.resize(domain.size(), algebra::Fr::ZERO);
    domain.ifft(&mut values)?;
    Ok(values)
}
