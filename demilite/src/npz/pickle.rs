//! Strings of arrays of Python objects, which NumPy saves by pickling them.
//!
//! A pickle is a program. Of its instructions those are followed that lay out NumPy's arrays; nothing is
//! imported or called, and whatever is not a string counts as something else. See Python's `pickletools`.

use std::collections::HashMap;
use std::io;
use std::rc::Rc;

/// What lies on the stack of a pickle.
enum Item {
    Mark,
    String(Rc<[u8]>),
    /// A list of strings, or what holds one list of strings.
    Strings(Vec<Rc<[u8]>>),
    Other,
}

/// The strings of a pickled array, in the order of its elements.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] for anything else.
pub(super) fn strings(pickle: &[u8]) -> io::Result<Vec<Rc<[u8]>>> {
    let mut machine = Machine {
        rest: pickle,
        stack: Vec::new(),
        memo: HashMap::new(),
        memoized: 0,
    };
    let found = machine.run();
    found.ok_or_else(|| {
        let reason = "its Python objects are not all str or bytes: save them as dtype U or S";
        io::Error::new(io::ErrorKind::InvalidData, reason)
    })
}

struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Item>,
    /// The strings that may be asked for again.
    memo: HashMap<u64, Rc<[u8]>>,
    memoized: u64,
}

impl Machine<'_> {
    /// Follows the instructions to the end; `None` for one that is not known, or out of place.
    fn run(&mut self) -> Option<Vec<Rc<[u8]>>> {
        loop {
            match self.take(1)?[0] {
                b'.' => {
                    return match self.stack.pop()? {
                        Item::Strings(strings) => Some(strings),
                        Item::Mark | Item::String(_) | Item::Other => None,
                    };
                }
                // PROTO, FRAME
                0x80 => self.skip(1)?,
                0x95 => self.skip(8)?,
                // Strings and bytes, with their lengths in 1, 4 and 8 bytes.
                0x8c | b'C' | b'U' => self.string(1)?,
                b'X' | b'B' | b'T' => self.string(4)?,
                0x8d | 0x8e => self.string(8)?,
                // Integers, None, bools, the empty tuple.
                b'K' => self.other(1)?,
                b'M' => self.other(2)?,
                b'J' => self.other(4)?,
                b'N' | 0x88 | 0x89 | b')' => self.other(0)?,
                b'(' => self.stack.push(Item::Mark),
                b']' => self.stack.push(Item::Strings(Vec::new())),
                // APPEND, APPENDS
                b'a' => {
                    let item = self.stack.pop()?;
                    self.append(vec![item])?;
                }
                b'e' => {
                    let items = self.since_mark()?;
                    self.append(items)?;
                }
                // Tuples of one, two, three and of what lies behind a mark.
                opcode @ 0x85..=0x87 => {
                    let first = self.stack.len().checked_sub(usize::from(opcode - 0x84))?;
                    let items = self.stack.split_off(first);
                    self.stack.push(tuple(items));
                }
                b't' => {
                    let items = self.since_mark()?;
                    self.stack.push(tuple(items));
                }
                // GLOBAL, STACK_GLOBAL, REDUCE: names, and what they would make.
                b'c' => {
                    self.line()?;
                    self.line()?;
                    self.stack.push(Item::Other);
                }
                0x93 | b'R' => {
                    self.stack.pop()?;
                    self.stack.pop()?;
                    self.stack.push(Item::Other);
                }
                // BUILD: an array is what its state holds.
                b'b' => {
                    let state = self.stack.pop()?;
                    let object = self.stack.last_mut()?;
                    if matches!(state, Item::Strings(_)) {
                        *object = state;
                    }
                }
                // MEMOIZE, BINPUT, LONG_BINPUT
                0x94 => {
                    self.memoize(self.memoized)?;
                    self.memoized += 1;
                }
                b'q' => {
                    let place = self.number(1)?;
                    self.memoize(place)?;
                }
                b'r' => {
                    let place = self.number(4)?;
                    self.memoize(place)?;
                }
                // BINGET, LONG_BINGET
                b'h' => {
                    let place = self.number(1)?;
                    self.recall(place);
                }
                b'j' => {
                    let place = self.number(4)?;
                    self.recall(place);
                }
                _ => return None,
            }
        }
    }

    fn take(&mut self, bytes: usize) -> Option<&[u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.take(bytes).map(|_| ())
    }

    fn line(&mut self) -> Option<()> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        self.skip(end + 1)
    }

    /// An unsigned little-endian number of this many bytes.
    fn number(&mut self, bytes: usize) -> Option<u64> {
        let digits = self.take(bytes)?.iter().rev();
        Some(digits.fold(0, |number, &digit| number << 8 | u64::from(digit)))
    }

    /// Pushes a string whose length has this many bytes.
    fn string(&mut self, bytes: usize) -> Option<()> {
        let length = usize::try_from(self.number(bytes)?).ok()?;
        let string = Rc::from(self.take(length)?);
        self.stack.push(Item::String(string));
        Some(())
    }

    /// Pushes something that is not a string, and is written in this many bytes.
    fn other(&mut self, bytes: usize) -> Option<()> {
        self.skip(bytes)?;
        self.stack.push(Item::Other);
        Some(())
    }

    fn since_mark(&mut self) -> Option<Vec<Item>> {
        let mark = self
            .stack
            .iter()
            .rposition(|item| matches!(item, Item::Mark))?;
        let items = self.stack.split_off(mark + 1);
        self.stack.pop();
        Some(items)
    }

    /// Adds items to the list on the stack, which is none of strings any more if one of them is none.
    fn append(&mut self, items: Vec<Item>) -> Option<()> {
        let list = self.stack.last_mut()?;
        for item in items {
            match (&mut *list, item) {
                (Item::Strings(strings), Item::String(string)) => strings.push(string),
                _ => *list = Item::Other,
            }
        }
        Some(())
    }

    fn memoize(&mut self, place: u64) -> Option<()> {
        if let Item::String(string) = self.stack.last()? {
            self.memo.insert(place, Rc::clone(string));
        }
        Some(())
    }

    fn recall(&mut self, place: u64) {
        let string = self.memo.get(&place);
        let item = string.map_or(Item::Other, |string| Item::String(Rc::clone(string)));
        self.stack.push(item);
    }
}

/// A tuple: what it holds, if that is one list of strings.
fn tuple(items: Vec<Item>) -> Item {
    let lists = items
        .into_iter()
        .filter(|item| matches!(item, Item::Strings(_)));
    let mut lists = lists.take(2);
    match (lists.next(), lists.next()) {
        (Some(list), None) => list,
        _ => Item::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An array of three strings, two of which are one object, as NumPy pickles it but for names and types that do
    /// not matter.
    const PICKLE: &[u8] = b"\x80\x04\x8c\x05numpy\x94\x8c\x07ndarray\x94\x93\x94K\x00\x85\x94R\x94\
        (K\x01K\x03\x85\x94h\x00\x89]\x94(\x8c\x02bb\x94\x8c\x02zz\x94h\x07et\x94b.";

    #[test]
    fn the_list_of_an_array_is_found() {
        let found = strings(PICKLE).unwrap();
        let found: Vec<&[u8]> = found.iter().map(|string| &**string).collect();
        assert_eq!(found, [&b"bb"[..], b"zz", b"bb"]);
    }

    #[test]
    fn anything_else_is_refused() {
        for length in 0..PICKLE.len() {
            assert!(strings(&PICKLE[..length]).is_err(), "{length}");
        }
        // A call of os.system, lists in lists, and integers.
        for other in [
            &b"cos\nsystem\n(X\x01\x00\x00\x00atR."[..],
            b"](](ee.",
            b"](K\x01e.",
        ] {
            let error = strings(other).unwrap_err().to_string();
            assert!(error.contains("save them as dtype U or S"), "{error}");
        }
        let nested = [&[b']'; 9][..], &[0x85; 100_000], b"."].concat();
        assert_eq!(strings(&nested).unwrap().len(), 0);
    }
}
