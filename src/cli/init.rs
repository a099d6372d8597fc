//! `pkiform init`: a first spec from a template, never over one that exists.

use std::io::{BufRead, IsTerminal, Write};

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;
use super::session::finding;
use crate::report::json as data;
use crate::source::Diagnostic;
use crate::spec::{check_name, schema};

/// Write a first spec, and the schema that lets an editor help with it
#[derive(Args, Debug)]
pub(super) struct Init {
    /// The spec to write
    #[arg(value_name = "FILE", default_value = "pkiform.toml")]
    file: Utf8PathBuf,
    /// What to begin from (asked on a terminal, else minimal)
    #[arg(short, long, value_name = "NAME")]
    template: Option<Template>,
    /// The name of the PKI (asked on a terminal, else the file's or folder's)
    #[arg(short, long)]
    name: Option<String>,
    /// Overwrite a spec that exists
    #[arg(long)]
    force: bool,
}

/// What a first spec may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Template {
    /// A root and one server
    Minimal,
    /// A development server: localhost, names of your own, a wildcard
    Web,
    /// A service and its clients, both with certificates
    Mtls,
    /// Root, intermediates, devices with PKCS#12
    Iot,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Self::Minimal => include_str!("../../templates/minimal.toml"),
            Self::Web => include_str!("../../templates/web.toml"),
            Self::Mtls => include_str!("../../templates/mtls.toml"),
            Self::Iot => include_str!("../../templates/iot.toml"),
        }
    }
}

/// What stands in the templates for the PKI's name.
const NAME: &str = "my-pki";

impl Init {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        if self.file.exists() && !self.force {
            return Err(Refusal::alone(
                Diagnostic::error("exists", format!("`{}` exists already", self.file))
                    .help("name another file, or overwrite it with --force"),
            ));
        }
        let template = match self.template {
            Some(template) => template,
            None => ask_template(output),
        };
        let name = match &self.name {
            Some(name) => name.clone(),
            None => ask_name(output, &default_name(&self.file)),
        };
        check_name(&name).map_err(|wrong| {
            Refusal::alone(Diagnostic::error(
                "name",
                format!("the name `{}` {wrong}", name.escape_debug()),
            ))
        })?;
        let text = template
            .text()
            .replace(&format!("\"{NAME}\""), &format!("\"{name}\""));
        let schema_file = self.file.with_file_name("pkiform.schema.json");
        // A schema that lies there already may be another version's; only --force says that it may go.
        let with_schema = self.force || !schema_file.exists();
        write(&self.file, &text, self.force)
            .and_then(|()| {
                if with_schema {
                    write(&schema_file, &data::text(&schema()), self.force)
                } else {
                    Ok(())
                }
            })
            .map_err(|error| {
                Refusal::alone(
                    finding("init", &error).help(format!("can `{}` be written?", self.file)),
                )
            })?;
        if output.json {
            output.data(&json!({ "spec": self.file.as_str(), "schema": schema_file.as_str(), "name": name }));
        } else {
            output.say(&format!(
                "Wrote {}{}.\nNext: edit it, then pkiform plan {} · pkiform apply {}\n",
                self.file,
                if with_schema {
                    format!(" and {schema_file}")
                } else {
                    String::new()
                },
                self.file,
                self.file
            ));
        }
        Ok(Exit::Done)
    }
}

fn default_name(file: &Utf8Path) -> String {
    let absolute = camino::absolute_utf8(file).unwrap_or_else(|_| file.to_owned());
    let folder = absolute.parent().and_then(Utf8Path::file_name);
    let name = match file.file_stem() {
        Some("pkiform") | None => folder.unwrap_or("pki"),
        Some(stem) => stem,
    };
    if check_name(name).is_ok() {
        name.to_owned()
    } else {
        "pki".to_owned()
    }
}

fn ask_template(output: Output) -> Template {
    // Whoever answers with something else three times gets the smallest.
    for _ in 0..3 {
        let question = "What to begin from: minimal, web, mtls, iot";
        if let Ok(template) = Template::from_str(&ask(output, question, "minimal"), true) {
            return template;
        }
    }
    Template::Minimal
}

fn ask_name(output: Output, default: &str) -> String {
    ask(output, "The name of the PKI", default)
}

/// Asks on a terminal; elsewhere, and for an empty answer, the default.
fn ask(output: Output, question: &str, default: &str) -> String {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() || output.json {
        return default.to_owned();
    }
    output.note(&format!("{question} [{default}]: "));
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match answer.trim() {
        "" => default.to_owned(),
        _ if read.is_err() => default.to_owned(),
        answer => answer.to_owned(),
    }
}

/// Writes a file whole or not at all, and over another only if that is wanted.
#[expect(
    clippy::disallowed_methods,
    reason = "a spec goes where the user says, outside of any store"
)]
fn write(file: &Utf8Path, text: &str, over: bool) -> std::io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty());
    let folder = folder.unwrap_or(Utf8Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    readable(&mut builder);
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    let kept = if over {
        temporary.persist(file)
    } else {
        temporary.persist_noclobber(file)
    };
    kept.map(drop).map_err(|error| error.error)
}

/// Makes a temporary file as readable as any other: the user's umask decides.
#[cfg(unix)]
fn readable(builder: &mut tempfile::Builder<'_, '_>) {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(std::fs::Permissions::from_mode(0o666));
}

#[cfg(not(unix))]
fn readable(_: &mut tempfile::Builder<'_, '_>) {}
