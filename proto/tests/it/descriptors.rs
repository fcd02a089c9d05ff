//! The descriptors that reflection serves.

use bytes::Buf;
use prost::Message;
use proto::FILE_DESCRIPTOR_SET;

/// As much of `google.protobuf.FileDescriptorSet` as names the packages and services.
#[derive(Clone, PartialEq, Message)]
struct Set {
    #[prost(message, repeated, tag = "1")]
    files: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(string, tag = "2")]
    package: String,
    #[prost(message, repeated, tag = "6")]
    services: Vec<Service>,
}

#[derive(Clone, PartialEq, Message)]
struct Service {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    methods: Vec<Method>,
}

#[derive(Clone, PartialEq, Message)]
struct Method {
    #[prost(string, tag = "1")]
    name: String,
}

#[test]
fn name_the_service_and_all_its_methods() {
    let set = Set::decode(FILE_DESCRIPTOR_SET.chunk()).unwrap();
    let api = set
        .files
        .iter()
        .find(|file| file.package == "assay.v1")
        .unwrap();
    assert!(set.files.iter().any(|file| file.package == "assay.p2p.v1"));
    let [service] = &api.services[..] else {
        panic!("{} services", api.services.len());
    };
    assert_eq!(service.name, "DataAvailability");
    let methods: Vec<&str> = service.methods.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(
        methods,
        [
            "SubmitBlob",
            "WatchBlob",
            "GetBlob",
            "GetProof",
            "GetHeader",
            "SubscribeHeaders",
            "ListBlobs",
            "GetCells",
            "GetLimits",
            "GetValidatorSet",
            "GetEvidence",
            "GetStatus",
            "ListSetChanges",
            "ApproveSetChange"
        ]
    );
}
