//! Keys a second, derived from a seed against random, side by side in one run: `cargo bench --bench derive`.
//!
//! RSA keys take turns, one of each kind after the other, since the time of one varies by a factor of ten.

#![expect(clippy::unwrap_used, reason = "a benchmark stops where anything fails")]
#![expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use std::time::{Duration, Instant};

use pkiform::catalog::KeyAlgorithm;
use pkiform::crypto::{Origin, PrivateKey, Randomness, Secret, Seed};

/// How many keys of each algorithm.
const KEYS: [(KeyAlgorithm, u32); 11] = [
    (KeyAlgorithm::Rsa(2048), 200),
    (KeyAlgorithm::Rsa(3072), 40),
    (KeyAlgorithm::Rsa(4096), 10),
    (KeyAlgorithm::EcdsaP256, 5_000),
    (KeyAlgorithm::EcdsaP384, 500),
    (KeyAlgorithm::EcdsaP521, 300),
    (KeyAlgorithm::Ed25519, 3_000),
    (KeyAlgorithm::Ed448, 1_000),
    (KeyAlgorithm::MlDsa44, 1_000),
    (KeyAlgorithm::MlDsa65, 500),
    (KeyAlgorithm::MlDsa87, 500),
];

fn main() {
    let seed = Seed::new(Secret::from("a seed for a benchmark")).unwrap();
    println!("algorithm     random/s   derived/s   derived/random (time)");
    for (algorithm, keys) in KEYS {
        let (mut random, mut derived) = (Duration::ZERO, Duration::ZERO);
        for key in 0..keys {
            let begun = Instant::now();
            PrivateKey::generate(algorithm).unwrap();
            random += begun.elapsed();
            let entity = format!("device-{key}");
            let origin = Origin {
                spec: "bench",
                env: None,
                entity: &entity,
                algorithm,
                generation: 1,
            };
            let randomness = Randomness::Seeded {
                seed: &seed,
                origin,
            };
            let begun = Instant::now();
            randomness.key(algorithm).unwrap();
            derived += begun.elapsed();
        }
        let rate = |time: Duration| f64::from(keys) / time.as_secs_f64();
        println!(
            "{:<12} {:>9.0} {:>11.0} {:>10.2}",
            algorithm.to_string(),
            rate(random),
            rate(derived),
            derived.as_secs_f64() / random.as_secs_f64()
        );
    }
}
