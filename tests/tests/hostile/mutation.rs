//! Ways to damage a file byte by byte.

use proptest::prelude::*;
use proptest::sample::Index;

use super::original::Original;

/// One damage. Places are parts of a list of places, so that they fit every file.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    /// Bytes from here on are gone.
    Truncate(Place),
    /// One bit is the other one.
    Flip(Place, u8),
    /// A 32-bit word, at a multiple of four, has this value.
    Word(Place, i32),
    /// A 16-bit word, at a multiple of two, has this value: an entry of a table's layout.
    HalfWord(Place, u16),
    /// A region is overwritten by another.
    Splice {
        from: Place,
        to: Place,
        length: usize,
    },
}

/// A place in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// Among all bytes.
    Anywhere(Index),
    /// Among those that hold no constant.
    Structure(Index),
}

impl Original {
    fn at(&self, place: Place) -> usize {
        match place {
            Place::Anywhere(index) => index.index(self.bytes.len()),
            Place::Structure(index) => self.structure[index.index(self.structure.len())],
        }
    }

    /// A copy with some damage done to it.
    pub(crate) fn damaged(&self, damage: &[Damage]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for damage in damage {
            match *damage {
                Damage::Truncate(place) => bytes.truncate(self.at(place)),
                Damage::Flip(place, bit) => {
                    if let Some(byte) = bytes.get_mut(self.at(place)) {
                        *byte ^= 1 << bit;
                    }
                }
                Damage::Word(place, value) => {
                    overwrite(&mut bytes, self.at(place) & !3, &value.to_le_bytes());
                }
                Damage::HalfWord(place, value) => {
                    overwrite(&mut bytes, self.at(place) & !1, &value.to_le_bytes());
                }
                Damage::Splice { from, to, length } => {
                    let from = self.at(from);
                    let end = (from + length).min(self.bytes.len());
                    overwrite(&mut bytes, self.at(to), &self.bytes[from..end]);
                }
            }
        }
        bytes
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    if let Some(room) = bytes.get_mut(at..) {
        let length = room.len().min(with.len());
        room[..length].copy_from_slice(&with[..length]);
    }
}

/// One way to damage a file byte by byte.
pub(crate) fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => place().prop_map(Damage::Truncate),
        4 => (place(), 0..8_u8).prop_map(|(place, bit)| Damage::Flip(place, bit)),
        6 => (place(), word()).prop_map(|(place, value)| Damage::Word(place, value)),
        2 => (place(), prop_oneof![0..40_u16, any::<u16>()])
            .prop_map(|(place, value)| Damage::HalfWord(place, value)),
        2 => (place(), place(), 1..200_usize)
            .prop_map(|(from, to, length)| Damage::Splice { from, to, length }),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        9 => any::<Index>().prop_map(Place::Structure),
        1 => any::<Index>().prop_map(Place::Anywhere),
    ]
}

/// Words that stand at the edges of something, as numbers, counts, offsets or floats.
pub(crate) fn word() -> impl Strategy<Value = i32> {
    let edges = vec![
        0,
        1,
        -1,
        2,
        3,
        4,
        7,
        127,
        128,
        -128,
        255,
        256,
        0x7fff,
        0x8000,
        0xffff,
        0x1_0000,
        0x7fff_fffc,
        i32::MAX,
        i32::MIN,
        i32::MIN + 1,
        f32::NAN.to_bits() as i32,
        f32::INFINITY.to_bits() as i32,
        f32::MAX.to_bits() as i32,
        f32::MIN_POSITIVE.to_bits() as i32,
    ];
    prop_oneof![3 => prop::sample::select(edges), 1 => -64..64_i32, 1 => any::<i32>()]
}
