//! Who asks whom for how much, and how long it takes.

use super::SimulationConfig;
use crate::{Error, Result};
use light_node::core::{Goal, Plan, Sampling};
use rand::RngExt;
use rand::seq::index;
use serde::Serialize;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{CommitmentsRoot, Coordinates, GridDimensions, GridRow};

/// Bytes of a cell in an answer: cell, proof, coordinates, framing.
const CELL_ANSWERED: u64 = (CELL_BYTES + POINT_BYTES + 16) as u64;
/// Bytes around an answer.
const ANSWER: u64 = 12;
/// Within so many microseconds gossip brings the header to everybody.
const GOSSIP: u64 = 1_000_000;
/// Microseconds that a message takes from one node to another.
const DELAY: std::ops::Range<u64> = 10_000..80_000;
/// Microseconds that a full node works for a cell that it has stored. It serves one request
/// after another.
const STORED: u64 = 100;
/// And for a cell of a parity row, which has to be computed.
const COMPUTED: u64 = 1_600;
const SECOND: u64 = 1_000_000;

/// A quantity over all nodes of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The mean that a formula says.
    pub predicted: f64,
    /// The mean.
    pub mean: f64,
    /// The most that one of them has.
    pub most: u64,
}

impl Spread {
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
    fn new(predicted: f64, counts: &[u64]) -> Self {
        let total: u64 = counts.iter().sum();
        Self {
            predicted,
            mean: total as f64 / counts.len().max(1) as f64,
            most: counts.iter().copied().max().unwrap_or(0),
        }
    }
}

/// What full nodes serve for one block.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FullLoad {
    /// Requests: L·min(p, s) / F for L light nodes with p peers and s samples, F full nodes.
    pub requests: Spread,
    /// Cells: L·s / F.
    pub cells: Spread,
    /// Bytes of answers.
    pub bytes: Spread,
    /// Most cells that one full node was asked for within one second of virtual time.
    pub busiest_second: u64,
}

/// What light nodes take for one block.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LightLoad {
    /// Bytes received: the samples, and N commitments.
    pub bytes: Spread,
    /// Most of its samples that one full node sees of a light node.
    pub largest_share: u32,
    /// Milliseconds of virtual time from the header to the last sample, for half of them.
    pub median_ms: u64,
    /// And for the last of them.
    pub most_ms: u64,
}

/// All of it, and the plans behind it.
#[derive(Debug)]
pub(super) struct Load {
    /// Each light node's cells, by their numbers.
    pub(super) plans: Vec<Vec<u32>>,
    pub(super) full_node: FullLoad,
    pub(super) light_node: LightLoad,
}

/// A question on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    /// When it reaches the full node.
    arrives: u64,
    light: u32,
    full: u32,
    /// How long it takes to answer, and then to bring the answer back.
    work: u64,
    back: u64,
    cells: u64,
}

/// Draws every plan, spreads it over peers, and lets full nodes answer.
pub(super) fn demand(
    config: &SimulationConfig,
    dimensions: GridDimensions,
    goal: Goal,
) -> Result<Load> {
    let light_nodes = config.light as usize;
    let mut plans = Vec::with_capacity(light_nodes);
    let mut begun = Vec::with_capacity(light_nodes);
    let mut questions = Vec::new();
    let mut largest_share = 0;
    for light in 0..config.light {
        let mut rng = config.randomness(0, light);
        let accepted = rng.random_range(0..GOSSIP);
        let (full, peers) = (config.full as usize, config.peers as usize);
        let peers: Vec<u32> = (index::sample(&mut rng, full, peers).into_iter())
            .map(narrow)
            .collect();
        let plan = Plan::draw(dimensions, goal, &mut rng).map_err(Error::light(0))?;
        plans.push(numbers(&plan));
        let mut sampling = Sampling::new(plan, CommitmentsRoot::new([0; 32]));
        for ask in sampling.ask(&peers, &mut rng) {
            questions.push(Question {
                arrives: accepted + rng.random_range(DELAY),
                light,
                full: ask.peer(),
                work: ask.coordinates().iter().map(work).sum(),
                back: rng.random_range(DELAY),
                cells: ask.coordinates().len() as u64,
            });
        }
        largest_share = largest_share.max(sampling.figures().largest_share);
        begun.push(accepted);
    }
    questions.sort_unstable();
    let judged = answer(&questions, config.full, &begun);
    let samples = goal.samples(dimensions);
    Ok(Load {
        plans,
        full_node: full_load(config, samples, &questions),
        light_node: light_load(config, samples, largest_share, &questions, judged),
    })
}

/// The cells of a plan by their numbers, row by row, parity after data.
fn numbers(plan: &Plan) -> Vec<u32> {
    let dimensions = plan.dimensions();
    let number = |at: &Coordinates| {
        let row = match at.row {
            GridRow::Data(i) => i.get(),
            GridRow::Parity(j) => dimensions.rows() + j.get(),
        };
        u32::from(row) * 128 + u32::from(at.column.get())
    };
    plan.coordinates().iter().map(number).collect()
}

const fn work(at: &Coordinates) -> u64 {
    match at.row {
        GridRow::Data(_) => STORED,
        GridRow::Parity(_) => COMPUTED,
    }
}

/// How long each light node waited for its last sample, in microseconds.
fn answer(questions: &[Question], full: u32, begun: &[u64]) -> Vec<u64> {
    let mut free = vec![0; full as usize];
    let mut last = begun.to_vec();
    for question in questions {
        let free = &mut free[question.full as usize];
        *free = question.arrives.max(*free) + question.work;
        let last = &mut last[question.light as usize];
        *last = (*last).max(*free + question.back);
    }
    last.iter()
        .zip(begun)
        .map(|(last, begun)| last - begun)
        .collect()
}

fn full_load(config: &SimulationConfig, samples: u32, questions: &[Question]) -> FullLoad {
    let full = config.full as usize;
    let (mut requests, mut cells, mut bytes) = (vec![0; full], vec![0; full], vec![0; full]);
    let mut second = vec![(0, 0); full];
    let mut busiest_second = 0;
    for question in questions {
        let node = question.full as usize;
        requests[node] += 1;
        cells[node] += question.cells;
        bytes[node] += ANSWER + question.cells * CELL_ANSWERED;
        let (which, asked) = &mut second[node];
        let now = question.arrives / SECOND;
        if *which != now {
            (*which, *asked) = (now, 0);
        }
        *asked += question.cells;
        busiest_second = busiest_second.max(*asked);
    }
    let each = f64::from(config.light) / f64::from(config.full);
    let (asks, samples) = (f64::from(config.peers.min(samples)), f64::from(samples));
    let answered = asks * count(ANSWER) + samples * count(CELL_ANSWERED);
    FullLoad {
        requests: Spread::new(each * asks, &requests),
        cells: Spread::new(each * samples, &cells),
        bytes: Spread::new(each * answered, &bytes),
        busiest_second,
    }
}

fn light_load(
    config: &SimulationConfig,
    samples: u32,
    largest_share: usize,
    questions: &[Question],
    mut judged: Vec<u64>,
) -> LightLoad {
    let commitments = ANSWER + u64::from(config.rows) * POINT_BYTES as u64;
    let mut bytes = vec![commitments; config.light as usize];
    for question in questions {
        bytes[question.light as usize] += ANSWER + question.cells * CELL_ANSWERED;
    }
    let asks = f64::from(config.peers.min(samples));
    let predicted =
        count(commitments) + asks * count(ANSWER) + f64::from(samples) * count(CELL_ANSWERED);
    judged.sort_unstable();
    LightLoad {
        bytes: Spread::new(predicted, &bytes),
        largest_share: narrow(largest_share),
        median_ms: judged[judged.len() / 2] / 1_000,
        most_ms: judged.last().copied().unwrap_or(0) / 1_000,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^52")]
const fn count(bytes: u64) -> f64 {
    bytes as f64
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
