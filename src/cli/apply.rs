//! `pkiform apply`: shows the plan, asks where something exists, and does it.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use clap::Args;
use serde_json::Value;

use super::args::{Planning, Signing, Specs, Values};
use super::exit::Exit;
use super::output::Output;
use super::plan::{options, planned, say, with_seed};
use super::refusal::Refusal;
use super::saved;
use super::session::{Session, finding, now, specs, store_error};
use crate::execute::{
    self, Event, ExecuteError, Outcome, RemoteSigner, Secrets, SpecSeed, Stop, execute_with,
    refresh_fleets,
};
use crate::plan::{FleetPlan, Options, Plan};
use crate::report::progress::Progress;
use crate::report::style::{count, thousands};
use crate::report::{json, text};
use crate::source::Diagnostic;
use crate::store::{State, Store};

/// Make what the spec says: show the plan, then carry it out. Applied again, nothing changes
#[derive(Args, Debug)]
pub(super) struct Apply {
    #[command(flatten)]
    specs: Specs,
    #[command(flatten)]
    planning: Planning,
    /// Don't ask before something that exists is changed (asked is on a terminal alone)
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    signing: Signing,
    /// How many threads (else `RAYON_NUM_THREADS`, else all cores)
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

impl Apply {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        if let [file] = self.specs.specs.as_slice()
            && file.extension() == Some("json")
        {
            return self.saved(file, output);
        }
        let values = &self.specs.values;
        let now = now(values.now.as_deref()).map_err(Refusal::alone)?;
        let paths = specs(&self.specs.specs).map_err(Refusal::alone)?;
        let sessions = Session::load_all(&paths, values, now)?;
        let signer = self.signing.connect()?;
        let mut prepared = Vec::with_capacity(sessions.len());
        for session in sessions {
            prepared.push(Prepared::new(
                session,
                &self.planning,
                self.specs.values.allow_commands,
                signer.as_ref(),
                output,
            )?);
        }
        may_go_on(&prepared, output)?;
        let (mut exit, mut written, mut data) = (Exit::Done, false, Vec::new());
        for (index, one) in prepared.into_iter().enumerate() {
            if index > 0 {
                output.say("\n");
            }
            let end = self
                .one(one, false, output)
                .map_err(|refusal| refusal.written(written))?;
            exit = exit.max(end.exit);
            written |= end.written;
            data.extend(end.data);
            if end.exit == Exit::Interrupted {
                break;
            }
        }
        if output.json {
            output.data(&match <[Value; 1]>::try_from(data) {
                Ok([one]) => one,
                Err(several) => Value::Array(several),
            });
        }
        Ok(exit)
    }

    /// Applies a saved plan, or refuses if the world has moved.
    fn saved(&self, file: &Utf8Path, output: Output) -> Result<Exit, Box<Refusal>> {
        let given = &self.specs.values;
        let plain = Values {
            allow_commands: given.allow_commands,
            ..Values::default()
        };
        if *given != plain || self.planning != Planning::default() {
            return Err(Refusal::alone(
                Diagnostic::error(
                    "saved-plan",
                    format!("`{file}` holds the flags that it was made with; no others are taken beside it"),
                )
                .help("plan again with these flags, and apply that plan"),
            ));
        }
        let saved = saved::read(file).map_err(Refusal::alone)?;
        let (values, planning): (Values, Planning) =
            saved::flags(&saved.inputs, given.allow_commands);
        let session = Session::load(&saved.inputs.spec, &values, saved.inputs.now, false)?;
        let prepared = Prepared::new(
            session,
            &planning,
            self.specs.values.allow_commands,
            self.signing.connect()?.as_ref(),
            output,
        )?;
        saved
            .check(&prepared.shown)
            .map_err(|error| prepared.session.refusal(error))?;
        may_go_on(std::slice::from_ref(&prepared), output)?;
        let end = self.one(prepared, true, output)?;
        if let (true, Some(data)) = (output.json, end.data) {
            output.data(&data);
        }
        Ok(end.exit)
    }

    /// Applies one spec. `agreed` says whether the plan was seen before.
    fn one(&self, one: Prepared, agreed: bool, output: Output) -> Result<End, Box<Refusal>> {
        let Prepared {
            session,
            seed,
            options,
            seen,
            shown,
            planning,
            signer,
        } = one;
        let session = &session;
        if !output.json {
            say(output, session, &shown);
        }
        if shown.is_empty() {
            Store::tidy(&session.store);
            if shown.fleets.iter().any(FleetPlan::was_walked) {
                refresh(session, &shown, &seen);
            }
            let outcome = Outcome::default();
            return Ok(End {
                exit: end_of(&shown, output),
                data: output.json.then(|| report(session, &shown, &outcome)),
                written: false,
            });
        }
        let asks = !agreed && shown.touches_what_exists() && !self.yes;
        if asks && !confirmed(output, QUESTION) {
            output.note("Nothing was written.\n");
            return Ok(End {
                exit: Exit::Failed,
                data: None,
                written: false,
            });
        }
        // The time that a person takes to answer is none of the run's.
        let begun = started();
        let how = execute::Options {
            jobs: self.jobs.map(usize::from),
            seed,
            signer,
            stop: stop(),
            ..session.execution(self.specs.values.allow_commands)
        };
        // Before the store's folder is made: what lacks a passphrase writes nothing at all.
        let secrets = Secrets::read(&shown, &session.hierarchy, &seen, &how)
            .map_err(|found| session.refusal(found))?;
        let mut store =
            Store::open(&session.store).map_err(|error| session.refusal(store_error(&error)))?;
        // Between the plan that was shown and the guard, another run may have been at work: while a person thought it
        // over, or in an instant, which the lock then tells.
        let held = session.state().map_err(|error| session.refusal(error))?;
        let (state, plan) = if asks || held.lock_sha256() != seen.lock_sha256() {
            let (state, plan) = planned(session, &options, output)?;
            if plan.steps != shown.steps || plan.fleets != shown.fleets {
                return Err(session.refusal(
                    Diagnostic::error(
                        "stale-plan",
                        "another run has changed the store since the plan was shown",
                    )
                    .help("apply again"),
                ));
            }
            (state, plan)
        } else {
            (held, shown)
        };
        let mut progress = progress(output);
        let mut wrote = false;
        let mut follow = |event: Event| {
            wrote |= matches!(event, Event::Done { .. });
            if let Some(line) = progress.follow(&event, begun.elapsed()) {
                output.note(&format!("{line}\n"));
            }
        };
        let carried_out = carry_out(
            session,
            &secrets,
            &plan,
            &state,
            &mut store,
            &options,
            &how,
            &mut follow,
        );
        if let Err(ExecuteError::Interrupted { done, total }) = carried_out {
            output.note(&format!(
                "\nInterrupted after {} of {}; apply again to go on.\n",
                thousands(done),
                thousands(total)
            ));
            return Ok(End {
                exit: Exit::Interrupted,
                data: None,
                written: true,
            });
        }
        let outcome = carried_out.map_err(|error| match error {
            ExecuteError::Refused(found) => session.refusal(found).written(wrote),
            other => {
                let found = match &other {
                    ExecuteError::Store(error) => store_error(error),
                    other => finding("apply", other),
                };
                session
                    .refusal(found.help("then apply again: the run goes on where it stopped"))
                    .written(true)
            }
        })?;
        if !output.json {
            output.diagnostics(&outcome.warnings, &session.map);
            let took = (planning + begun.elapsed()).as_secs_f64();
            let call = &session.call;
            output.say("\n");
            output.say(&text::outcome(
                &outcome,
                &session.store,
                call,
                took,
                output.style,
            ));
            if output.verbose {
                for file in outcome.made.iter().flat_map(|made| &made.files) {
                    output.say(&format!("  wrote {}\n", session.store.join(file)));
                }
            }
        }
        Ok(End {
            exit: end_of(&plan, output),
            data: output.json.then(|| report(session, &plan, &outcome)),
            written: true,
        })
    }
}

/// As git does with its index: what was read and is right need not be read again. Where that can't be noted, nothing is
/// lost but time.
fn refresh(session: &Session, plan: &Plan, seen: &State) {
    let Ok(mut store) = Store::open(&session.store) else {
        return;
    };
    if let Ok(state) = session.state()
        && state.lock_sha256() == seen.lock_sha256()
    {
        let _ = refresh_fleets(plan, &session.hierarchy, &state, &mut store);
    }
}

/// How a run ends that has done what it could.
fn end_of(plan: &Plan, output: Output) -> Exit {
    let rows = plan.rows_left_out();
    if rows == 0 {
        return Exit::Done;
    }
    output.note(&format!("{} left out.\n", count(rows, "row")));
    Exit::Failed
}

/// Carries a plan out: first what has files of its own, then the packed fleets; then what those have brought about, since
/// a member that is issued and revoked at once belongs in a list.
#[expect(
    clippy::too_many_arguments,
    reason = "what a run needs, each by its name"
)]
fn carry_out(
    session: &Session,
    secrets: &Secrets,
    plan: &Plan,
    state: &State,
    store: &mut Store,
    planning: &Options,
    how: &execute::Options,
    follow: &mut dyn FnMut(Event),
) -> Result<Outcome, ExecuteError> {
    let hierarchy = &session.hierarchy;
    let mut outcome = execute_with(secrets, plan, hierarchy, state, store, how, follow)?;
    if outcome.packs.is_empty() || hierarchy.revoked_members().next().is_none() {
        return Ok(outcome);
    }
    let state = session
        .state()
        .map_err(|fault| ExecuteError::Refused(fault.into()))?;
    let again = crate::plan::plan(hierarchy, &state, planning).map_err(ExecuteError::Refused)?;
    if !again.is_empty() {
        let lists = execute_with(secrets, &again, hierarchy, &state, store, how, follow)?;
        outcome.files = outcome.files.saturating_add(lists.files);
        outcome.made.extend(lists.made);
    }
    Ok(outcome)
}

/// A spec with its plan: what a person sees before anything is done.
struct Prepared {
    session: Session,
    seed: Option<SpecSeed>,
    options: Options,
    seen: State,
    shown: Plan,
    /// How long it took to plan.
    planning: Duration,
    signer: Option<RemoteSigner>,
}

impl Prepared {
    fn new(
        session: Session,
        planning: &Planning,
        allow_commands: bool,
        signer: Option<&RemoteSigner>,
        output: Output,
    ) -> Result<Self, Box<Refusal>> {
        let begun = started();
        let seed = session.seed(allow_commands)?;
        let options = with_seed(&options(planning, signer), seed.as_ref());
        let (seen, shown) = planned(&session, &options, output)?;
        Ok(Self {
            session,
            seed,
            options,
            seen,
            shown,
            planning: begun.elapsed(),
            signer: signer.cloned(),
        })
    }
}

/// How the work on one spec ended.
struct End {
    exit: Exit,
    /// The report, if it is wanted as data.
    data: Option<Value>,
    written: bool,
}

/// Refuses all specs, their plans shown, where one lacks the user's word.
fn may_go_on(prepared: &[Prepared], output: Output) -> Result<(), Box<Refusal>> {
    let mut refused = Box::<Refusal>::default();
    for one in prepared {
        let needs = one.shown.needs_word();
        if needs.has_errors() {
            if !output.json {
                say(output, &one.session, &one.shown);
            }
            refused.found.push((needs.clone(), one.session.map.clone()));
        }
    }
    if refused.found.is_empty() {
        Ok(())
    } else {
        Err(refused)
    }
}

fn report(session: &Session, plan: &Plan, outcome: &Outcome) -> Value {
    let mut found = session.warnings.clone();
    found.extend(plan.warnings.clone());
    found.extend(outcome.warnings.clone());
    found.extend(plan.left_out.clone());
    let mut value = json::outcome(outcome, plan);
    if let Some(object) = value.as_object_mut() {
        object.insert(
            "diagnostics".to_owned(),
            json::diagnostics(&found, &session.map),
        );
    }
    value
}

fn progress(output: Output) -> Progress {
    if output.quiet {
        Progress::Quiet
    } else if std::io::stderr().is_terminal() {
        Progress::Bar(None)
    } else {
        Progress::Lines(Duration::ZERO)
    }
}

const QUESTION: &str = "\nSomething that exists would be changed. Go on? [y/N] ";

/// Asks on a terminal; without one, the user has said what he wants by running the command.
pub(super) fn confirmed(output: Output, question: &str) -> bool {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() || output.json {
        return true;
    }
    output.note(question);
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// What Ctrl-C and the system's word to end ask to stop. Asked a second time, the program ends at once: whatever is under
/// way has no name yet.
fn stop() -> Stop {
    static STOP: OnceLock<Stop> = OnceLock::new();
    STOP.get_or_init(|| {
        let stop = Stop::default();
        let asked = stop.clone();
        // Where there can be no handler, the system ends the program, which the next run can go on from too.
        let _ = ctrlc::set_handler(move || {
            if asked.ask() {
                end();
            }
        });
        stop
    })
    .clone()
}

#[expect(clippy::exit, reason = "the user has asked twice")]
fn end() {
    std::process::exit(130);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of a run is the command line's to tell"
)]
fn started() -> Instant {
    Instant::now()
}
