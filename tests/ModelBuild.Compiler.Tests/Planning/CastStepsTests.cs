using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Planning;

public sealed class CastStepsTests
{
    private static readonly string[] s_types =
    [
        "Float32", "Float64", "Float16", "UInt8", "Int8", "UInt16", "Int16", "UInt32", "Int32", "UInt64", "Int64", "Bool",
    ];

    /// <summary>Every type of the run, by name because xunit shows it.</summary>
    public static TheoryData<string> Types => [.. s_types];

    [Theory]
    [MemberData(nameof(Types))]
    public void Cast_AnyType_ConvertsToEveryOther(string type)
    {
        var test = new PassTest();
        Value x = test.Input("x", 20);
        x.Type = Enum.Parse<DataType>(type);
        test.Output([.. s_types.Select(to => test.Node("Cast", to, [x], ("to", (long)Enum.Parse<DataType>(to))))]);
        double[] values = [.. Enumerable.Range(-10, 20).Select(i => (i * 20.5) + (x.Type.IsFloat() ? 0.25 : 0))];
        StepTest.Compare(test.Graph, new Dictionary<string, Tensor> { ["x"] = Tensor.FromDoubles(x.Type, values, 20) });
    }
}
