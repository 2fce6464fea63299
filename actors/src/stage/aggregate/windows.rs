//! Windows of time that follow one another.

use super::groups::Groups;
use super::time::Micros;
use std::collections::BTreeMap;

/// The open windows. Without a length there is a single one, which never closes by itself.
pub(super) struct Windows {
    /// How long each is; `None` for one without bounds.
    length: Option<Micros>,
    lateness: Micros,
    /// By start.
    open: BTreeMap<Micros, Groups>,
    /// Groups of all windows.
    groups: usize,
    /// The latest moment that was seen.
    latest: Option<Micros>,
}

/// Why a row has no window.
pub(super) struct Late {
    /// The end of the window it would belong to.
    pub(super) end: Micros,
}

impl Windows {
    pub(super) fn new(length: Option<Micros>, lateness: Micros) -> Self {
        Self { length, lateness, open: BTreeMap::new(), groups: 0, latest: None }
    }

    /// Groups of all windows.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// The start of the window of `moment`.
    pub(super) fn start_of(&self, moment: Micros) -> Micros {
        match self.length {
            Some(length) => moment.div_euclid(length).saturating_mul(length),
            None => 0,
        }
    }

    /// Whether the window of `moment` is still open.
    pub(super) fn admit(&self, moment: Micros) -> Result<(), Late> {
        let (Some(length), Some(latest)) = (self.length, self.latest) else { return Ok(()) };
        let end = self.start_of(moment).saturating_add(length);
        if is_over(end, latest, self.lateness) { Err(Late { end }) } else { Ok(()) }
    }

    /// Lets `change` at the groups of the window that starts at `start`. A window that is not there yet is opened only
    /// if it `may_grow`, so that none is open without groups.
    pub(super) fn change<R>(
        &mut self,
        start: Micros,
        may_grow: bool,
        change: impl FnOnce(&mut Groups) -> Option<R>,
    ) -> Option<R> {
        let groups =
            if may_grow { self.open.entry(start).or_default() } else { self.open.get_mut(&start)? };
        let before = groups.len();
        let result = change(groups);
        self.groups += groups.len() - before;
        result
    }

    /// It is `moment` now, or later.
    pub(super) fn advance(&mut self, moment: Micros) {
        self.latest = Some(self.latest.map_or(moment, |latest| latest.max(moment)));
    }

    /// Whether the first window is over.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        match (self.length, self.latest, self.open.first_key_value()) {
            (Some(length), Some(latest), Some((start, _))) => {
                is_over(start.saturating_add(length), latest, self.lateness)
            }
            _ => false,
        }
    }

    /// Takes the first window out: its start, its end, and its groups.
    pub(super) fn close_first(&mut self) -> Option<(Micros, Option<Micros>, Groups)> {
        let (start, groups) = self.open.pop_first()?;
        self.groups -= groups.len();
        Some((start, self.length.map(|length| start.saturating_add(length)), groups))
    }
}

fn is_over(end: Micros, latest: Micros, lateness: Micros) -> bool {
    end.saturating_add(lateness) <= latest
}
