//! `pkiform enroll`: the commands and files that register a PKI with a cloud, written or run.

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::{Value, json};

use super::args::Values;
use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::{Session, now, store_error};
use crate::enroll::{Enrolment, Progress, enrolment, line, run, script};
use crate::hierarchy::{Cloud, Target};
use crate::report::count;
use crate::source::Diagnostic;
use crate::store::{make_folders, write_elsewhere};

/// Register CAs and devices with a cloud: write the az or aws commands and the bulk files, or run them
#[derive(Args, Debug)]
pub(super) struct Enroll {
    /// The cloud: a `[target.…]` of the spec
    #[arg(value_name = "TARGET", value_parser = ["azure-iot-hub", "azure-dps", "aws-iot"])]
    target: String,
    /// The spec
    #[arg(value_name = "SPEC", default_value = "pkiform.toml")]
    spec: Utf8PathBuf,
    /// Where script and files go (else .enroll/TARGET in the store)
    #[arg(short, long, value_name = "DIR")]
    output_dir: Option<Utf8PathBuf>,
    /// Run the commands: each is shown first, the first failure ends it, and the next run goes on from there
    #[arg(long)]
    run: bool,
    #[command(flatten)]
    values: Values,
}

impl Enroll {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let now = now(self.values.now.as_deref()).map_err(Refusal::alone)?;
        let session = Session::load(&self.spec, &self.values, now, false)?;
        let target = self
            .target(&session)
            .map_err(|fault| session.refusal(fault))?;
        let state = session.state().map_err(|fault| session.refusal(fault))?;
        let mut spec = shlex::split(&session.call).unwrap_or_default();
        if let Some(now) = &self.values.now {
            spec.extend(["--now".to_owned(), now.clone()]);
        }
        if self.values.allow_commands {
            spec.push("--allow-commands".to_owned());
        }
        let folder = self
            .output_dir
            .clone()
            .unwrap_or_else(|| session.store.join(".enroll").join(&self.target));
        let enrolment = enrolment(target, &session.hierarchy, &state, &spec, &folder)
            .map_err(|fault| session.refusal(fault))?;
        let title = format!("{} for {}", session.hierarchy.name(), target.cloud.title());
        let written = write(&folder, &session.store, &enrolment, &title)
            .map_err(|fault| session.refusal(fault))?;
        if !output.json {
            output.diagnostics(&session.warnings, &session.map);
        }
        if !self.run {
            if output.json {
                output.data(&data(&enrolment, &written));
            } else {
                for path in &written {
                    output.say(&format!("  {path}\n"));
                }
                output.say(&format!(
                    "{}. Read the script and run it, or let it be run: pkiform enroll {} {} --run\n",
                    count(enrolment.tasks.len(), "task"),
                    self.target,
                    session.call
                ));
            }
            return Ok(Exit::Done);
        }
        let refused = |error| session.refusal(store_error(&error));
        let mut progress = Progress::read(&folder.join("enroll.done")).map_err(refused)?;
        let own = own();
        let ran = run(&enrolment, &mut progress, &own, &mut |line| {
            output.note(&format!("{line}\n"));
        })
        .map_err(|fault| session.refusal(fault).written(true))?;
        if output.json {
            output.data(&json!({ "done": ran.done, "before": ran.before }));
        } else {
            let before = match ran.before {
                0 => String::new(),
                before => format!(", {before} were done before"),
            };
            output.say(&format!("{} done{before}.\n", count(ran.done, "task")));
        }
        Ok(Exit::Done)
    }

    fn target<'a>(&self, session: &'a Session) -> Result<&'a Target, Diagnostic> {
        let cloud = Cloud::ALL
            .into_iter()
            .find(|cloud| cloud.id() == self.target);
        let targets = session.hierarchy.targets();
        targets
            .iter()
            .find(|target| Some(target.cloud) == cloud)
            .ok_or_else(|| {
                let error = Diagnostic::error(
                    "target",
                    format!("the spec has no [target.{}]", self.target),
                );
                match targets.first() {
                    Some(other) => error.help(format!("it has [target.{}]", other.cloud.id())),
                    None => error.help("docs/spec.md shows the three"),
                }
            })
    }
}

/// Writes the script and the files, and gives their paths.
fn write(
    folder: &Utf8Path,
    store: &Utf8Path,
    enrolment: &Enrolment,
    title: &str,
) -> Result<Vec<Utf8PathBuf>, Diagnostic> {
    let fault = |error| store_error(&error);
    make_folders(folder).map_err(fault)?;
    // Proofs lie there, wherever the script does.
    make_folders(&store.join(".enroll")).map_err(fault)?;
    let mut written = Vec::new();
    let script_path = folder.join("enroll.sh");
    write_elsewhere(&script_path, script(enrolment, title).as_bytes(), 0o755).map_err(fault)?;
    written.push(script_path);
    for (name, content) in &enrolment.files {
        let path = folder.join(name);
        write_elsewhere(&path, content.as_bytes(), 0o644).map_err(fault)?;
        written.push(path);
    }
    Ok(written)
}

fn data(enrolment: &Enrolment, written: &[Utf8PathBuf]) -> Value {
    let tasks = enrolment.tasks.iter().map(|task| {
        let commands: Vec<String> = task.steps.iter().map(line).collect();
        json!({ "about": task.about, "commands": commands, "id": task.id() })
    });
    json!({
        "tasks": tasks.collect::<Value>(),
        "files": written.iter().map(|path| path.as_str()).collect::<Vec<&str>>(),
    })
}

/// This very program, for the steps that are its own.
fn own() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| path.to_str().map(str::to_owned))
        .unwrap_or_else(|| "pkiform".to_owned())
}
