//! `export`, `import` and `archive`, against a real node.

use crate::fixture::{Fixture, config, genesis, packed, params};
use da_node::NodeConfig;
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use tokio::process::Command;

async fn run(endpoint: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_da-node"))
        .arg("--json")
        .args(arguments)
        .env("ASSAY_NODE", endpoint)
        .output()
        .await
        .unwrap()
}

/// The objects that a command prints which must succeed.
async fn objects(endpoint: &str, arguments: &[&str]) -> Vec<Value> {
    let output = run(endpoint, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn object(endpoint: &str, arguments: &[&str]) -> Value {
    let mut all = objects(endpoint, arguments).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// What a command says that must fail.
async fn refused(endpoint: &str, arguments: &[&str]) -> String {
    let output = run(endpoint, arguments).await;
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    object["error"].as_str().unwrap().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_outlives_the_node_that_had_it() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.endpoint();
    let mut posted = Vec::new();
    for (name, seed, bytes) in [
        ("keep", 1, 1000),
        ("other", 2, 10),
        ("keep", 3, 300_000),
        ("keep", 4, 1),
    ] {
        let (submission, payload) = packed(name, seed, bytes);
        let id = fixture.post(&submission, &payload).await;
        if name == "keep" {
            posted.push((id.to_string(), payload));
        }
    }
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name);
    let (file, set, shelf) = (path("keep.assay"), path("set"), path("shelf"));
    object(&endpoint, &["set", "-o", text(&set)]).await;
    let export = ["export", "--namespace", "keep", "-o", text(&file)];
    let exported = object(&endpoint, &export).await;
    assert_eq!(
        (&exported["blobs"], &exported["bytes"]),
        (&3.into(), &301_001.into())
    );
    assert_eq!(
        (&exported["from"], &exported["resumed_at"]),
        (&1.into(), &1.into())
    );
    assert!(
        refused(&endpoint, &export)
            .await
            .contains("not overwritten")
    );

    // Cut off, it goes on.
    let cut = path("cut.assay");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(path("cut.assay.part"), &whole[..whole.len() / 2]).unwrap();
    let again = ["export", "--namespace", "keep", "-o", text(&cut)];
    let resumed = object(&endpoint, &again).await;
    assert_eq!(resumed["blobs"], 3);
    assert!(resumed["resumed_at"].as_u64() > Some(1), "{resumed}");

    // Nobody is there any more who had it.
    fixture.stop().await;
    let nobody = "http://127.0.0.1:1";
    let checked = [
        "import",
        text(&cut),
        "--validators",
        text(&set),
        "--verify",
        "--archive",
        text(&shelf),
    ];
    assert_eq!(object(nobody, &checked).await["kept"], Value::Null);
    assert!(!shelf.exists());
    let import = [
        "import",
        text(&file),
        "--validators",
        text(&set),
        "--archive",
        text(&shelf),
    ];
    let imported = object(nobody, &import).await;
    assert_eq!(
        (&imported["verified"], &imported["blobs"]),
        (&true.into(), &3.into())
    );
    let listed = objects(nobody, &["archive", "list", "--archive", text(&shelf)]).await;
    let ids: Vec<&str> = listed
        .iter()
        .map(|blob| blob["blob_id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        posted.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>()
    );
    for (id, payload) in &posted {
        let copy = path("copy");
        let get = [
            "archive",
            "get",
            id,
            "-o",
            text(&copy),
            "--archive",
            text(&shelf),
        ];
        assert_eq!(object(nobody, &get).await["checked"], true);
        assert_eq!(std::fs::read(&copy).unwrap(), &payload[..]);
    }

    // A changed byte is found before anything is kept.
    let (bad, empty) = (path("bad.assay"), path("empty"));
    let mut bytes = whole;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bad, bytes).unwrap();
    let import = [
        "import",
        text(&bad),
        "--validators",
        text(&set),
        "--archive",
        text(&empty),
    ];
    assert!(refused(nobody, &import).await.contains("damaged"));
    assert!(!empty.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_another_chain_and_heights_that_are_not_there() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.endpoint();
    let (submission, payload) = packed("keep", 1, 10);
    fixture.post(&submission, &payload).await;
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name);
    let (file, set) = (path("x.assay"), path("set"));
    let export = ["export", "--namespace", "keep", "-o", text(&file)];
    for range in [["--from", "0"], ["--to", "1000000"], ["--from", "1000000"]] {
        let said = refused(&endpoint, &[&export[..], &range].concat()).await;
        assert!(said.starts_with("heights:"), "{said}");
    }
    object(&endpoint, &export).await;
    fixture.stop().await;

    let folder = tempfile::tempdir().unwrap();
    let other: NodeConfig = config(folder.path(), genesis("another", params()));
    let other = Fixture::run(other, folder).await;
    object(&other.endpoint(), &["set", "-o", text(&set)]).await;
    other.stop().await;
    let import = [
        "import",
        text(&file),
        "--validators",
        text(&set),
        "--verify",
    ];
    let said = refused("http://127.0.0.1:1", &import).await;
    assert!(said.contains("archive of another chain"), "{said}");
}
