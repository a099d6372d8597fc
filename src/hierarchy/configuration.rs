//! Configurations that name an entity's files: nginx's, Mosquitto's, PostgreSQL's, from `templates/outputs`.

use camino::{Utf8Path, Utf8PathBuf};
use minijinja::Value;
use x509_cert::ext::pkix::name::GeneralName;

use super::{Entity, Output};
use crate::catalog::Artifact;
use crate::source::{Diagnostic, Span, Spanned};
use crate::template::{Scope, Templated};

/// Writes the text of each configuration that an entity asks for. `deploy_dir` is where its files lie when they are used.
///
/// # Errors
/// A file that the configuration has to name is not among the outputs, or a path cannot be written in it.
pub(super) fn configure(
    entity: &mut Entity,
    deploy_dir: Option<&Spanned<String>>,
    connect_to: Option<&Spanned<String>>,
) -> Result<(), Diagnostic> {
    for output in &entity.outputs {
        check(entity, output)?;
    }
    if let Some(dir) = deploy_dir {
        check_dir(dir)?;
    }
    let mut scope = scope(entity, deploy_dir.map(|dir| Utf8Path::new(&dir.value)));
    if let Some(output) = entity.output(Artifact::Connection) {
        let (host, port) = peer(entity, output, connect_to)?;
        scope = scope
            .with("host", Value::from(host))
            .with("port", Value::from(port));
    }
    for output in &mut entity.outputs {
        let Some(template) = template(output.artifact) else {
            continue;
        };
        let text = Templated::<String>::parse_at(template, Span::NOWHERE)?.render(&scope)?;
        // A template's last line has no end of its own.
        output.text = Some(format!("{}\n", text.trim_end()).into());
    }
    Ok(())
}

fn template(artifact: Artifact) -> Option<&'static str> {
    Some(match artifact {
        Artifact::Nginx => include_str!("../../templates/outputs/nginx.conf"),
        Artifact::Mosquitto => include_str!("../../templates/outputs/mosquitto.conf"),
        Artifact::Postgresql => include_str!("../../templates/outputs/postgresql.conf"),
        Artifact::Connection => include_str!("../../templates/outputs/connection.json"),
        _ => return None,
    })
}

/// What a template sees: the paths of the files (empty where there is none), the id, and the DNS names.
fn scope(entity: &Entity, deploy_dir: Option<&Utf8Path>) -> Scope {
    let mut scope = Scope::default().with("id", Value::from(entity.id.as_str()));
    for artifact in Artifact::ALL {
        let path = entity
            .output(artifact)
            .map(|output| used_at(&output.path, deploy_dir))
            .unwrap_or_default();
        let name = artifact.id().replace('-', "_");
        scope = scope.with(&name, Value::from(path.as_str()));
    }
    let names: Vec<String> = entity
        .san()
        .iter()
        .filter_map(|san| match &san.name {
            GeneralName::DnsName(name) => Some(name.to_string()),
            _ => None,
        })
        .collect();
    let name = entity.subject.common_name().unwrap_or(&entity.id);
    scope
        .with("names", Value::from(names))
        .with("name", Value::from(name))
}

/// The port of MQTT over TLS, by IANA's registry.
const MQTT: u16 = 8883;

/// Host and port that a device connects to.
fn peer(
    entity: &Entity,
    output: &Output,
    connect_to: Option<&Spanned<String>>,
) -> Result<(String, u16), Diagnostic> {
    let Some(said) = connect_to else {
        return Err(Diagnostic::error(
            "output-needs",
            format!("`connection` of `{}` names no host", entity.id),
        )
        .at(output.span, "connects where?")
        .help(
            "add `connect_to = \"{{ hub }}.azure-devices.net\"`, with `:PORT` if that is not 8883",
        ));
    };
    let (host, port) = match said.value.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok())
        }
        _ => (said.value.as_str(), Some(MQTT)),
    };
    match port {
        Some(port) if port > 0 && !host.trim().is_empty() => Ok((host.to_owned(), port)),
        _ => Err(Diagnostic::error(
            "output-needs",
            format!("`{}` is no host and port", said.value),
        )
        .at(said.span, "connects where?")
        .help("write `host` or `host:8883`")),
    }
}

/// Where a file lies when it is used.
fn used_at(path: &Utf8Path, deploy_dir: Option<&Utf8Path>) -> Utf8PathBuf {
    match (deploy_dir, path.file_name()) {
        // The machine is another one as a rule, and its paths have its own separator.
        (Some(dir), Some(name)) => format!("{}/{name}", dir.as_str().trim_end_matches('/')).into(),
        _ => path.to_owned(),
    }
}

/// Whether an artifact has beside it what it names or holds.
fn check(entity: &Entity, output: &Output) -> Result<(), Diagnostic> {
    let what = output.artifact.id();
    if output.artifact.is_configuration() {
        for needed in [Artifact::Key, Artifact::Fullchain] {
            // A device that has its key names it itself.
            if needed == Artifact::Key && output.artifact == Artifact::Connection {
                continue;
            }
            if entity.output(needed).is_none() {
                return Err(Diagnostic::error(
                    "output-needs",
                    format!("`{what}` of `{}` names a file that is not made", entity.id),
                )
                .at(output.span, format!("there is no `{}`", needed.id()))
                .help(format!("add `{}` to its outputs", needed.id())));
            }
        }
    }
    if output.artifact == Artifact::KubernetesSecret {
        if !is_kubernetes_name(&entity.id) {
            return Err(Diagnostic::error(
                "output-needs",
                format!("`{}` is no name of a Kubernetes Secret", entity.id),
            )
            .at(output.span, "it is named after the entity")
            .help("lower-case letters, digits, `-` and `.`, a letter or digit first and last, 253 at most"));
        }
        if entity.key_encryption.is_some() {
            return Err(Diagnostic::error(
                "output-needs",
                format!(
                    "`{}`'s key is encrypted, and a Kubernetes Secret holds it in plain",
                    entity.id
                ),
            )
            .at(output.span, "Kubernetes has no passphrase for it")
            .help("take the key's passphrase away, or the artifact"));
        }
    }
    Ok(())
}

/// A DNS subdomain, as RFC 1123 §2.1 has it.
fn is_kubernetes_name(id: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    id.len() <= 253
        && id.starts_with(is_plain)
        && id.ends_with(is_plain)
        && id.chars().all(|c| is_plain(c) || matches!(c, '-' | '.'))
}

/// Whether a folder's path can stand in any of the configurations.
fn check_dir(dir: &Spanned<String>) -> Result<(), Diagnostic> {
    let fits = |c: char| !c.is_control() && !matches!(c, '"' | '\'' | '\\' | ';' | '{' | '}' | '#');
    if !dir.value.is_empty() && dir.value.chars().all(fits) {
        return Ok(());
    }
    Err(Diagnostic::error(
        "deploy-dir",
        format!(
            "`{}` can stand in no configuration",
            dir.value.escape_debug()
        ),
    )
    .at(
        dir.span,
        "a quote, a backslash, `;`, `#`, a brace, or nothing at all",
    )
    .help("an absolute path with `/` between its parts: `/etc/nginx/tls`"))
}
