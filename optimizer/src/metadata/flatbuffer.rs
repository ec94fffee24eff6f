//! A FlatBuffer whose tables are looked up field by field, and to whose end others are added.

/// An offset or a length leads outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// The bytes of a FlatBuffer.
pub(super) struct FlatBuffer(Vec<u8>);

impl FlatBuffer {
    pub(super) fn new(bytes: &[u8]) -> Self {
        FlatBuffer(bytes.to_vec())
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Damaged> {
        let bytes = self.0.get(at..).and_then(|bytes| bytes.first_chunk());
        bytes.copied().ok_or(Damaged)
    }

    fn offset(&self, at: usize) -> Result<usize, Damaged> {
        Ok(u32::from_le_bytes(self.array(at)?) as usize)
    }

    /// Where the offset at `at` leads to.
    pub(super) fn follow(&self, at: usize) -> Result<usize, Damaged> {
        at.checked_add(self.offset(at)?).ok_or(Damaged)
    }

    /// The root table.
    pub(super) fn root(&self) -> Result<usize, Damaged> {
        self.follow(0)
    }

    /// The position of a field of a table; `None` where it is absent.
    pub(super) fn field(&self, table: usize, slot: usize) -> Result<Option<usize>, Damaged> {
        let back = i64::from(i32::from_le_bytes(self.array(table)?));
        let vtable = table as i64 - back;
        let vtable = usize::try_from(vtable).map_err(|_| Damaged)?;
        let word = |at: usize| Ok(usize::from(u16::from_le_bytes(self.array(at)?)));
        let place = 4 + 2 * slot;
        if place + 2 > word(vtable)? {
            return Ok(None);
        }
        let field = word(vtable + place)?;
        Ok((field != 0).then_some(table + field))
    }

    /// The position and length of the vector in a field.
    fn vector(&self, table: usize, slot: usize) -> Result<Option<(usize, usize)>, Damaged> {
        let Some(field) = self.field(table, slot)? else {
            return Ok(None);
        };
        let vector = self.follow(field)?;
        let length = self.offset(vector)?;
        // Elements of vectors that are read here have four bytes.
        let bytes = length.checked_mul(4).ok_or(Damaged)?;
        let end = (vector + 4).checked_add(bytes).ok_or(Damaged)?;
        match end <= self.0.len() {
            true => Ok(Some((vector + 4, length))),
            false => Err(Damaged),
        }
    }

    /// The tables in a field that is a vector of them.
    pub(super) fn elements(&self, table: usize, slot: usize) -> Result<Vec<usize>, Damaged> {
        let (start, length) = self.vector(table, slot)?.unwrap_or_default();
        (0..length)
            .map(|index| self.follow(start + 4 * index))
            .collect()
    }

    /// The floats in a field that is a vector of them.
    pub(super) fn floats(&self, table: usize, slot: usize) -> Result<Vec<f32>, Damaged> {
        let (start, length) = self.vector(table, slot)?.unwrap_or_default();
        (0..length)
            .map(|index| Ok(f32::from_le_bytes(self.array(start + 4 * index)?)))
            .collect()
    }

    /// Adds a table whose two fields are vectors of floats, and has the offset at `at` lead to it.
    pub(super) fn append_floats(
        &mut self,
        at: usize,
        vectors: &[Vec<f32>; 2],
    ) -> Result<(), Damaged> {
        let bytes = &mut self.0;
        let padded = bytes.len().next_multiple_of(4);
        bytes.resize(padded, 0);
        // The vtable: its own size, the table's, and where the fields lie in the table.
        for word in [8_u16, 12, 4, 8] {
            bytes.extend(word.to_le_bytes());
        }
        let table = bytes.len();
        bytes.extend(8_i32.to_le_bytes());
        // Fields lead forward, the first past the second and past itself.
        let first = 8_u32;
        let second = 4 + 4 + 4 * vectors[0].len() as u32;
        bytes.extend(first.to_le_bytes());
        bytes.extend(second.to_le_bytes());
        for vector in vectors {
            bytes.extend((vector.len() as u32).to_le_bytes());
            bytes.extend(vector.iter().flat_map(|real| real.to_le_bytes()));
        }
        let distance = u32::try_from(table - at).map_err(|_| Damaged)?;
        bytes[at..at + 4].copy_from_slice(&distance.to_le_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_found_again() {
        // A root whose one field is absent, of a table with one slot.
        let mut bytes = 12_u32.to_le_bytes().to_vec();
        for word in [8_u16, 8, 0, 4] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(8_i32.to_le_bytes());
        bytes.extend([0; 4]);
        let mut buffer = FlatBuffer::new(&bytes);
        let root = buffer.root().unwrap();
        assert_eq!(buffer.field(root, 0), Ok(None));
        assert_eq!(buffer.field(root, 7), Ok(None));
        let field = buffer.field(root, 1).unwrap().unwrap();
        let vectors = [vec![1.0, 2.0], vec![-3.0]];
        buffer.append_floats(field, &vectors).unwrap();
        let table = buffer.follow(field).unwrap();
        assert_eq!(buffer.floats(table, 0).unwrap(), vectors[0]);
        assert_eq!(buffer.floats(table, 1).unwrap(), vectors[1]);
    }

    #[test]
    fn offsets_that_lead_outside_are_damage() {
        assert_eq!(FlatBuffer::new(&[0; 3]).root(), Err(Damaged));
        let buffer = FlatBuffer::new(&[255; 16]);
        let root = buffer.root().unwrap();
        assert_eq!(buffer.field(root, 0), Err(Damaged));
        assert_eq!(buffer.elements(root, 0), Err(Damaged));
    }
}
