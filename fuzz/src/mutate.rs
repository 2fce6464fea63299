//! Makes inputs from others, the same ones for the same seed.

use tidegate::testkit::Dice;

/// Numbers at which something often changes.
const NUMBERS: [&str; 20] = [
    "0",
    "-1",
    "1",
    "127",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "1e-308",
    "-0.0",
    "1e999",
    "0.1",
    "253402300800",
];

/// Pieces that readers often stumble over.
const PIECES: [&[u8]; 26] = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n",
    b"\"",
    b"'",
    b"\\",
    b"\"\"\"",
    b"'''",
    b"(",
    b"[",
    b"{",
    b"//",
    b"#",
    b"\x1b[31m",
    b"\x1f\x8b\x08",
    b"%00",
    b"%ff",
    b"..",
    b"null",
    b"nan",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x8c\x8a",
    b"\xc2\x85",
    b"=",
];

/// A source of mutations. What it does depends on its seed alone.
#[derive(Debug)]
pub struct Mutator {
    dice: Dice,
}

impl Mutator {
    /// One that always does the same for the same `seed`.
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed) }
    }

    /// An input made of those in `corpus`, which are at least one, of at most `largest` bytes.
    pub fn input(&mut self, corpus: &[Vec<u8>], largest: usize) -> Vec<u8> {
        let mut input = self.pick(corpus).clone();
        // A few steps stay near the grammar, many leave it.
        for _ in 0..=self.below(6) {
            self.step(&mut input, corpus);
            input.truncate(largest);
        }
        input
    }

    fn step(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(9) {
            0 => self.flip(input),
            1 => input.truncate(at),
            2 => drop(input.drain(self.range(input.len()))),
            3 => self.repeat(input),
            4 => self.number(input),
            5 => {
                let piece = *self.pick(&PIECES);
                input.splice(at..at, piece.iter().copied());
            }
            6 => {
                let other = self.pick(corpus);
                let part = other[self.range(other.len())].to_vec();
                input.splice(at..at, part);
            }
            7 => {
                // From here on it is another one.
                let other = self.pick(corpus);
                input.truncate(at);
                input.extend_from_slice(&other[self.below(other.len() + 1)..]);
            }
            _ => {
                // Two parts change places.
                let range = self.range(input.len());
                let part: Vec<u8> = input.drain(range).collect();
                let at = self.below(input.len() + 1);
                input.splice(at..at, part);
            }
        }
    }

    fn flip(&mut self, input: &mut [u8]) {
        if !input.is_empty() {
            let at = self.below(input.len());
            input[at] ^= 1 << self.below(8);
        }
    }

    /// A part comes several times in a row: what is nested gets deep, what is a list gets long.
    fn repeat(&mut self, input: &mut Vec<u8>) {
        let range = self.range(input.len());
        let part = input[range.clone()].to_vec();
        let times = [1, 2, 10, 100, 2000][self.below(5)];
        // Enough to be too many, and no more memory than a mutation is worth.
        let times = times.min(65_536 / part.len().max(1));
        input.splice(range.end..range.end, part.repeat(times));
    }

    /// In the place of a number comes another one.
    fn number(&mut self, input: &mut Vec<u8>) {
        let from = self.below(input.len() + 1);
        let Some(start) = (from..input.len()).find(|at| input[*at].is_ascii_digit()) else { return };
        let end = (start..input.len()).find(|at| !input[*at].is_ascii_digit()).unwrap_or(input.len());
        let number = *self.pick(&NUMBERS);
        input.splice(start..end, number.bytes());
    }

    /// A part of what has so many bytes; short ones are as likely as long ones.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = (length - start).min(1 << self.below(17));
        start..start + self.below(most + 1)
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A number below `end`, which is not 0.
    fn below(&mut self, end: usize) -> usize {
        self.dice.roll(end as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs_and_another_seed_others() {
        let corpus = [b"a = 1\nb = [2, 3]\n".to_vec(), b"x".to_vec()];
        let inputs = |seed| {
            let mut mutator = Mutator::new(seed);
            (0..100).map(|_| mutator.input(&corpus, 1000)).collect::<Vec<_>>()
        };
        assert_eq!(inputs(7), inputs(7));
        assert_ne!(inputs(7), inputs(8));
        assert!(inputs(7).iter().all(|input| input.len() <= 1000));
        assert!(inputs(7).iter().any(|input| input.len() > 100), "nothing was repeated");
    }
}
