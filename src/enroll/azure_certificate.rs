//! What Azure's two services share: a CA's certificate uploaded, and possession of its key proved.

use super::devices::Ca;
use super::known::Known;
use super::task::{Step, Task};
use crate::source::Diagnostic;

/// A service that holds certificates of CAs.
#[derive(Clone, Copy)]
pub(super) struct Service<'a> {
    /// Its word: `hub` or `dps`.
    pub(super) group: &'a str,
    /// The flags that name it.
    pub(super) whose: &'a [&'a str],
    /// Its name, as no other service has it.
    pub(super) thing: &'a str,
}

/// The tasks that upload a certificate, and prove that its key is ours where that does not go without saying.
pub(super) fn upload(
    known: &Known<'_>,
    ca: &Ca,
    service: &Service<'_>,
) -> Result<Vec<Task>, Diagnostic> {
    let name = ca.id.as_str();
    let is_verified = known.target.verified;
    let of = |verb: &str| {
        Step::plain(&["az", "iot", service.group, "certificate", verb])
            .and(service.whose)
            .and(&["--name", name])
    };
    let etag = || {
        of("show")
            .and(&["--query", "etag", "-o", "tsv"])
            .into("ETAG")
    };
    let upload = |verb: &str| {
        let step = of(verb).file("--path", &ca.cert);
        if is_verified {
            return step.and(&["--verified"]);
        }
        step
    };
    let create = Task::new(
        format!("upload the certificate of `{name}`"),
        format!("{} certificate {name}", service.thing),
        vec![upload("create")],
    );
    let update = vec![etag(), upload("update").with("--etag", "ETAG")];
    let mut tasks = vec![create.of(&ca.sha256).again(update)];
    if !is_verified {
        let prove = Task::new(
            format!("prove that `{name}`'s key is ours"),
            format!("{} proof {name}", service.thing),
            vec![
                etag(),
                of("generate-verification-code")
                    .with("--etag", "ETAG")
                    .and(&["--query", "properties.verificationCode", "-o", "tsv"])
                    .into("CODE"),
                known.prove(ca)?,
                // The tag has changed with the code.
                etag(),
                of("verify")
                    .file("--path", &known.proof(ca))
                    .with("--etag", "ETAG"),
            ],
        );
        tasks.push(prove.of(&ca.sha256));
    }
    Ok(tasks)
}
