//! Applies a spec through the library, into a folder of its own.

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pkiform::execute;
use pkiform::hierarchy::{Hierarchy, resolve};
use pkiform::plan;
use pkiform::rules;
use pkiform::source::{Document, Failure, Level, VariableSources};
use pkiform::spec::Spec;
use pkiform::store::{State, Store};

use super::cases::{Case, Text};

/// A spec that was applied.
pub(super) struct Applied {
    pub(super) hierarchy: Hierarchy,
    pub(super) store: Utf8PathBuf,
}

/// Applies a case; one that our own rules refuse is a fault of the case.
pub(super) fn apply(case: &Case, store: &Utf8Path) -> Applied {
    // Some judges know no time but the clock's.
    let now = Timestamp::now();
    let variables = VariableSources {
        set: case
            .set
            .iter()
            .map(|(name, value)| ((*name).into(), value.clone()))
            .collect(),
        ..VariableSources::default()
    };
    let told =
        |failure: Box<Failure>| -> Document { panic!("{}: {:?}", case.name, failure.diagnostics) };
    let env = case.env.as_deref();
    let mut document = match &case.text {
        Text::File(path) => Document::load(path, env, &variables).unwrap_or_else(told),
        Text::Inline(text) => {
            Document::parse("case.toml".into(), text, env, &variables).unwrap_or_else(told)
        }
    };
    // What lies in a pack is judged as files.
    document.loose = true;
    let spec = Spec::read(&document).unwrap_or_else(|faults| panic!("{}: {faults:?}", case.name));
    let hierarchy = resolve(&spec, &mut document, now)
        .unwrap_or_else(|faults| panic!("{}: {faults:?}", case.name));
    let errors: Vec<String> = rules::check(&hierarchy)
        .iter()
        .filter(|diagnostic| diagnostic.level == Level::Error)
        .map(|diagnostic| format!("{}: {}", diagnostic.code, diagnostic.message))
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", case.name);
    std::fs::create_dir_all(store).unwrap();
    for (path, key) in &case.keys {
        let path = store.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(key, path).unwrap();
    }
    let mut opened = Store::open(store).unwrap();
    let state = State::read(store).unwrap();
    let plan = plan::plan(&hierarchy, &state, &plan::Options::default())
        .unwrap_or_else(|faults| panic!("{}: {faults:?}", case.name));
    let options = execute::Options::default();
    let outcome = execute::execute(
        &plan,
        &hierarchy,
        &state,
        &mut opened,
        &options,
        &mut |_| (),
    )
    .unwrap_or_else(|error| panic!("{}: {error:?}", case.name));
    let made = hierarchy.entities().count() - case.keys.len();
    assert_eq!(
        outcome.keys, made,
        "{}: a key that was there is not taken",
        case.name
    );
    Applied {
        hierarchy,
        store: store.to_owned(),
    }
}
