//! Why a mailbox is pressured.

use std::fmt;

/// The set of reasons for which a link is held; empty when it is open.
///
/// ```
/// use tidegate::Causes;
///
/// let causes = Causes::FULL.with(Causes::OPERATOR);
/// assert!(causes.contains(Causes::FULL));
/// assert_eq!(causes.to_string(), "full, operator");
/// assert!(causes.without(Causes::FULL).without(Causes::OPERATOR).is_empty());
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Causes(u8);

const NAMES: [(Causes, &str); 5] = [
    (Causes::FULL, "full"),
    (Causes::BREAKER_OPEN, "breaker_open"),
    (Causes::OPERATOR, "operator"),
    (Causes::DRAINING, "draining"),
    (Causes::RESCALING, "rescaling"),
];

impl Causes {
    /// No reason: the mailbox is open.
    pub const NONE: Self = Self(0);
    /// The mailbox is filled up to its high watermark and has not drained to its low one.
    pub const FULL: Self = Self(1);
    /// The breaker in front of the mailbox is open.
    pub const BREAKER_OPEN: Self = Self(2);
    /// Somebody paused it by hand.
    pub const OPERATOR: Self = Self(4);
    /// The topology is draining.
    pub const DRAINING: Self = Self(8);
    /// The instances behind the mailbox are being changed.
    pub const RESCALING: Self = Self(16);

    /// Whether all of `other` is in the set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is no reason at all.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The name of each cause in the set.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(cause, _)| self.contains(*cause)).map(|(_, name)| *name)
    }

    /// The set with `other` added.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set with `other` taken out.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for name in self.names() {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl fmt::Debug for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Causes({self})")
    }
}
