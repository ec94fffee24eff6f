//! What outputs are worth.

use demilite_core::{DataType, Graph, Op, TensorId};

use super::distribution::{log_sum, write_softmax};
use super::error::TrainingError;

/// A tensor that a loss is computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Head {
    pub(super) tensor: TensorId,
    pub(super) kind: Kind,
}

/// What the rows of a tensor are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Numbers whose softmax, times a factor, is a distribution over classes.
    Logits { beta: f32, classes: usize },
    /// Numbers.
    Numbers,
}

/// The tensors that a loss is computed from: the float outputs, or what SOFTMAX makes them of. With labels an output that is no
/// distribution has logits.
pub(super) fn heads(graph: &Graph, with_labels: bool) -> Result<Vec<Head>, TrainingError> {
    let outputs = graph.outputs().iter().copied();
    let floats = outputs.filter(|&id| graph.tensor(id).dtype == DataType::Float32);
    let heads: Vec<Head> = floats.map(|id| head(graph, id, with_labels)).collect();
    match heads.is_empty() {
        true => Err(TrainingError::NoOutput),
        false => Ok(heads),
    }
}

/// Their tensors.
pub(super) fn ends(heads: &[Head]) -> Vec<TensorId> {
    heads.iter().map(|head| head.tensor).collect()
}

fn head(graph: &Graph, output: TensorId, with_labels: bool) -> Head {
    let classes = |id: TensorId| graph.tensor(id).shape.last().copied().unwrap_or(1).max(1);
    let producer = graph.producer(output).map(|node| graph.node(node));
    let softmax = producer.and_then(|node| match &node.op {
        Op::Softmax(op) => Some((node.inputs[0]?, op.beta)),
        _ => None,
    });
    let (tensor, kind) = match softmax {
        Some((tensor, beta)) => (
            tensor,
            Kind::Logits {
                beta,
                classes: classes(tensor),
            },
        ),
        None if with_labels => (
            output,
            Kind::Logits {
                beta: 1.0,
                classes: classes(output),
            },
        ),
        None => (output, Kind::Numbers),
    };
    Head { tensor, kind }
}

/// The cross entropy of a class, times a factor; adds its gradient.
pub(super) fn cross_entropy(
    beta: f32,
    class: usize,
    logits: &[f32],
    factor: f32,
    gradient: &mut [f32],
) -> f64 {
    let loss = log_sum(logits, beta) - f64::from(logits[class]) * f64::from(beta);
    let mut softmax = vec![0.0; logits.len()];
    write_softmax(logits, beta, &mut softmax);
    softmax[class] -= 1.0;
    for (sum, difference) in std::iter::zip(gradient, softmax) {
        *sum += factor * beta * difference;
    }
    f64::from(factor) * loss
}

/// How far what a model says is from what its teacher says, times a factor: the divergence between distributions, row by row, or the
/// squared error of numbers; adds its gradient.
pub(super) fn distance(
    kind: Kind,
    teacher: &[f32],
    own: &[f32],
    factor: f32,
    gradient: &mut [f32],
) -> f64 {
    let Kind::Logits { beta, classes } = kind else {
        let scale = factor / own.len().max(1) as f32;
        let mut loss = 0.0;
        for (sum, (own, teacher)) in std::iter::zip(gradient, std::iter::zip(own, teacher)) {
            let difference = own - teacher;
            *sum += 2.0 * scale * difference;
            loss += f64::from(difference).powi(2);
        }
        return f64::from(scale) * loss;
    };
    let rows = own.len() / classes;
    let scale = factor / rows.max(1) as f32;
    let [mut expected, mut found] = [vec![0.0; classes], vec![0.0; classes]];
    let mut loss = 0.0;
    let pairs = std::iter::zip(teacher.chunks_exact(classes), own.chunks_exact(classes));
    for ((teacher, own), gradient) in pairs.zip(gradient.chunks_exact_mut(classes)) {
        write_softmax(teacher, beta, &mut expected);
        write_softmax(own, beta, &mut found);
        let (all_teacher, all_own) = (log_sum(teacher, beta), log_sum(own, beta));
        for class in 0..classes {
            gradient[class] += scale * beta * (found[class] - expected[class]);
            let log = |number: f32, all: f64| f64::from(number) * f64::from(beta) - all;
            loss += f64::from(expected[class])
                * (log(teacher[class], all_teacher) - log(own[class], all_own));
        }
    }
    f64::from(scale) * loss
}

/// The place of the greatest number, the first of several.
pub(super) fn best(numbers: &[f32]) -> usize {
    let places = numbers.iter().enumerate().rev();
    places
        .max_by(|left, right| left.1.total_cmp(right.1))
        .map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds a gradient to the differences of its loss.
    fn check(numbers: &[f32], loss: impl Fn(&[f32], &mut [f32]) -> f64) {
        let mut gradient = vec![0.0; numbers.len()];
        loss(numbers, &mut gradient);
        for place in 0..numbers.len() {
            let at = |by: f32| {
                let mut moved = numbers.to_vec();
                moved[place] += by;
                loss(&moved, &mut vec![0.0; numbers.len()])
            };
            let expected = (at(0.01) - at(-0.01)) / 0.02;
            assert!(
                (f64::from(gradient[place]) - expected).abs() < 1e-3,
                "{place}: {} {expected}",
                gradient[place]
            );
        }
    }

    #[test]
    fn gradients_are_those_of_the_losses() {
        let (own, teacher) = (
            [0.5, -1.0, 2.0, 0.1, 0.0, 0.7],
            [1.5, 0.0, -0.5, 0.3, 0.2, -0.4],
        );
        check(&own, |numbers, gradient| {
            cross_entropy(0.5, 3, numbers, 0.7, gradient)
        });
        let logits = Kind::Logits {
            beta: 2.0,
            classes: 3,
        };
        check(&own, |numbers, gradient| {
            distance(logits, &teacher, numbers, 0.7, gradient)
        });
        check(&own, |numbers, gradient| {
            distance(Kind::Numbers, &teacher, numbers, 0.7, gradient)
        });
    }

    #[test]
    fn what_is_right_costs_nothing() {
        let logits = Kind::Logits {
            beta: 1.0,
            classes: 3,
        };
        let mut gradient = [0.0; 3];
        let loss = distance(
            logits,
            &[0.1, 2.0, -1.0],
            &[0.1, 2.0, -1.0],
            1.0,
            &mut gradient,
        );
        assert!(loss.abs() < 1e-9);
        assert_eq!(gradient, [0.0; 3]);
        let sure = cross_entropy(1.0, 1, &[-50.0, 50.0, -50.0], 1.0, &mut gradient);
        assert!(sure < 1e-9);
    }
}
