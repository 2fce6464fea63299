//! Reading a value that has mistakes for what is right in it.

use crate::topology::SettingsError;
use serde_json::Value as Json;

/// What `make` makes of `value`, or of what is left of it without the entries that are wrong; and what is wrong with
/// those. One wrong entry hides no other, and nothing of what the right ones say.
pub(super) fn attempt<T>(
    mut value: Json,
    mut make: impl FnMut(&Json) -> Result<T, SettingsError>,
) -> (Option<T>, Vec<SettingsError>) {
    let mut mistakes: Vec<SettingsError> = Vec::new();
    loop {
        let mistake = match make(&value) {
            Ok(made) => return (Some(made), mistakes),
            Err(mistake) => mistake,
        };
        let taken_out = take_out(&mut value, &mistake.key);
        // That an entry is missing which was taken out is no mistake.
        if mistakes.is_empty() || !is_about_a_missing_key(&mistake) {
            mistakes.push(mistake);
        }
        if !taken_out {
            return (None, mistakes);
        }
    }
}

/// Removes an entry of a table; false if that is none, as an element of a list, without which the others would have
/// other numbers.
fn take_out(value: &mut Json, key: &[String]) -> bool {
    let Some((last, parents)) = key.split_last() else { return false };
    let table = parents.iter().try_fold(value, |here, key| match here {
        Json::Array(list) => list.get_mut(key.parse::<usize>().ok()?),
        other => other.get_mut(key),
    });
    table.and_then(Json::as_object_mut).is_some_and(|table| table.shift_remove(last).is_some())
}

/// Whether serde missed something.
pub(super) fn is_about_a_missing_key(mistake: &SettingsError) -> bool {
    mistake.message.starts_with("missing field")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    struct Sizes {
        #[serde(default)]
        width: Option<u8>,
        #[serde(default)]
        height: Option<u8>,
        #[serde(default)]
        inner: Option<Box<Sizes>>,
    }

    fn read<T: serde::de::DeserializeOwned>(value: Json) -> (Option<T>, Vec<String>) {
        let (read, mistakes) = attempt(value, |value| {
            serde_path_to_error::deserialize::<_, T>(value).map_err(|error| SettingsError {
                key: crate::topology::registry::keys_of(error.path()),
                message: error.into_inner().to_string(),
            })
        });
        (read, mistakes.into_iter().map(|mistake| mistake.key.join(".")).collect())
    }

    #[test]
    fn every_mistake_is_found_and_the_rest_is_read() {
        let (sizes, mistakes) =
            read::<Sizes>(json!({ "width": "x", "height": 3, "inner": { "width": 1, "height": 300 } }));
        let inner = Some(Box::new(Sizes { width: Some(1), ..Sizes::default() }));
        assert_eq!(sizes, Some(Sizes { width: None, height: Some(3), inner }));
        assert_eq!(mistakes, ["width", "inner.height"]);
    }

    #[test]
    fn what_is_needed_and_wrong_is_one_mistake() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Needed {
            size: u8,
        }
        assert_eq!(read::<Needed>(json!({ "size": 300 })), (None, vec!["size".into()]));
        assert_eq!(read::<Needed>(json!({ "size": 3 })), (Some(Needed { size: 3 }), vec![]));
    }

    #[test]
    fn an_element_of_a_list_is_not_taken_out() {
        assert_eq!(read::<Vec<u8>>(json!([1, 300, 400])), (None, vec!["1".into()]));
    }
}
