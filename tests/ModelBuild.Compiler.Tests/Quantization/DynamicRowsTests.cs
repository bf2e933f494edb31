using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Codes that the run finds: each sample has its own, so that what else is in a batch does not show.</summary>
public sealed class DynamicRowsTests
{
    private const int Samples = 4;

    [Theory]
    [InlineData("Gemm")]
    [InlineData("MatMul")]
    [InlineData("Conv")]
    [InlineData("LSTM")]
    [InlineData("GRU")]
    [InlineData("RNN")]
    [InlineData("LSTM, both ways")]
    public void Run_SamplesOfVeryDifferentSize_GiveWhatEachGivesAlone(string kind)
    {
        Graph network = Network(kind);
        using CompiledModel floats = CompiledFile.Of(network, ModelMode.Fp32, []);
        using CompiledModel model = CompiledFile.Of(network, ModelMode.Int8Dynamic, []);
        var interpreter = new Interpreter(model.Compiled);
        (string port, Tensor all) = TestGraph.Inputs(model.Portable, Samples, seed: 7).Single();
        float[] values = all.ToFloats();
        int each = values.Length / Samples;
        float[] sizes = [1, 0.01f, 20, 0.3f];
        float[] scaled = [.. values.Select((v, i) => v * sizes[i / each])];

        float[] together = Run(interpreter, scaled, Samples);

        Assert.NotEqual(Run(new Interpreter(floats.Compiled), scaled, Samples), together);

        for (int sample = 0; sample < Samples; sample++)
        {
            float[] alone = Run(interpreter, scaled[(sample * each)..((sample + 1) * each)], 1);
            Assert.Equal(alone, together[(sample * alone.Length)..((sample + 1) * alone.Length)]);
            Assert.True(alone.Distinct().Count() > 4);
        }

        float[] Run(Interpreter plan, float[] numbers, long samples) => plan.Run(new Dictionary<string, Tensor>
        {
            [port] = Tensor.Of(numbers, [samples, .. all.Dimensions.Skip(1)]),
        }).Values.Single().ToFloats();
    }

    private static Graph Network(string kind)
    {
        var g = new TestGraph();
        const int Terms = 24;
        const int Outputs = 16;
        switch (kind)
        {
            case "Gemm":
                return g.Finish(g.Gemm(g.Input(Terms), Outputs));
            case "MatMul":
                return g.Finish(g.Node("MatMul", [g.Input(3, Terms), g.Weights(Terms, Outputs)]));
            case "Conv":
                return g.Finish(g.Conv(g.Input(4, 6, 6), Outputs, 3, pad: 1));
        }

        string type = kind.Split(',')[0];
        int gates = type switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        int directions = kind.EndsWith("both ways", StringComparison.Ordinal) ? 2 : 1;
        Value steps = g.Node("Transpose", g.Input(5, Terms), ("perm", (long[])[1, 0, 2]));
        Value states = g.Node(
            type, [steps, g.Weights(directions, gates * Outputs, Terms), g.Weights(directions, gates * Outputs, Outputs)],
            ("hidden_size", (long)Outputs), ("direction", directions == 2 ? "bidirectional" : "forward"));
        return g.Finish(g.Node("Transpose", states, ("perm", (long[])[2, 0, 1, 3])));
    }
}
