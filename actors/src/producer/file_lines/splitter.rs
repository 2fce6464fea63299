//! From blocks of bytes to lines.

/// Cuts blocks of bytes into lines. A line that lies within a block is not copied.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    block: Vec<u8>,
    /// Where the rest of the block begins.
    start: usize,
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    /// Whether `begun` was given out as a line and is to be forgotten.
    given: bool,
}

impl Splitter {
    /// The next complete line, without its line feed; `None` when another block is needed.
    #[inline]
    pub(super) fn next_line(&mut self) -> Option<&[u8]> {
        if self.given {
            self.begun.clear();
            self.given = false;
        }
        let rest = &self.block[self.start..];
        let Some(length) = memchr::memchr(b'\n', rest) else {
            self.begun.extend_from_slice(rest);
            self.start = self.block.len();
            return None;
        };
        let line = self.start..self.start + length;
        self.start = line.end + 1;
        if self.begun.is_empty() {
            return Some(&self.block[line]);
        }
        self.begun.extend_from_slice(&self.block[line]);
        self.given = true;
        Some(&self.begun)
    }

    /// How long the line is whose end has not come.
    pub(super) fn begun(&self) -> usize {
        self.begun.len()
    }

    /// Bytes that were put in and have not been given out as lines.
    pub(super) fn rest(&self) -> usize {
        let begun = if self.given { 0 } else { self.begun.len() };
        begun + self.block.len() - self.start
    }

    /// Puts in the next block, once all lines of the one before are taken, and gives that one back.
    pub(super) fn put(&mut self, block: Vec<u8>) -> Vec<u8> {
        debug_assert_eq!(self.start, self.block.len(), "the block before has been taken");
        self.start = 0;
        std::mem::replace(&mut self.block, block)
    }

    /// The last line, if it has no line feed.
    pub(super) fn last_line(&mut self) -> Option<&[u8]> {
        (!self.begun.is_empty()).then_some(&self.begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &[u8], block: usize) -> Vec<String> {
        let owned = |line: &[u8]| String::from_utf8(line.to_vec()).unwrap();
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        for block in text.chunks(block) {
            splitter.put(block.to_vec());
            while let Some(line) = splitter.next_line() {
                lines.push(owned(line));
            }
        }
        lines.extend(splitter.last_line().map(owned));
        lines
    }

    #[test]
    fn lines_are_the_same_wherever_blocks_end() {
        for (text, lines) in [
            ("one\ntwo\n\nfour", vec!["one", "two", "", "four"]),
            ("one\n", vec!["one"]),
            ("\n\n", vec!["", ""]),
            ("", vec![]),
        ] {
            for block in 1..=16 {
                assert_eq!(split(text.as_bytes(), block), lines, "{text:?} in blocks of {block}");
            }
        }
    }
}
