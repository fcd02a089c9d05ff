use super::Route;
use operator::wire::WireTree;
use settlement::BatchNumber;

#[test]
fn a_path_names_one_thing() {
    let newest = format!("/batch/{}.json", u64::MAX);
    for (path, route) in [
        ("/overview.json", Route::Overview),
        ("/batches/0.json", Route::Before(0)),
        ("/batch/12.json", Route::Batch(BatchNumber::new(12))),
        (&newest, Route::Batch(BatchNumber::new(u64::MAX))),
        ("/account/on_l1/0.json", Route::Account(WireTree::OnL1, 0)),
        (
            "/account/off_l1/16777215.json",
            Route::Account(WireTree::OffL1, 16_777_215),
        ),
    ] {
        assert_eq!(Route::parse(path), Some(route), "{path}");
    }
}

#[test]
fn anything_else_names_nothing() {
    for path in [
        "",
        "/",
        "overview.json",
        "/overview",
        "/overview.json?x",
        "/overview/1.json",
        "/batch.json",
        "/batch/.json",
        "/batch/+1.json",
        "/batch/007.json",
        "/batch/18446744073709551616.json",
        "/batch/100000000000000000000.json",
        "/account/on_l1/16777216.json",
        "/account/ON_L1/1.json",
        "/account/on_l1/1/2.json",
        "/batch/١.json",
    ] {
        assert_eq!(Route::parse(path), None, "{path}");
    }
}
