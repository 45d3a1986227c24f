/// The style sheet of a report.
///
/// One palette, light and dark: ink for what was measured, blue for what was expected, red for
/// anomalies and nothing else. Ink, blue and red differ in lightness too, so they stay apart for
/// the colour-blind; marks also differ in shape.
enum ReportStyle {
  static let sheet = """
    :root {
      color-scheme: light dark;
      --page: #ffffff; --ink: #1c2024; --muted: #5f6973; --rule: #e3e6e9; --panel: #f6f7f8;
      --actual: #30363d; --expected: #0a6cb5; --band: rgba(10, 108, 181, 0.16);
      --anomaly: #d21f2b; --training: rgba(96, 108, 120, 0.05);
      --validation: rgba(96, 108, 120, 0.16);
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14171a; --ink: #e7eaed; --muted: #9ba5af; --rule: #2b3138; --panel: #1b1f24;
        --actual: #cfd5db; --expected: #4fb0ee; --band: rgba(79, 176, 238, 0.22);
        --anomaly: #ff6a5e; --training: rgba(160, 172, 184, 0.05);
        --validation: rgba(160, 172, 184, 0.15);
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 40px 24px 64px; max-width: 1080px; background: var(--page);
      color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
        "Helvetica Neue", sans-serif; font-variant-numeric: tabular-nums;
    }
    h1 { font-size: 26px; line-height: 1.25; font-weight: 650; margin: 0 0 8px; text-wrap: balance; }
    h2 { font-size: 18px; font-weight: 650; margin: 44px 0 4px; }
    h3 { font-size: 13px; font-weight: 600; color: var(--muted); margin: 18px 0 2px; }
    p { margin: 4px 0 10px; }
    .word { white-space: nowrap; }
    .muted, .facts, .hint { color: var(--muted); }
    .facts { margin: 0; }
    .hint { font-size: 13px; }
    b.anomaly, td.anomaly { color: var(--anomaly); }

    .legend { min-height: 22px; font-size: 13px; color: var(--muted); }
    .legend span { margin-right: 18px; white-space: nowrap; }
    .legend b { color: var(--ink); font-weight: 600; }
    .key { display: inline-block; width: 18px; height: 0; margin-right: 6px; vertical-align: middle;
      border-top: 2px solid; }
    .key.actual { color: var(--actual); }
    .key.expected { color: var(--expected); }
    .key.band { height: 12px; border: 0; background: var(--band); }
    .key.level { color: var(--muted); border-top: 1.5px dashed; }
    .key.dash { border-top-style: dashed; }
    .key.mark { width: 9px; height: 9px; border: 0; border-radius: 50%; background: var(--anomaly); }

    .chart { position: relative; width: 100%; }
    .chart.series { min-height: 320px; }
    .chart.residuals { min-height: 190px; }
    .chart.live.series { height: 320px; }
    .chart.live.residuals, .chart.live.losses { height: 200px; }
    .chart svg { display: block; width: 100%; height: auto; }
    .chart path { fill: none; stroke-width: 1.25; stroke-linejoin: round; }
    .chart .line-actual { stroke: var(--actual); stroke-width: 1.1; }
    .chart .line-actual.dense { stroke-opacity: 0.55; }
    .chart .line-expected { stroke: var(--expected); stroke-width: 2; }
    .chart .line-bound { stroke: var(--expected); stroke-dasharray: 4 3; stroke-width: 1; }
    .chart .line-dash { stroke: var(--expected); stroke-dasharray: 5 3; stroke-width: 1.75; }
    .chart .line-solid { stroke: var(--actual); stroke-width: 1.75; }
    .chart .band { fill: var(--band); stroke: none; }
    .chart .level { stroke: var(--muted); stroke-dasharray: 5 4; stroke-width: 1; }
    .chart .grid { stroke: var(--rule); stroke-width: 1; }
    .chart .axis { stroke: var(--muted); stroke-width: 1; }
    .chart .tick, .chart .part { font-size: 12px; fill: var(--muted); }
    .chart .part { font-weight: 600; }
    .chart .mark { fill: var(--anomaly); stroke: var(--page); stroke-width: 1.25; }
    .chart .training { fill: var(--training); }
    .chart .validation { fill: var(--validation); }
    .chart .test { fill: none; }
    .dygraph-axis-label { color: var(--muted); font-size: 12px; }
    .dygraph-legend { display: none; }
    .parts span { position: absolute; top: 0; font-size: 12px; font-weight: 600;
      color: var(--muted); }

    .scroll { overflow-x: auto; }
    .tall { max-height: 460px; overflow-y: auto; }
    .tall th { position: sticky; top: 0; background: var(--page); border: 0;
      box-shadow: inset 0 -1px var(--muted); }
    button { font: inherit; color: var(--ink); background: var(--panel);
      border: 1px solid var(--rule); border-radius: 5px; padding: 1px 10px; cursor: pointer; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; margin: 10px 0 6px; }
    th { text-align: left; font-weight: 600; color: var(--muted); font-size: 13px;
      border-bottom: 1px solid var(--muted); padding: 4px 14px 4px 0; white-space: nowrap; }
    td { border-bottom: 1px solid var(--rule); padding: 5px 14px 5px 0; white-space: nowrap; }
    th.number, td.number { text-align: right; }
    td.best { font-weight: 650; }
    td[rowspan] { vertical-align: top; }
    tr[data-row] { cursor: pointer; }
    tr[data-row]:hover td { background: var(--panel); }
    td .bar { display: inline-block; height: 8px; border-radius: 2px; background: var(--anomaly);
      vertical-align: baseline; margin-left: 8px; }
    details { margin-top: 18px; }
    summary { cursor: pointer; color: var(--muted); }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 18px; font-size: 14px; }
    dt { color: var(--muted); }
    dd { margin: 0; overflow-wrap: anywhere; }
    @media print {
      body { max-width: none; padding: 0; }
      .hint { display: none; }
      .tall { max-height: none; }
    }

    """
}
