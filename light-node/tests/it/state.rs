//! What a node keeps on disk, and what it does when it cannot.

use crate::fixture::grid;
use crate::network::{Chain, Manner, config, full_nodes, light_node, shared};
use crate::wait::{next, until};
use light_node::core::Verdict;
use light_node::{Config, Error, LightNode, Status};
use std::path::Path;
use types::Height;

/// The one file of verdicts that is there.
fn history(folder: &Path) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(folder.join("history")).unwrap();
    files.next().unwrap().unwrap().path()
}

#[tokio::test]
async fn verdicts_are_remembered_over_a_restart() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&chain, &nodes);
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config.clone()).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    let first = next(&mut verdicts).await;
    let header = chain.lock().unwrap().extend(Some(grid()));
    let second = next(&mut verdicts).await;
    let recent = light.status().recent;
    assert_eq!(recent.len(), 2);
    assert_eq!((&*recent[0], &*recent[1]), (&first, &second));
    light.shutdown().await;
    drop(light);

    let light = light_node(config).await;
    let past = light.history(99).unwrap();
    assert_eq!(past.len(), 2);
    let last = past[1];
    assert_eq!((last.height, last.hash), (Height::new(2), header.hash()));
    assert_eq!(last.time, header.header().time);
    assert_eq!(last.verdict, Verdict::Available);
    assert_eq!(usize::from(last.samples), second.figures.samples);
    assert_eq!(u64::from(last.bytes_received), second.bytes_received);
    assert!(f64::from(last.miss_probability) >= second.miss_probability);
    assert_eq!(light.history(1).unwrap(), [last]);
    let size = std::fs::metadata(history(folder.path())).unwrap().len();
    assert_eq!(size, 16 + 2 * 64);
}

#[tokio::test]
async fn without_a_folder_nothing_is_remembered() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let light = light_node(config(&chain, &nodes)).await;
    chain.lock().unwrap().extend(None);
    next(&mut light.verdicts()).await;
    assert!(light.history(99).unwrap().is_empty());
    assert!(light.status().unkept.is_empty());
}

#[tokio::test]
async fn no_more_than_the_last_verdicts_are_kept_in_mind() {
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest]).await;
    let light = light_node(config(&chain, &nodes)).await;
    let mut verdicts = light.verdicts();
    chain.lock().unwrap().extend(None);
    next(&mut verdicts).await;
    let most = Status::RECENT as u64;
    for _ in 0..most {
        chain.lock().unwrap().extend(None);
    }
    for _ in 0..most {
        next(&mut verdicts).await;
    }
    let recent = light.status().recent;
    let mut heights: Vec<u64> = recent.iter().map(|v| v.height.get()).collect();
    heights.sort_unstable();
    assert_eq!(heights, (2..=most + 1).collect::<Vec<_>>());
}

fn somewhere(folder: &Path) -> Config {
    let checkpoint = format!("{}@0", "11".repeat(32)).parse().unwrap();
    let address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let mut config = Config::new(checkpoint, vec![address]);
    config.data_dir = Some(folder.to_owned());
    config
}

#[tokio::test]
async fn bad_input_damaged_files_are_refused() {
    for (name, text) in [
        ("spent", "yesterday"),
        ("spent", "1 2"),
        ("spent", "1 2 3 4"),
        ("spent", "1 2 99999999999999999999"),
        ("trusted", "1"),
        ("identity", "zz"),
        ("history/20000", "this is no history"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("history")).unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        let error = LightNode::start(somewhere(folder.path())).await.err();
        assert!(
            matches!(&error, Some(Error::State { path, .. }) if *path == folder.path().join(name)),
            "{name}: {error:?}"
        );
    }
}

/// Whatever is written to this device finds no space.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told_and_the_node_goes_on() {
    use std::os::unix::fs::symlink;
    let chain = shared(Chain::new());
    let nodes = full_nodes(&chain, &[Manner::Honest; 2]).await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(&chain, &nodes);
    config.data_dir = Some(folder.path().to_owned());
    let light = light_node(config).await;
    let mut verdicts = light.verdicts();
    let day = chain.lock().unwrap().genesis().time().get() / 86_400_000;
    let files = ["trusted.new", "spent.new", &format!("history/{day}")];
    for file in files {
        symlink("/dev/full", folder.path().join(file)).unwrap();
    }
    chain.lock().unwrap().extend(Some(grid()));
    let verdict = next(&mut verdicts).await;
    assert_eq!(verdict.verdict, Verdict::Available);
    let unkept: Vec<_> = light
        .status()
        .unkept
        .into_iter()
        .map(|(what, _)| what)
        .collect();
    let all = ["the day's bytes", "the trusted header", "the verdicts"];
    assert_eq!(unkept, all);
    assert!(light.status().stopped.is_none());

    // Once there is room again it remembers.
    for file in files {
        std::fs::remove_file(folder.path().join(file)).unwrap();
    }
    chain.lock().unwrap().extend(Some(grid()));
    assert_eq!(next(&mut verdicts).await.verdict, Verdict::Available);
    until(|| light.status().unkept.is_empty()).await;
    let past = light.history(99).unwrap();
    assert_eq!(past.len(), 1);
    assert_eq!(past[0].height, Height::new(2));
}
