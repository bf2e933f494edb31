using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Tests.Graphs;

/// <summary>What tensors say of themselves.</summary>
public sealed class TensorTests
{
    [Fact]
    public void IsFinite_Elements_SaysWhetherOneIsNot()
    {
        foreach (DataType type in (DataType[])[DataType.Float32, DataType.Float16, DataType.Float64])
        {
            Assert.True(Tensor.FromDoubles(type, [], 0, 3).IsFinite());
            Assert.True(Tensor.FromDoubles(type, [1, -2], 2).IsFinite());
            Assert.False(Tensor.FromDoubles(type, [1, double.NaN], 2).IsFinite());
            Assert.False(Tensor.FromDoubles(type, [double.NegativeInfinity, 1], 2).IsFinite());
        }

        Assert.True(Tensor.Of([1L, 2], 2).IsFinite());
    }
}
