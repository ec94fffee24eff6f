//! The outputs of an invocation, as a person and as a program reads them.

use demilite::post::{Labels, Score, scores, top_k};
use demilite::{DataType, Graph, Shape, Tensor, Value};
use serde::Serialize;
use serde_json::Value as Json;

use crate::failure::Failure;
use crate::finiteness::NotFinite;
use crate::inputs::Source;
use crate::json;
use crate::model::{Names, in_brackets};
use crate::table::{bar, table};

/// Elements of an output that are shown.
const FIRST: usize = 6;

/// Columns that the longest bar takes.
const BAR: usize = 24;

/// The outputs that belong to one image, or to one archive of tensors.
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
    #[serde(serialize_with = "as_json")]
    pub(crate) score: f32,
}

/// A score that need not be finite.
fn as_json<S: serde::Serializer>(score: &f32, serializer: S) -> Result<S::Ok, S::Error> {
    json::single(*score).serialize(serializer)
}

/// An output as a program reads it.
#[derive(Serialize)]
pub(crate) struct OutputReport {
    name: String,
    /// What the signature calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_name: Option<String>,
    dtype: &'static str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scale: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zero_point: Option<i32>,
    data: Json,
}

impl Answer {
    /// The answers of one invocation of this batch: one for each source, each with its part of every
    /// output whose first dimension is the batch, and the whole of the others.
    pub(crate) fn split(
        sources: &[Source],
        batch: usize,
        outputs: &[Value],
    ) -> Result<Vec<Self>, Failure> {
        sources
            .iter()
            .map(|source| {
                let parts = outputs
                    .iter()
                    .map(|output| part(output, source.place, batch));
                Ok(Answer {
                    source: source.name.clone(),
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
    pub(crate) fn reports(&self, graph: &Graph, names: &Names) -> Vec<OutputReport> {
        let outputs = std::iter::zip(&self.outputs, graph.outputs());
        std::iter::zip(outputs, &names.outputs)
            .map(|((value, &id), name)| report(value, name.clone(), graph.tensor(id)))
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
    let part = match output.strings() {
        Ok(strings) => {
            let length = strings.len() / batch;
            let own = strings.iter().skip(place * length).take(length);
            Value::from_strings(extents, own)
        }
        Err(_) => {
            let length = output.bytes().len() / batch;
            let bytes = &output.bytes()[place * length..][..length];
            Value::from_bytes(output.dtype(), extents, bytes)
        }
    };
    part.map_err(|error| Failure::Run(error.to_string()))
}

fn report(value: &Value, signature_name: Option<String>, tensor: &Tensor) -> OutputReport {
    let parameters = tensor
        .quantization
        .as_ref()
        .and_then(|quantization| quantization.as_per_tensor());
    OutputReport {
        name: tensor.name.clone(),
        signature_name,
        dtype: value.dtype().name(),
        shape: value.shape().to_vec(),
        scale: parameters.map(|(scale, _)| scale),
        zero_point: parameters.map(|(_, zero_point)| zero_point),
        data: json::elements(value),
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
pub(crate) fn output_words(
    index: usize,
    name: Option<&String>,
    value: &Value,
    tensor: &Tensor,
) -> String {
    let name = in_brackets(name);
    let start = format!(
        "out{index}{name}: {:?} {} {}",
        tensor.name,
        value.dtype(),
        value.shape()
    );
    if let Ok(strings) = value.strings() {
        let more = if strings.len() > FIRST { " …" } else { "" };
        let first = strings.iter().take(FIRST).map(String::from_utf8_lossy);
        let first: Vec<String> = first.map(|string| format!("{string:?}")).collect();
        return format!("{start}: {}{more}", first.join(" "));
    }
    let Ok(scores) = scores(value, tensor) else {
        return start;
    };
    let least = scores.iter().copied().fold(f32::INFINITY, f32::min);
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let first: Vec<String> = scores
        .iter()
        .take(FIRST)
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
    use demilite::post::Labels;
    use demilite::{DataType, Graph, GraphParts, Shape, Tensor, Value};

    use super::{Answer, Source, is_class_scores, top_words};

    /// A graph whose only tensor is its input and its output.
    fn graph(shape: [usize; 2]) -> Graph {
        let mut parts = GraphParts::default();
        let tensor = parts.tensor(Tensor::new("scores", DataType::Float32, shape));
        parts.inputs = vec![tensor];
        parts.outputs = vec![tensor];
        Graph::new(parts).unwrap()
    }

    fn source((name, place): (&str, usize)) -> Source {
        Source {
            name: name.to_owned(),
            place,
        }
    }

    #[test]
    fn a_batch_is_split_and_what_has_no_batch_is_given_whole() {
        let batched = Value::from_slice([2, 3], &[0.1_f32, 0.7, 0.2, 0.5, 0.1, 0.4]).unwrap();
        let whole = Value::from_slice([4], &[1_i32, 2, 3, 4]).unwrap();
        let sources = [("a.png", 0), ("b.png", 1)].map(source);
        let answers = Answer::split(&sources, 2, &[batched, whole]).unwrap();
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
        let answer = &Answer::split(&[source(("a.png", 0))], 1, &outputs).unwrap()[0];
        let labels = Labels::from_bytes(b"cat\ndog", "labels.txt").unwrap();
        let top = answer.top(&graph([1, 3]), Some(&labels), 3).unwrap();
        insta::assert_snapshot!(top_words(&top));
    }
}
