//! The outputs of an invocation, as a person and as a program reads them.

use demilite::pictures::{Labels, Score, scores, top_k};
use demilite::{DataType, Element, Graph, Shape, Tensor, Value};
use serde::Serialize;
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::finiteness::NotFinite;
use crate::table::{bar, table};

/// Columns that the longest bar takes.
const BAR: usize = 24;

/// The outputs that belong to one picture, or to one archive of tensors.
pub(crate) struct Answer {
    /// The file that was fed.
    pub(crate) source: String,
    /// The outputs in the graph's order.
    pub(crate) outputs: Vec<Value>,
}

/// A score with its label.
#[derive(Debug, Serialize, PartialEq)]
pub(crate) struct LabelledScore {
    pub(crate) index: usize,
    pub(crate) label: Option<String>,
    pub(crate) score: f32,
}

/// An output as a program reads it.
#[derive(Serialize)]
pub(crate) struct OutputReport {
    name: String,
    dtype: &'static str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zero_point: Option<i32>,
    data: Json,
}

impl Answer {
    /// The answers of one invocation: one for each source, each with its part of every output
    /// whose first dimension is the batch, and the whole of the others.
    pub(crate) fn split(sources: &[String], outputs: Vec<Value>) -> Result<Vec<Self>, Failure> {
        let batch = sources.len();
        sources
            .iter()
            .enumerate()
            .map(|(place, source)| {
                let parts = outputs.iter().map(|output| part(output, place, batch));
                Ok(Answer {
                    source: source.clone(),
                    outputs: parts.collect::<Result<_, Failure>>()?,
                })
            })
            .collect()
    }

    /// The first output that holds one score for each of several classes, by its index.
    pub(crate) fn classes(&self) -> Option<usize> {
        self.outputs
            .iter()
            .position(|output| is_class_scores(output.dtype(), output.shape()))
    }

    /// The best scores of the first output that holds classes; empty where none does.
    pub(crate) fn top(
        &self,
        graph: &Graph,
        labels: Option<&Labels>,
        k: usize,
    ) -> Result<Vec<LabelledScore>, Failure> {
        let Some(index) = self.classes() else {
            return Ok(Vec::new());
        };
        let tensor = graph.tensor(graph.outputs()[index]);
        let scores = scores(&self.outputs[index], tensor)?;
        let labelled = |Score { index, score }| LabelledScore {
            index,
            label: labels
                .and_then(|labels| labels.get(index))
                .map(str::to_owned),
            score,
        };
        Ok(top_k(&scores, k).into_iter().map(labelled).collect())
    }

    /// The outputs with elements that are not finite.
    pub(crate) fn not_finite(&self, graph: &Graph) -> Vec<NotFinite> {
        let outputs = std::iter::zip(&self.outputs, graph.outputs()).enumerate();
        outputs
            .filter_map(|(index, (value, &id))| NotFinite::of(index, value, graph.tensor(id)))
            .collect()
    }

    /// Each output with all of its elements.
    pub(crate) fn reports(&self, graph: &Graph) -> Vec<OutputReport> {
        std::iter::zip(&self.outputs, graph.outputs())
            .map(|(value, &id)| report(value, graph.tensor(id)))
            .collect()
    }
}

/// One scores' tensor: real numbers along one dimension, the others of extent 1.
fn is_class_scores(dtype: DataType, shape: &Shape) -> bool {
    use DataType::{Float16, Float32, Int8, Int16, UInt8};
    let is_real = [Float32, Float16, Int8, UInt8, Int16].contains(&dtype);
    let longer: Vec<usize> = shape
        .iter()
        .copied()
        .filter(|&extent| extent != 1)
        .collect();
    is_real && longer.len() == 1 && longer[0] >= 2
}

fn part(output: &Value, place: usize, batch: usize) -> Result<Value, Failure> {
    if batch == 1 || output.shape().first() != Some(&batch) {
        return Ok(output.clone());
    }
    let mut extents = output.shape().to_vec();
    extents[0] = 1;
    let length = output.bytes().len() / batch;
    let bytes = &output.bytes()[place * length..][..length];
    Value::from_bytes(output.dtype(), extents, bytes)
        .map_err(|error| Failure::Run(error.to_string()))
}

fn report(value: &Value, tensor: &Tensor) -> OutputReport {
    let parameters = tensor
        .quantization
        .as_ref()
        .and_then(|quantization| quantization.as_per_tensor());
    OutputReport {
        name: tensor.name.clone(),
        dtype: value.dtype().name(),
        shape: value.shape().to_vec(),
        scale: parameters.map(|(scale, _)| scale),
        zero_point: parameters.map(|(_, zero_point)| zero_point),
        data: data(value),
    }
}

/// The elements as JSON numbers in row-major order; `null` for types that JSON has no numbers
/// for, and for NaN and the infinities.
fn data(value: &Value) -> Json {
    fn numbers<T: Element, U: Serialize>(value: &Value, number: impl Fn(T) -> U) -> Json {
        let elements = value.as_slice::<T>().unwrap_or_default();
        elements
            .iter()
            .map(|&element| serde_json::json!(number(element)))
            .collect()
    }
    match value.dtype() {
        DataType::Float32 => numbers::<f32, _>(value, |x| x),
        DataType::Float64 => numbers::<f64, _>(value, |x| x),
        DataType::Int8 => numbers::<i8, _>(value, |x| x),
        DataType::Int16 => numbers::<i16, _>(value, |x| x),
        DataType::Int32 => numbers::<i32, _>(value, |x| x),
        DataType::Int64 => numbers::<i64, _>(value, |x| x),
        DataType::UInt8 => numbers::<u8, _>(value, |x| x),
        DataType::UInt16 => numbers::<u16, _>(value, |x| x),
        DataType::UInt32 => numbers::<u32, _>(value, |x| x),
        DataType::UInt64 => numbers::<u64, _>(value, |x| x),
        DataType::Bool => value.bytes().iter().map(|&byte| byte != 0).collect(),
        _ => Json::Null,
    }
}

/// The best scores with their labels and bars, a line each.
pub(crate) fn top_words(top: &[LabelledScore]) -> String {
    let greatest = top.iter().map(|entry| entry.score).fold(1.0, f32::max);
    let mut table = table(&["", "", "score"], &[2]);
    for entry in top {
        let label = match &entry.label {
            Some(label) => label.clone(),
            None => format!("#{}", entry.index),
        };
        let score = format!("{:.4}", entry.score);
        table.add_row([label, bar(entry.score / greatest, BAR), score]);
    }
    table.trim_fmt()
}

/// An output in a line: its type, shape, range and first elements.
pub(crate) fn output_words(index: usize, value: &Value, tensor: &Tensor) -> String {
    let start = format!(
        "out{index}: {:?} {} {}",
        tensor.name,
        value.dtype(),
        value.shape()
    );
    let Ok(scores) = scores(value, tensor) else {
        return start;
    };
    let least = scores.iter().copied().fold(f32::INFINITY, f32::min);
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let first: Vec<String> = scores
        .iter()
        .take(6)
        .map(|score| format!("{score:.4}"))
        .collect();
    let more = if scores.len() > first.len() {
        " …"
    } else {
        ""
    };
    if scores.is_empty() {
        return start;
    }
    format!(
        "{start}, {least:.4} to {most:.4}: {}{more}",
        first.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use demilite::pictures::Labels;
    use demilite::{DataType, Graph, GraphParts, Shape, Tensor, Value};

    use super::{Answer, is_class_scores, top_words};

    /// A graph whose only tensor is its input and its output.
    fn graph(shape: [usize; 2]) -> Graph {
        let mut parts = GraphParts::default();
        let tensor = parts.tensor(Tensor::new("scores", DataType::Float32, shape));
        parts.inputs = vec![tensor];
        parts.outputs = vec![tensor];
        Graph::new(parts).unwrap()
    }

    #[test]
    fn a_batch_is_split_and_what_has_no_batch_is_given_whole() {
        let batched = Value::from_slice([2, 3], &[0.1_f32, 0.7, 0.2, 0.5, 0.1, 0.4]).unwrap();
        let whole = Value::from_slice([4], &[1_i32, 2, 3, 4]).unwrap();
        let sources = ["a.png", "b.png"].map(str::to_owned);
        let answers = Answer::split(&sources, vec![batched, whole]).unwrap();
        let labels = Labels::from_bytes(b"x\ny", "labels.txt").unwrap();
        let best = |answer: &Answer| {
            let top = answer.top(&graph([1, 3]), Some(&labels), 2).unwrap();
            top.into_iter().map(|entry| entry.label).collect::<Vec<_>>()
        };
        assert_eq!(best(&answers[0]), [Some("y".to_owned()), None]);
        assert_eq!(best(&answers[1]), [Some("x".to_owned()), None]);
        assert_eq!(answers[0].outputs[0].shape()[..], [1, 3]);
        assert!(
            answers
                .iter()
                .all(|answer| answer.outputs[1].shape()[..] == [4])
        );
    }

    #[test]
    fn scores_lie_along_one_dimension() {
        let is = |dtype, extents: &[usize]| is_class_scores(dtype, &Shape::new(extents));
        assert!(is(DataType::Float32, &[1, 1001]) && is(DataType::Int8, &[1, 1, 1, 2]));
        assert!(!is(DataType::Float32, &[1, 10, 4]) && !is(DataType::Float32, &[1, 1]));
        assert!(!is(DataType::Int32, &[1, 10]) && !is(DataType::Float32, &[]));
    }

    #[test]
    fn labels_scores_and_bars_stand_in_columns() {
        let outputs = vec![Value::from_slice([1, 3], &[0.25_f32, 0.75, 0.0]).unwrap()];
        let answer = &Answer::split(&["a.png".to_owned()], outputs).unwrap()[0];
        let labels = Labels::from_bytes(b"cat\ndog", "labels.txt").unwrap();
        let top = answer.top(&graph([1, 3]), Some(&labels), 3).unwrap();
        insta::assert_snapshot!(top_words(&top));
    }
}
