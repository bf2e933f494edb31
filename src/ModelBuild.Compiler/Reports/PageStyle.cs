namespace ModelBuild.Compiler.Reports;

/// <summary>What stands in the head of a page. Neither text has characters that mean something in XML.</summary>
internal static class PageStyle
{
    /// <summary>Colours have a contrast of at least 4.5 to what is behind them, in light and in dark.</summary>
    public const string Css = """
        :root { color-scheme: light dark; --back: #ffffff; --card: #f4f6f8; --line: #c9d0d8; --text: #1a1f26; --soft: #4f5964;
          --int8: #0a6b62; --float32: #8a4b00; --other: #56606b; --range: #cfe7f7; --bar: #1f5fa8; --good: #17662b; }
        @media (prefers-color-scheme: dark) { :root { --back: #14171c; --card: #1e232a; --line: #3d4650; --text: #e8ebee; --soft: #aab4bf;
          --int8: #4fd0c0; --float32: #f3b25c; --other: #a3adb8; --range: #1f3d55; --bar: #74b3f0; --good: #6fd08a; } }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
        header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem } header { padding-top: 1rem }
        h1 { font-size: 1.6rem; line-height: 1.2; margin: 0.5rem 0; overflow-wrap: anywhere }
        h2 { font-size: 1.25rem; margin: 2.2rem 0 0.6rem; padding-top: 0.6rem; border-top: 1px solid var(--line) }
        p { margin: 0.4rem 0; max-width: 46rem } .soft { color: var(--soft) } .small { font-size: 0.85rem }
        a { color: var(--bar) } a:focus-visible, button:focus-visible, summary:focus-visible, .scroll:focus-visible {
          outline: 3px solid var(--bar); outline-offset: 2px }
        .skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 0.5rem; background: var(--back); padding: 0.5rem }
        nav ul { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0; margin: 0.8rem 0; list-style: none }
        nav a { display: inline-block; padding: 0.3rem 0 }
        code { font: 0.92em/1.35 ui-monospace, monospace; overflow-wrap: anywhere; unicode-bidi: isolate }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr)); gap: 0.6rem; margin: 1rem 0 }
        .facts div { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.6rem 0.8rem }
        .facts dt { color: var(--soft); font-size: 0.85rem } .facts dd { margin: 0; font-size: 1.15rem; font-weight: 600;
          overflow-wrap: anywhere } .facts dd span { display: block; font-size: 0.8rem; font-weight: 400; color: var(--soft) }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 0.5rem }
        table { border-collapse: collapse; width: 100%; font-size: 0.9rem }
        caption { text-align: left; padding: 0.6rem 0.7rem; color: var(--soft) }
        th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.7rem; border-top: 1px solid var(--line) }
        thead th { background: var(--card); vertical-align: bottom } thead th.number { white-space: normal } tbody th { font-weight: 400 }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
        .wide { min-width: 14rem } .half { min-width: 9rem }
        td span, th span { display: block; color: var(--soft); font-size: 0.85em }
        th button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0.2rem 0; cursor: pointer;
          text-align: inherit } th button::after { content: " \2195"; color: var(--soft) }
        th[aria-sort="ascending"] button::after { content: " \2191" } th[aria-sort="descending"] button::after { content: " \2193" }
        .tag { display: inline-block; border: 1px solid currentColor; border-radius: 0.3rem; padding: 0 0.4rem; font-size: 0.85em;
          font-weight: 600 } .int8 { color: var(--int8) } .float32, .float64 { color: var(--float32) }
        .conversion, .other { color: var(--other) } .met { color: var(--good); font-weight: 600 }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1.2rem }
        .histograms { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 1rem; margin-top: 0.8rem }
        figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.7rem }
        figcaption { font-size: 0.85rem; color: var(--soft) } figcaption code, figcaption strong { color: var(--text); display: block }
        svg { display: block; width: 100%; height: auto } svg text { fill: var(--text); font: 12px system-ui, sans-serif }
        svg .soft { fill: var(--soft) } svg .bar { fill: var(--bar) } svg .range { fill: var(--range) }
        svg .edge { fill: none; stroke: var(--soft); stroke-width: 1.3 } svg .axis { stroke: var(--line); stroke-width: 1 }
        svg .bound { stroke: var(--bar); stroke-width: 1.5; stroke-dasharray: 3 2 }
        svg .box { fill: var(--back); stroke: currentColor; stroke-width: 1.5 } svg .dot { fill: currentColor }
        summary { cursor: pointer; font-weight: 600; padding: 0.4rem 0 } .graph { max-width: 34rem }
        .warnings li { margin: 0.4rem 0; overflow-wrap: anywhere }
        @media print { :root { color-scheme: light; --back: #ffffff; --card: #ffffff; --line: #999999; --text: #000000; --soft: #333333;
          --int8: #0a6b62; --float32: #8a4b00; --other: #56606b; --range: #cfe7f7; --bar: #1f5fa8; --good: #17662b; }
          nav, .skip { display: none } .scroll { overflow: visible } figure, tr { break-inside: avoid }
          details::details-content { display: block; content-visibility: visible } td, th { font-size: 7pt } }
        """;

    /// <summary>Makes headings of the table of layers buttons that sort it. Without it the table is as the steps run.</summary>
    public const string Script = """
        for (const table of document.querySelectorAll("table.sortable")) {
          const heads = [...table.tHead.rows[0].cells];
          heads.forEach((head, column) => {
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = head.textContent;
            head.replaceChildren(button);
            button.addEventListener("click", () => {
              const up = head.getAttribute("aria-sort") !== "ascending";
              heads.forEach(other => other.removeAttribute("aria-sort"));
              head.setAttribute("aria-sort", up ? "ascending" : "descending");
              const key = row => row.cells[column].dataset.sort ?? row.cells[column].textContent;
              const empty = row => key(row) === "" ? 1 : 0;
              const compare = (a, b) => {
                const x = key(a), y = key(b);
                const order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
                return empty(a) - empty(b) || (up ? order : -order);
              };
              table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
            });
          });
        }
        """;
}
