using System.Globalization;
using System.Xml.Linq;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Reports;

/// <summary>
/// A report for people: one page that loads nothing, in light, dark and on paper, for a mouse, a keyboard or a screen reader.
/// </summary>
internal sealed class HtmlReport
{
    /// <summary>Longer graphs are no drawing any more.</summary>
    public const int MostDrawn = 500;

    /// <summary>Bars of a chart.</summary>
    private const int Largest = 12;

    /// <summary>So many histograms are shown at once; more are folded in.</summary>
    private const int MostOpen = 24;

    private readonly ModelReport _report;

    private HtmlReport(ModelReport report) => _report = report;

    public static void Write(Stream stream, ModelReport report) => HtmlWriter.Write(stream, new HtmlReport(report).Page());

    private XElement Page()
    {
        (string Id, string Title, IEnumerable<object?> Content)[] sections =
        [
            .. new (string Id, string Title, IEnumerable<object?> Content)[]
            {
                ("quality", "Quality", Quality()),
                ("storage", "Stored weights", Storage()),
                ("latency", "Latency", Latency()),
                ("warnings", "Warnings", Warnings()),
                ("low-rank", "Low rank", LowRank()),
                ("pruning", "Pruning", Pruning()),
                ("clustering", "Clustering", Clustering()),
                ("charts", "What is largest", LargestLayers()),
                ("layers", "Layers", Layers()),
                ("activations", "Activations", Activations()),
                ("weights", "Weights", Weights()),
                ("graph", "Graph", Graph()),
            }.Select(s => (s.Id, s.Title, (IEnumerable<object?>)[.. s.Content])).Where(s => s.Item3.Any()),
        ];
        string title = $"{Clean(_report.File)} in {_report.Mode}";
        return new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement(
                    "meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement(
                    "meta", new XAttribute("http-equiv", "Content-Security-Policy"),
                    new XAttribute("content", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'")),
                new XElement("title", title),
                new XElement("style", "\n" + PageStyle.Css + "\n")),
            new XElement(
                "body",
                new XElement("a", Class("skip"), new XAttribute("href", "#main"), "To the content"),
                new XElement(
                    "header",
                    new XElement("h1", title),
                    new XElement("p", Class("soft"), "Class ", Code(_report.Class), ", compiled by ModelBuild ", _report.Version, "."),
                    new XElement(
                        "nav", new XAttribute("aria-label", "Sections"),
                        new XElement("ul", sections.Select(s => new XElement("li", Link($"#{s.Id}", s.Title)))))),
                new XElement(
                    "main",
                    new XAttribute("id", "main"),
                    Summary(),
                    sections.Select(s => new XElement(
                        "section", new XAttribute("id", s.Id), new XAttribute("aria-labelledby", $"{s.Id}-title"),
                        new XElement("h2", new XAttribute("id", $"{s.Id}-title"), s.Title), s.Content))),
                new XElement(
                    "footer", new XElement("p", Class("soft small"), "SHA-256 of the model's file: ", Code(_report.Sha256))),
                new XElement("script", "\n" + PageStyle.Script + "\n")));
    }

    private XElement Summary()
    {
        double part = _report.FloatBytes > 0 ? (double)_report.Bytes / _report.FloatBytes : 0;
        (string Name, string Value, string? Note)[] facts =
        [
            (
                "Size", Bytes(_report.Bytes),
                $"{Bytes(_report.FloatBytes)} as float32" + (part > 0 ? $", {Percent(part, "0.#")} of it" : string.Empty)),
            ("Weights", Text($"{_report.Parameters:N0}"), null),
            .. _report.IsForeign ? ((string, string, string?)[])[] :
            [
                ("Multiply-accumulates", Text($"{_report.MultiplyAccumulates:N0}"), "of a call, 1 for dimensions that are open"),
                (
                    "Working memory", WorkingMemory(),
                    $"of a call; {Bytes(_report.LeastWorkingMemory)} with 1 for dimensions that are open, of which steps need "
                        + $"{Bytes(_report.LargestLiveSet)} at the same time"),
            ],
            .. _report.Quality?.Sqnr is { } sqnr ? [("SQNR", Decibels(sqnr), "against fp32")] : ((string, string, string?)[])[],
            .. _report.Quality?.Agreement is { } same ? [("Same answer", Percent(same), "as fp32")] : ((string, string, string?)[])[],
            .. _report.Quality?.Accuracy is { } right ? [("Accuracy", Percent(right), null)] : ((string, string, string?)[])[],
            ("Opset", Text($"{_report.Opset}"), _report.Producer.Length > 0 ? Clean($"from {_report.Producer}") : null),
        ];
        return new XElement(
            "section",
            new XAttribute("aria-label", "Summary"),
            new XElement("dl", Class("facts"), facts.Select(f => new XElement(
                "div", new XElement("dt", f.Name), new XElement("dd", f.Value, f.Note is null ? null : new XElement("span", f.Note))))),
            Ports("Inputs", _report.Inputs),
            Ports("Outputs", _report.Outputs),
            _report.Note is null ? null : new XElement("p", Clean(_report.Note), "."),
            _report.IsForeign
                ? new XElement("p", "ONNX Runtime runs this model as a whole, so that there are no layers to tell of.") : null);

        string WorkingMemory() => long.TryParse(_report.WorkingMemory, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? Bytes(bytes) : $"{Clean(_report.WorkingMemory)} bytes";
    }

    private static XElement Ports(string what, IReadOnlyList<ReportPort> ports) => new(
        "p", $"{what}: ", ports.SelectMany((p, i) => new object[] { i > 0 ? ", " : string.Empty, Code(p.Name), " ", Clean(p.Shape) }), ".");

    private IEnumerable<object?> Quality()
    {
        if (_report.Quality is { } quality)
        {
            yield return new XElement(
                "p",
                Text($"Against fp32 on {quality.Samples:N0} samples"),
                quality.IsHeldBack ? " that calibration has not seen" : string.Empty,
                quality.Sqnr is null ? string.Empty : "; the ratio of signal to quantization noise (SQNR) is that of output ",
                quality.Sqnr is null ? null : Code(quality.Output),
                ".");
        }

        string[][] rows =
        [
            .. _report.Quality is not { } measured ? (string[][])[] :
            [
                .. Row("SQNR", measured.Sqnr is { } s ? Decibels(s) : null, "MinSqnr"),
                .. Row("Largest element as in fp32", measured.Agreement is { } a ? Percent(a) : null, "MinAgreement"),
                .. Row("Accuracy", measured.Accuracy is { } c ? Percent(c) : null, "MinAccuracy"),
            ],
            .. _report.Budgets.Any(b => b.Name == "MaxBytes") ? Row("Bytes", Text($"{_report.Bytes:N0}"), "MaxBytes") : [],
            .. _report.Budgets.Any(b => b.Name == "MaxMacs")
                ? Row("Multiply-accumulates", Text($"{_report.MultiplyAccumulates:N0}"), "MaxMacs") : [],
        ];
        if (rows.Length > 0)
        {
            yield return Table(
                "quality-table", "What was measured, and what was asked for",
                [("Measure", string.Empty), ("Value", "number"), ("Budget", "number"), ("Met", string.Empty)],
                rows.Select(r => (IReadOnlyList<XElement>)
                    [
                        Head(r[0]), Cell(r[1], "number"), Cell(r[2], "number"),
                        Cell(r[3], r[3] == "yes" ? "met" : string.Empty),
                    ]));
        }

        string[][] Row(string name, string? value, string budget)
        {
            if (value is null)
            {
                return [];
            }

            ReportBudget? own = _report.Budgets.FirstOrDefault(b => b.Name == budget);
            string limit = own is null ? "none" : budget switch
            {
                "MinSqnr" => Decibels(own.Limit),
                "MinAgreement" or "MinAccuracy" => Percent(own.Limit),
                _ => Text($"{own.Limit:N0}"),
            };
            return [[name, value, limit, own is null ? "not asked for" : own.IsMet ? "yes" : "no"]];
        }
    }

    private IEnumerable<object?> Storage()
    {
        if (_report.Storage.Count == 0)
        {
            yield break;
        }

        bool isMeasured = _report.Storage.Any(s => s.FirstPrediction is not null);
        yield return new XElement(
            "p",
            "What the weights of this model take in the assembly and in memory, with Compress and without. Bytes in place are used where "
                + "the assembly is mapped, without a copy of their own.",
            isMeasured
                ? " The time is that from loading the assembly to the end of the first call, on the machine that wrote this page." : null);
        yield return Table(
            "storage-table", "Bytes of the weights",
            [
                ("Stored", string.Empty), ("In the assembly", "number"), ("In memory", "number"), ("In place", "number"),
                .. isMeasured ? [("First prediction, ms", "number")] : ((string, string)[])[],
            ],
            _report.Storage.Select(s => (IReadOnlyList<XElement>)
            [
                Head(s.IsUsed ? $"{s.Form} (used)" : s.Form), Value(s.BytesAtRest, "N0"), Value(s.BytesInMemory, "N0"),
                Value(s.BytesInPlace, "N0"), .. isMeasured ? [Value(s.FirstPrediction, "N1")] : (XElement[])[],
            ]));
    }

    private IEnumerable<object?> Latency()
    {
        if (_report.Latency is { } latency)
        {
            yield return new XElement(
                "p", "Calls of the generated class on one thread of the machine that wrote this page: "
                    + Text($"{latency.Fp32Median / latency.Median:F2} times as fast as fp32 by the median."));
            yield return Table(
                "latency-table", "Microseconds per call",
                [("Mode", string.Empty), ("Median", "number"), ("99th percentile", "number")],
                [
                    [
                        Head("fp32"), Cell(Text($"{latency.Fp32Median:N1}"), "number"),
                        Cell(Text($"{latency.Fp32Percentile99:N1}"), "number"),
                    ],
                    [Head(_report.Mode), Cell(Text($"{latency.Median:N1}"), "number"), Cell(Text($"{latency.Percentile99:N1}"), "number")],
                ]);
        }
    }

    private IEnumerable<object?> Warnings()
    {
        if (_report.Warnings.Count > 0)
        {
            yield return new XElement("ul", Class("warnings"), _report.Warnings.Select(w => new XElement("li", Clean(w))));
        }
    }

    private IEnumerable<object?> LowRank()
    {
        if (_report.LowRank is not { } lowRank)
        {
            yield break;
        }

        yield return new XElement(
            "p",
            Text($"{Percent(lowRank.Reached, "F1")} of the multiply-accumulates have gone with layers that were taken apart, ")
                + (lowRank.Asked is { } asked ? $"and {Percent(asked, "F1")} were asked for."
                    : Text($"and {lowRank.AskedSqnr:F1} dB were to be kept.")));
        yield return Table(
            "low-rank-table", "Layers and the ranks between their factors",
            [("Layer", string.Empty), ("Shape", string.Empty), ("Ranks", string.Empty), ("Before", "number"), ("After", "number"),
                ("SQNR, dB", "number"), ("Left alone", string.Empty)],
            lowRank.Layers.Select(l => (IReadOnlyList<XElement>)
            [
                Head(Clean(l.Name)), Cell($"[{string.Join(", ", l.Shape)}]", string.Empty), Cell(string.Join(", ", l.Ranks), string.Empty),
                Value(l.Before, "N0"), Value(l.After, "N0"), Value(l.Sqnr, "F1"), Cell(Clean(l.Reason ?? string.Empty), string.Empty),
            ]));
    }

    private IEnumerable<object?> Clustering()
    {
        if (_report.Clustering is not { } clustering)
        {
            yield break;
        }

        yield return new XElement("p", Text($"The weights of a layer have {clustering.Clusters} values at most."));
        yield return Table(
            "clustering-table", "Layers and the values of their weights",
            [("Layer", string.Empty), ("Shape", string.Empty), ("Values", "number"), ("SQNR, dB", "number"), ("Left alone", string.Empty)],
            clustering.Layers.Select(l => (IReadOnlyList<XElement>)
            [
                Head(Clean(l.Name)), Cell($"[{string.Join(", ", l.Shape)}]", string.Empty), Value(l.Values, "N0"), Value(l.Sqnr, "F1"),
                Cell(Clean(l.Reason ?? string.Empty), string.Empty),
            ]));
    }

    private IEnumerable<object?> Pruning()
    {
        if (_report.Pruning is not { } pruning)
        {
            yield break;
        }

        bool isRemoved = pruning.Pattern == SparsityPattern.Channels.Word;
        yield return new XElement(
            "p",
            $"Pattern {pruning.Pattern}, criterion {pruning.Criterion}, scope {pruning.Scope}: {Percent(pruning.Reached, "F1")} of the "
                + (isRemoved ? "multiply-accumulates have gone with channels" : "weights that take part are zero")
                + $", and {Percent(pruning.Asked, "F1")} were asked for.");
        yield return Table(
            "pruning-table", isRemoved ? "Layers and the part of their weights that has gone" : "Layers and their zeros",
            [("Layer", string.Empty), ("Shape", string.Empty), (isRemoved ? "Gone" : "Zeros", "number"), ("SQNR, dB", "number"),
                ("Left alone", string.Empty)],
            pruning.Layers.Select(l => (IReadOnlyList<XElement>)
            [
                Head(Clean(l.Name)), Cell($"[{string.Join(", ", l.Shape)}]", string.Empty), Cell(Percent(l.Sparsity, "F1"), "number"),
                Value(l.Sqnr, "F1"), Cell(Clean(l.Reason ?? string.Empty), string.Empty),
            ]));
    }

    private IEnumerable<object?> LargestLayers()
    {
        XElement?[] charts =
        [
            Chart(
                "Costs most at the outputs", "signal to noise at the outputs where this tensor alone has 8-bit codes; bars show the noise",
                _report.Activations.Where(a => a.Name == a.Group && a.Sensitivity is not null)
                    .Select(a => (a.Name, Math.Pow(10, -a.Sensitivity!.Value / 10), Decibels(a.Sensitivity.Value)))),
            Chart("Most bytes", "bytes of constants", _report.Layers.Select(l => (l.Name, (double)l.Bytes, Bytes(l.Bytes)))),
            Chart(
                "Most multiply-accumulates", "multiply-accumulates of a call",
                _report.Layers.Select(l => (l.Name, l.MultiplyAccumulates, Text($"{l.MultiplyAccumulates:N0}")))),
        ];
        if (charts.Any(c => c is not null))
        {
            yield return new XElement("div", Class("charts"), charts);
        }
    }

    private static XElement? Chart(string title, string what, IEnumerable<(string Name, double Length, string Value)> all)
    {
        (string Name, double Length, string Value)[] bars =
            [.. all.Where(b => b.Length > 0).OrderByDescending(b => b.Length).Take(Largest)];
        return bars.Length == 0 ? null : new XElement(
            "figure",
            new XElement("figcaption", new XElement("strong", title), what + "."),
            Charts.Bars($"{title}: {string.Join("; ", bars.Select(b => $"{b.Name} {b.Value}"))}", bars));
    }

    private IEnumerable<object?> Layers()
    {
        if (_report.Layers.Count == 0)
        {
            yield break;
        }

        bool hasCodes = _report.Layers.Any(l => l.Activation is not null);
        yield return new XElement(
            "p",
            Text($"{_report.Layers.Count:N0} steps in the order in which they run. "),
            hasCodes
                ? "Codes: signal to noise of the layer's input in 8-bit codes. Sensitivity: signal to noise at the outputs where that "
                    + "input alone has codes; low is dear."
                : string.Empty);
        yield return Table(
            "layers-table", "Steps of a call",
            [
                ("No.", "number"), ("Layer", "wide"), ("Computed in", "half"), ("Multiply-accumulates", "number"), ("Bytes", "number"),
                .. hasCodes ? [("Codes dB", "number"), ("Sensitivity dB", "number")] : ((string, string)[])[],
                ("Shapes", "half"), ("From", string.Empty),
            ],
            _report.Layers.Select(layer => (IReadOnlyList<XElement>)
            [
                Cell(Text($"{layer.Number}"), "number"),
                new XElement("th", new XAttribute("scope", "row"), Code(layer.Name), new XElement("span", Clean(Operation(layer)))),
                new XElement(
                    "td", new XAttribute("data-sort", layer.Numbers), new XElement("b", Class($"tag {layer.Numbers}"), layer.Numbers),
                    new XElement("span", Clean(layer.Reason))),
                Value(layer.MultiplyAccumulates, "N0"),
                Value(layer.Bytes, "N0"),
                .. hasCodes ? [Value(layer.Sqnr, "F1"), Value(layer.Sensitivity, "F1")] : (XElement[])[],
                Cell(Clean($"{string.Join(", ", layer.Inputs)} → {string.Join(", ", layer.Outputs)}"), string.Empty),
                Cell(string.Join(", ", layer.ReadsFrom.Select(s => s == 0 ? "input" : Text($"{s}"))), string.Empty),
            ]),
            "sortable");
    }

    /// <summary>What a description says before it comes to types and shapes.</summary>
    private static string Operation(ReportLayer layer) => layer.Description.Split(": ")[0];

    private IEnumerable<object?> Activations()
    {
        if (_report.Activations.Count > 0)
        {
            yield return new XElement(
                "p", "Values that calibration has seen, of up to 64 samples. Behind them the range that the 256 codes reach, between "
                    + "dashed lines; "
                    + "heights are logarithmic.");
            foreach (XElement part in Folded("tensor", [.. _report.Activations.Select(Activation)]))
            {
                yield return part;
            }
        }
    }

    private static XElement Activation(ReportActivation activation)
    {
        string sqnr = activation.Sqnr is { } s ? $", {Decibels(s)} in codes" : string.Empty;
        string sensitivity = activation.Sensitivity is { } c ? $", {Decibels(c)} at the outputs" : string.Empty;
        string group = activation.Group == activation.Name ? string.Empty : $" It shares the scale of {activation.Group}.";
        string kept = activation.IsFloat ? " It has stayed float." : string.Empty;
        string range = $"values from {Charts.Number(activation.Values.Minimum)} to {Charts.Number(activation.Values.Maximum)}, "
            + $"codes from {Charts.Number(activation.Low)} to {Charts.Number(activation.High)}";
        return new XElement(
            "figure",
            Charts.Distribution($"Histogram of {activation.Name}: {range}", activation.Values, activation.Low, activation.High),
            new XElement(
                "figcaption", Code(activation.Name),
                Clean(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{activation.Bits} bits, scale {Charts.Number(activation.Scale)}, zero point {activation.ZeroPoint}"))
                    + $"{sqnr}{sensitivity}.{Clean(group)}{kept}"));
    }

    private IEnumerable<object?> Weights()
    {
        if (_report.Weights.Count > 0)
        {
            yield return new XElement(
                "p", "Weights in float32, before they were stored. Where they have codes, the range shown is that of the widest scale; "
                    + "heights are logarithmic.");
            foreach (XElement part in Folded("weight", [.. _report.Weights.Select(Weight)]))
            {
                yield return part;
            }
        }
    }

    private static XElement Weight(ReportWeights weights)
    {
        string shape = string.Join("×", weights.Shape.Select(d => d.ToString(CultureInfo.InvariantCulture)));
        string codes = weights.Scales == 0 ? string.Empty : Text($", {weights.Scales:N0} {(weights.Scales == 1 ? "scale" : "scales")}");
        string sqnr = weights.Sqnr is { } s ? $", {Decibels(s)} as stored" : string.Empty;
        string range = $"values from {Charts.Number(weights.Values.Minimum)} to {Charts.Number(weights.Values.Maximum)}"
            + (weights.Low is { } low && weights.High is { } high
                ? $", codes from {Charts.Number(low)} to {Charts.Number(high)}" : string.Empty);
        return new XElement(
            "figure",
            Charts.Distribution($"Histogram of {weights.Name}: {range}", weights.Values, weights.Low, weights.High),
            new XElement(
                "figcaption", Code(weights.Name), weights.Node.Length == 0 ? null : Clean($"of {weights.Node}, "),
                $"{shape}{codes}{sqnr}."));
    }

    /// <summary>Figures side by side; where there are many, the rest is folded in.</summary>
    private static IEnumerable<XElement> Folded(string what, XElement[] figures)
    {
        yield return new XElement("div", Class("histograms"), figures.Take(MostOpen));
        if (figures.Length > MostOpen)
        {
            yield return new XElement(
                "details", new XElement("summary", Text($"{figures.Length - MostOpen:N0} more of {figures.Length:N0} {what}s")),
                new XElement("div", Class("histograms"), figures.Skip(MostOpen)));
        }
    }

    private IEnumerable<object?> Graph()
    {
        int count = _report.Layers.Count;
        if (count > MostDrawn)
        {
            yield return new XElement(
                "p", Text($"The drawing is left out: {count:N0} steps are more than the {MostDrawn} that can be read. ")
                    + "The table of layers says what each reads.");
        }
        else if (count > 0)
        {
            yield return new XElement(
                "p", "Lines at the left go from each step to those that read what it makes. Teal is integers, brown is floats. "
                    + "The table of layers says the same in words, in its column From.");
            yield return new XElement(
                "figure", Class("graph"),
                Charts.Graph(Text($"Graph of {count:N0} steps; the table of layers says the same in words"), _report.Layers));
        }
    }

    private static XElement Table(
        string id, string caption, IReadOnlyList<(string Name, string Style)> columns, IEnumerable<IReadOnlyList<XElement>> rows,
        string style = "") => new(
        "div",
        Class("scroll"), new XAttribute("tabindex", 0), new XAttribute("role", "region"), new XAttribute("aria-labelledby", id),
        new XElement(
            "table",
            style.Length == 0 ? null : Class(style),
            new XElement("caption", new XAttribute("id", id), caption),
            new XElement(
                "thead",
                new XElement("tr", columns.Select(c => new XElement(
                    "th", new XAttribute("scope", "col"), c.Style.Length == 0 ? null : Class(c.Style), c.Name)))),
            new XElement("tbody", rows.Select(r => new XElement("tr", r)))));

    private static XElement Head(string text) => new("th", new XAttribute("scope", "row"), text);

    private static XElement Cell(string text, string style) => new("td", style.Length == 0 ? null : Class(style), text);

    private static XElement Value(double? value, string format) => new(
        "td", Class("number"), new XAttribute("data-sort", value?.ToString("R", CultureInfo.InvariantCulture) ?? string.Empty),
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "–");

    private static XElement Link(string target, string text) => new("a", new XAttribute("href", target), text);

    private static XElement Code(string text) => new("code", Clean(text));

    private static XAttribute Class(string style) => new("class", style);

    private static string Clean(string text) => HtmlWriter.Clean(text);

    private static string Bytes(long bytes) => bytes switch
    {
        < 10_000 => Text($"{bytes:N0} bytes"),
        < 10_000_000 => Text($"{bytes / 1e3:N1} KB"),
        _ => Text($"{bytes / 1e6:N1} MB"),
    };

    private static string Decibels(double value) => Text($"{value:F1} dB");

    private static string Percent(double part, string format = "F2") => (100 * part).ToString(format, CultureInfo.InvariantCulture) + " %";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
