//! One value from outside the file: an environment variable, or `--set path=value`.

use super::finding::KeyPath;
use super::{Diagnostic, Diagnostics, Origin, value};
use config::{ConfigError, Map, Source, Value, ValueKind};
use toml_edit::Key;

/// What environment variables start with; the rest is the path, with `__` for each dot.
const PREFIX: &str = "TIDEGATE__";

/// More parts than any path in a topology has, and few enough for everything that walks paths by recursion.
const DEEPEST: usize = 32;

/// A path, the value for it, and where both come from; a layer of its own.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    path: KeyPath,
    value: Value,
    origin: Origin,
}

impl Assignment {
    /// `mailbox.capacity=64`, or `stages.parse.inputs[0]="lines"`.
    pub(super) fn parse(text: &str) -> Result<Self, Diagnostics> {
        let origin = Origin::Set(text.into());
        // What is wrong is the path; the value may be a secret.
        let refuse = |message: String| -> Diagnostics {
            Diagnostic::error(message)
                .help("write PATH=VALUE, like `mailbox.capacity=64` or `stages.parse.inputs=[\"lines\"]`")
                .at(if text.contains('=') { origin.clone().without_value() } else { origin.clone() })
                .into()
        };
        let (path, value) =
            text.split_once('=').ok_or_else(|| refuse("this assignment has no `=`".into()))?;
        // `inputs[0]` is how other tools write what is an ordinary part of the path here.
        let dotted = path.trim().replace('[', ".").replace(']', "");
        if dotted.is_empty() {
            return Err(refuse("this assignment has no path before the `=`".into()));
        }
        let keys = Key::parse(&dotted)
            .map_err(|error| refuse(format!("the path before the `=` is none: {}", error.message())))?;
        let keys = keys.iter().map(|key| key.get().to_string()).collect();
        Self::new(keys, value.trim(), origin.clone()).map_err(refuse)
    }

    /// `TIDEGATE__MAILBOX__CAPACITY` with its value; `None` if the variable is none of ours.
    pub(super) fn variable(name: &str, value: &str) -> Option<Result<Self, Diagnostics>> {
        // Variables are upper case by custom, keys are lower case.
        let path = name.strip_prefix(PREFIX)?.to_lowercase();
        let keys: Vec<String> = path.split("__").map(str::to_string).collect();
        let origin = Origin::Environment(name.into());
        let refuse = |message: String| -> Diagnostics {
            Diagnostic::error(message)
                .help("name the variable like `TIDEGATE__MAILBOX__CAPACITY`, or unset it")
                .at(origin.clone())
                .into()
        };
        Some(if keys.iter().any(String::is_empty) {
            Err(refuse("this environment variable does not name a key".into()))
        } else {
            Self::new(keys, value, origin.clone()).map_err(refuse)
        })
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The outermost key.
    pub(super) fn table(&self) -> &str {
        &self.path.0[0]
    }

    fn new(keys: Vec<String>, text: &str, origin: Origin) -> Result<Self, String> {
        if keys.len() > DEEPEST {
            return Err(format!("a path of {} parts leads nowhere; the deepest have a few", keys.len()));
        }
        let value = value::from_outside(&parsed(text), &origin);
        Ok(Self { path: KeyPath(keys), value, origin })
    }
}

/// A value as TOML has it; what is none is a string. So `64` is a number, and `a b` and `nan` are text.
fn parsed(text: &str) -> toml_edit::Value {
    match text.parse() {
        Ok(toml_edit::Value::Float(float)) if !float.value().is_finite() => text.into(),
        Ok(value) => value,
        Err(_) => text.into(),
    }
}

impl Source for Assignment {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let mut tree = Value::from(Map::<String, Value>::new());
        self.collect_to(&mut tree)?;
        tree.into_table()
    }

    /// Written here, as the paths of the config crate end at lists, or fill them up to any index one names.
    fn collect_to(&self, tree: &mut Value) -> Result<(), ConfigError> {
        let mut here = tree;
        let mut done = KeyPath::root();
        for key in &self.path.0 {
            here = child(here, key, &done).map_err(ConfigError::Message)?;
            done = done.child(key);
        }
        merge(here, self.value.clone());
        Ok(())
    }
}

fn child<'a>(parent: &'a mut Value, key: &str, path: &KeyPath) -> Result<&'a mut Value, String> {
    let nothing = || Value::new(None, ValueKind::Nil);
    if matches!(parent.kind, ValueKind::Nil) {
        parent.kind = ValueKind::Table(Map::new());
    }
    match &mut parent.kind {
        ValueKind::Table(table) => Ok(table.entry(key.into()).or_insert_with(nothing)),
        ValueKind::Array(list) => match key.parse::<usize>() {
            Ok(index) if index < list.len() => Ok(&mut list[index]),
            Ok(index) if index == list.len() => {
                list.push(nothing());
                Ok(&mut list[index])
            }
            _ => Err(format!(
                "`{path}` is a list of {}; `{}` is neither an element of it nor the next one",
                list.len(),
                super::super::nearest::shown(key)
            )),
        },
        _ => Err(format!("`{path}` is a single value, so nothing can be set inside it")),
    }
}

/// Tables are merged, everything else is replaced.
fn merge(old: &mut Value, new: Value) {
    let origin = new.origin().map(str::to_string);
    match (&mut old.kind, new.kind) {
        (ValueKind::Table(old), ValueKind::Table(new)) => {
            for (key, value) in new {
                match old.get_mut(&key) {
                    Some(old) => merge(old, value),
                    None => drop(old.insert(key, value)),
                }
            }
        }
        (_, kind) => *old = Value::new(origin.as_ref(), kind),
    }
}
