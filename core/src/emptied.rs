//! Vectors that are used again.

/// A vector without elements in the memory of another one whose elements, which are dropped, have the same size and alignment; that of
/// other elements is given back.
///
/// Vectors of what is borrowed are kept so from one use to the next, between which nothing is borrowed.
///
/// ```
/// use demilite_core::emptied;
///
/// let text = String::from("borrowed");
/// let mut words: Vec<&str> = Vec::with_capacity(8);
/// words.push(&text);
/// let kept: Vec<&'static str> = emptied(words);
/// assert!(kept.is_empty() && kept.capacity() >= 8);
/// ```
pub fn emptied<T, U>(mut vector: Vec<T>) -> Vec<U> {
    vector.clear();
    // Collected in place.
    let nothing = vector.into_iter().map_while(|_| None);
    nothing.collect()
}
