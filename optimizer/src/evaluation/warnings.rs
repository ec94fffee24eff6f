//! What looks wrong with the data or with a model.

use super::answer::Answer;
use super::outcome::Outcome;
use super::report::{Score, SubjectReport};
use super::truth::Truth;

/// Samples below which one class for all of them may be chance.
const FEW: usize = 10;

/// What is worth a second look before figures are believed.
pub(super) fn of(
    truth: Option<&Truth>,
    reports: &[SubjectReport],
    outcomes: &[Vec<Outcome>],
) -> Vec<String> {
    let mut warnings = Vec::new();
    let is_labelled = matches!(truth, Some(Truth::Classes(_)));
    if let Some(Truth::Classes(labels)) = truth
        && let Some((first, others)) = labels.split_first()
        && !others.is_empty()
        && others.iter().all(|label| label == first)
    {
        warnings.push(format!(
            "all {} samples have the label {first}: accuracy on one class says nothing of the others",
            labels.len()
        ));
    }
    for (place, report) in reports.iter().enumerate() {
        let name = &report.name;
        if let Some(Score::Classification(score)) = &report.score
            && let Some(offset) = score.repairing_offset
        {
            warnings.push(format!(
                "{name} is hardly ever right, and would be at least five times as often if {offset} were added to each label: its classes may begin \
                 with one that the labels lack, or lack one that they begin with"
            ));
        }
        let best = |outcomes: &Vec<Outcome>| match &outcomes[place].answer {
            Answer::Classes { best, .. } => best.first().copied(),
            _ => None,
        };
        let mut answers = outcomes.iter().map(best);
        let first = answers.next().flatten();
        if let Some(class) = first
            && is_labelled
            && outcomes.len() >= FEW
            && answers.all(|answer| answer == first)
        {
            warnings.push(format!(
                "{name} answers every sample with class {class}: what the samples become before they are fed may not be what the model \
                 was trained on"
            ));
        }
        let not_finite: usize = outcomes
            .iter()
            .filter_map(|outcomes| outcomes[place].likeness)
            .map(|likeness| likeness.not_finite)
            .sum();
        if not_finite > 0 {
            warnings.push(format!(
                "{name} gives {not_finite} numbers that are not finite"
            ));
        }
    }
    warnings
}
