//! What each layer costs on a fleet of 1,000: reading and resolving a spec, its rules, its plan, one key and signature.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where anything fails")]

use camino::Utf8Path;
use divan::Bencher;
use jiff::Timestamp;
use pkiform::catalog::{Digest, KeyAlgorithm};
use pkiform::crypto::{Nonces, PrivateKey};
use pkiform::hierarchy::{Hierarchy, resolve};
use pkiform::source::{Document, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::State;
use pkiform::testing::Pki;
use pkiform::{plan, rules};

fn main() {
    divan::main();
}

fn hierarchy(devices: u32) -> Hierarchy {
    let variables = VariableSources {
        set: vec![("devices".to_owned(), devices.to_string())],
        ..VariableSources::default()
    };
    let path = Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/specs/azure-iot.toml"));
    let mut document = Document::load(path, None, &variables)
        .map_err(|_| "the spec fails")
        .unwrap();
    let spec = Spec::read(&document).unwrap();
    resolve(
        &spec,
        &mut document,
        Timestamp::from_second(1_795_564_800).unwrap(),
    )
    .unwrap()
}

#[divan::bench(args = [10, 1000])]
fn resolve_devices(devices: u32) -> usize {
    hierarchy(devices).len()
}

#[divan::bench(args = [10, 1000])]
fn judge_devices(bencher: Bencher<'_, '_>, devices: u32) {
    let hierarchy = hierarchy(devices);
    bencher.bench_local(|| rules::judge(&hierarchy));
}

#[divan::bench(args = [10, 1000])]
fn plan_devices(bencher: Bencher<'_, '_>, devices: u32) {
    let hierarchy = hierarchy(devices);
    let folder = tempfile::tempdir().unwrap();
    let store = Utf8Path::from_path(folder.path()).unwrap().join("none");
    bencher.bench_local(|| {
        let state = State::read(&store).unwrap();
        plan::plan(&hierarchy, &state, &plan::Options::default()).unwrap()
    });
}

/// The tutorial's PKI, whole and in memory: root, three intermediates, three devices, their PKCS #12 files left out.
#[divan::bench]
fn tutorial_in_memory_from_a_seed(bencher: Bencher<'_, '_>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/specs/azure-iot.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace(", \"pkcs12\"]", "]");
    bencher.bench_local(|| Pki::builder(&text).env("test").build().unwrap());
}

/// The same with the PKCS #12 files, whose passphrase is stretched thrice a file.
#[divan::bench]
fn tutorial_in_memory_with_pkcs12(bencher: Bencher<'_, '_>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/specs/azure-iot.toml");
    let text = std::fs::read_to_string(path).unwrap();
    bencher.bench_local(|| Pki::builder(&text).env("test").build().unwrap());
}

#[divan::bench]
fn p256_key() -> PrivateKey {
    PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap()
}

#[divan::bench]
fn p256_signature(bencher: Bencher<'_, '_>) {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    bencher.bench_local(|| {
        key.sign(&[7; 400], Some(Digest::Sha256), Nonces::Random)
            .unwrap()
    });
}
