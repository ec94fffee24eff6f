//! A binary heap that leaves equal values in the order in which that of libstdc++ leaves them, which
//! the kernels of the custom ops were built with.

/// Puts `value` into a heap at `hole` or above it, as far as `top`. `is_less` orders values; the
/// greatest is the first.
fn raise<T: Copy>(
    heap: &mut [T],
    mut hole: usize,
    top: usize,
    value: T,
    is_less: &impl Fn(T, T) -> bool,
) {
    while hole > top {
        let parent = (hole - 1) / 2;
        if !is_less(heap[parent], value) {
            break;
        }
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = value;
}

/// Puts `value` into a heap in the place of what is at `top`: the hole sinks to the end, along the
/// greater children and of equal ones the second, and the value rises from there.
pub(super) fn replace<T: Copy>(
    heap: &mut [T],
    top: usize,
    value: T,
    is_less: &impl Fn(T, T) -> bool,
) {
    let mut hole = top;
    while 2 * hole + 1 < heap.len() {
        let mut child = 2 * hole + 2;
        if child == heap.len() || is_less(heap[child], heap[child - 1]) {
            child -= 1;
        }
        heap[hole] = heap[child];
        hole = child;
    }
    raise(heap, hole, top, value, is_less);
}

/// Adds a value to a heap.
pub(super) fn push<T: Copy>(heap: &mut Vec<T>, value: T, is_less: &impl Fn(T, T) -> bool) {
    let hole = heap.len();
    heap.push(value);
    raise(heap, hole, 0, value, is_less);
}

/// Takes the greatest value out of a heap.
pub(super) fn pop<T: Copy>(heap: &mut Vec<T>, is_less: &impl Fn(T, T) -> bool) -> Option<T> {
    let last = heap.pop()?;
    let Some(&first) = heap.first() else {
        return Some(last);
    };
    replace(heap, 0, last, is_less);
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_comes_first() {
        let is_less = |a: i32, b: i32| a < b;
        let mut heap = Vec::new();
        for value in [3, 9, 1, 9, 4, 7] {
            push(&mut heap, value, &is_less);
        }
        let popped: Vec<i32> = std::iter::from_fn(|| pop(&mut heap, &is_less)).collect();
        assert_eq!(popped, [9, 9, 7, 4, 3, 1]);
    }
}
