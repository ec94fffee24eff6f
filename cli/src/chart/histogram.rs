//! How often which values occur.

use demilite::optimize::debugging::Bin;
use maud::{Markup, html};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 80.0;

/// A column for each bin, as high as the logarithm of its count, with the ends of all below.
pub(crate) fn histogram(bins: &[Bin]) -> Markup {
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or(0);
    let share = |count: u64| (count as f64).ln_1p() / (most as f64).ln_1p().max(f64::MIN_POSITIVE);
    let width = WIDTH / bins.len().max(1) as f64;
    let (from, to) = (
        bins.first().map(|bin| bin.from),
        bins.last().map(|bin| bin.to),
    );
    html! {
        @if let (Some(from), Some(to)) = (from, to) {
            svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {}", HEIGHT + 16.0))
                width=(WIDTH) height=(HEIGHT + 16.0) role="img" fill="currentColor" font-size="12" {
                @for (place, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.count > 0) {
                    rect x=(format!("{:.1}", width * place as f64))
                        y=(format!("{:.1}", HEIGHT * (1.0 - share(bin.count))))
                        width=(format!("{:.1}", width * 0.9))
                        height=(format!("{:.1}", HEIGHT * share(bin.count))) fill="#3b6ea5" {
                        title { (format!("{:.3} to {:.3}: {}", bin.from, bin.to, bin.count)) }
                    }
                }
                text x="0" y=(HEIGHT + 13.0) { (format!("{from:.3}")) }
                text x=(WIDTH) y=(HEIGHT + 13.0) text-anchor="end" { (format!("{to:.3}")) }
            }
        }
    }
}
