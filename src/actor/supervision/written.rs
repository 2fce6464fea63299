//! How policies are written: a word, or a table that one of its keys gives its name.

use super::{OnError, Restart, Retry, Stop, Then};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

// The words are listed to people who misspell one: a doc comment on each would take the list away.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    Stop,
    Skip,
    DeadLetter,
    Restart,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StopWord {
    Stop,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Extent {
    Topology,
    Branch,
}

/// The table `{ stop = "branch" }`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    stop: Extent,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Written {
    Word(Word),
    Retry(Retry),
    Restart(Restart),
    Stop(Scope),
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum WrittenThen {
    Word(Word),
    Restart(Restart),
    Stop(Scope),
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum WrittenStop {
    Word(StopWord),
    Stop(Scope),
}

impl From<Scope> for Stop {
    fn from(scope: Scope) -> Self {
        match scope.stop {
            Extent::Topology => Self::Topology,
            Extent::Branch => Self::Branch,
        }
    }
}

impl From<Word> for Then {
    fn from(word: Word) -> Self {
        match word {
            Word::Stop => Self::Stop,
            Word::Skip => Self::Skip,
            Word::DeadLetter => Self::DeadLetter,
            Word::Restart => Self::Restart(Restart::default()),
        }
    }
}

impl From<Stop> for Then {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Topology => Self::Stop,
            Stop::Branch => Self::StopBranch,
        }
    }
}

impl From<WrittenThen> for Then {
    fn from(written: WrittenThen) -> Self {
        match written {
            WrittenThen::Word(word) => word.into(),
            WrittenThen::Restart(restart) => Self::Restart(restart),
            WrittenThen::Stop(scope) => Stop::from(scope).into(),
        }
    }
}

impl From<Then> for WrittenThen {
    fn from(then: Then) -> Self {
        match then {
            Then::Stop => Self::Word(Word::Stop),
            Then::StopBranch => Self::Stop(Scope { stop: Extent::Branch }),
            Then::Skip => Self::Word(Word::Skip),
            Then::DeadLetter => Self::Word(Word::DeadLetter),
            Then::Restart(restart) => Self::Restart(restart),
        }
    }
}

impl From<WrittenStop> for Stop {
    fn from(written: WrittenStop) -> Self {
        match written {
            WrittenStop::Word(StopWord::Stop) => Self::Topology,
            WrittenStop::Stop(scope) => scope.into(),
        }
    }
}

impl From<Stop> for WrittenStop {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Topology => Self::Word(StopWord::Stop),
            Stop::Branch => Self::Stop(Scope { stop: Extent::Branch }),
        }
    }
}

impl From<Written> for OnError {
    fn from(written: Written) -> Self {
        match written {
            Written::Word(word) => Then::from(word).into(),
            Written::Retry(retry) => Self::Retry(retry),
            Written::Restart(restart) => Self::Restart(restart),
            Written::Stop(scope) => Stop::from(scope).into(),
        }
    }
}

impl From<OnError> for Written {
    fn from(on_error: OnError) -> Self {
        match on_error {
            OnError::Retry(retry) => Self::Retry(retry),
            OnError::Stop => Self::Word(Word::Stop),
            OnError::Skip => Self::Word(Word::Skip),
            OnError::DeadLetter => Self::Word(Word::DeadLetter),
            OnError::StopBranch => Self::Stop(Scope { stop: Extent::Branch }),
            OnError::Restart(restart) => Self::Restart(restart),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn policies_are_words_and_tables() {
        let read = |value| serde_json::from_value::<OnError>(value).unwrap();
        assert_eq!(read(json!("skip")), OnError::Skip);
        assert_eq!(read(json!("restart")), OnError::Restart(Restart::default()));
        assert_eq!(read(json!({ "stop": "branch" })), OnError::StopBranch);
        assert_eq!(read(json!({ "stop": "topology" })), OnError::Stop);
        assert_eq!(
            read(json!({ "retry": 3, "backoff": "1s", "then": { "restart": 2 } })),
            Retry::times(3).backoff(Duration::from_secs(1)).then(Then::Restart(Restart::times(2))).into()
        );
        assert_eq!(
            read(json!({ "restart": 2, "within": "5s", "then": { "stop": "branch" } })),
            Restart::times(2).within(Duration::from_secs(5)).then(Stop::Branch).into()
        );
        for policy in
            [OnError::StopBranch, Retry::times(1).then(Then::Skip).into(), Restart::default().into()]
        {
            assert_eq!(read(serde_json::to_value(policy).unwrap()), policy, "what is written can be read");
        }
    }
}
