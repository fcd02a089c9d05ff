//! One call of a rollup's own rules, all the way: signed, posted, proved, settled, derived.

use super::person::OFF_L1;
use super::{RETENTION_DAYS, Tour, setting};
use crate::demo::Options;
use crate::demo::stage::Stage;
use crate::project::Settings;
use crate::{Error, Result};
use ledger::{Amount, Call, Holdings};
use serde::Serialize;
use settlement::Wei;

/// What came of the call.
#[derive(Debug, Clone, Serialize)]
pub struct CallReport {
    /// What the rules are called.
    pub rules: &'static str,
    /// Constraints that they take of every operation.
    pub constraints: usize,
    /// The operation's id.
    pub operation: String,
    /// The batch that settled it on L1, proved by Groth16.
    pub batch: u64,
    /// What both accounts hold after it, as the follower derived it.
    pub derived: [String; 2],
    /// What the rules say.
    pub expected: [String; 2],
    /// What did not hold.
    pub faults: Vec<String>,
}

/// Runs a network, an L1 and the rollup of a project, and has its call settled.
///
/// # Errors
/// A program without rules, rules that refuse the call, and parts that do not start or do not do
/// what they are for.
pub async fn once(
    options: &Options,
    settings: &Settings,
    told: &mut (dyn FnMut(&str) + Send),
) -> Result<CallReport> {
    let options = Options {
        batch: settings.batch()?,
        ..options.clone()
    };
    let (expected, constraints) = expected(&options, settings)?;
    let mut stage = Stage::set_up(&options, RETENTION_DAYS, told).await?;
    let report = match settings.namespace() {
        Ok(namespace) => {
            stage.namespace = namespace;
            play(&mut stage, &options, settings, &expected).await
        }
        Err(error) => Err(error),
    };
    stage.clear().await;
    let mut report = report?;
    report.constraints = constraints;
    Ok(report)
}

/// What both accounts hold in the end, as the rules say; at first neither holds anything.
fn expected(options: &Options, settings: &Settings) -> Result<(Holdings, usize)> {
    let refused = |reason: String| Error::Stage {
        what: "the call",
        reason,
    };
    let ruled = options.ruled;
    let ruled = ruled.ok_or_else(|| refused("this program has no rules".to_owned()))?;
    let call: Call = settings.call()?;
    let after = ruled.gadget().apply(&call);
    let after = after.map_err(|reason| refused(format!("the rules refuse it: {}", reason.0)))?;
    Ok((after, ruled.constraints()))
}

async fn play(
    stage: &mut Stage<'_>,
    options: &Options,
    settings: &Settings,
    expected: &Holdings,
) -> Result<CallReport> {
    let mut tour = setting::set(stage, options).await?;
    let played = act(&mut tour, options, settings, expected).await;
    if played.is_err() {
        for operator in &tour.operators {
            let words = operator.last_words();
            tour.stage.tell(words);
        }
    }
    played
}

async fn act(
    tour: &mut Tour<'_, '_>,
    options: &Options,
    settings: &Settings,
    expected: &Holdings,
) -> Result<CallReport> {
    tour.stage.tell("1  Two accounts");
    let people = [tour.alice.clone(), tour.bob.clone()];
    for (place, person) in people.iter().enumerate() {
        person.deposit(Wei::ether(1), OFF_L1).await?;
        tour.stage
            .tell(format!("      {} at place {}", person.name, place + 1));
    }
    tour.turn_of(0).await?;
    tour.until("the deposits", async |tour| {
        let last = tour.bob.holds(tour.follower(), OFF_L1).await?;
        Ok(last.map(|_| ()))
    })
    .await?;

    let call = settings.call()?;
    tour.stage.tell(format!("2  A call of {}", rules(options)));
    let newest = tour.newest().await?;
    let who = |place: u32| people.get((place as usize).wrapping_sub(1));
    let (from, to) = (who(call.from.get()), who(call.to.get()));
    let (Some(from), Some(to)) = (from, to) else {
        return Err(Error::Stage {
            what: "the call",
            reason: "there are accounts at the places 1 and 2".to_owned(),
        });
    };
    let (place, register) = (call.to.to_string(), call.register.to_string());
    let payload = settings.payload();
    let what = [
        "call",
        "--to",
        &place,
        "--register",
        &register,
        "--payload",
        &payload,
        "--tree",
        OFF_L1,
    ];
    let operation = from.sign(tour.operator(0), &what).await?;
    tour.stage.tell(format!(
        "      signed by {}: operation {operation:.12}…",
        from.name
    ));
    tour.settled(newest + 1).await?;
    let status = tour.landed(&operation).await?;
    let batch = status["batch"].as_u64().unwrap_or_default();
    tour.stage.tell(format!(
        "      posted, proved by Groth16, settled by batch {batch}"
    ));
    tour.followed(batch).await?;

    let mut derived = Vec::new();
    for person in [from, to] {
        let token = call.register.token();
        let held = person.balance(tour.follower(), OFF_L1, token).await?;
        derived.push(held.map_or(0, |(_, amount)| amount).to_string());
    }
    let derived = [derived.remove(0), derived.remove(0)];
    let expected = [expected.from, expected.to].map(|amount: Amount| amount.to_string());
    tour.stage.tell(format!(
        "      derived by the follower: register {register} has {} and {}",
        derived[0], derived[1]
    ));
    let mut faults = Vec::new();
    if derived != expected {
        faults.push(format!("derived {derived:?}, the rules say {expected:?}"));
    }
    Ok(CallReport {
        rules: rules(options),
        constraints: 0,
        operation,
        batch,
        derived,
        expected,
        faults,
    })
}

fn rules(options: &Options) -> &'static str {
    options.ruled.map_or("", |ruled| ruled.gadget().name())
}
