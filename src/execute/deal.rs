//! Deals a wave's steps out to threads, and hands back what comes of them.

use std::sync::mpsc;

use rayon::prelude::*;

use super::Stop;

/// Into how many lots a wave is dealt for each thread at least: the last ones end at about the same time.
const SHARES: usize = 64;
/// The most steps whose results come at once: to be woken for each costs a tenth of what a signature does.
const LOT: usize = 64;

/// Works on all items with all threads, and gives each result to `take` with its item's index, in any order. After
/// the first failure, or when the user asks for it, no more are handed out; those under way are finished.
pub(super) fn deal<T: Sync, R: Send, E: Send>(
    pool: &rayon::ThreadPool,
    items: &[T],
    stop: &Stop,
    work: impl Fn(&T) -> Result<R, E> + Sync,
    mut take: impl FnMut(usize, Result<R, E>),
) {
    let shares = pool.current_num_threads().saturating_mul(SHARES).max(1);
    let size = (items.len() / shares).clamp(1, LOT);
    let one_lot = |lot: &[T]| {
        let mut results = Vec::with_capacity(lot.len());
        for item in lot {
            if stop.is_asked() {
                return (results, true);
            }
            let result = work(item);
            let failed = result.is_err();
            results.push(result);
            if failed {
                return (results, true);
            }
        }
        (results, false)
    };
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pool.install(|| {
                let lots = items.par_chunks(size).enumerate();
                let _ = lots.try_for_each_with(sender, |sender, (number, lot)| {
                    let (results, ends) = one_lot(lot);
                    let first = number.saturating_mul(size);
                    let gone = sender.send((first, results)).is_err();
                    if ends || gone { Err(()) } else { Ok(()) }
                });
            });
        });
        for (first, results) in receiver {
            for (index, result) in (first..).zip(results) {
                take(index, result);
            }
        }
    });
}
