//! Proves with the development keys, by both engines, and prints what it cost, a JSON
//! object per line: `development FOLDER CIRCUIT…`. The keys are kept in the folder; what verifies is
//! compared with `golden/`, or written there under ASSAY_UPDATE.

use ark_serialize::CanonicalSerialize;
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use std::path::{Path, PathBuf};
use validity::{Engine, Measurement, Progress, Shape, SumEngine, measure};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("no folder")?);
    let mut rng = StdRng::try_from_rng(&mut SysRng)?;
    for name in arguments {
        let shape: Shape = name.parse()?;
        for engine in [SumEngine::Own(Engine::of_process()?), SumEngine::Arkworks] {
            let mut tell = |progress: Progress| {
                eprintln!("{shape}: {:?}", progress.stage);
            };
            let measured = measure(shape, engine, &folder, &mut rng, &mut tell)?;
            println!("{}", report(&measured));
            compare(&measured)?;
        }
    }
    Ok(())
}

fn report(measured: &Measurement) -> serde_json::Value {
    serde_json::json!({
        "circuit": measured.shape.to_string(),
        "operations": measured.operations,
        "engine": measured.engine.name(),
        "constraints": measured.size.constraints,
        "domain": measured.size.domain,
        "keys_seconds": measured.keys.as_secs_f64(),
        "proving_seconds": measured.proving.as_secs_f64(),
        "operations_per_second": measured.operations_per_second(),
        "peak_memory_bytes": measured.peak_memory,
    })
}

fn compare(measured: &Measurement) -> Outcome {
    let mut bytes = Vec::new();
    measured.verifying.serialize_compressed(&mut bytes)?;
    let made = hex::encode(bytes) + "\n";
    let name = format!("golden/development-{}.vk", measured.shape);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("ASSAY_UPDATE").is_some() {
        std::fs::write(&file, &made)?;
    }
    if std::fs::read_to_string(&file)? != made {
        return Err("golden/ has another development key; ASSAY_UPDATE=1 writes it anew".into());
    }
    Ok(())
}
