//! Bars with names and figures, whose text keeps its size on narrow screens.

use maud::{Markup, html};

/// A row for each name, share of the full length, and figure.
pub(crate) fn bars<T: AsRef<str>>(rows: &[(T, f64, String)]) -> Markup {
    drawn(rows, 1.0)
}

/// A row for each name, length, and figure; the longest has the full length.
pub(crate) fn relative_bars<T: AsRef<str>>(rows: &[(T, f64, String)]) -> Markup {
    let longest = rows
        .iter()
        .map(|(_, length, _)| *length)
        .fold(0.0, f64::max);
    drawn(rows, longest)
}

fn drawn<T: AsRef<str>>(rows: &[(T, f64, String)], longest: f64) -> Markup {
    html! {
        div.wide {
            table {
                @for (name, share, figure) in rows {
                    tr {
                        td { code { (name.as_ref()) } }
                        td.bars { span.bar style=(format!("width:{:.1}%", 100.0 * within(share / longest))) {} }
                        td.number { (figure) }
                    }
                }
            }
        }
    }
}

/// A share that can be drawn.
fn within(share: f64) -> f64 {
    match share.is_nan() {
        true => 0.0,
        false => share.clamp(0.0, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn bars_stay_within_their_place() {
        let rows = [
            ("<a>", 1.5, "150 %".to_owned()),
            ("b", f64::NAN, "none".to_owned()),
        ];
        let drawn = bars(&rows).into_string();
        assert!(
            drawn.contains("width:100.0%") && drawn.contains("width:0.0%"),
            "{drawn}"
        );
        assert!(drawn.contains("&lt;a&gt;"), "{drawn}");
    }
}
