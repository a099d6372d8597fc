//! What pkiform makes, judged by validators that others wrote, and opened by readers that others wrote.

mod apply;
mod cases;
mod exceptions;
mod gnutls;
mod go;
mod openssl;
mod path;
mod pkcs12;
mod pkilint;
mod tools;
mod webpki;

use std::sync::{LazyLock, Mutex, PoisonError};

use exceptions::unexcused;
use path::{Finding, Judged, judged};
use tools::Tool;

/// Everything that is judged, made once for all judges.
static JUDGED: LazyLock<Vec<Judged>> = LazyLock::new(judged);

/// A judge that fails for want of a certificate would be silent; so each must have read most of them.
const FEWEST: usize = 80;

/// What a judge says of many certificates.
type Ask = fn(&[&Judged]) -> Vec<Finding>;

/// Runs one judge over all certificates that it can read.
fn judge(name: &str, tools: &[Tool], reads: fn(&Judged) -> bool, ask: Ask) {
    if !tools::present(tools) {
        return;
    }
    let all: Vec<&Judged> = JUDGED.iter().filter(|judged| reads(judged)).collect();
    assert!(all.len() >= FEWEST, "{name} judges only {}", all.len());
    let left = unexcused(name, ask(&all));
    assert!(
        left.is_empty(),
        "{name}, of {}:\n{}",
        all.len(),
        left.join("\n")
    );
}

#[test]
fn openssl_accepts_every_path() {
    judge("openssl", &[Tool::OPENSSL], openssl::reads, openssl::ask);
}

#[test]
fn webpki_accepts_every_path() {
    judge("webpki", &[], webpki::reads, webpki::ask);
}

#[test]
fn gnutls_accepts_every_path() {
    judge("gnutls", &[Tool::CERTTOOL], gnutls::reads, gnutls::ask);
}

#[test]
fn go_accepts_every_path() {
    judge("go", &[Tool::GO_JUDGE], go::reads, go::ask);
}

#[test]
fn pkilint_finds_no_error() {
    judge("pkilint", &[Tool::PYTHON], pkilint::reads, pkilint::ask);
}

/// A judge that accepts whatever it is given would show nothing.
#[test]
fn every_judge_refuses_a_path_to_another_root() {
    let tools = [Tool::OPENSSL, Tool::CERTTOOL, Tool::GO_JUDGE, Tool::PYTHON];
    if !tools::present(&tools) {
        return;
    }
    let named = |name: &str| JUDGED.iter().find(|judged| judged.name == name).unwrap();
    let (from, to) = (named("rsa-4096/server"), named("rsa-5120/root"));
    let mut astray = from.clone();
    astray.root.clone_from(&to.root);
    astray.path.pop();
    astray.path.extend(to.path.iter().cloned());
    let judges: [(&str, Ask); 5] = [
        ("openssl", openssl::ask),
        ("webpki", webpki::ask),
        ("gnutls", gnutls::ask),
        ("go", go::ask),
        ("pkilint", pkilint::ask),
    ];
    for (name, ask) in judges {
        assert!(!ask(&[&astray]).is_empty(), "{name} accepts it");
    }
}

#[test]
fn every_exception_names_a_judge_and_says_why() {
    assert_eq!(exceptions::faults(), Vec::<String>::new());
}

#[test]
fn others_open_our_pkcs12_and_refuse_a_wrong_passphrase() {
    let tools = [
        Tool::OPENSSL,
        Tool::CERTTOOL,
        Tool::KEYTOOL,
        Tool::PK12UTIL,
        Tool::CERTUTIL,
        Tool::PYTHON,
    ];
    if tools::present(&tools) {
        assert_eq!(pkcs12::faults(), Vec::<String>::new());
    }
}

/// Does work for each of many things on all cores, the results in order.
fn on_all_cores<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((at, thing)) = {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    things.get(at).map(|thing| (at, thing))
                } {
                    let result = work(thing);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((at, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
