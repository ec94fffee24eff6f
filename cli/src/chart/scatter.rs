//! Points over two quantities.

use maud::{Markup, html};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const MARGIN: f64 = 40.0;

/// Height of a label.
const ROW: f64 = 16.0;

/// A point with its name.
pub(crate) struct Point<'a> {
    pub(crate) name: &'a str,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Whether it is joined with others by a line.
    pub(crate) is_on_front: bool,
    /// What stands beside it.
    pub(crate) label: Option<String>,
}

/// A circle for each point, over axes that begin at 0, whose names are given; what lies on the front is joined.
pub(crate) fn scatter(points: &[Point<'_>], [x_name, y_name]: [&str; 2]) -> Markup {
    let finite = points
        .iter()
        .filter(|point| point.x.is_finite() && point.y.is_finite());
    let finite: Vec<&Point<'_>> = finite.collect();
    let most = |of: fn(&Point<'_>) -> f64| {
        let most = finite.iter().map(|point| of(point)).fold(0.0, f64::max);
        most.max(f64::MIN_POSITIVE)
    };
    let (most_x, most_y) = (most(|point| point.x), most(|point| point.y));
    let place = |point: &Point<'_>| {
        let across = point.x.max(0.0) / most_x * (WIDTH - 2.0 * MARGIN);
        let up = point.y.max(0.0) / most_y * (HEIGHT - 2.0 * MARGIN);
        (MARGIN + across, HEIGHT - MARGIN - up)
    };
    let mut front: Vec<&Point<'_>> = finite
        .iter()
        .copied()
        .filter(|point| point.is_on_front)
        .collect();
    front.sort_by(|a, b| a.x.total_cmp(&b.x));
    let line = front.iter().map(|point| {
        let (x, y) = place(point);
        format!("{x:.1},{y:.1}")
    });
    let line: Vec<String> = line.collect();
    let labelled = finite
        .iter()
        .filter_map(|point| Some((place(point), point.label.as_ref()?)));
    let mut labelled: Vec<((f64, f64), &String)> = labelled.collect();
    // Each label has a row of its own above its point and the labels below, since points may lie side by side.
    labelled.sort_by(|((_, a), _), ((_, b), _)| b.total_cmp(a));
    let tops = labelled.iter().scan(f64::INFINITY, |below, ((_, y), _)| {
        *below = (y - ROW).min(*below - ROW);
        Some(*below)
    });
    let tops: Vec<f64> = tops.collect();
    let bottom = HEIGHT - MARGIN;
    html! {
        div.wide {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {HEIGHT}"))
                width=(WIDTH) height=(HEIGHT) role="img" fill="currentColor" font-size="12" {
                path d=(format!("M{MARGIN} {MARGIN}V{bottom}H{}", WIDTH - MARGIN)) fill="none"
                    stroke="currentColor" stroke-opacity="0.4" {}
                text x=(WIDTH - MARGIN) y=(HEIGHT - 12.0) text-anchor="end" { (x_name) }
                text x="4" y="16" { (y_name) }
                text x=(MARGIN) y=(HEIGHT - 26.0) text-anchor="middle" { "0" }
                text x=(WIDTH - MARGIN) y=(HEIGHT - 26.0) text-anchor="end" { (figure(most_x)) }
                text x="4" y=(MARGIN + 4.0) { (figure(most_y)) }
                polyline points=(line.join(" ")) fill="none" stroke="#3b6ea5" stroke-opacity="0.6" {}
                @for point in &finite {
                    @let (x, y) = place(point);
                    circle cx=(format!("{x:.1}")) cy=(format!("{y:.1}"))
                        r=(if point.label.is_some() { 6 } else { 4 })
                        fill=(if point.label.is_some() { "#c0392b" } else { "#3b6ea5" })
                        fill-opacity=(if point.is_on_front || point.label.is_some() { "1" } else { "0.4" }) {
                        title { (point.name) }
                    }
                }
                @for (((x, y), label), top) in std::iter::zip(labelled, tops) {
                    @let is_right = x > WIDTH / 2.0;
                    path d=(format!("M{x:.1} {y:.1}V{top:.1}")) stroke="#c0392b" stroke-opacity="0.6" {}
                    text x=(format!("{:.1}", if is_right { x - 4.0 } else { x + 4.0 })) y=(format!("{:.1}", top + 4.0))
                        text-anchor=(if is_right { "end" } else { "start" }) { (label) }
                }
            }
        }
    }
}

/// A number at the end of an axis.
fn figure(number: f64) -> String {
    match number {
        number if number >= 1000.0 => format!("{:.0} k", number / 1000.0),
        number => format!("{number:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Point, scatter};

    #[test]
    fn labels_of_points_side_by_side_do_not_meet() {
        let point = |name, y| Point {
            name,
            x: 1.0,
            y,
            is_on_front: true,
            label: Some(name.to_owned()),
        };
        let drawn = scatter(&[point("a", 10.0), point("b", 9.5)], ["x", "y"]).into_string();
        // The lower point lies at 52, the upper one at 40: the label of that is moved.
        assert!(
            drawn.contains(r#"y="40.0" text-anchor="end">b<"#),
            "{drawn}"
        );
        assert!(
            drawn.contains(r#"y="24.0" text-anchor="end">a<"#),
            "{drawn}"
        );
    }

    #[test]
    fn what_is_on_the_front_is_joined_in_order() {
        let point = |name, x, y, is_on_front| Point {
            name,
            x,
            y,
            is_on_front,
            label: (name == "<b>").then(|| "best".to_owned()),
        };
        let points = [
            point("a", 2.0, 0.0, true),
            point("<b>", 1.0, 1.0, true),
            point("c", 2.0, 2.0, false),
            point("d", f64::NAN, 2.0, true),
        ];
        let drawn = scatter(&points, ["bytes", "loss"]).into_string();
        assert!(
            drawn.contains(r#"points="320.0,160.0 600.0,280.0""#),
            "{drawn}"
        );
        assert!(
            drawn.contains("&lt;b&gt;") && drawn.contains("best"),
            "{drawn}"
        );
        assert_eq!(drawn.matches("<circle").count(), 3, "{drawn}");
    }
}
