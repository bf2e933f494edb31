using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What is recognized as an activation function, and what only looks like it.</summary>
public sealed class FuseActivationsTests
{
    private const float RootOfTwo = 1.4142135f;
    private const float RootOfTwoOverPi = 0.7978846f;

    [Theory]
    [InlineData("SiLU", "Swish")]
    [InlineData("SiLU turned around", "Swish")]
    [InlineData("QuickGelu", "Swish")]
    [InlineData("sigmoid of a quotient", "Swish")]
    [InlineData("Mish", "Mish")]
    [InlineData("Gelu, half last", "Gelu")]
    [InlineData("Gelu, half first", "Gelu")]
    [InlineData("Gelu, half of the sum", "Gelu")]
    [InlineData("Gelu, half in the sum", "Gelu")]
    [InlineData("Gelu, divided by two", "Gelu")]
    [InlineData("Gelu, times the root of a half", "Gelu")]
    [InlineData("Gelu by tanh, power", "Gelu")]
    [InlineData("Gelu by tanh, products", "Gelu")]
    [InlineData("Gelu by tanh, factored", "Gelu")]
    [InlineData("sigmoid of another", null)]
    [InlineData("sigmoid that is an output", null)]
    [InlineData("sigmoid that others read", null)]
    [InlineData("sigmoid of one number", null)]
    [InlineData("twice SiLU", "Swish")]
    [InlineData("SiLU of doubles", null)]
    [InlineData("Gelu, third", null)]
    [InlineData("Gelu, erf of x", null)]
    [InlineData("Gelu, minus one", null)]
    [InlineData("Gelu by tanh, square", null)]
    public void Lower_ActivationTakenApart_IsOneNodeThatComputesTheSame(string kind, string? type)
    {
        Graph graph = OnnxImporter.Import(TakenApart(kind), "model.onnx");
        var inputs = new Dictionary<string, Tensor>
        {
            ["x"] = kind == "SiLU of doubles" ? Tensor.Of(s_numbers, 2, 9).ConvertTo(DataType.Float64) : Tensor.Of(s_numbers, 2, 9),
            ["z"] = Tensor.Of(s_numbers.Reverse().ToArray(), 2, 9),
            ["one"] = Tensor.Of([0.3f], 1, 1),
        };
        inputs = inputs.Where(i => graph.Inputs.Any(v => v.Name == i.Key)).ToDictionary();

        string[] found = [.. LoweredGraph.Lower(graph).Nodes.Select(n => n.Type).Where(t => t is "Swish" or "Mish" or "Gelu")];

        Assert.Equal(type is null ? [] : [type], found);
        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, 4e-6);
    }

    /// <summary>Each product looks at a few before it, not at all of them: that took the better part of a minute here.</summary>
    [Fact]
    public void Lower_ALongRowOfProducts_Ends()
    {
        const int Count = 20_000;
        OnnxGraph g = new OnnxGraph().Input("x", 2).Input("z", 2).Output($"p{Count}").Node("Abs", ["x"], ["p0"]);
        for (int i = 1; i <= Count; i++)
        {
            g.Node("Mul", [$"p{i - 1}", "z"], [$"p{i}"]);
        }

        Graph lowered = LoweredGraph.Lower(OnnxImporter.Import(g.ToModel(), "model.onnx"));

        Assert.Equal(Count, lowered.Nodes.Count(n => n.Is("Mul")));
    }

    private static readonly float[] s_numbers = [.. Enumerable.Range(0, 18).Select(i => (i - 8.5f) * 0.7f)];

    private static byte[] TakenApart(string kind)
    {
        OnnxGraph g = new OnnxGraph().Output("y");
        foreach ((string name, float number) in (ReadOnlySpan<(string, float)>)[
            ("half", 0.5f), ("one number", 1), ("two", 2), ("three", 3), ("third", 1f / 3), ("minusOne", -1), ("steepness", 1.702f),
            ("root", RootOfTwo), ("rootOfHalf", 1 / RootOfTwo), ("rootOfTwoOverPi", RootOfTwoOverPi), ("cubic", 0.044715f)])
        {
            g.Constant(name, [], [number]);
        }

        g = kind == "SiLU of doubles" ? g.Input("x", DataType.Float64, "N", 9) : g.Input("x", "N", 9);
        switch (kind)
        {
            case "SiLU" or "SiLU of doubles":
                return g.Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["x", "s"], ["y"]).ToModel();
            case "SiLU turned around":
                return g.Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["s", "x"], ["y"]).ToModel();
            case "QuickGelu":
                return g.Node("Mul", ["steepness", "x"], ["a"]).Node("Sigmoid", ["a"], ["s"]).Node("Mul", ["x", "s"], ["y"]).ToModel();
            case "sigmoid of a quotient":
                return g.Node("Div", ["x", "two"], ["a"]).Node("Sigmoid", ["a"], ["s"]).Node("Mul", ["x", "s"], ["y"]).ToModel();
            case "sigmoid of another":
                return g.Input("z", "N", 9).Node("Sigmoid", ["z"], ["s"]).Node("Mul", ["x", "s"], ["y"]).ToModel();
            case "sigmoid that is an output":
                return g.Output("s").Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["x", "s"], ["y"]).ToModel();
            case "sigmoid that others read":
                return g.Output("t").Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["x", "s"], ["y"]).Node("Abs", ["s"], ["t"]).ToModel();
            case "sigmoid of one number":
                return g.Input("one", 1, 1).Node("Sigmoid", ["one"], ["s"]).Node("Mul", ["x", "s"], ["y"]).ToModel();
            case "twice SiLU":
                return g.Node("Sigmoid", ["x"], ["s"]).Node("Mul", ["x", "s"], ["p"]).Node("Mul", ["p", "two"], ["y"]).ToModel();
            case "Mish":
                return g.Node("Softplus", ["x"], ["p"]).Node("Tanh", ["p"], ["t"]).Node("Mul", ["x", "t"], ["y"]).ToModel();
        }

        if (kind.Contains("tanh", StringComparison.Ordinal))
        {
            bool isFactored = kind == "Gelu by tanh, factored";
            if (kind == "Gelu by tanh, products")
            {
                g.Node("Mul", ["x", "x"], ["square"]).Node("Mul", ["square", "x"], ["power"]);
            }
            else
            {
                g.Node("Pow", ["x", isFactored || kind == "Gelu by tanh, square" ? "two" : "three"], ["power"]);
            }

            g.Node("Mul", ["power", "cubic"], ["small"]).Node("Add", [isFactored ? "one number" : "x", "small"], ["sum"]);
            return (isFactored
                    ? g.Node("Mul", ["x", "rootOfTwoOverPi"], ["outer"]).Node("Mul", ["outer", "sum"], ["argument"])
                    : g.Node("Mul", ["sum", "rootOfTwoOverPi"], ["argument"]))
                .Node("Tanh", ["argument"], ["t"]).Node("Add", ["t", "one number"], ["gate"])
                .Node("Mul", ["x", "half"], ["halved"]).Node("Mul", ["halved", "gate"], ["y"]).ToModel();
        }

        if (kind == "Gelu, times the root of a half")
        {
            g.Node("Mul", ["x", "rootOfHalf"], ["argument"]);
        }
        else if (kind != "Gelu, erf of x")
        {
            g.Node("Div", ["x", "root"], ["argument"]);
        }

        g.Node("Erf", [kind == "Gelu, erf of x" ? "x" : "argument"], ["erf"]);
        if (kind == "Gelu, half in the sum")
        {
            return g.Node("Mul", ["erf", "half"], ["halved"]).Node("Add", ["halved", "half"], ["gate"]).Node("Mul", ["gate", "x"], ["y"])
                .ToModel();
        }

        g.Node("Add", [kind == "Gelu, minus one" ? "minusOne" : "one number", "erf"], ["gate"]);
        return (kind switch
        {
            "Gelu, half first" => g.Node("Mul", ["x", "half"], ["halved"]).Node("Mul", ["halved", "gate"], ["y"]),
            "Gelu, half of the sum" => g.Node("Mul", ["gate", "half"], ["halved"]).Node("Mul", ["x", "halved"], ["y"]),
            "Gelu, divided by two" => g.Node("Div", ["x", "two"], ["halved"]).Node("Mul", ["gate", "halved"], ["y"]),
            "Gelu, third" => g.Node("Mul", ["x", "gate"], ["product"]).Node("Mul", ["product", "third"], ["y"]),
            _ => g.Node("Mul", ["x", "gate"], ["product"]).Node("Mul", ["product", "half"], ["y"]),
        }).ToModel();
    }
}
