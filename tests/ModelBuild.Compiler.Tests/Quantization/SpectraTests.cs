using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>
/// Sound that a model itself makes a spectrum of: what is quiet there has a logarithm like what is loud, and integers with one scale for
/// both would lose it.
/// </summary>
public sealed class SpectraTests
{
    private const int Frames = 6;
    private const int Length = 64;
    private const int Bands = 20;

    [Theory]
    [InlineData(ModelMode.Int8)]
    [InlineData(ModelMode.Int16x8)]
    [InlineData(ModelMode.Int8Dynamic)]
    [InlineData(ModelMode.Auto)]
    public void Compile_NetworkOnTheLogarithmOfASpectrum_LeavesTheSpectrumInFloat(ModelMode mode)
    {
        Graph graph = Network(isLogged: true);
        Dictionary<string, Tensor> heard = Sounds(seed: 2);
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel model = CompiledFile.Of(graph, mode, mode.IsCalibrated() ? [Sounds(seed: 1)] : []);

        Assert.Equal(2, CountOf(model, "Gemm.Float32"));
        Assert.DoesNotContain(model.Findings, f => f.Code is DiagnosticCodes.PoorSqnr or DiagnosticCodes.FloatInsideInt8);
        float[] expected = new Interpreter(floats.Compiled).Run(heard).Values.Single().ToFloats();
        float[] actual = new Interpreter(model.Compiled).Run(heard).Values.Single().ToFloats();
        double noise = expected.Zip(actual, (e, a) => Math.Pow((double)e - a, 2)).Sum() / expected.Sum(e => (double)e * e);
        Assert.InRange(-10 * Math.Log10(noise), 28, double.PositiveInfinity);
    }

    /// <summary>Without a logarithm, what is quiet is little beside what is loud.</summary>
    [Theory]
    [InlineData(ModelMode.Int8)]
    [InlineData(ModelMode.Int8Dynamic)]
    public void Compile_NetworkOnASpectrum_ComputesItInIntegers(ModelMode mode)
    {
        using CompiledModel model =
            CompiledFile.Of(Network(isLogged: false), mode, mode.IsCalibrated() ? [Sounds(seed: 1)] : []);

        Assert.Equal(0, CountOf(model, "Gemm.Float32"));
    }

    /// <summary>Exporters write bands on either side; that they stay float is meant, and nobody need be told.</summary>
    [Fact]
    public void Compile_BandsOnTheLeft_AreSpectraToo()
    {
        using CompiledModel model =
            CompiledFile.Of(Network(isLogged: true, isTurned: true), ModelMode.Int8, [Sounds(seed: 1)]);

        Assert.DoesNotContain(model.Findings, f => f.Code is DiagnosticCodes.PoorSqnr or DiagnosticCodes.FloatInsideInt8);
    }

    private static int CountOf(CompiledModel model, string target) => model.Compiled.Plan.Steps.Count(s => s.Call.Target == target);

    /// <summary>Frames of sound times waves, squared, times bands of frequencies; then two layers.</summary>
    /// <param name="isLogged">Whether the layers read logarithms.</param>
    /// <param name="isTurned">Whether bands stand on the left.</param>
    private static Graph Network(bool isLogged, bool isTurned = false)
    {
        var g = new TestGraph();
        Value waves = g.Constant(Matrix(Length, Length, (sample, wave) =>
            (0.5 - (0.5 * Math.Cos(2 * Math.PI * sample / Length)))
                * Math.Cos((2 * Math.PI * (wave / 2) * sample / Length) - (wave % 2 * Math.PI / 2))));
        Value bands = g.Constant(Matrix(Length, Bands, (wave, band) =>
            Math.Max(0, 1 - (Math.Abs((wave / 2) - (1.5 * (band + 1))) / 2))));
        Value lines = g.Node("MatMul", [g.Input(Frames, Length), waves]);
        Value squares = g.Node("Mul", [lines, lines]);
        Value Turned(Value x) => g.Node("Transpose", x, ("perm", (long[])[0, 2, 1]));
        Value powers = !isTurned ? g.Node("MatMul", [squares, bands])
            : Turned(g.Node("MatMul", [g.Node("Transpose", bands), Turned(squares)]));
        Value levels = isLogged ? g.Node("Log", g.Node("Add", [powers, g.Constant(Tensor.Scalar(1e-6f))])) : powers;
        Value hidden = g.Node("Relu", g.Node("MatMul", [levels, g.Weights(Bands, 32)]));
        return g.Finish(g.Node("MatMul", [hidden, g.Weights(32, 10)]));
    }

    private static Tensor Matrix(int rows, int columns, Func<int, int, double> element) => Tensor.FromDoubles(
        DataType.Float32, [.. Enumerable.Range(0, rows * columns).Select(i => element(i / columns, i % columns))], rows, columns);

    /// <summary>A loud tone and one of another frequency that is up to a thousand times quieter, in each sample.</summary>
    private static Dictionary<string, Tensor> Sounds(int seed)
    {
        const int Count = 24;
        var random = new Random(seed);
        var sound = new double[Count * Frames * Length];
        for (int sample = 0; sample < Count; sample++)
        {
            (double loud, double quiet) = (0.2 + (1.2 * random.NextDouble()), 1.6 + (1.2 * random.NextDouble()));
            double size = Math.Pow(10, -3 * random.NextDouble());
            for (int i = 0; i < Frames * Length; i++)
            {
                sound[(sample * Frames * Length) + i] = Math.Sin(loud * i) + (size * Math.Sin(quiet * i));
            }
        }

        return new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["input0"] = Tensor.FromDoubles(DataType.Float32, sound, Count, Frames, Length),
        };
    }
}
