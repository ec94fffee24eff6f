//! Real numbers out of an output, and the best of them.

use demilite_core::{Tensor, Value, ValueError};

/// The elements of an output as real numbers: floats as they are, quantized integers as `scale · (q − zero_point)`, integers without
/// quantization as their values.
///
/// `tensor` is the output's tensor in the graph. No softmax or other function is applied.
///
/// # Errors
/// [`ValueError::NoReals`] for element types that do not stand for real numbers.
pub fn scores(value: &Value, tensor: &Tensor) -> Result<Vec<f32>, ValueError> {
    value.to_reals(tensor.quantization.as_ref())
}

/// A score and its place in the output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The place.
    pub index: usize,
    /// The score.
    pub score: f32,
}

/// The `k` greatest scores, the greatest first, equal ones in the order of their places. NaN is
/// less than any number.
///
/// ```
/// use demilite::post::top_k;
///
/// let best = top_k(&[0.1, 0.7, 0.2], 2);
/// assert_eq!((best[0].index, best[0].score, best[1].index), (1, 0.7, 2));
/// ```
pub fn top_k(scores: &[f32], k: usize) -> Vec<Score> {
    let mut ranked: Vec<Score> = scores
        .iter()
        .enumerate()
        .map(|(index, &score)| Score { index, score })
        .collect();
    let key = |score: f32| {
        if score.is_nan() {
            f32::NEG_INFINITY
        } else {
            score
        }
    };
    ranked.sort_by(|a, b| {
        let by_score = key(b.score).total_cmp(&key(a.score));
        by_score.then(a.score.is_nan().cmp(&b.score.is_nan()))
    });
    ranked.truncate(k);
    ranked
}

#[cfg(test)]
mod tests {
    use demilite_core::{DataType, Quantization, Tensor, Value};

    use super::{scores, top_k};

    fn places(scores: &[f32], k: usize) -> Vec<usize> {
        top_k(scores, k).iter().map(|score| score.index).collect()
    }

    #[test]
    fn the_greatest_come_first_and_equal_ones_in_order() {
        assert_eq!(places(&[0.1, 0.7, 0.1, 0.1], 3), [1, 0, 2]);
        assert_eq!(places(&[1.0, 2.0], 5), [1, 0]);
        assert_eq!(places(&[f32::NAN, f32::NEG_INFINITY, 3.0], 3), [2, 1, 0]);
        assert!(places(&[], 1).is_empty());
    }

    #[test]
    fn integers_are_dequantized() {
        let tensor = Tensor::new("probability", DataType::Int8, [3])
            .quantized(Quantization::per_tensor(1.0 / 256.0, -128));
        let value = Value::from_slice([3], &[-128_i8, 0, 127]).unwrap();
        assert_eq!(scores(&value, &tensor).unwrap(), [0.0, 0.5, 255.0 / 256.0]);
    }

    #[test]
    fn words_have_no_scores() {
        let tensor = Tensor::new("words", DataType::String, [1]);
        let value = Value::zeros(DataType::String, [1]).unwrap();
        assert!(scores(&value, &tensor).is_err());
    }
}
