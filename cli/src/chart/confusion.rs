//! A matrix of what is taken for what.

use demilite::optimize::metrics::Classification;
use maud::{Markup, html};

/// The side of a cell.
const CELL: usize = 12;

/// A square for each class that is right and each answer, as dark as the share of that class.
pub(crate) fn confusion(score: &Classification) -> Markup {
    let classes: Vec<usize> = score.per_class.iter().map(|class| class.class).collect();
    let place = |class: usize| classes.iter().position(|other| *other == class);
    let right = score
        .per_class
        .iter()
        .map(|class| (class.class, class.class, class.correct));
    let wrong = score.confusions.iter();
    let wrong = wrong.map(|confused| (confused.class, confused.answer, confused.samples));
    let cells = right.chain(wrong).filter_map(|(class, answer, samples)| {
        let (row, column) = (place(class)?, place(answer)?);
        let all = score.per_class[row].samples.max(1);
        (samples > 0).then_some((
            row,
            column,
            class,
            answer,
            samples,
            samples as f64 / all as f64,
        ))
    });
    let side = CELL * classes.len();
    // Where there is room, each row and column has the number of its class.
    let is_roomy = classes.len() < 30;
    let (zoom, margin) = if is_roomy { (2, CELL) } else { (1, 0) };
    let whole = side + margin;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("-{margin} -{margin} {whole} {whole}"))
            width=(whole * zoom) height=(whole * zoom) role="img" fill="currentColor" font-size="6" {
            rect width=(side) height=(side) fill="none" stroke="currentColor" stroke-opacity="0.4" {}
            @for (place, class) in classes.iter().enumerate().filter(|_| is_roomy) {
                text x="-2" y=(CELL * place + 8) text-anchor="end" { (class) }
                text x=(CELL * place + CELL / 2) y="-2" text-anchor="middle" { (class) }
            }
            @for (row, column, class, answer, samples, share) in cells {
                rect x=(column * CELL) y=(row * CELL) width=(CELL) height=(CELL)
                    fill=(if row == column { "#3b6ea5" } else { "#c0392b" })
                    fill-opacity=(format!("{:.2}", 0.1 + 0.9 * share)) {
                    title { (class) " as " (answer) ": " (samples) }
                }
            }
        }
    }
}
