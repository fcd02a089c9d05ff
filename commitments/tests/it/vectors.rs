//! The official EIP-4844 and EIP-7594 cases: `ASSAY_VECTORS` names the folder that holds
//! `kzg/GROUP/CASE/data.yaml`; a relative path counts from the workspace's root.
//!
//! Every case runs on every engine of this machine, or on the one that `ASSAY_ENGINE` names.
//!
//! `output: null` means that the call must be an error, `false` that the input is well formed and
//! wrong; a run fails when a group is missing or empty, or any file in it is no case.

use std::path::{Path, PathBuf};

use commitments::challenge::{CellClaim, blob_challenge, cell_batch_challenge};
use commitments::{CommitmentError, Setup, eip4844, eip7594};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use types::{Cell, ColumnIndex, Commitment, Proof, Row};

use super::setups;

const GROUPS: [&str; 12] = [
    "blob_to_kzg_commitment",
    "compute_blob_kzg_proof",
    "compute_cells",
    "compute_cells_and_kzg_proofs",
    "compute_challenge",
    "compute_kzg_proof",
    "compute_verify_cell_kzg_proof_batch_challenge",
    "recover_cells_and_kzg_proofs",
    "verify_blob_kzg_proof",
    "verify_blob_kzg_proof_batch",
    "verify_cell_kzg_proof_batch",
    "verify_kzg_proof",
];

type Answer<T> = Result<T, CommitmentError>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case<I, O> {
    input: I,
    #[serde(deserialize_with = "nullable", bound = "O: DeserializeOwned")]
    output: Option<O>,
}

/// Unlike a plain `Option`, refuses a case without the field.
fn nullable<'de, D: Deserializer<'de>, O: DeserializeOwned>(d: D) -> Result<Option<O>, D::Error> {
    Option::deserialize(d)
}

fn folder() -> PathBuf {
    let named = std::env::var_os("ASSAY_VECTORS").expect("ASSAY_VECTORS names a folder");
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = root.join(named).join("kzg");
    assert!(folder.is_dir(), "{} is no folder", folder.display());
    folder
}

/// Every file below the folder.
fn list_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list_files(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Runs every case of a group; `call` is the function under test.
fn run<I: DeserializeOwned, O: DeserializeOwned + PartialEq>(
    group: &str,
    call: impl Fn(&Setup, &I) -> Answer<O>,
) {
    assert!(GROUPS.contains(&group));
    let folder = folder().join(group);
    assert!(folder.is_dir(), "group {group} is missing");
    let mut files = Vec::new();
    list_files(&folder, &mut files);
    files.sort();
    assert!(!files.is_empty(), "group {group} is empty");

    for setup in setups() {
        run_on(setup, group, &folder, &files, &call);
    }
}

fn run_on<I: DeserializeOwned, O: DeserializeOwned + PartialEq>(
    setup: &Setup,
    group: &str,
    folder: &Path,
    files: &[PathBuf],
    call: impl Fn(&Setup, &I) -> Answer<O>,
) {
    let engine = setup.engine();
    let (mut opened, mut failed) = (0, Vec::new());
    for file in files {
        let name = file.strip_prefix(folder).unwrap().display().to_string();
        let text = std::fs::read_to_string(file)
            .unwrap_or_else(|e| panic!("{group}/{name} cannot be opened: {e}"));
        let parsed: Case<I, O> = serde_yaml_ng::from_str(&text)
            .unwrap_or_else(|e| panic!("{group}/{name} is no case: {e}"));
        opened += 1;
        let answer = call(setup, &parsed.input);
        if let Err(error @ CommitmentError::Binding { .. }) = &answer {
            panic!("{engine}: {group}/{name}: {error}");
        }
        if answer.ok() != parsed.output {
            failed.push(name);
        }
    }
    println!(
        "vectors, {engine} engine, {group}: {} found, {opened} opened, {} passed",
        files.len(),
        opened - failed.len()
    );
    assert_eq!(
        opened,
        files.len(),
        "{engine}: {group}: not every file was opened"
    );
    assert!(failed.is_empty(), "{engine}: {group}: {failed:?}");
}

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.strip_prefix("0x").expect("0x")).expect("hexadecimal digits")
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn row(hex: &str) -> Answer<Row> {
    Ok(Row::from_slice(&bytes(hex))?)
}

fn cell(hex: &str) -> Answer<Cell> {
    Ok(Cell::from_slice(&bytes(hex))?)
}

fn commitment(hex: &str) -> Answer<Commitment> {
    Ok(Commitment::from_slice(&bytes(hex))?)
}

fn proof(hex: &str) -> Answer<Proof> {
    Ok(Proof::from_slice(&bytes(hex))?)
}

fn scalar(hex: &str) -> Answer<[u8; 32]> {
    bytes(hex)
        .try_into()
        .map_err(|_| CommitmentError::Malformed)
}

fn column(index: &u64) -> Answer<ColumnIndex> {
    Ok(ColumnIndex::new(*index)?)
}

fn list<A, B>(items: &[A], f: impl Fn(&A) -> Answer<B>) -> Answer<Vec<B>> {
    items.iter().map(f).collect()
}

fn texts<B>(items: &[String], f: impl Fn(&str) -> Answer<B>) -> Answer<Vec<B>> {
    list(items, |item| f(item))
}

/// `Ok(false)` for what is well formed but wrong; every other refusal stays an error.
fn verdict(answer: Answer<()>) -> Answer<bool> {
    match answer {
        Ok(()) => Ok(true),
        Err(CommitmentError::WrongOpening | CommitmentError::BatchRefused { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn extended(row: &commitments::ExtendedRow) -> (Vec<String>, Vec<String>) {
    (
        row.cells().iter().map(|c| hex(c.as_bytes())).collect(),
        row.proofs().iter().map(|p| hex(p.as_bytes())).collect(),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Blob {
    blob: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlobCommitment {
    blob: String,
    commitment: String,
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn the_folder_holds_the_twelve_groups() {
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, GROUPS);
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn blob_to_kzg_commitment() {
    run("blob_to_kzg_commitment", |setup, i: &Blob| {
        Ok(hex(setup.commit(&row(&i.blob)?)?.as_bytes()))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn compute_blob_kzg_proof() {
    run("compute_blob_kzg_proof", |setup, i: &BlobCommitment| {
        let proof = eip4844::prove_blob(setup, &row(&i.blob)?, &commitment(&i.commitment)?)?;
        Ok(hex(proof.as_bytes()))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn compute_cells() {
    run("compute_cells", |setup, i: &Blob| {
        let cells = setup.extend(&row(&i.blob)?)?;
        Ok(cells.iter().map(|c| hex(c.as_bytes())).collect::<Vec<_>>())
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn compute_cells_and_kzg_proofs() {
    run("compute_cells_and_kzg_proofs", |setup, i: &Blob| {
        Ok(extended(&setup.extend_with_proofs(&row(&i.blob)?)?))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn compute_challenge() {
    run("compute_challenge", |_, i: &BlobCommitment| {
        Ok(hex(&blob_challenge(
            &row(&i.blob)?,
            &commitment(&i.commitment)?,
        )))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn compute_kzg_proof() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        blob: String,
        z: String,
    }
    run("compute_kzg_proof", |setup, i: &Input| {
        let (proof, y) = eip4844::prove_point(setup, &row(&i.blob)?, &scalar(&i.z)?)?;
        Ok((hex(proof.as_bytes()), hex(&y)))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn compute_verify_cell_kzg_proof_batch_challenge() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        commitments: Vec<String>,
        commitment_indices: Vec<u64>,
        cell_indices: Vec<u64>,
        cosets_evals: Vec<Vec<String>>,
        proofs: Vec<String>,
    }
    run(
        "compute_verify_cell_kzg_proof_batch_challenge",
        |_, i: &Input| {
            let cells = list(&i.cosets_evals, |elements| {
                let bytes: Vec<u8> = elements.iter().flat_map(|e| bytes(e)).collect();
                Ok(Cell::from_slice(&bytes)?)
            })?;
            let proofs = texts(&i.proofs, proof)?;
            let columns = list(&i.cell_indices, column)?;
            let claims: Vec<_> = (0..cells.len())
                .map(|k| CellClaim {
                    commitment: i.commitment_indices[k],
                    column: columns[k],
                    cell: &cells[k],
                    proof: &proofs[k],
                })
                .collect();
            let commitments = texts(&i.commitments, commitment)?;
            Ok(hex(&cell_batch_challenge(&commitments, &claims)))
        },
    );
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn recover_cells_and_kzg_proofs() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        cell_indices: Vec<u64>,
        cells: Vec<String>,
    }
    run("recover_cells_and_kzg_proofs", |setup, i: &Input| {
        let columns = list(&i.cell_indices, column)?;
        let cells = texts(&i.cells, cell)?;
        Ok(extended(&eip7594::recover(setup, &columns, &cells)?))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn verify_blob_kzg_proof() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        blob: String,
        commitment: String,
        proof: String,
    }
    run("verify_blob_kzg_proof", |setup, i: &Input| {
        verdict(eip4844::verify_blob(
            setup,
            &row(&i.blob)?,
            &commitment(&i.commitment)?,
            &proof(&i.proof)?,
        ))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn verify_blob_kzg_proof_batch() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        blobs: Vec<String>,
        commitments: Vec<String>,
        proofs: Vec<String>,
    }
    run("verify_blob_kzg_proof_batch", |setup, i: &Input| {
        verdict(eip4844::verify_blobs(
            setup,
            &texts(&i.blobs, row)?,
            &texts(&i.commitments, commitment)?,
            &texts(&i.proofs, proof)?,
        ))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn verify_cell_kzg_proof_batch() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        commitments: Vec<String>,
        cell_indices: Vec<u64>,
        cells: Vec<String>,
        proofs: Vec<String>,
    }
    run("verify_cell_kzg_proof_batch", |setup, i: &Input| {
        verdict(eip7594::verify_cells(
            setup,
            &texts(&i.commitments, commitment)?,
            &list(&i.cell_indices, column)?,
            &texts(&i.cells, cell)?,
            &texts(&i.proofs, proof)?,
        ))
    });
}

#[test]
#[ignore = "set ASSAY_VECTORS to the folder of the official vectors"]
fn verify_kzg_proof() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        commitment: String,
        z: String,
        y: String,
        proof: String,
    }
    run("verify_kzg_proof", |setup, i: &Input| {
        verdict(eip4844::verify_point(
            setup,
            &commitment(&i.commitment)?,
            &scalar(&i.z)?,
            &scalar(&i.y)?,
            &proof(&i.proof)?,
        ))
    });
}
