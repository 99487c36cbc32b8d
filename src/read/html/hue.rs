//! The colour of type in a mail, as far as people name it: "my answers in red".

/// The colour of type, as far as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hue {
    /// And dark red, pink.
    Red,
    /// And brown.
    Orange,
    Yellow,
    Green,
    Blue,
    /// And violet.
    Purple,
}

impl Hue {
    /// The hue of a colour as HTML writes it: "red", "#C00000", "rgb(192, 0, 0)"; absent for black, white and grey.
    fn of(colour: &str) -> Option<Hue> {
        const NAMED: &[(&str, Hue)] = &[
            ("red", Hue::Red),
            ("darkred", Hue::Red),
            ("crimson", Hue::Red),
            ("maroon", Hue::Red),
            ("magenta", Hue::Red),
            ("fuchsia", Hue::Red),
            ("orange", Hue::Orange),
            ("darkorange", Hue::Orange),
            ("yellow", Hue::Yellow),
            ("green", Hue::Green),
            ("darkgreen", Hue::Green),
            ("lime", Hue::Green),
            ("blue", Hue::Blue),
            ("navy", Hue::Blue),
            ("darkblue", Hue::Blue),
            ("royalblue", Hue::Blue),
            ("purple", Hue::Purple),
            ("violet", Hue::Purple),
        ];
        let colour = colour.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
        if let Some((_, hue)) = NAMED.iter().find(|(name, _)| *name == colour) {
            return Some(*hue);
        }
        let [red, green, blue] = match colour.strip_prefix('#') {
            Some(hex) if hex.len() >= 6 => {
                let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok().map(i32::from);
                [part(0)?, part(2)?, part(4)?]
            }
            Some(_) => return None,
            None => {
                let inner = colour.strip_prefix("rgb")?.trim_start_matches('a').strip_prefix('(')?;
                let mut parts = inner.split([',', ' ', ')']).filter(|p| !p.is_empty()).map(|p| p.parse::<u8>().ok());
                [parts.next()??, parts.next()??, parts.next()??].map(i32::from)
            }
        };
        let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
        let span = most - least;
        if span < 64 {
            return None;
        }
        let degrees = match most {
            m if m == red => (60 * (green - blue) / span).rem_euclid(360),
            m if m == green => 120 + 60 * (blue - red) / span,
            _ => 240 + 60 * (red - green) / span,
        };
        Some(match degrees {
            0..=14 | 320.. => Hue::Red,
            15..=44 => Hue::Orange,
            45..=69 => Hue::Yellow,
            70..=164 => Hue::Green,
            165..=259 => Hue::Blue,
            _ => Hue::Purple,
        })
    }
}

/// What attributes say of the colour of type: nothing, or its hue where it has one.
pub fn of(attributes: &str) -> Option<Option<Hue>> {
    let lower = attributes.to_ascii_lowercase();
    lower.match_indices("color").find_map(|(at, word)| {
        // "background-color" and "border-color" colour no type.
        if lower[..at].ends_with(['-', '_']) || lower[..at].ends_with(char::is_alphanumeric) {
            return None;
        }
        let value = lower[at + word.len()..].trim_start().strip_prefix([':', '='])?.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = match value.find(')') {
            Some(close) if value.starts_with("rgb") => close + 1,
            _ => value.find([';', '"', '\'', ' ']).unwrap_or(value.len()),
        };
        Some(Hue::of(&value[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_people_name_them() {
        for (attributes, hue) in [
            ("style=\"font-size:11pt;color:red\"", Some(Some(Hue::Red))),
            ("style='color: #C00000; margin:0'", Some(Some(Hue::Red))),
            ("style=\"color:rgb(0, 112, 192)\"", Some(Some(Hue::Blue))),
            ("color=\"#00B050\"", Some(Some(Hue::Green))),
            ("color=\"rgb(2000000000,-2000000000,0)\"", Some(None)),
            ("color=#7030a0 face=x", Some(Some(Hue::Purple))),
            ("style=\"color:windowtext\"", Some(None)),
            ("style=\"color:#1F1F1F\"", Some(None)),
            ("style=\"background-color:red\"", None),
            ("class=\"colored\"", None),
            ("style=\"color:#é\"", Some(None)),
        ] {
            assert_eq!(of(attributes), hue, "{attributes}");
        }
    }
}
