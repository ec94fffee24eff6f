//! Boxes out of the outputs of models that end in detection post-processing.

use demilite_core::{DataType, Value};

/// An object that a model detected.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Detection {
    /// The class, an index of the labels.
    pub class: usize,
    /// How sure the model is, from 0 to 1.
    pub score: f32,
    /// The upper edge, as a fraction of the image's height.
    pub top: f32,
    /// The left edge, as a fraction of the image's width.
    pub left: f32,
    /// The lower edge, as a fraction of the image's height.
    pub bottom: f32,
    /// The right edge, as a fraction of the image's width.
    pub right: f32,
}

/// Outputs that are not those of detection post-processing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the outputs are {outputs}, where detections are four of float32: boxes [1,N,4], classes [1,N], scores [1,N] \
     and their number [1]"
)]
pub struct NotDetections {
    /// The types and shapes that there are.
    pub outputs: String,
}

/// The detections among the outputs of a model that ends in `TFLite_Detection_PostProcess`, in the order that the model gives,
/// which is that of their scores.
///
/// The outputs are told apart by their shapes. Of classes and scores, which have the same, the classes come first, unless numbers
/// that come first are not whole.
///
/// ```
/// use demilite::Value;
/// use demilite::post::detections;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let outputs = [
///     Value::from_vec([1, 2, 4], vec![0.1_f32, 0.2, 0.5, 0.6, 0.0, 0.0, 0.0, 0.0])?,
///     Value::from_vec([1, 2], vec![17.0_f32, 0.0])?,
///     Value::from_vec([1, 2], vec![0.9_f32, 0.0])?,
///     Value::from_vec([1], vec![1.0_f32])?,
/// ];
/// let found = detections(&outputs)?;
/// assert_eq!((found.len(), found[0].class, found[0].score), (1, 17, 0.9));
/// assert_eq!((found[0].top, found[0].right), (0.1, 0.6));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`NotDetections`] for other outputs, or more than one image.
pub fn detections(outputs: &[Value]) -> Result<Vec<Detection>, NotDetections> {
    found(outputs).ok_or_else(|| NotDetections {
        outputs: words(outputs),
    })
}

fn found(outputs: &[Value]) -> Option<Vec<Detection>> {
    if outputs.len() != 4 || outputs.iter().any(|it| it.dtype() != DataType::Float32) {
        return None;
    }
    let with_rank = |rank: usize| outputs.iter().filter(move |it| it.shape().rank() == rank);
    let (boxes, number) = (
        with_rank(3).next()?,
        with_rank(1).chain(with_rank(0)).next()?,
    );
    let mut rows = with_rank(2);
    let (first, second) = (rows.next()?, rows.next()?);
    let &[1, places, 4] = &boxes.shape()[..] else {
        return None;
    };
    if number.shape().elements() != 1
        || [first, second]
            .iter()
            .any(|it| it.shape()[..] != [1, places])
    {
        return None;
    }
    let reals = |value: &Value| value.as_slice::<f32>().ok().map(<[f32]>::to_vec);
    let (boxes, number) = (reals(boxes)?, reals(number)?[0]);
    let (mut classes, mut scores) = (reals(first)?, reals(second)?);
    if classes.iter().any(|class| class.fract() != 0.0) {
        std::mem::swap(&mut classes, &mut scores);
    }
    let (corners, _) = boxes.as_chunks::<4>();
    let detections = std::iter::zip(corners, std::iter::zip(classes, scores));
    let detections = detections.map(|(&[top, left, bottom, right], (class, score))| Detection {
        class: class as usize,
        score,
        top,
        left,
        bottom,
        right,
    });
    Some(detections.take(number as usize).collect())
}

fn words(outputs: &[Value]) -> String {
    let outputs = outputs.iter();
    let words: Vec<String> = outputs
        .map(|value| format!("{} {}", value.dtype(), value.shape()))
        .collect();
    match words.is_empty() {
        true => "none".to_owned(),
        false => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use demilite_core::Value;

    use super::detections;

    fn floats(shape: &[usize], elements: &[f32]) -> Value {
        Value::from_slice(shape, elements).unwrap()
    }

    #[test]
    fn scores_may_come_before_boxes_and_classes() {
        let outputs = [
            floats(&[1, 2], &[0.75, 0.5]),
            floats(&[1, 2, 4], &[0.0, 0.0, 1.0, 1.0, 0.25, 0.25, 0.5, 0.5]),
            floats(&[1], &[2.0]),
            floats(&[1, 2], &[3.0, 1.0]),
        ];
        let found = detections(&outputs).unwrap();
        let classes: Vec<usize> = found.iter().map(|it| it.class).collect();
        assert_eq!(
            (classes, found[1].score, found[1].bottom),
            (vec![3, 1], 0.5, 0.5)
        );
    }

    #[test]
    fn numbers_beyond_the_places_and_below_zero_are_held() {
        let outputs = |number: f32| {
            [
                floats(&[1, 1, 4], &[0.0, 0.0, 1.0, 1.0]),
                floats(&[1, 1], &[3.0]),
                floats(&[1, 1], &[0.5]),
                floats(&[1], &[number]),
            ]
        };
        let counts = [9.0, 1.0, 0.0, -4.0, f32::NAN]
            .map(|number| detections(&outputs(number)).unwrap().len());
        assert_eq!(counts, [1, 1, 0, 0, 0]);
    }

    #[test]
    fn other_outputs_are_refused_by_their_shapes() {
        let error = detections(&[floats(&[1, 10], &[0.0; 10])]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the outputs are float32 [1,10], where"),
            "{error}"
        );
        assert!(detections(&[]).is_err());
    }
}
