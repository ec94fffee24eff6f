//! A page that needs no other file.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = "
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; --mark: #3b6ea5; }
body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
th { border-bottom: 1px solid; }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.wide code { white-space: nowrap; }
.failed, .invalid, .warning { color: #d22; font-weight: 600; }
.unsupported, .expected-failure { opacity: .75; }
summary { cursor: pointer; }
.bar { display: inline-block; height: .8em; background: var(--mark); vertical-align: baseline; }
td.bars { min-width: 12rem; }
@media (max-width: 40rem) {
  td.bars { min-width: 2.5rem; }
  th, td { padding-right: .4rem; }
  .wide { font-size: .8rem; }
  h1 { font-size: 1.3rem; }
}
svg { max-width: 100%; height: auto; }
";

/// A page with a title and a style of its own, for screens of any width; `body` is what comes below.
pub fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
