//! A run: secrets first, then the CAs level by level, then everything else at once, then the lock.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::hierarchy::Hierarchy;
use crate::plan::{Action, CrlStep, Kind, Plan, Step, trust};
use crate::store::{Header, LedgerEntry, LockEntry, State, Store};

use super::cas::Cas;
use super::crl;
use super::deal::deal;
use super::fleets::{archive_packs, execute_fleets};
use super::keyring::Keyring;
use super::plan_secrets::Secrets;
use super::work::{Done, Shared, archive_file, is_secret, work};
use super::{Event, ExecuteError, Kept, Made, Options, Outcome, Stop};

/// Reads the secrets of a plan and carries it out, as [`execute_with`].
///
/// # Errors
/// As [`execute_with`].
pub fn execute(
    plan: &Plan,
    hierarchy: &Hierarchy,
    state: &State,
    store: &mut Store,
    options: &Options,
    on_event: &mut dyn FnMut(Event),
) -> Result<Outcome, ExecuteError> {
    let secrets = Secrets::read(plan, hierarchy, state, options).map_err(ExecuteError::Refused)?;
    execute_with(&secrets, plan, hierarchy, state, store, options, on_event)
}

/// Carries a plan out. `state` is what the store held when the plan was made, read while `store` holds the guard.
///
/// Whatever the number of threads, the same plan leads to the same files (but for what is random), lock and outcome.
///
/// # Errors
/// [`ExecuteError::Refused`] before anything is written; else what stopped the run. What was done before it stopped is
/// in place and in the lock.
pub fn execute_with(
    secrets: &Secrets,
    plan: &Plan,
    hierarchy: &Hierarchy,
    state: &State,
    store: &mut Store,
    options: &Options,
    on_event: &mut dyn FnMut(Event),
) -> Result<Outcome, ExecuteError> {
    if plan.needs_word().has_errors() {
        return Err(ExecuteError::Refused(plan.needs_word().clone()));
    }
    let mut outcome = Outcome {
        warnings: secrets.warnings.clone(),
        ..Outcome::default()
    };
    for warning in &outcome.warnings {
        on_event(Event::Warning(warning.clone()));
    }
    let todo: Vec<&Step> = plan
        .steps
        .iter()
        .filter(|step| step.action != Action::Keep)
        .collect();
    on_event(Event::Started { total: todo.len() });
    let pool = match options.jobs {
        Some(1) => None,
        jobs => {
            let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0));
            Some(builder.build().map_err(ExecuteError::Threads)?)
        }
    };
    let mut run = Run {
        hierarchy,
        state,
        store,
        keyring: &secrets.keyring,
        pool: pool.as_ref(),
        cas: Cas::default(),
        signers: plan.signers(),
        results: BTreeMap::new(),
        keeps: options.keeps,
        stop: &options.stop,
        total: todo.len(),
    };
    let stopped = run.waves(&todo, on_event).err();
    let Run { results, .. } = run;
    finish(plan, state, store, results, &mut outcome)?;
    if let Some(error) = stopped {
        let fleets = plan.fleets.iter().map(|fleet| fleet.counts.changed());
        return Err(error.among(0, fleets.sum()));
    }
    execute_fleets(
        plan,
        hierarchy,
        &secrets.keyring,
        store,
        options,
        &mut outcome,
        on_event,
    )?;
    archive_packs(plan, store, &mut outcome)?;
    on_event(Event::Finished);
    Ok(outcome)
}

/// A run under way.
struct Run<'a, 'p> {
    hierarchy: &'a Hierarchy,
    state: &'a State,
    store: &'a Store,
    keyring: &'a Keyring,
    pool: Option<&'a rayon::ThreadPool>,
    cas: Cas,
    signers: BTreeSet<&'a str>,
    results: Results<'p>,
    keeps: bool,
    stop: &'a Stop,
    total: usize,
}

/// What is left of a step that is done: its key is no longer needed.
struct Finished {
    made: Made,
    /// `None` for a removal.
    entry: Option<LockEntry>,
    ledger: Option<LedgerEntry>,
    kept: Option<Kept>,
    makes_key: bool,
    removed: usize,
    archived: Vec<Utf8PathBuf>,
}

/// By the ids of the steps.
type Results<'p> = BTreeMap<&'p str, Box<Finished>>;

impl<'p> Run<'_, 'p> {
    /// CAs wait for their issuers, so they go level by level; nothing waits for a leaf.
    fn waves(
        &mut self,
        todo: &[&'p Step],
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), ExecuteError> {
        let mut waves: BTreeMap<usize, Vec<&'p Step>> = BTreeMap::new();
        let mut removals = Vec::new();
        for step in todo {
            match (step.action, step.kind) {
                (Action::Remove, _) => removals.push(*step),
                (_, Kind::Ca) => waves.entry(step.depth).or_default().push(step),
                _ => waves.entry(usize::MAX).or_default().push(step),
            }
        }
        for wave in waves.into_values() {
            self.make_ready(&wave)?;
            self.wave(&wave, on_event)?;
            self.check_stop()?;
        }
        for (step, list) in crl::steps(todo) {
            self.crl(step, list)?;
        }
        for step in removals {
            self.check_stop()?;
            self.remove(step)?;
            self.tell(step, on_event);
        }
        Ok(())
    }

    /// Ends the run if the user asked for it.
    fn check_stop(&self) -> Result<(), ExecuteError> {
        let done = self.results.len();
        if self.stop.is_asked() && done < self.total {
            return Err(ExecuteError::Interrupted {
                done,
                total: self.total,
            });
        }
        Ok(())
    }

    /// Issues the CRL of a CA that the waves have worked on.
    fn crl(&mut self, step: &'p Step, list: &CrlStep) -> Result<(), ExecuteError> {
        self.cas
            .load(&step.id, self.hierarchy, self.state, self.keyring, true)?;
        let stale = || ExecuteError::Stale {
            id: step.id.clone(),
        };
        let entity = self.hierarchy.get(&step.id).ok_or_else(stale)?;
        let ca = self.cas.get(&step.id).ok_or_else(stale)?;
        let mut finished = self.results.remove(step.id.as_str()).ok_or_else(stale)?;
        // What the CA's own step did is in place, whatever becomes of its list.
        let done = if let Some(line) = &mut finished.entry {
            let surroundings = crl::Surroundings {
                hierarchy: self.hierarchy,
                keyring: self.keyring,
                store: self.store,
            };
            let results = &self.results;
            let issued = |id: &str| results.get(id)?.entry.as_ref();
            let done = crl::issue(ca, entity, list, surroundings, line, issued);
            let files = entity.outputs.iter().filter(|one| one.artifact.is_crl());
            let files = files.map(|output| output.path.clone());
            if done.is_ok() {
                finished.made.files.extend(files);
            }
            done.map(drop)
        } else {
            Ok(())
        };
        self.results.insert(&step.id, finished);
        done
    }

    /// Loads the CAs that a wave needs.
    fn make_ready(&mut self, wave: &[&Step]) -> Result<(), ExecuteError> {
        let mut needed: BTreeSet<&str> = wave
            .iter()
            .filter_map(|step| step.issuer.as_deref())
            .collect();
        for step in wave {
            if let Some(entity) = self.hierarchy.get(&step.id) {
                // A bundle may name CAs that do not stand above.
                needed.extend(
                    trust(entity, None)
                        .into_iter()
                        .filter(|anchor| *anchor != step.id),
                );
            }
        }
        for id in needed {
            let signs = self.signers.contains(id);
            self.cas
                .load(id, self.hierarchy, self.state, self.keyring, signs)?;
        }
        Ok(())
    }

    fn wave(
        &mut self,
        wave: &[&'p Step],
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), ExecuteError> {
        let shared = Shared {
            hierarchy: self.hierarchy,
            state: self.state,
            store: self.store,
            keyring: self.keyring,
            cas: &self.cas,
        };
        let mut tray = Tray {
            keeps: self.keeps,
            ..Tray::default()
        };
        let results = &mut self.results;
        let (total, stop) = (self.total, self.stop);
        match self.pool.filter(|_| wave.len() > 1) {
            None => {
                for (index, step) in wave.iter().enumerate() {
                    if stop.is_asked() || !tray.take(index, step, work(shared, step), results) {
                        break;
                    }
                    on_event(done_event(
                        step,
                        results.len().saturating_add(tray.cas.len()),
                        total,
                    ));
                }
            }
            Some(pool) => deal(
                pool,
                wave,
                stop,
                |step| work(shared, step),
                |index, result| {
                    if let Some(step) = wave.get(index)
                        && tray.take(index, step, result, results)
                    {
                        let done = results.len().saturating_add(tray.cas.len());
                        on_event(done_event(step, done, total));
                    }
                },
            ),
        }
        for (index, done) in tray.cas {
            let Some(step) = wave.get(index) else {
                continue;
            };
            let (finished, certificate, key) = finished(step, done, self.keeps);
            self.results.insert(&step.id, finished);
            if let Some(entity) = self.hierarchy.get(&step.id) {
                self.cas.issued(entity, &certificate, key)?;
            }
        }
        tray.stopped.into_values().next().map_or(Ok(()), Err)
    }

    /// Takes away an entity that left the spec; its keys go to the archive.
    fn remove(&mut self, step: &'p Step) -> Result<(), ExecuteError> {
        let shared = Shared {
            hierarchy: self.hierarchy,
            state: self.state,
            store: self.store,
            keyring: self.keyring,
            cas: &self.cas,
        };
        let mut archived = Vec::new();
        for file in &step.files {
            if is_secret(&file.artifact) {
                archived.extend(archive_file(shared, &step.id, &file.path)?);
            }
            self.store.remove(&file.path)?;
        }
        let made = Made {
            id: step.id.clone(),
            family: step.family.clone(),
            kind: step.kind,
            issuer: None,
            action: step.action,
            certificate_sha256: None,
            files: Vec::new(),
        };
        self.results.insert(
            &step.id,
            Box::new(Finished {
                made,
                entry: None,
                ledger: None,
                kept: None,
                makes_key: false,
                removed: step.files.len(),
                archived,
            }),
        );
        Ok(())
    }

    fn tell(&self, step: &Step, on_event: &mut dyn FnMut(Event)) {
        on_event(done_event(step, self.results.len(), self.total));
    }
}

/// What comes back from a wave.
#[derive(Default)]
struct Tray {
    /// Whether what was made is kept for the caller.
    keeps: bool,
    /// CAs, by their place in the wave: those below them need their certificates and keys.
    cas: BTreeMap<usize, Done>,
    /// Failures, by place: the first of the wave is told, whichever thread was first.
    stopped: BTreeMap<usize, ExecuteError>,
}

impl Tray {
    /// Takes one result; whether it is a good one.
    fn take<'p>(
        &mut self,
        index: usize,
        step: &'p Step,
        result: Result<Done, ExecuteError>,
        results: &mut Results<'p>,
    ) -> bool {
        match result {
            Ok(done) if step.kind == Kind::Ca => {
                self.cas.insert(index, done);
                true
            }
            Ok(done) => {
                results.insert(&step.id, finished(step, done, self.keeps).0);
                true
            }
            Err(error) => {
                self.stopped.insert(index, error);
                false
            }
        }
    }
}

fn done_event(step: &Step, done: usize, total: usize) -> Event {
    Event::Done {
        id: step.id.clone(),
        family: step.family.clone(),
        action: step.action,
        done,
        total,
    }
}

/// Splits a step that is done into what stays and what the CAs below need.
fn finished(
    step: &Step,
    done: Done,
    keeps: bool,
) -> (Box<Finished>, Vec<u8>, Option<crate::crypto::PrivateKey>) {
    let kept = keeps.then(|| Kept {
        key: done.key.clone(),
        certificate: done.certificate.clone(),
    });
    let ledger = if done.ledger {
        LedgerEntry::new(&done.entry, &done.certificate)
    } else {
        None
    };
    let finished = Finished {
        made: done.made,
        entry: Some(done.entry),
        ledger,
        kept,
        makes_key: step.action.makes_key() && done.key.is_some(),
        removed: done.removed,
        archived: done.archived,
    };
    (Box::new(finished), done.certificate, done.key)
}

/// Writes the ledger and the lock, and counts.
fn finish(
    plan: &Plan,
    state: &State,
    store: &mut Store,
    mut results: Results<'_>,
    outcome: &mut Outcome,
) -> Result<(), ExecuteError> {
    let mut entries: Vec<LockEntry> = Vec::with_capacity(results.len());
    outcome.made.reserve(results.len());
    for id in state.locked_ids() {
        if !results.contains_key(id)
            && let Some(entry) = state.locked(id)
        {
            entries.push(entry.clone());
        }
    }
    let mut ledger = Vec::new();
    for step in &plan.steps {
        let Some(finished) = results.remove(step.id.as_str()).map(|one| *one) else {
            continue;
        };
        let made = finished.made;
        if step.action.issues() && made.certificate_sha256.is_some() {
            outcome.certificates = outcome.certificates.saturating_add(1);
        }
        if finished.makes_key {
            outcome.keys = outcome.keys.saturating_add(1);
        }
        outcome.files = outcome.files.saturating_add(made.files.len());
        outcome.removed = outcome.removed.saturating_add(finished.removed);
        outcome.archived.extend(finished.archived);
        ledger.extend(finished.ledger);
        if let Some(kept) = finished.kept {
            outcome.kept.insert(step.id.clone(), kept);
        }
        entries.extend(finished.entry);
        outcome.made.push(made);
    }
    if outcome.made.is_empty() {
        return Ok(());
    }
    let header = Header {
        spec: plan.spec.clone(),
        env: plan.env.clone(),
    };
    let packs: Vec<_> = state.packs().cloned().collect();
    store.finish(&header, entries, &packs, &ledger)?;
    Ok(())
}
