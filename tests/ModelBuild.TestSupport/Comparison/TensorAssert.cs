using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

internal static class TensorAssert
{
    /// <summary>Same type and shape, and elements within |expected| · relative + absolute.</summary>
    public static void Close(Tensor expected, Tensor actual, double relative = 1e-5, double absolute = 1e-6)
    {
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.Dimensions, actual.Dimensions);
        if (!expected.Type.IsNumeric())
        {
            Assert.Equal(expected.Data.ToArray(), actual.Data.ToArray());
            return;
        }

        double[] e = expected.ToDoubles();
        double[] a = actual.ToDoubles();
        for (int i = 0; i < e.Length; i++)
        {
            bool same = e[i].Equals(a[i]) || Math.Abs(e[i] - a[i]) <= (Math.Abs(e[i]) * relative) + absolute;
            Assert.True(same, $"Element {i}: expected {e[i]}, was {a[i]}.");
        }
    }
}
