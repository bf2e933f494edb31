using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace ModelBuild.Compiler.Reports;

/// <summary>Drawings of a report, as SVG. Each is an image with a text that says the same; colours come from the page's style.</summary>
internal static class Charts
{
    private const int NameLength = 42;

    /// <summary>Bars with names above them and values behind them.</summary>
    /// <param name="label">What the drawing shows, for those who do not see it.</param>
    /// <param name="bars">Length is compared with the longest.</param>
    public static XElement Bars(string label, IReadOnlyList<(string Name, double Length, string Value)> bars)
    {
        double longest = bars.Max(b => b.Length);
        var svg = Image(label, 340, (bars.Count * 36) + 4);
        for (int i = 0; i < bars.Count; i++)
        {
            int top = i * 36;
            double width = longest > 0 ? Math.Max(bars[i].Length / longest * 240, 1) : 1;
            svg.Add(
                Text(0, top + 13, Short(bars[i].Name)),
                Rectangle(0, top + 18, width, 12, "bar"),
                Text(width + 6, top + 28.5, bars[i].Value, "soft"));
        }

        return svg;
    }

    /// <summary>How often values lie where, and where codes reach.</summary>
    /// <param name="label">What the drawing shows, for those who do not see it.</param>
    /// <param name="values">Heights are logarithmic, since most activations are zero.</param>
    /// <param name="low">The least that a code stands for; null without codes.</param>
    /// <param name="high">The most.</param>
    public static XElement Distribution(string label, Histogram values, double? low, double? high)
    {
        const int Width = 300;
        const int Height = 80;
        double first = Math.Min(values.Minimum, low ?? values.Minimum);
        double last = Math.Max(values.Maximum, high ?? values.Maximum);
        var svg = Image(label, Width, Height + 20);
        if (low is not null && high is not null)
        {
            svg.Add(Rectangle(X(low.Value), 0, Math.Max(X(high.Value) - X(low.Value), 1), Height, "range"));
        }

        double most = Math.Log(1 + values.Counts.DefaultIfEmpty().Max());
        var path = new StringBuilder();
        double width = (values.Maximum - values.Minimum) / Math.Max(values.Counts.Count, 1);
        for (int i = 0; i < values.Counts.Count; i++)
        {
            if (values.Counts[i] > 0)
            {
                double left = X(values.Minimum + (i * width));
                double right = Math.Max(X(values.Minimum + ((i + 1) * width)), left + 1);
                double top = Height - (Math.Log(1 + values.Counts[i]) / most * (Height - 4));
                path.Append(CultureInfo.InvariantCulture, $"M{left:0.##} {Height}V{top:0.##}H{right:0.##}V{Height}Z");
            }
        }

        svg.Add(new XElement("path", new XAttribute("d", path.ToString()), Class("bar")), Line(0, Height, Width, Height, "axis"));
        foreach (double bound in new[] { low, high }.OfType<double>())
        {
            svg.Add(Line(X(bound), 0, X(bound), Height, "bound"));
        }

        XElement end = Text(Width, Height + 15, Number(last), "soft");
        end.Add(new XAttribute("text-anchor", "end"));
        svg.Add(Text(0, Height + 15, Number(first), "soft"), end);
        return svg;

        double X(double value) => last > first ? (value - first) / (last - first) * Width : Width / 2.0;
    }

    /// <summary>Steps one below the other, with a line from each to those that read what it makes.</summary>
    /// <param name="label">What the drawing shows, for those who do not see it.</param>
    public static XElement Graph(string label, IReadOnlyList<ReportLayer> layers)
    {
        const int Row = 40;
        const int LaneWidth = 9;
        const int MostLanes = 14;
        (int From, int To, int Lane)[] edges = Lanes(layers, out int lanes);
        int indent = 14 + (Math.Min(lanes, MostLanes) * LaneWidth);
        var svg = Image(label, 360, ((layers.Count + 1) * Row) + 6);
        foreach ((int from, int to, int lane) in edges)
        {
            double start = Middle(from);
            double end = Middle(to);
            double x = indent - (Math.Min(lane, MostLanes) * LaneWidth);
            string line = lane == 0
                ? FormattableString.Invariant($"M{indent} {start}V{end}")
                : FormattableString.Invariant(
                    $"M{indent} {start}H{x + 4}Q{x} {start} {x} {start + 4}V{end - 4}Q{x} {end} {x + 4} {end}H{indent}");
            svg.Add(new XElement("path", Class("edge"), new XAttribute("d", line)));
        }

        Node(0, "inputs", "Inputs of the model", string.Empty, "other");
        foreach (ReportLayer layer in layers)
        {
            Node(
                layer.Number,
                layer.Numbers,
                $"{layer.Number.ToString(CultureInfo.InvariantCulture)} {layer.Name}",
                $"{layer.Kernel} → {string.Join(", ", layer.Outputs)}",
                layer.Numbers);
        }

        return svg;

        double Middle(int number) => (number * Row) + 14;

        void Node(int number, string kind, string name, string detail, string style)
        {
            double y = Middle(number);
            svg.Add(
                new XElement(
                    "circle", new XAttribute("cx", indent), new XAttribute("cy", F(y)), new XAttribute("r", 5), Class($"box {style}"),
                    new XElement("title", $"{HtmlWriter.Clean(name)}: {kind}")),
                Text(indent + 12, y + 4, Short(name)),
                Text(indent + 12, y + 18, Short(detail, 50), "soft"));
        }
    }

    /// <summary>
    /// Gives each line that passes by other steps a lane of its own, as near as there is one free; lane 0 is the straight way to the next.
    /// </summary>
    private static (int From, int To, int Lane)[] Lanes(IReadOnlyList<ReportLayer> layers, out int lanes)
    {
        var free = new List<int>();
        var edges = new List<(int, int, int)>();
        foreach (IGrouping<int, (int From, int To)> sources in layers
            .SelectMany(l => l.ReadsFrom.Select(from => (From: from, To: l.Number)))
            .GroupBy(e => e.From).OrderBy(g => g.Key))
        {
            int[] far = [.. sources.Select(e => e.To).Where(to => to > sources.Key + 1)];
            edges.AddRange(sources.Where(e => e.To == e.From + 1).Select(e => (e.From, e.To, 0)));
            if (far.Length > 0)
            {
                // All that read one tensor hang on one line.
                int lane = free.FindIndex(until => until <= sources.Key);
                if (lane < 0)
                {
                    lane = free.Count;
                    free.Add(0);
                }

                free[lane] = far.Max();
                edges.AddRange(far.Select(to => (sources.Key, to, lane + 1)));
            }
        }

        lanes = free.Count;
        return [.. edges];
    }

    /// <summary>Numbers of any size with the digits that matter.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Names differ at their ends more often than in the middle.</summary>
    private static string Short(string name, int length = NameLength)
    {
        string clean = HtmlWriter.Clean(name);
        return clean.Length <= length ? clean : HtmlWriter.Clean($"{clean[..(length / 2)]}…{clean[^((length / 2) - 1)..]}");
    }

    private static XElement Image(string label, int width, int height) => new(
        "svg", new XAttribute("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}")),
        new XAttribute("role", "img"),
        new XAttribute("aria-label", HtmlWriter.Clean(label)));

    private static XElement Rectangle(double x, double y, double width, double height, string style) => new(
        "rect", new XAttribute("x", F(x)), new XAttribute("y", F(y)), new XAttribute("width", F(width)),
        new XAttribute("height", F(height)),
        Class(style));

    private static XElement Line(double x1, double y1, double x2, double y2, string style) => new(
        "line", new XAttribute("x1", F(x1)), new XAttribute("y1", F(y1)), new XAttribute("x2", F(x2)), new XAttribute("y2", F(y2)),
        Class(style));

    private static XElement Text(double x, double y, string text, string? style = null) => new(
        "text", new XAttribute("x", F(x)), new XAttribute("y", F(y)), style is null ? null : Class(style), text);

    private static XAttribute Class(string style) => new("class", style);

    private static string F(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
