//! What is wrong with a line of CSV.

use super::ColumnType;

#[derive(Debug, thiserror::Error)]
pub(in crate::stage) enum RowError {
    #[error(
        "a quoted field does not end on its line; line breaks within quotes are not supported, as input is taken line by line"
    )]
    OpenQuote,
    #[error("the line has {found} {}, and its header {expected}", if *.found == 1 { "field" } else { "fields" })]
    Fields { found: usize, expected: usize },
    #[error("`{text}` in column `{column}` is not {}", .expected.noun())]
    Type { text: String, column: String, expected: ColumnType },
    #[error("{0}")]
    Header(String),
    #[error("{0}")]
    Columns(String),
    #[error("the first line of this file, its header, has not come by")]
    NoHeader,
}
