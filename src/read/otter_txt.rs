//! Otter's text export: `Name  m:ss  ` on a line of its own, the words below, a footer at the end.

use super::{Format, Input, Likeness, Read, Skipped, labelled, plain_txt};

/// Otter's text export.
pub struct OtterTxt;

impl Format for OtterTxt {
    fn name(&self) -> &'static str {
        "otter-txt"
    }
    fn doc(&self) -> &'static str {
        "Otter text export: \"Name  0:29\" above the words"
    }
    fn likeness(&self, input: &Input) -> Likeness {
        if super::encoding::is_binary(input.bytes) {
            return Likeness::No;
        }
        // Otter writes two blanks before and behind the time.
        let header = |line: &str| {
            let line = line.trim_end_matches('\r');
            line.ends_with("  ")
                && line
                    .trim_end()
                    .rsplit_once("  ")
                    .is_some_and(|(_, t)| t.contains(':') && super::when::offset_ms(t).is_some())
        };
        if !input.head().lines().any(header) {
            return Likeness::No;
        }
        let found = labelled::text::parse(input.head());
        if found.labelled >= 1 && !found.clock { Likeness::Certain } else { Likeness::No }
    }
    fn read(&self, input: &Input) -> Result<Read, Skipped> {
        plain_txt::read(self, input)
    }
}
