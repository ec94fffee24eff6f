//! Tables that a session keeps: from strings to integers, or from integers to strings.

use std::collections::HashMap;
use std::hash::Hash;

use crate::dtype::DataType;
use crate::error::OpError;
use crate::value::{Value, View};

/// A table of a session. HASHTABLE_IMPORT fills it once, and HASHTABLE_FIND looks keys up.
#[derive(Debug, Clone)]
pub struct HashTable {
    entries: Entries,
    is_filled: bool,
}

#[derive(Debug, Clone)]
enum Entries {
    OfStrings(HashMap<Vec<u8>, i64>),
    OfIntegers(HashMap<i64, Vec<u8>>),
}

impl HashTable {
    /// An empty table with keys and values of these types: strings and int64, either way. `None` for
    /// others, which the format does not have.
    pub fn new(keys: DataType, values: DataType) -> Option<Self> {
        let entries = match (keys, values) {
            (DataType::String, DataType::Int64) => Entries::OfStrings(HashMap::new()),
            (DataType::Int64, DataType::String) => Entries::OfIntegers(HashMap::new()),
            _ => return None,
        };
        Some(HashTable {
            entries,
            is_filled: false,
        })
    }

    /// How many keys it has.
    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::OfStrings(entries) => entries.len(),
            Entries::OfIntegers(entries) => entries.len(),
        }
    }

    /// Whether it has no key.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills the table, unless it was filled before. Of a key that is there twice the first value counts.
    ///
    /// # Errors
    /// [`OpError::Value`] where keys or values are of other types, [`OpError::Shape`] where there are not as
    /// many of both.
    pub fn import(&mut self, keys: View<'_>, values: View<'_>) -> Result<(), OpError> {
        if self.is_filled {
            return Ok(());
        }
        if keys.shape() != values.shape() {
            return Err(OpError::rule(format!(
                "keys of shape {} and values of shape {}",
                keys.shape(),
                values.shape()
            )));
        }
        match &mut self.entries {
            Entries::OfStrings(entries) => {
                let keys = keys.strings()?.iter().map(<[u8]>::to_vec);
                fill(entries, keys, values.as_slice::<i64>()?.iter().copied());
            }
            Entries::OfIntegers(entries) => {
                let values = values.strings()?.iter().map(<[u8]>::to_vec);
                fill(entries, keys.as_slice::<i64>()?.iter().copied(), values);
            }
        }
        self.is_filled = true;
        Ok(())
    }

    /// The value of each key; the first element of `default` for keys that are not there.
    ///
    /// # Errors
    /// [`OpError::Value`] where keys or the default are of other types, [`OpError::Shape`] where the table was
    /// not filled before, or there is no default.
    pub fn find(&self, keys: View<'_>, default: View<'_>) -> Result<Value, OpError> {
        if !self.is_filled {
            return Err(OpError::rule("the table is read before it is filled"));
        }
        let no_default = || OpError::rule("the value of keys that are not there is absent");
        let shape = keys.shape().clone();
        match &self.entries {
            Entries::OfStrings(entries) => {
                let default = default.as_slice::<i64>()?.first().ok_or_else(no_default)?;
                let strings = keys.strings()?;
                let values = strings
                    .iter()
                    .map(|key| *entries.get(key).unwrap_or(default));
                Ok(Value::from_slice(shape, &values.collect::<Vec<i64>>())?)
            }
            Entries::OfIntegers(entries) => {
                let default = default.strings()?.get(0).ok_or_else(no_default)?;
                let keys = keys.as_slice::<i64>()?.iter();
                let values = keys.map(|key| entries.get(key).map_or(default, Vec::as_slice));
                Ok(Value::from_strings(shape, values)?)
            }
        }
    }
}

fn fill<K: Eq + Hash, V>(
    entries: &mut HashMap<K, V>,
    keys: impl Iterator<Item = K>,
    values: impl Iterator<Item = V>,
) {
    for (key, value) in keys.zip(values) {
        entries.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_key_counts_and_the_first_import() {
        let mut table = HashTable::new(DataType::String, DataType::Int64).unwrap();
        let keys = Value::from_strings([3], ["a", "b", "a"]).unwrap();
        let values = Value::from_slice([3], &[1_i64, 2, 3]).unwrap();
        let default = Value::from_slice([1], &[-1_i64]).unwrap();
        assert!(table.find(keys.view(), default.view()).is_err());
        table.import(keys.view(), values.view()).unwrap();
        let others = Value::from_slice([3], &[7_i64; 3]).unwrap();
        table.import(keys.view(), others.view()).unwrap();
        assert_eq!(table.len(), 2);
        let asked = Value::from_strings([2, 1], ["a", "c"]).unwrap();
        let found = table.find(asked.view(), default.view()).unwrap();
        assert_eq!(found.as_slice::<i64>().unwrap(), [1, -1]);
        assert_eq!(found.shape()[..], [2, 1]);
    }

    #[test]
    fn integers_lead_to_strings() {
        let mut table = HashTable::new(DataType::Int64, DataType::String).unwrap();
        let keys = Value::from_slice([2], &[5_i64, -6]).unwrap();
        let values = Value::from_strings([2], ["five", ""]).unwrap();
        table.import(keys.view(), values.view()).unwrap();
        let default = Value::from_strings([1], ["?"]).unwrap();
        let asked = Value::from_slice([3], &[-6_i64, 0, 5]).unwrap();
        let found = table.find(asked.view(), default.view()).unwrap();
        let found: Vec<&[u8]> = found.strings().unwrap().iter().collect();
        assert_eq!(found, [&b""[..], b"?", b"five"]);
        assert!(HashTable::new(DataType::Int64, DataType::Int64).is_none());
    }
}
