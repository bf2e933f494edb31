using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ActivationTests
{
    private const double MaximumSigmoidUlps = 3;
    private const double MaximumTanhUlps = 4;

    private delegate void Function(ReadOnlySpan<float> input, Span<float> output);

    [Fact]
    public void Relu_AnyNumbers_CutsBelowZero() =>
        EqualsDefinition(Activation.Relu, x => x < 0 ? 0 : x);

    [Fact]
    public void Clip_AnyNumbers_CutsBothSides() =>
        EqualsDefinition((x, y) => Activation.Clip(x, -1.5f, 2.25f, y), x => x < -1.5f ? -1.5f : x > 2.25f ? 2.25f : x);

    [Fact]
    public void Clip_CrossedBounds_GivesTheMaximum() =>
        EqualsDefinition((x, y) => Activation.Clip(x, 2f, 1f, y), x => float.IsNaN(x) ? x : 1f);

    [Fact]
    public void LeakyRelu_AnyNumbers_ScalesTheNegativeSide() =>
        EqualsDefinition((x, y) => Activation.LeakyRelu(x, 0.01f, y), x => x < 0 ? 0.01f * x : x);

    [Fact]
    public void HardSigmoid_AnyNumbers_IsALineBetweenZeroAndOne() =>
        EqualsDefinition((x, y) => Activation.HardSigmoid(x, 0.2f, 0.5f, y), x => HardSigmoid(x, 0.2f, 0.5f));

    [Fact]
    public void HardSwish_AnyNumbers_IsTheArgumentTimesItsHardSigmoid() =>
        EqualsDefinition(Activation.HardSwish, x => x * HardSigmoid(x, 1f / 6, 0.5f));

    [Fact]
    public void Sigmoid_NumbersOfEveryMagnitude_AreWithinTheStatedError() =>
        IsWithin(Activation.Sigmoid, x => 1 / (1 + Math.Exp(-x)), -87.3f, MaximumSigmoidUlps);

    [Fact]
    public void Sigmoid_ArgumentsAtTheEdges_HaveTheirLimits()
    {
        var y = new float[5];
        Activation.Sigmoid([0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -88f], y);
        Assert.Equal([0.5f, 1f, 0f, float.NaN, 0f], y);
    }

    [Fact]
    public void Tanh_NumbersOfEveryMagnitude_AreWithinTheStatedError() =>
        IsWithin(Activation.Tanh, Math.Tanh, float.NegativeInfinity, MaximumTanhUlps);

    [Fact]
    public void Tanh_AnyNumbers_IsOddAndBelowOne()
    {
        float[] x = Samples.Floats(10000, 3, 12);
        float[] negated = [.. x.Select(v => -v)];
        var y = new float[x.Length];
        var z = new float[x.Length];
        Activation.Tanh(x, y);
        Activation.Tanh(negated, z);
        Assert.Equal(y, z.Select(v => -v));
        Assert.All(y, v => Assert.InRange(v, -1f, 1f));
    }

    [Fact]
    public void Functions_EveryLength_ReadAndWriteNothingElse()
    {
        Function[] functions =
        [
            Activation.Relu, Activation.Sigmoid, Activation.Tanh, Activation.HardSwish, (x, y) => Activation.Clip(x, -1, 1, y),
            (x, y) => Activation.LeakyRelu(x, 0.1f, y), (x, y) => Activation.HardSigmoid(x, 0.2f, 0.5f, y),
        ];
        foreach (Function function in functions)
        {
            foreach (int length in Samples.Lengths)
            {
                float[] x = Samples.FloatsWithSpecials(length, length);
                float[] expected = [.. x.Select(v => One(function, v))];

                float[] framed = [.. Enumerable.Repeat(77f, length + 2)];
                function(x, framed.AsSpan(1, length));
                Assert.Equal([77f, .. expected, 77f], framed);

                function(x, x);
                Assert.Equal(expected, x);
            }
        }
    }

    [Fact]
    public void Functions_OutputOfAnotherLength_AreRefused()
    {
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => Activation.Relu(new float[3], new float[2])).ParamName);
        Assert.Equal("output", Assert.Throws<ArgumentException>(() => Activation.Tanh(new float[3], new float[4])).ParamName);
    }

    private static float HardSigmoid(float x, float alpha, float beta)
    {
        float product = alpha * x;
        float line = product + beta;
        return line > 1 ? 1 : line < 0 ? 0 : line;
    }

    private static float One(Function function, float x)
    {
        Span<float> y = stackalloc float[1];
        function([x], y);
        return y[0];
    }

    private static void EqualsDefinition(Function function, Func<float, float> definition)
    {
        float[] x = [.. Samples.SpecialFloats, .. Samples.Floats(1000, 5)];
        var y = new float[x.Length];
        function(x, y);
        Assert.Equal(x.Select(definition), y);
    }

    private static void IsWithin(Function function, Func<double, double> definition, float lowest, double bound)
    {
        var x = new List<float>();
        for (uint bits = 0x00800000; bits < 0x7F800000; bits += 20011)
        {
            x.Add(BitConverter.UInt32BitsToSingle(bits));
            x.Add(-BitConverter.UInt32BitsToSingle(bits));
        }

        x.RemoveAll(v => v < lowest);
        var y = new float[x.Count];
        function(x.ToArray(), y);
        for (int i = 0; i < y.Length; i++)
        {
            double ulps = Samples.Ulps(y[i], definition(x[i]));
            Assert.True(ulps <= bound, $"f({x[i]:R}) = {y[i]:R} is {ulps} units off.");
        }
    }
}
