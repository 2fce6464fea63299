//! The names of a record's fields.

use std::sync::Arc;

/// The names of the fields of a record, in order. Records of one kind share one, so a record costs no names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields(Vec<Arc<str>>);

impl Fields {
    /// The fields `names`. A name that occurs twice counts where it comes first.
    pub fn new<N: Into<Arc<str>>>(names: impl IntoIterator<Item = N>) -> Arc<Self> {
        let mut fields = Self(Vec::new());
        for name in names {
            let name = name.into();
            if fields.position(&name).is_none() {
                fields.0.push(name);
            }
        }
        Arc::new(fields)
    }

    /// No fields.
    pub(crate) fn none() -> Arc<Self> {
        Arc::new(Self(Vec::new()))
    }

    /// The names.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.0.iter().map(|name| &**name)
    }

    /// The names, to share.
    pub(crate) fn shared(&self) -> &[Arc<str>] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where `name` comes. Comparing a few dozen short names in a row is faster than hashing one.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| &**known == name)
    }

    /// Adds `name`, which must not be there.
    pub(super) fn push(&mut self, name: Arc<str>) {
        self.0.push(name);
    }

    /// Removes the name at `index`.
    pub(super) fn remove(&mut self, index: usize) {
        self.0.remove(index);
    }
}

/// A field of records that is looked up again and again: remembers where it was, as long as the kind of the
/// records stays the same.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    name: Arc<str>,
    known: Option<(Arc<Fields>, Option<usize>)>,
}

impl Column {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into(), known: None }
    }

    pub(crate) fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Where the field is among `fields`. The pointers decide, as holding one keeps its place from being reused.
    #[inline]
    pub(crate) fn position(&mut self, fields: &Arc<Fields>) -> Option<usize> {
        match &self.known {
            Some((known, position)) if Arc::ptr_eq(known, fields) => *position,
            _ => self.look_up(fields),
        }
    }

    #[cold]
    fn look_up(&mut self, fields: &Arc<Fields>) -> Option<usize> {
        let position = fields.position(&self.name);
        self.known = Some((fields.clone(), position));
        position
    }
}
