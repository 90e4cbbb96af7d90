//! Bars as SVG, readable on a light and on a dark page.

use std::fmt::Write as _;

/// One bar.
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// Bars of the same class are of the same colour.
    pub class: usize,
    /// 0 to 1.
    pub length: f64,
    /// The figure.
    pub text: String,
}

/// Bars that are compared with one another.
pub struct Group {
    /// What is above them.
    pub title: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

const WIDTH: usize = 760;
const LEFT: usize = 120;
/// The longest bar; to its right there is room for its figure.
const LONGEST: f64 = 440.0;
const BAR: usize = 18;
const STEP: usize = 22;
const TITLE: usize = 26;
const GAP: usize = 12;
const TOP: usize = 44;

/// Colours by class, for a light page and for a dark one; the first two are the floor and ours.
const LIGHT: [&str; 5] = ["#8a929b", "#5b8c00", "#2f6fbd", "#b5541c", "#7a4fb0"];
const DARK: [&str; 5] = ["#8b949e", "#a4d233", "#6cb0ff", "#f0955c", "#c3a1f5"];

/// A picture of all groups below one another.
pub fn draw(title: &str, groups: &[Group]) -> String {
    let height = TOP
        + groups
            .iter()
            .map(|group| TITLE + group.bars.len() * STEP + GAP)
            .sum::<usize>();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>\n",
        escape(title)
    );
    out.push_str("text { font: 13px system-ui, sans-serif; fill: #1f2328 }\n.h { font-size: 16px; font-weight: 600 }\n");
    out.push_str(".g { font-weight: 600 }\n");
    for (class, colour) in LIGHT.iter().enumerate() {
        let _ = writeln!(out, ".c{class} {{ fill: {colour} }}");
    }
    out.push_str("@media (prefers-color-scheme: dark) {\ntext { fill: #e6edf3 }\n");
    for (class, colour) in DARK.iter().enumerate() {
        let _ = writeln!(out, ".c{class} {{ fill: {colour} }}");
    }
    let _ = writeln!(
        out,
        "}}\n</style>\n<text class=\"h\" x=\"8\" y=\"26\">{}</text>",
        escape(title)
    );
    let mut y = TOP;
    for group in groups {
        let _ = writeln!(
            out,
            "<text class=\"g\" x=\"8\" y=\"{}\">{}</text>",
            y + 16,
            escape(&group.title)
        );
        y += TITLE;
        for bar in &group.bars {
            let length = (bar.length.clamp(0.0, 1.0) * LONGEST).max(1.0);
            let baseline = y + 14;
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>\
                 <rect class=\"c{}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{BAR}\" rx=\"2\"/>\
                 <text x=\"{:.1}\" y=\"{baseline}\">{}</text>",
                LEFT - 8,
                escape(&bar.name),
                bar.class % LIGHT.len(),
                LEFT as f64 + length + 8.0,
                escape(&bar.text)
            );
            y += STEP;
        }
        y += GAP;
    }
    out.push_str("</svg>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
