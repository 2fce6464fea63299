//! Where a topology is read from.

use super::assemble::assemble;
use super::assignment::Assignment;
use super::document::Document;
use super::finding::{Findings, KeyPath};
use super::places::{self, Places};
use super::secrets::Secrets;
use super::spec::{self, Spec};
use super::tables::Tables;
use super::{Configuration, Diagnostic, Diagnostics, Loaded, effective, keys, layers, read};
use crate::Registry;
use std::path::{Path, PathBuf};

/// A topology file and the layers above it.
///
/// The file is the lowest layer; the environment overrides it, and assignments override both.
///
/// ```
/// use tidegate::prelude::*;
/// use tidegate::topology::file::Source;
///
/// /// Does nothing with numbers.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Forget {}
///
/// impl Consumer for Forget {
///     type In = u64;
///
///     async fn handle(&mut self, _: u64) -> Result {
///         Ok(())
///     }
/// }
///
/// let source = Source::text("demo.toml", "[consumers.end]\nactor = \"forgot\"\n");
/// let wrong = source.load(&Registry::new().consumer::<Forget>("forget")).unwrap_err();
/// assert_eq!(
///     wrong.0.last().unwrap().to_string(),
///     "\
/// error: unknown actor `forgot`
///   --> demo.toml:2:9
///    |
///  2 | actor = \"forgot\"
///    |         ^^^^^^^^
///    |
///    = help: did you mean `forget`?"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    file: File,
    environment: Vec<(String, String)>,
    assignments: Vec<String>,
    check_environment: bool,
}

#[derive(Clone, Debug)]
enum File {
    Path(PathBuf),
    Text { name: String, text: String },
}

impl Source {
    /// The file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::of(File::Path(path.into()))
    }

    /// The text of a file that is called `name` in errors.
    pub fn text(name: &str, text: &str) -> Self {
        Self::of(File::Text { name: name.into(), text: text.into() })
    }

    fn of(file: File) -> Self {
        Self { file, environment: Vec::new(), assignments: Vec::new(), check_environment: false }
    }

    /// The same with values from environment variables: `TIDEGATE__MAILBOX__CAPACITY` is `mailbox.capacity`.
    /// Variables that do not start with `TIDEGATE__` are ignored.
    #[must_use]
    pub fn environment(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// The same with the assignment `mailbox.capacity=64`; later ones override earlier ones.
    ///
    /// The value is TOML; what is not is taken as a string. A table is merged into the one that is there.
    #[must_use]
    pub fn set(mut self, assignment: &str) -> Self {
        self.assignments.push(assignment.into());
        self
    }

    /// The same, where [`load`](Self::load) also looks at the world when it has something to report: so that one
    /// wrong key does not hide a file that is missing. It does not unless told so. What could be read is checked by
    /// [`Topology::check`](crate::Topology::check), which is told for itself.
    #[must_use]
    pub fn check_environment(mut self, environment: bool) -> Self {
        self.check_environment = environment;
        self
    }

    /// Reads the topology.
    ///
    /// # Errors
    /// When the file cannot be read, or what it says is not a topology of the actors in `registry`; all that is
    /// wrong is reported at once, in the order of the file.
    pub fn load(&self, registry: &Registry) -> Result<Loaded, Diagnostics> {
        let document = self.document(registry)?;
        let (mut diagnostics, mut findings) = (Vec::new(), Findings::default());
        let unknown: Vec<String> = document
            .table()
            .iter()
            .map(|(key, _)| key.to_string())
            .filter(|key| !keys::is_read(key, registry))
            .collect();
        for key in unknown {
            let path = KeyPath::root().child(&key);
            findings.key(path, keys::unknown_table(&key)).maybe_help(keys::suggest_table(&key, registry));
        }
        let tree = layers::merge(&document, self.assignments(&mut diagnostics), registry, &mut diagnostics);
        let mut values = tree.json(&mut findings);
        let places = Places::new(document, tree, Secrets::of(&values, registry));
        let mut spec = Spec::read(&mut values, &places, &mut findings);
        spec::arrange(&mut spec.actors, &places, &mut findings);
        let name = self.name();
        let settings: Vec<_> = spec.actors.iter().map(|actor| actor.settings.clone()).collect();
        let topology = assemble(spec, &name, registry, &mut findings);
        let mut tables = Tables::read(&values, registry, &places, &mut findings);
        let wrong = tables.check(&topology);
        findings
            .problems(wrong.into_iter().map(|problem| (places::path_of(&topology, &problem.place), problem)));
        if findings.0.is_empty() && diagnostics.is_empty() {
            let settings = effective::settings(&topology, &settings, &tables, registry, &places);
            let configuration = Configuration::of(&settings, &values);
            let settings = settings.into_iter().map(|(_, one)| one).collect();
            return Ok(Loaded { topology, settings, configuration, tables, places });
        }
        let problems = topology.check_but_names(self.check_environment).into_iter();
        findings.problems(problems.map(|problem| (places::path_of(&topology, &problem.place), problem)));
        diagnostics.extend(findings.0.into_iter().map(|finding| places.diagnose(finding)));
        places::sort(&mut diagnostics);
        Err(Diagnostics(diagnostics))
    }

    fn document(&self, registry: &Registry) -> Result<Document, Diagnostics> {
        match &self.file {
            File::Path(path) => Document::parse(&path.display().to_string(), &read::read(path)?, registry),
            File::Text { name, text } => Document::parse(name, text, registry),
        }
    }

    /// What the topology is called if it does not say: like its file.
    fn name(&self) -> String {
        let path = match &self.file {
            File::Path(path) => path.as_path(),
            File::Text { name, .. } => Path::new(name),
        };
        path.file_stem().map_or_else(|| "topology".into(), |stem| stem.to_string_lossy().into_owned())
    }

    /// The layers above the file, lowest first.
    fn assignments(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Assignment> {
        let mut variables: Vec<_> = self.environment.iter().collect();
        // The environment has no order of its own; by name, a table comes before what is set inside it.
        variables.sort();
        let variables = variables.into_iter().filter_map(|(name, value)| Assignment::variable(name, value));
        let sets = self.assignments.iter().map(|text| Assignment::parse(text));
        let (good, bad): (Vec<_>, Vec<_>) = variables.chain(sets).partition(Result::is_ok);
        diagnostics.extend(bad.into_iter().filter_map(Result::err).flat_map(|wrong| wrong.0));
        good.into_iter().filter_map(Result::ok).collect()
    }
}
