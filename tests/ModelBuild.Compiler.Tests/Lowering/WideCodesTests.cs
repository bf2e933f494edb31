using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>Products of 16-bit codes are computed as two of eight bits: nothing is lost on the way.</summary>
public sealed class WideCodesTests
{
    private const int Terms = 36;
    private const int Outputs = 16;

    /// <summary>
    /// Weights that are codes already: what is left to round are the inputs, by half a step each, and the bias, by a step of the finer
    /// product. A bias is taken by a product of coarser steps first, of which the rest must not be forgotten.
    /// </summary>
    [Theory]
    [InlineData("Gemm", 1f)]
    [InlineData("Gemm", 0.001f)]
    [InlineData("Gemm", 40f)]
    [InlineData("Conv", 1f)]
    [InlineData("Conv", 0.001f)]
    [InlineData("Gemm without bias", 0f)]
    public void Run_WeightsThatAreCodes_AreOffByTheRoundingOfTheInputs(string kind, float bias)
    {
        var random = new Random(17);
        float[] weights = new float[Outputs * Terms];
        for (int i = 0; i < weights.Length; i++)
        {
            int code = i % Terms == 0 ? 127 : random.Next(-127, 128);
            weights[i] = code * (1 + (i / Terms)) / 1024f;
        }

        float[] biases = [.. Enumerable.Range(0, Outputs).Select(_ => bias * (random.NextSingle() - 0.5f))];
        var g = new TestGraph();
        bool isConvolution = kind == "Conv";
        Value w = g.Constant(Tensor.Of(weights, isConvolution ? [Outputs, 4, 3, 3] : [Outputs, Terms]));
        Value[] more = bias == 0 ? [] : [g.Constant(Tensor.Of(biases, Outputs))];
        Value x = isConvolution ? g.Input(4, 3, 3) : g.Input(Terms);
        Graph graph = g.Finish(isConvolution ? g.Node("Conv", [x, w, .. more]) : g.Node("Gemm", [x, w, .. more], ("transB", 1L)));
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 6, seed: 2);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int16x8, RecoveryMethods.None, [inputs]);
        float step = StepOf(model);

        float[] actual = new Interpreter(model.Compiled).Run(inputs).Values.Single().ToFloats();

        float[] numbers = inputs.Values.Single().ToFloats();
        for (int i = 0; i < actual.Length; i++)
        {
            (int sample, int output) = (i / Outputs, i % Outputs);
            double exact = biases[output];
            double bound = step * weights.Skip(output * Terms).Max() / 127;
            for (int t = 0; t < Terms; t++)
            {
                double weight = weights[(output * Terms) + t];
                exact += weight * numbers[(sample * Terms) + t];
                bound += Math.Abs(weight) * step / 2;
            }

            Assert.InRange(actual[i], exact - bound - 1e-5, exact + bound + 1e-5);
        }

        // Of no input at all, what comes is the bias.
        float[] nothing = new Interpreter(model.Compiled).Run(new Dictionary<string, Tensor>
        {
            [inputs.Keys.Single()] = Tensor.Of(new float[Terms], isConvolution ? [1, 4, 3, 3] : [1, Terms]),
        }).Values.Single().ToFloats();
        for (int o = 0; o < Outputs; o++)
        {
            double unit = step * weights.Skip(o * Terms).Max() / 127;
            Assert.InRange(nothing[o], biases[o] - unit - 1e-6, biases[o] + unit + 1e-6);
        }
    }

    /// <summary>The step of the input's codes, which are 65,536 and have twice the range of the samples.</summary>
    private static float StepOf(CompiledModel model)
    {
        Node quantize = Assert.Single(model.Portable.Nodes, n => n.Is("QuantizeLinear"));
        float step = quantize.Required(1).Constant!.ToFloats()[0];
        Assert.InRange(step, 1e-6f, 3e-4f);
        return step;
    }
}
