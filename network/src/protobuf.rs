//! The wire format of protobuf, as far as ONNX files need it: fields one after another, each with its number.

/// A field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// A number.
    Number(u64),
    /// A text, bytes, or a message within.
    Bytes(&'a [u8]),
}

/// The fields of a message with their numbers, those of 4 or 8 fixed bytes left out; ends where the message is broken.
pub struct Fields<'a>(
    /// What is left of the message.
    pub &'a [u8],
);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut n = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }

    fn take(&mut self, n: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(n).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Field<'a>);

    fn next(&mut self) -> Option<(u64, Field<'a>)> {
        loop {
            let tag = self.varint()?;
            match tag & 7 {
                0 => return Some((tag >> 3, Field::Number(self.varint()?))),
                1 => drop(self.take(8)?),
                5 => drop(self.take(4)?),
                2 => {
                    let length = self.varint()?;
                    return Some((tag >> 3, Field::Bytes(self.take(length)?)));
                }
                _ => return None,
            }
        }
    }
}

/// The numbers of a repeated field, whether they are packed into one field or stand one by one.
pub fn numbers<'a>(field: Field<'a>) -> impl Iterator<Item = u64> + 'a {
    let (one, mut packed) = match field {
        Field::Number(n) => (Some(n), Fields(&[])),
        Field::Bytes(bytes) => (None, Fields(bytes)),
    };
    one.into_iter().chain(std::iter::from_fn(move || packed.varint()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_end_where_a_message_breaks() {
        // Number 3 in field 1, eight fixed bytes in field 2, "ab" in field 3, numbers 1 and 300 packed in field 4.
        let message = [8, 3, 17, 0, 0, 0, 0, 0, 0, 0, 0, 26, 2, b'a', b'b', 34, 3, 1, 0xac, 2];
        let all: Vec<_> = Fields(&message).collect();
        assert_eq!(all, [(1, Field::Number(3)), (3, Field::Bytes(b"ab")), (4, Field::Bytes(&[1, 0xac, 2]))]);
        assert_eq!(numbers(all[2].1).collect::<Vec<_>>(), [1, 300]);
        assert_eq!(numbers(all[0].1).collect::<Vec<_>>(), [3]);
        for cut in 0..message.len() {
            assert!(Fields(&message[..cut]).count() < 3, "{cut}");
        }
        assert_eq!(Fields(&[0xff; 12]).count(), 0, "a number without an end");
    }
}
