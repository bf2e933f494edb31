using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>Which kernel multiplies two tensors that only the run knows.</summary>
public sealed class MatrixStepsTests
{
    /// <summary>Matrices one beside the other, or one for all, need no loops; other broadcasts do.</summary>
    [Theory]
    [InlineData(new long[] { 2, 8, 16 }, new long[] { 2, 16, 8 }, "Gemm.BatchedFloat32")]
    [InlineData(new long[] { 1, 8, 16 }, new long[] { 2, 16, 8 }, "Gemm.BatchedFloat32")]
    [InlineData(new long[] { 2, 8, 16 }, new long[] { 1, 16, 8 }, "Gemm.BatchedFloat32")]
    [InlineData(new long[] { 2, 1, 8, 16 }, new long[] { 2, 3, 16, 8 }, "Gemm.BroadcastFloat32")]
    [InlineData(new long[] { 2, 3, 8, 16 }, new long[] { 3, 16, 8 }, "Gemm.BroadcastFloat32")]
    public void Plan_OfMatMul_HasTheKernelOfItsBroadcast(long[] left, long[] right, string expected) =>
        Assert.Equal(expected, Product(left, right).Call.Target);

    /// <summary>Threads share what is worth it.</summary>
    [Theory]
    [InlineData(64, true)]
    [InlineData(8, false)]
    public void Plan_OfMatMul_IsSharedByThreadsWhereItIsLarge(long size, bool expected) => Assert.Equal(
        expected, Product([2, size, size], [2, size, size]).Call.Arguments.Any(a => a.Value is ThreadsArgument));

    private static PlanStep Product(long[] left, long[] right)
    {
        var test = new PassTest();
        test.Output(test.Node(
            "MatMul", "y",
            [test.Input("x", [.. left.Select(d => (object)(int)d)]), test.Input("z", [.. right.Select(d => (object)(int)d)])]));
        return Assert.Single(LoweredGraph.Plan(test.Graph).Plan.Steps);
    }
}
